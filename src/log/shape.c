// SPDX-License-Identifier: Apache-2.0
#include "log/shape.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
    SHAPES = 256, /* a trail of a year has some dozen */
    SHAPE_WAYS = 4, /* places that a digest may have: the next one to be forgotten is the one that came first */
    ASKED = 64,   /* names that are remembered of each, a power of two */
};

struct shape {
    struct shape_head head;
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
    uint64_t digests[SHAPES];
    struct shape *shapes[SHAPES];
    uint8_t next[SHAPES / SHAPE_WAYS];
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
    const size_t set = (digest ^ digest >> 32) % (SHAPES / SHAPE_WAYS), first = set * SHAPE_WAYS;
    for (size_t i = first; i < first + SHAPE_WAYS; i++)
        if (s->digests[i] == digest && s->shapes[i])
            return s->shapes[i];
    const size_t at = first + s->next[set]++ % SHAPE_WAYS;
    struct shape **ret = &s->shapes[at];
    if (*ret)
        memset(*ret, 0, sizeof(**ret));
    else
        *ret = xnew(struct shape);
    s->digests[at] = (*ret)->head.digest = digest;
    return *ret;
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
