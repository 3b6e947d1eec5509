// SPDX-License-Identifier: Apache-2.0
#include "log/members.h"

#include "log/node.h"

/* Finds the names of an object and its shape; false when there are none, or too many, or too long. */
static bool find_names(struct object_members *o, const struct tape *t, struct members *m)
{
    const uint64_t *keys = shapes_keys(o->shapes);
    const uint32_t end = (uint32_t)t->words[m->at] - 1;
    uint64_t digest = 0;
    uint32_t n = 0;
    m->shape = NULL;
    for (uint32_t at = m->at + 1; at < end; n++) {
        const uint64_t name = t->words[at], value = t->words[at + 1];
        const char tag = (char)(value >> 56);
        const size_t size = name >> 32 & 0xffffff;
        if (n == SHAPE_NAMES || size > SHAPE_WHOLE)
            return false;
        digest = shape_digest(digest, keys, n, t->text + (uint32_t)name, size, tag == '"');
        m->names[n] = at;
        at = tag == '{' || tag == '[' ? (uint32_t)value : at + 2 + (tag == 'l');
    }
    m->n = n;
    if (n)
        m->shape = shapes_find(o->shapes, digest + n);
    return n;
}

void members_begin(struct object_members *o, const struct tape *t)
{
    o->n = 1;
    o->v[0].at = 1;
    (void)find_names(o, t, &o->v[0]);
}

/* `asks`: how often it is asked for by that. */
static const struct members *members_within(struct object_members *o, const struct tape *t, uint32_t at, uint32_t asks)
{
    struct members *m = &o->v[1], *const end = &o->v[o->n];
    while (m < end && m->at != at)
        m++;
    if (m == end) {
        if (o->n == 1 + MEMBERS_WITHIN)
            return NULL;
        o->n++;
        m->at = at;
        m->asked = 0;
        m->shape = NULL;
    }
    const uint32_t before = m->asked;
    m->asked += asks;
    if (before < MEMBERS_WORTH && m->asked >= MEMBERS_WORTH)
        (void)find_names(o, t, m);
    return m->shape ? m : NULL;
}

const struct members *members_of(struct object_members *o, const struct tape *t, uint32_t at)
{
    if (at == 1)
        return o->v[0].shape ? &o->v[0] : NULL;
    return members_within(o, t, at, 1);
}

const struct members *members_of_now(struct object_members *o, const struct tape *t, uint32_t at)
{
    return at == 1 ? members_of(o, t, at) : members_within(o, t, at, MEMBERS_WORTH);
}
