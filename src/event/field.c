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

/* Levenshtein distance, bounded: anything over `most` is `most + 1`. Names are short, so a fixed row serves. */
static size_t distance(struct str a, struct str b, size_t most)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1];
    if (a.n > LONGEST || b.n > LONGEST || (a.n > b.n ? a.n - b.n : b.n - a.n) > most)
        return most + 1;
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t substituted = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            size_t least = row[j - 1] < row[j] ? row[j - 1] : row[j];
            row[j] = least + 1 < substituted ? least + 1 : substituted;
        }
    }
    return row[b.n];
}

const char *field_nearest(struct str name)
{
    size_t best = name.n < 6 ? 2 : 4;
    const char *nearest = NULL;
    for (int i = 0; i < FIELD__N; i++) {
        size_t d = distance(name, str_from(FIELDS[i].name), best);
        if (d < best) {
            best = d;
            nearest = FIELDS[i].name;
        }
    }
    return nearest;
}
