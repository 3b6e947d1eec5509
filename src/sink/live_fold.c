// SPDX-License-Identifier: Apache-2.0
#include "sink/live_fold.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/intl.h"
#include "base/strbuf.h"

struct group {
    uint64_t key; /* 0: free */
    uint64_t first_ns, since_ns, last_ns, seen_ms; /* first: of the one that was shown; since: of the first that was not */
    uint64_t count, more;                          /* more: machines beyond LIVE_FOLD_NAMES */
    enum priority priority;
    struct arena arena;
    struct str name, user;
    struct map machines; /* those of the first alert, too */
    size_t n_shown;      /* of the machines, those that were told */
};
struct live_fold {
    struct group groups[LIVE_FOLD_GROUPS];
    struct strbuf output; /* of the alert that was given last */
    struct strbuf name, user;
};

struct live_fold *live_fold_new(void)
{
    return xnew(struct live_fold);
}

static void clear(struct group *g)
{
    map_done(&g->machines);
    arena_done(&g->arena);
    *g = (struct group){};
}

struct live_fold *live_fold_free(struct live_fold *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < LIVE_FOLD_GROUPS; i++)
        clear(&f->groups[i]);
    strbuf_done(&f->output);
    strbuf_done(&f->name);
    strbuf_done(&f->user);
    free(f);
    return NULL;
}

static struct str live_machine(struct str shared)
{
    static const struct str kinds[] = {STR("instance:"), STR("pod:")};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_starts(shared, kinds[i]))
            return str_sub(shared, kinds[i].n, shared.n);
    return STR_NULL;
}

void live_machines_add(struct map *machines, size_t most, uint64_t *more, struct arena *arena, const struct alert *a)
{
    for (size_t i = 0; i < a->ties.n_shared; i++) {
        const struct str m = live_machine(a->ties.shared[i]);
        if (!m.n || map_has(machines, m))
            continue;
        if (machines->n == most)
            (*more)++;
        else
            (void)map_put(machines, arena_str(arena, m), NULL);
    }
}

/* Rule and key; 0: nobody's, or about no machine. */
static uint64_t key_of(const struct alert *a)
{
    uint64_t who = 0;
    bool has_machine = false;
    for (size_t i = 0; i < a->ties.n_shared; i++) {
        const struct str s = a->ties.shared[i];
        has_machine |= live_machine(s).n != 0;
        if (str_starts(s, STR("key:")) || (!who && str_starts(s, STR("principal:"))))
            who = hash_str(s);
    }
    const uint64_t key = who ^ hash_str(a->name);
    return who && has_machine ? key | 1 : 0;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void begin(struct group *g, uint64_t key, const struct alert *a)
{
    clear(g);
    g->key = key;
    g->first_ns = a->time_ns;
    g->priority = a->priority;
    g->name = arena_str(&g->arena, a->name);
    g->user = arena_str(&g->arena, a->subject.user);
    live_machines_add(&g->machines, LIVE_FOLD_NAMES, &g->more, &g->arena, a);
    g->n_shown = g->machines.n;
}

bool live_fold_take(struct live_fold *f, const struct alert *a, uint64_t now_ms)
{
    const uint64_t key = key_of(a);
    struct group *g = NULL, *room = NULL;
    if (!key || a->repeats || a->withheld)
        return false;
    for (size_t i = 0; i < LIVE_FOLD_GROUPS; i++) {
        struct group *x = &f->groups[i];
        if (x->key == key)
            g = x;
        /* what still has something to tell keeps its place */
        if (!x->count && (!room || (room->key && (!x->key || x->first_ns < room->first_ns))))
            room = x;
    }
    if (!g || distance(g->first_ns, a->time_ns) > LIVE_FOLD_NS) {
        if (g && g->count)
            return false;
        g = g ? g : room;
        if (g)
            begin(g, key, a);
        return false;
    }
    if (!g->count++)
        g->since_ns = a->time_ns;
    g->since_ns = a->time_ns < g->since_ns ? a->time_ns : g->since_ns;
    g->last_ns = a->time_ns > g->last_ns ? a->time_ns : g->last_ns;
    g->seen_ms = now_ms;
    live_machines_add(&g->machines, LIVE_FOLD_NAMES, &g->more, &g->arena, a);
    return true;
}

static void add_output(struct strbuf *b, const struct group *g)
{
    size_t n = 0;
    strbuf_adds(b, _("by the same, about "));
    for (size_t i = g->n_shown; i < g->machines.n && n < LIVE_FOLD_SHOWN; i++, n++) {
        if (n)
            strbuf_adds(b, ", ");
        strbuf_add(b, g->machines.v[i].key);
    }
    const uint64_t left = g->machines.n - g->n_shown - n + g->more;
    if (!n)
        strbuf_adds(b, _("the same machines"));
    if (left)
        strbuf_printf(b, intl_plural(" and %llu more", " and %llu more", left), (unsigned long long)left);
}

bool live_fold_next(struct live_fold *f, uint64_t now_ms, struct alert *ret)
{
    for (size_t i = 0; i < LIVE_FOLD_GROUPS; i++) {
        struct group *g = &f->groups[i];
        if (!g->count || (now_ms != UINT64_MAX && now_ms - g->seen_ms < LIVE_FOLD_WAIT_MS))
            continue;
        strbuf_clear(&f->output);
        strbuf_clear(&f->name);
        strbuf_clear(&f->user);
        add_output(&f->output, g);
        strbuf_add(&f->name, g->name);
        strbuf_add(&f->user, g->user);
        *ret = (struct alert){.time_ns = g->last_ns, .name = strbuf_str(&f->name), .priority = g->priority, .repeats = g->count, .since_ns = g->since_ns,
                              .output = strbuf_str(&f->output), .subject = {.user = strbuf_str(&f->user), .pid = -1, .ppid = -1, .uid = -1, .loginuid = -1}};
        g->count = g->more = 0;
        g->n_shown = g->machines.n;
        return true;
    }
    return false;
}
