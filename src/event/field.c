// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include "base/map.h"
#include "event/field.h"

const struct field FIELDS[FIELD__N] = {
#define FIELD(id, name, type, flags, sources, help) [F_##id] = {name, VALUE_##type, flags, sources, help},
#include "event/field.def"
#undef FIELD
};

static struct map by_name;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_names(void)
{
    for (int i = 0; i < FIELD__N; i++)
        map_put(&by_name, str_from(FIELDS[i].name), NULL)->u64 = (uint64_t)i;
}

enum field_id field_from(struct str name)
{
    (void)pthread_once(&once, index_names);
    struct map_entry *e = map_get(&by_name, name);
    return e ? (enum field_id)e->u64 : FIELD__INVALID;
}

const char *field_nearest(struct str name)
{
    size_t best = name.n < 6 ? 2 : 4;
    const char *nearest = NULL;
    for (int i = 0; i < FIELD__N; i++) {
        size_t d = str_distance(name, str_from(FIELDS[i].name), best);
        if (d < best) {
            best = d;
            nearest = FIELDS[i].name;
        }
    }
    return nearest;
}
