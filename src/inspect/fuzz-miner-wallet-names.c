// SPDX-License-Identifier: Apache-2.0
/* Content from strangers through the analyzers of miners, wallets and names. The first byte chooses how it is
 * cut. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct inspector *whole, *cut;
    static struct facts f;
    if (!whole) {
        static const char *const only[] = {"names", "wallet", "strings", NULL};
        struct inspect_options o = {.only = only};
        if (inspector_new(&o, &whole, NULL) < 0)
            abort();
        o.window_bytes = 512;
        if (inspector_new(&o, &cut, NULL) < 0)
            abort();
        facts_init(&f);
    }
    if (!size)
        return 0;
    facts_reset(&f, EVENT_FILE, 0);
    inspector_bytes(data[0] & 1 ? cut : whole, str_n(data + 1, size - 1), &f);
    return 0;
}
