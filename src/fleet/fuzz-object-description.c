// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the description of an object: what is taken stays within the limits and names one subject. */
#include <string.h>

#include "fleet/description.h"
#include "fleet/fleet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_done) struct arena a = {};
    struct fleet_description d = {};
    struct error err = ERROR_NULL;
    int r = fleet_description_read(str_n(data, size), &a, &d, &err);
    if (r < 0 && !err.text[0])
        __builtin_trap();
    if (r)
        return 0;
    if (!d.id.n || d.size > FLEET_OBJECT_MAX || d.chunks > d.size + 1 || memchr(d.id.p, '.', d.id.n) || memchr(d.id.p, 0, d.id.n) || memchr(d.id.p, ' ', d.id.n))
        __builtin_trap();
    return 0;
}
