// SPDX-License-Identifier: Apache-2.0
/* Machines of open cases, as the writer of --store tells them: before it is ready those that are in the store, then those of new findings. */
#include "base/map.h"
#include "cmd/logs.h"

enum { MACHINES_MOST = 100'000 };

struct known_case {
    uint64_t id, first_ns;
};
struct logs_cases {
    struct log_cases cases; /* first: its function finds the rest by it */
    struct arena names;
    struct map machines; /* id → index in v */
    VEC(struct known_case) v;
};

static uint64_t case_of(void *ctx, struct str machine, uint64_t time_ns)
{
    const struct logs_cases *c = ctx;
    const struct map_entry *e = map_get(&c->machines, machine);
    /* what was done before anything was found is no mistake */
    return e && time_ns > c->v.v[e->u64].first_ns ? c->v.v[e->u64].id : 0;
}

void logs_cases_take(void *ctx, struct str machine, uint64_t id, uint64_t first_ns)
{
    struct logs_cases *c = ctx;
    struct map_entry *e = map_get(&c->machines, machine);
    if (!e && c->machines.n >= MACHINES_MOST)
        return;
    if (!e) {
        e = map_put(&c->machines, arena_str(&c->names, machine), NULL);
        e->u64 = c->v.n;
        vec_add(&c->v, {});
    }
    c->v.v[e->u64] = (struct known_case){id, first_ns};
}

struct logs_cases *logs_cases_new(void)
{
    struct logs_cases *c = xnew(struct logs_cases);
    c->cases = (struct log_cases){case_of, c};
    return c;
}

const struct log_cases *logs_cases_of(const struct logs_cases *c)
{
    return &c->cases;
}

struct logs_cases *logs_cases_free(struct logs_cases *c)
{
    if (!c)
        return NULL;
    map_done(&c->machines);
    vec_done(&c->v);
    arena_done(&c->names);
    free(c);
    return NULL;
}
