// SPDX-License-Identifier: Apache-2.0
/* Content from strangers through the shipped secret rules and signs. The first byte chooses how the content
 * is cut. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct inspector *whole, *cut; /* loading takes longer than looking */
    static struct facts f;
    if (!whole) {
        static const char *const only[] = {"strings", NULL};
        static const char *const secrets[] = {DAVY_SOURCE_ROOT "/rules/secrets/davy.toml", NULL};
        static const char *const signs[] = {DAVY_SOURCE_ROOT "/rules/intel/signs-miner.txt",
                                            DAVY_SOURCE_ROOT "/rules/intel/signs-webminer.txt", NULL};
        struct inspect_options o = {.only = only, .secret_paths = secrets, .sign_paths = signs};
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
    facts_str(&f, F_FILE_PATH, data[0] & 2 ? STR("/app/.env") : STR("/etc/shadow"));
    inspector_bytes(data[0] & 1 ? cut : whole, str_n(data + 1, size - 1), &f);
    return 0;
}
