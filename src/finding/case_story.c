// SPDX-License-Identifier: Apache-2.0
#include "base/map.h"
#include "finding/case_key.h"
#include "finding/case_story.h"

void case_verdict(const struct case_finding *f, size_t n, struct arena *a, struct verdict *ret)
{
    struct verdict_item *v = arena_array(a, struct verdict_item, n);
    struct map rules = {};
    for (size_t i = 0; i < n; i++) {
        struct map_entry *e = map_put(&rules, f[i].rule, NULL);
        if (!e->ptr)
            e->ptr = (void *)&f[i];
        v[i] = (struct verdict_item){.id = (uint32_t)i, .rule = e->ptr, .kind = f[i].kind, .priority = f[i].priority, .intent = f[i].intent,
                                     .harm = f[i].harm, .conclusive = f[i].conclusive, .by = f[i].by, .n_by = f[i].n_by,
                                     .purposes = f[i].purposes, .n_purposes = f[i].n_purposes};
    }
    map_done(&rules);
    verdict_weigh(v, n, a, ret);
}

/* ---- occupants ---- */

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static void unite(size_t *parent, size_t a, size_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static struct str key_text(struct arena *a, const struct case_key *key)
{
    char text[CASE_KEY_BYTES + 1];
    text[0] = (char)key->tie;
    memcpy(text + 1, key->id, CASE_KEY_BYTES);
    return arena_str(a, str_n(text, sizeof(text)));
}

/* `parent` becomes a forest whose trees are works. */
static void find_works(const struct case_finding *f, size_t n, struct arena *a, size_t *parent)
{
    struct case_key keys[CASE_KEYS_MAX];
    struct map set = {};
    for (size_t i = 0; i < n; i++) {
        parent[i] = i;
        const size_t n_keys = case_keys(&f[i], keys);
        for (size_t k = 0; k < n_keys; k++) {
            bool is_new = false;
            if (keys[k].sets && case_tie_is_work(keys[k].tie)) {
                struct map_entry *e = map_put(&set, key_text(a, &keys[k]), &is_new);
                e->u64 = is_new ? i : e->u64;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        const size_t n_keys = case_keys(&f[i], keys);
        for (size_t k = 0; k < n_keys; k++) {
            const struct map_entry *e = keys[k].asks && case_tie_is_work(keys[k].tie) ? map_get(&set, key_text(a, &keys[k])) : NULL;
            if (e)
                unite(parent, i, (size_t)e->u64);
        }
    }
    map_done(&set);
}

static void add_text(struct str *list, size_t *n, size_t max, struct str s)
{
    for (size_t i = 0; i < *n; i++)
        if (str_eq(list[i], s))
            return;
    if (s.n && *n < max)
        list[(*n)++] = s;
}

static void add_to_occupant(struct case_occupant *o, const struct case_finding *f, struct arena *a)
{
    if (!o->findings++) {
        o->first_ns = f->time_ns;
        o->purposes = arena_array(a, struct str, CASE_LIST_MAX);
    }
    o->last_ns = f->last_ns > o->last_ns ? f->last_ns : o->last_ns;
    o->evicts |= case_finding_has_row(f, "9");
    for (size_t i = 0; i < f->n_purposes; i++)
        add_text(o->purposes, &o->n_purposes, CASE_LIST_MAX, f->purposes[i]);
    add_text(o->programs, &o->n_programs, CASE_PROGRAMS_MAX, f->subject.exe.n ? f->subject.exe : f->subject.process);
}

static void find_occupants(const struct case_finding *f, size_t n, struct arena *a, struct case_story *s)
{
    size_t *parent = arena_array(a, size_t, n), *number = arena_array(a, size_t, n);
    find_works(f, n, a, parent);
    s->occupants = arena_array(a, struct case_occupant, CASE_OCCUPANTS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (f[i].kind != FINDING_THREAT || !f[i].has_subject)
            continue;
        size_t *at = &number[root_of(parent, i)]; /* from 1 */
        if (!*at && s->n_occupants < CASE_OCCUPANTS_MAX)
            *at = ++s->n_occupants;
        if (*at)
            add_to_occupant(&s->occupants[*at - 1], &f[i], a);
    }
}

/* ---- ways in ---- */

/* ATT&CK's initial access, brute force, and what the specification's rows say of ways in. */
static bool is_way_in(const struct case_finding *f)
{
    static const char *const TECHNIQUES[] = {"T1190", "T1133", "T1110", "T1078", "T1189", "T1195", "T1199", "T1566", "T1091", "T1200"};
    static const char *const ROWS[] = {"8", "26", "27", "36", "40"};
    for (size_t i = 0; i < sizeof(TECHNIQUES) / sizeof(TECHNIQUES[0]); i++)
        if (case_finding_has_technique(f, TECHNIQUES[i]))
            return true;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        if (case_finding_has_row(f, ROWS[i]))
            return true;
    return false;
}

static void add_way(struct case_story *s, struct case_way way)
{
    size_t at = s->n_ways;
    for (size_t i = 0; i < s->n_ways; i++)
        if (way.kind == CASE_WAY_FINDING && s->ways[i].kind == way.kind && str_eq(s->ways[i].finding->rule, way.finding->rule))
            return; /* the earliest of a rule speaks for it */
    while (at && s->ways[at - 1].strength < way.strength)
        at--;
    if (at == CASE_WAYS_MAX)
        return;
    s->n_ways += s->n_ways < CASE_WAYS_MAX;
    memmove(&s->ways[at + 1], &s->ways[at], (s->n_ways - at - 1) * sizeof(s->ways[0]));
    s->ways[at] = way;
}

static void find_ways(const struct case_finding *f, size_t n, struct case_story *s)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_way_in(&f[i]))
            continue;
        /* a way in is there before what came through it */
        const bool is_early = f[i].time_ns <= s->first->time_ns, is_threat = f[i].kind == FINDING_THREAT;
        add_way(s, (struct case_way){CASE_WAY_FINDING, is_early && is_threat ? 3 : is_early || is_threat ? 2 : 1, &f[i]});
    }
    if (s->first && s->first->ties.n_line > 1)
        add_way(s, (struct case_way){CASE_WAY_ORIGIN, s->n_ways ? 1 : 2, s->first});
}

