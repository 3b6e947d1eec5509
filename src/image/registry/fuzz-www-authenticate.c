// SPDX-License-Identifier: Apache-2.0
/* Headers of a hostile registry. */
#include "image/registry/challenge.h"
#include "image/registry/content_range.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {};
    struct challenge c[CHALLENGES_MAX];
    struct content_range r;
    size_t n = challenge_parse(str_n(data, size), &a, c);
    if (n > CHALLENGES_MAX)
        abort();
    for (size_t i = 0; i < n; i++)
        if (!c[i].scheme.n || c[i].realm.n > size || c[i].scope.n > size)
            abort();
    if (content_range_parse(str_n(data, size), &r) && r.has_range && (r.last < r.first || (r.has_total && r.last >= r.total)))
        abort();
    arena_done(&a);
    return 0;
}
