// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "sink/live_fold.h"
#include "sink/live_private.h"
#include "sink/summary_private.h"

static bool is_context(const struct summary_group *g)
{
    return severity_of(g->priority) == SEVERITY_INFO;
}

struct summary *summary_new(void)
{
    return xnew(struct summary);
}

struct summary *summary_free(struct summary *s)
{
    for (size_t i = 0; s && i < s->at.n; i++) {
        struct summary_group *g = s->at.v[i].ptr;
        map_done(&g->at);
        for (size_t k = 0; k < g->who.n; k++) {
            strbuf_done(&g->who.v[k].output);
            map_done(&g->who.v[k].machines);
        }
        vec_done(&g->who);
    }
    if (s) {
        map_done(&s->at);
        vec_done(&s->cases);
        arena_done(&s->arena);
    }
    free(s);
    return NULL;
}

static struct str *copy_list(struct arena *a, const struct str *v, size_t n)
{
    struct str *all = arena_array(a, struct str, n);
    for (size_t i = 0; i < n; i++)
        all[i] = arena_str(a, v[i]);
    return all;
}

static struct summary_group *group_of(struct summary *s, const struct alert *a)
{
    const struct map_entry *known = map_get(&s->at, a->name);
    if (known)
        return known->ptr;
    struct summary_group *g = arena_new(&s->arena, struct summary_group);
    g->name = arena_str(&s->arena, a->name);
    g->desc = arena_str(&s->arena, a->rule->desc);
    g->next = arena_str(&s->arena, a->rule->next);
    g->rows = copy_list(&s->arena, a->rows, a->n_rows);
    g->n_rows = a->n_rows;
    g->techniques = copy_list(&s->arena, a->techniques, a->n_techniques);
    g->n_techniques = a->n_techniques;
    g->priority = a->priority;
    map_put(&s->at, g->name, NULL)->ptr = g;
    return g;
}

/* Whom a reader would name: a program of a machine; else an account of a cloud, an address that it came from, a user, a machine. */
static struct str who_of(const struct alert *a)
{
    static const char PRINCIPAL[] = "principal:";
    for (size_t i = 0; i < a->ties.n_shared; i++)
        if (str_starts(a->ties.shared[i], str_from(PRINCIPAL)))
            return str_sub(a->ties.shared[i], strlen(PRINCIPAL), a->ties.shared[i].n);
    const bool is_live = a->rule->source == SOURCE_SYSCALL;
    const struct str all[] = {is_live ? a->subject.process : STR_NULL, a->ties.peer, a->subject.user, a->subject.process, a->hostname};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        if (all[i].n)
            return all[i];
    return STR_NULL;
}

/* One buffer for each of whom: a year of alerts must not stay in memory. */
static void keep_output(struct summary_who *w, const struct alert *a)
{
    _cleanup_(strbuf_done) struct strbuf words = {};
    const struct str output = live_words(&words, a);
    strbuf_clear(&w->output);
    strbuf_add(&w->output, str_trim(output));
}

void summary_add(struct summary *s, const struct alert *a)
{
    struct summary_group *g = group_of(s, a);
    const uint64_t n = a->withheld ? a->withheld : a->repeats ? a->repeats : 1;
    const uint64_t first_ns = a->since_ns && a->since_ns < a->time_ns ? a->since_ns : a->time_ns;
    const struct str name = who_of(a);
    const struct map_entry *known = map_get(&g->at, name);
    g->n += n;
    if (!is_context(g))
        spread_add(&s->spread, a->time_ns, severity_of(g->priority), n);
    if (!known && g->who.n == SUMMARY_WHO_MAX) {
        g->more++;
        return;
    }
    if (!known) {
        const struct str kept = arena_str(&s->arena, name);
        map_put(&g->at, kept, NULL)->u64 = g->who.n;
        vec_add(&g->who, (struct summary_who){.name = kept, .first_ns = first_ns});
    }
    struct summary_who *w = &g->who.v[known ? known->u64 : g->who.n - 1];
    w->n += n;
    live_machines_add(&w->machines, SUMMARY_MACHINES_MAX, &w->more_machines, &s->arena, a);
    if (first_ns < w->first_ns)
        w->first_ns = first_ns;
    if (a->time_ns < w->last_ns)
        return;
    w->last_ns = a->time_ns;
    keep_output(w, a);
}

void summary_case(struct summary *s, int64_t id)
{
    for (size_t i = 0; i < s->cases.n; i++)
        if (s->cases.v[i] == id)
            return;
    vec_add(&s->cases, id);
}

void summary_about(struct summary *s, const struct summary_about *about)
{
    s->about = *about;
    s->about.title = arena_str(&s->arena, about->title);
    s->about.right = arena_str(&s->arena, about->right);
    for (size_t i = 0; i < ARRAY_SIZE(s->about.foot); i++)
        s->about.foot[i].text = arena_str(&s->arena, about->foot[i].text);
}

static int by_severity(const void *a, const void *b)
{
    const struct summary_group *x = *(struct summary_group *const *)a, *y = *(struct summary_group *const *)b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->n != y->n ? (x->n > y->n ? -1 : 1) : str_cmp(x->name, y->name);
}

static int by_count(const void *a, const void *b)
{
    const struct summary_who *x = a, *y = b;
    return x->n != y->n ? (x->n > y->n ? -1 : 1) : x->first_ns != y->first_ns ? (x->first_ns < y->first_ns ? -1 : 1) : str_cmp(x->name, y->name);
}

struct summary_group **summary_sorted(struct summary *s, size_t *ret_n, size_t *ret_context)
{
    const size_t n = s->at.n;
    struct summary_group **v = xalloc((n + 1) * sizeof(struct summary_group *));
    for (size_t i = 0; i < n; i++) {
        v[i] = s->at.v[i].ptr;
        qsort(v[i]->who.v, v[i]->who.n, sizeof(*v[i]->who.v), by_count);
    }
    qsort(v, n, sizeof(*v), by_severity);
    *ret_n = *ret_context = n;
    while (*ret_context && is_context(v[*ret_context - 1]))
        (*ret_context)--;
    return v;
}

void summary_count(struct summary_group *const *v, size_t n, uint64_t ret[SEVERITY__N])
{
    memset(ret, 0, SEVERITY__N * sizeof(*ret));
    for (size_t i = 0; i < n; i++)
        if (!is_context(v[i]))
            ret[severity_of(v[i]->priority)] += v[i]->n;
}
