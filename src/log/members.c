// SPDX-License-Identifier: Apache-2.0
#include "log/members.h"

#include "log/node.h"

/* Finds the names of an object and their digest, and learns them behind a step unless that is NULL; false when there are none, or too many, or too long. */
static bool find_names(struct object_members *o, const struct tape *t, struct members *m, struct name_step *step)
{
    const uint64_t *keys = shapes_keys(o->shapes);
    const uint32_t end = (uint32_t)t->words[m->at] - 1;
    uint64_t digest = 0;
    uint32_t n = 0;
    m->shape = NULL;
    m->is_followed = m->has_digest = false;
    for (uint32_t at = m->at + 1; at < end; n++) {
        const uint64_t value = t->words[at + 1];
        const char tag = (char)(value >> 56);
        const struct str s = node_name((struct node){t, at});
        if (n == SHAPE_NAMES || s.n > SHAPE_WHOLE)
            return false;
        digest = shape_digest(digest, keys, n, s.p, s.n, tag == '"');
        m->names[n] = at;
        at = tag == '{' || tag == '[' ? (uint32_t)value : at + 2 + (tag == 'l');
        if (step)
            step = name_tree_learn(o->tree, step, s, tag == '"', digest);
    }
    m->n = n;
    m->digest = digest + n;
    m->has_digest = n;
    return n;
}

static struct members *add(struct object_members *o, uint32_t at)
{
    struct members *m = &o->v[o->n++];
    m->at = at;
    m->asked = m->n = 0;
    m->shape = NULL;
    m->is_followed = m->has_digest = false;
    return m;
}

void members_begin(struct object_members *o)
{
    o->n = 0;
    o->lost.at = 0;
    struct members *m = add(o, 1);
    m->step = &o->tree->steps[0];
    m->is_followed = true;
}

struct members *members_within_begin(struct object_members *o, struct name_step *behind, uint32_t at)
{
    struct name_step *begin = behind->within;
    if (o->n == 1 + MEMBERS_WITHIN || (begin && begin->lost >= NAME_LOST_WITHIN))
        return NULL;
    if (!begin) {
        o->lost = (struct members_lost){behind, at};
        return NULL;
    }
    struct members *m = add(o, at);
    m->step = begin;
    m->behind = behind;
    m->is_followed = true;
    return m;
}

void members_lose(struct object_members *o, struct members *m)
{
    m->is_followed = false;
    if (m != &o->v[0])
        o->lost = (struct members_lost){m->behind, m->at};
}

/* What is another than before is as before the next time. */
static void learn(struct object_members *o, const struct tape *t)
{
    struct members *const outer = &o->v[0];
    struct name_step *begin = o->lost.at ? name_tree_within(o->tree, o->lost.behind) : NULL;
    if (begin) {
        struct members m = {.at = o->lost.at};
        begin->lost++;
        (void)find_names(o, t, &m, begin);
    }
    if (!outer->is_followed)
        (void)find_names(o, t, outer, o->tree->steps);
    name_tree_lost(o->tree);
}

void members_end(struct object_members *o, const struct tape *t)
{
    for (struct members *m = o->v; m < &o->v[o->n]; m++)
        if (m->is_followed && m->n) {
            m->digest = m->step->digest + m->n;
            m->has_digest = true;
        }
    if (!o->v[0].is_followed || o->lost.at)
        learn(o, t);
}

/* With its shape, which another one may have pushed out since; NULL: it has none. */
static inline const struct members *found(struct object_members *o, struct members *m)
{
    if (m->has_digest && (!m->shape || !shape_is(m->shape, m->digest)))
        m->shape = shapes_find(o->shapes, m->digest);
    return m->shape ? m : NULL;
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
        m = add(o, at);
    }
    const uint32_t before = m->asked;
    m->asked += asks;
    if (!m->has_digest && before < MEMBERS_WORTH && m->asked >= MEMBERS_WORTH)
        (void)find_names(o, t, m, NULL);
    return found(o, m);
}

const struct members *members_of(struct object_members *o, const struct tape *t, uint32_t at)
{
    if (at == 1)
        return found(o, &o->v[0]);
    return members_within(o, t, at, 1);
}

const struct members *members_of_now(struct object_members *o, const struct tape *t, uint32_t at)
{
    return at == 1 ? members_of(o, t, at) : members_within(o, t, at, MEMBERS_WORTH);
}
