// SPDX-License-Identifier: Apache-2.0
/* Content from strangers through the analyzers that the build names in FUZZ_ANALYZERS. */
#include "base/cleanup.h"
#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const only[] = {FUZZ_ANALYZERS, NULL};
    static struct inspector *in; /* one for all inputs, as a worker has one for all files */
    _cleanup_(facts_done) struct facts facts = {};
    if (!in && inspector_new(&(struct inspect_options){.only = only, .machine = "x86_64"}, &in, NULL) < 0)
        abort();
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    if (inspector_bytes(in, str_n(data, size), &facts) < 0)
        abort();
    return 0;
}
