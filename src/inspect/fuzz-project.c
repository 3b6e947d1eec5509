// SPDX-License-Identifier: Apache-2.0
/* Recipes and settings of projects from strangers: the first line is the name, the rest the content. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const only[] = {"script", "project", NULL};
    static struct inspector *in; /* one for all inputs, as a worker has one for all files */
    _cleanup_(facts_done) struct facts facts = {};
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    if (!end)
        return 0;
    if (!in && inspector_new(&(struct inspect_options){.only = only}, &in, NULL) < 0)
        abort();
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    facts_str(&facts, F_FILE_PATH, str_n(data, (size_t)(end - data)));
    if (inspector_bytes(in, str_n(end + 1, (size_t)(data + size - end - 1)), &facts) < 0)
        abort();
    return 0;
}
