// SPDX-License-Identifier: Apache-2.0
/* The first line is a path, the rest the content: through the analyzer of what persists. */
#include <stdlib.h>

#include "inspect/persist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ONLY[] = {"persist", NULL};
    static struct inspector *in;
    static struct facts f;
    struct str content = str_n(data, size), path;
    if (!in) {
        facts_init(&f);
        if (inspector_new(&(struct inspect_options){.only = ONLY}, &in, NULL) < 0)
            abort();
    }
    if (!str_split(&content, '\n', &path))
        return 0;
    facts_reset(&f, EVENT_FILE, 0);
    facts_str(&f, F_FILE_PATH, path);
    if (inspector_bytes(in, content.p ? content : STR(""), &f) < 0)
        abort();
    return 0;
}
