// SPDX-License-Identifier: Apache-2.0
/* Any text as a reference: what is taken has a full name that is taken again and means the same. */
#include <stdlib.h>

#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {};
    struct reference r, again;
    struct error err = ERROR_NULL;
    int e = reference_parse(str_n(data, size), &a, &r, &err);
    if (e && !err.code)
        abort();
    if (!e) {
        struct str name = reference_name(&r, &a);
        if (!r.repository.n || !r.registry.n || (!r.tag.n && !r.digest.n) || str_has(r.repository, STR("..")))
            abort();
        if (reference_parse(name, &a, &again, NULL) || !str_eq(name, reference_name(&again, &a)) || !str_eq(r.host, again.host))
            abort();
    }
    (void)host_is_loopback(str_n(data, size));
    arena_done(&a);
    return 0;
}
