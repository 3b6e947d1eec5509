// SPDX-License-Identifier: Apache-2.0
#include "finding/report.h"

struct report_target *report_add_target(struct report *r, struct str name, struct str kind)
{
    struct report_target *t = arena_new(&r->arena, struct report_target);
    t->report = r;
    t->name = arena_str(&r->arena, name);
    t->kind = arena_str(&r->arena, kind);
    vec_add(&r->targets, t);
    return t;
}

/* A path may be as long as an archive wants it; what a report needs to name it is far less. */
static struct str bounded(struct report *r, struct str s)
{
    return arena_str(&r->arena, str_sub(s, 0, 4096));
}

static void gap(struct report *r, struct report_gaps *gaps, struct str what, struct str why)
{
    if (gaps->total++ < REPORT_GAPS_MAX)
        vec_add(&gaps->list, (struct report_gap){bounded(r, what), bounded(r, why)});
}

void report_unread(struct report_target *t, struct str what, struct str why)
{
    gap(t->report, &t->unread, what, why);
}

void report_skipped(struct report_target *t, struct str what, struct str why)
{
    gap(t->report, &t->skipped, what, why);
}

void report_failure(struct report_target *t, struct str why)
{
    t->failure = bounded(t->report, why);
}

void report_expired(struct report *r, struct str list, struct str day)
{
    vec_add(&r->rules.expired, (struct report_expired){arena_str(&r->arena, list), arena_str(&r->arena, day)});
}

void report_judge(struct report *r)
{
    for (size_t i = 0; i < r->targets.n; i++)
        if (r->targets.v[i]->findings)
            verdict_of(r->targets.v[i]->findings, &r->arena, &r->targets.v[i]->verdict);
}

int report_exit_code(const struct report *r, enum priority fail_on)
{
    bool failed = false;
    if (r->is_incomplete)
        return 3;
    for (size_t k = 0; k < r->targets.n; k++) {
        const struct report_target *t = r->targets.v[k];
        failed |= t->failure.n > 0;
        for (size_t i = 0; t->findings && i < findings_count(t->findings); i++) {
            const struct finding *f = findings_get(t->findings, i);
            if (!r->never_fails && f->kind != FINDING_CONTEXT && !f->authorised &&
                f->rule->priority <= fail_on)
                return 1;
        }
    }
    return failed ? 3 : 0;
}

void report_done(struct report *r)
{
    for (size_t i = 0; i < r->targets.n; i++) {
        findings_free(r->targets.v[i]->findings);
        vec_done(&r->targets.v[i]->unread.list);
        vec_done(&r->targets.v[i]->skipped.list);
        inventory_done(&r->targets.v[i]->inventory);
        report_runs_done(r->targets.v[i]);
    }
    vec_done(&r->targets);
    vec_done(&r->rules.expired);
    arena_done(&r->arena);
}
