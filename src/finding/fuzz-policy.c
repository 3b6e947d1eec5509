// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "finding/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    int r = policy_load_memory("fuzz.yaml", str_n(data, size), &p, &err);
    /* What it promises: a policy, or an error with text and no policy. */
    if ((r == 0) != (p != NULL) || (r < 0) != (err.text[0] != 0))
        abort();
    for (size_t i = 0; p && i < policy_count(p); i++) {
        const struct policy_entry *e = policy_get(p, i);
        if (!e->approved_by.n || !e->reason.n || e->until.n != 10 || !e->until_ns)
            abort();
    }
    return 0;
}