static bool is_about_credentials(const struct case_finding *f)
{
    return case_finding_has_technique(f, "T1552") || case_finding_has_technique(f, "T1555") || case_finding_has_technique(f, "T1528") ||
           case_finding_has_technique(f, "T1003") || case_finding_has_row(f, "28");
}

void case_story_of(const struct case_finding *f, size_t n, struct arena *a, struct case_story *ret)
{
    *ret = (struct case_story){};
    case_verdict(f, n, a, &ret->verdict);
    for (size_t i = 0; i < n; i++) {
        if (!ret->first || (ret->first->kind != FINDING_THREAT && f[i].kind == FINDING_THREAT))
            ret->first = &f[i];
        ret->first_ns = i ? ret->first_ns : f[i].time_ns;
        ret->last_ns = f[i].last_ns > ret->last_ns ? f[i].last_ns : ret->last_ns;
        if (is_about_credentials(&f[i]))
            add_text(ret->risks, &ret->n_risks, CASE_RISKS_MAX, f[i].file);
    }
    find_occupants(f, n, a, ret);
    find_ways(f, n, ret);
}

/* The newest word on each process counts. */
static void find_loads(const struct case_finding *f, size_t n, struct case_cost_facts *ret)
{
    const struct case_finding *of[CASE_LOADED_MAX];
    size_t n_of = 0;
    for (size_t i = 0; i < n && ret->n_loads < CASE_LOADS_MAX; i++) {
        if (!f[i].load.observed_ns || !f[i].ties.n_line)
            continue;
        size_t k = 0;
        while (k < n_of && (of[k]->ties.line[0].pid != f[i].ties.line[0].pid || of[k]->ties.line[0].start_ns != f[i].ties.line[0].start_ns))
            k++;
        if (k == CASE_LOADED_MAX)
            continue;
        of[k] = &f[i];
        n_of += k == n_of;
        double sum = 0;
        for (size_t j = 0; j < n_of; j++)
            sum += of[j]->load.processors;
        ret->loads[ret->n_loads++] = (struct case_load){f[i].time_ns, sum};
    }
}

void case_cost_facts(const struct case_finding *f, size_t n, const struct case_story *story, struct case_cost_facts *ret)
{
    *ret = (struct case_cost_facts){.first_ns = story->first ? story->first->time_ns : story->first_ns, .last_ns = story->last_ns};
    for (size_t i = 0; i < n; i++) {
        ret->host = f[i].host.n ? f[i].host : ret->host;
        if (f[i].subject.container_id.n) {
            ret->container = f[i].subject.container_name.n ? f[i].subject.container_name : f[i].subject.container_id;
            ret->image = f[i].subject.image.n ? f[i].subject.image : ret->image;
        }
    }
    find_loads(f, n, ret);
    for (size_t i = 0; i < story->verdict.n_purposes; i++) {
        const struct str p = story->verdict.purposes[i];
        ret->mines |= str_is(p, "mining");
        ret->sends |= str_is(p, "theft") || str_is(p, "ddos");
    }
}
