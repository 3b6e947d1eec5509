// SPDX-License-Identifier: Apache-2.0
#include "log/shape.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
    SHAPES = 256, /* a power of two; a trail of a year has some dozen */
    ASKED = 64,   /* names that are remembered of each, a power of two */
};

struct shape {
    uint64_t digest;
    uint32_t note;
    const void *list;
    int8_t listed[SHAPE_LISTED];
    struct asked {
        struct shape_name name;
        int place;
        bool is;
    } asked[ASKED];
};

struct shapes {
    uint64_t keys[4 * SHAPE_NAMES];
    struct shape *shapes[SHAPES];
};

struct shapes *shapes_new(void)
{
    struct shapes *s = xnew(struct shapes);
    for (uint32_t i = 0; i < 4 * SHAPE_NAMES; i++)
        s->keys[i] = hash_bytes(&i, sizeof(i));
    return s;
}

struct shapes *shapes_free(struct shapes *s)
{
    for (size_t i = 0; s && i < SHAPES; i++)
        free(s->shapes[i]);
    free(s);
    return NULL;
}

const uint64_t *shapes_keys(const struct shapes *s)
{
    return s->keys;
}

struct shape *shapes_find(struct shapes *s, uint64_t digest)
{
    struct shape **at = &s->shapes[(digest ^ digest >> 32) % SHAPES];
    if (!*at)
        *at = xnew(struct shape);
    else if ((*at)->digest == digest)
        return *at;
    memset(*at, 0, sizeof(**at));
    (*at)->digest = digest;
    return *at;
}

uint32_t *shape_note(struct shape *s)
{
    return &s->note;
}

static size_t slot_of(const struct shape_name *n)
{
    return ((n->first ^ n->last ^ n->n) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ASKED;
}

bool shape_knows(const struct shape *s, const struct shape_name *name, int *ret)
{
    const struct asked *a = &s->asked[slot_of(name)];
    *ret = a->place;
    return a->is && a->name.first == name->first && a->name.last == name->last && a->name.n == name->n;
}

void shape_learn(struct shape *s, const struct shape_name *name, int place)
{
    s->asked[slot_of(name)] = (struct asked){*name, place, place != SHAPE_ABSENT || shape_name_is_whole(name)};
}

int8_t *shape_list(struct shape *s, const void *list, bool *ret_is)
{
    *ret_is = s->list == list;
    s->list = list;
    return s->listed;
}
