// SPDX-License-Identifier: Apache-2.0
/* davy drill: what the drills showed, by row of threats and by number of ATT&CK. */
#include <stdlib.h>

#include "base/intl.h"
#include "cmd/drill.h"

static bool has_act(struct str rule)
{
    size_t n;
    const struct drill_act *acts = drill_acts(&n);
    for (size_t i = 0; i < n; i++)
        for (const char *const *name = acts[i].rules; *name; name++)
            if (str_is(rule, *name))
                return true;
    return false;
}

/* Rules of the sensor about itself look at no act; of the rules for logs those about logins judge live events too: acts say which. */
bool drill_is_live(const struct rule *rule)
{
    if (rule->n_tags < 2)
        return false;
    return rule->source == SOURCE_SYSCALL || ((rule->source == SOURCE_LOG || rule->source == SOURCE_AUTH) && has_act(rule->name));
}

const char *drill_gap_of(struct str rule)
{
    size_t n;
    const struct drill_gap *gaps = drill_gaps(&n);
    for (size_t i = 0; i < n; i++)
        if (str_is(rule, gaps[i].rule))
            return gaps[i].why;
    return NULL;
}

enum drill_cover drill_cover_of(const struct drill_report *r, const struct rule *rule)
{
    enum drill_cover cover = has_act(rule->name) ? DRILL_NOT_RUN : DRILL_NO_ACT;
    for (size_t i = 0; i < r->outcomes.n; i++)
        for (size_t j = 0; j < r->outcomes.v[i].n_expected; j++) {
            const struct drill_expected *e = &r->outcomes.v[i].expected[j];
            if (!str_is(rule->name, e->name))
                continue;
            if (e->seconds >= 0)
                return DRILL_SEEN;
            cover = DRILL_UNSEEN;
        }
    return cover;
}

static bool is_row(struct str tag)
{
    return str_starts(tag, STR("row:"));
}

static bool is_technique(struct str tag)
{
    return tag.n > 4 && tag.p[0] == 'T' && tag.p[1] >= '0' && tag.p[1] <= '9';
}

static int order(const void *a, const void *b)
{
    const struct str x = ((const struct drill_cell *)a)->tag, y = ((const struct drill_cell *)b)->tag;
    uint64_t m, n;
    if (is_row(x) != is_row(y))
        return is_row(x) ? -1 : 1;
    if (is_row(x) && str_to_u64(str_sub(x, 4, x.n), &m) && str_to_u64(str_sub(y, 4, y.n), &n))
        return m < n ? -1 : m > n;
    return str_cmp(x, y);
}

static struct drill_cell *cell_of(drill_matrix *m, struct str tag)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->v[i].tag, tag))
            return &m->v[i];
    struct drill_cell *c = vec_push(m);
    c->tag = tag;
    return c;
}

void drill_make_matrix(const struct drill_report *r, drill_matrix *ret)
{
    for (size_t i = 0; i < ruleset_count(r->rules); i++) {
        const struct rule *rule = ruleset_get(r->rules, i);
        if (!drill_is_live(rule))
            continue;
        const enum drill_cover cover = rule->enabled ? drill_cover_of(r, rule) : DRILL_UNSEEN;
        for (size_t j = 0; j < rule->n_tags; j++)
            if (is_row(rule->tags[j]) || is_technique(rule->tags[j]))
                cell_of(ret, rule->tags[j])->rules[cover]++;
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof(*ret->v), order);
}
