// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "finding/report.h"

enum { MOMENT_TEXT_MAX = 512, LOOK_BACK = 64 };

struct report_run *report_add_run(struct report_target *t, struct str command)
{
    struct report_run *run = arena_new(&t->report->arena, struct report_run);
    run->arena = &t->report->arena;
    run->command = arena_str(run->arena, str_sub(command, 0, FINDING_TEXT_MAX));
    vec_add(&t->runs, run);
    return run;
}

void report_moment(struct report_run *run, uint64_t time_ns, const char *what, struct str text, uint32_t finding)
{
    text = str_sub(text, 0, MOMENT_TEXT_MAX);
    for (size_t i = run->moments.n, back = 0; i-- > 0 && back < LOOK_BACK; back++) {
        struct report_moment *m = &run->moments.v[i];
        if (m->what == what && m->finding == finding && str_eq(m->text, text)) {
            m->count++;
            return;
        }
    }
    if (run->moments.n >= REPORT_MOMENTS_MAX) {
        run->moments_left_out++;
        return;
    }
    vec_add(&run->moments, (struct report_moment){.time_ns = time_ns, .count = 1, .what = what, .text = arena_str(run->arena, text), .finding = finding});
}

static int by_time(const void *a, const void *b)
{
    const struct report_moment *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return (x->finding > y->finding) - (x->finding < y->finding);
}

void report_run_end(struct report_run *run)
{
    if (run->moments.n)
        qsort(run->moments.v, run->moments.n, sizeof(*run->moments.v), by_time);
}

void report_runs_done(struct report_target *t)
{
    for (size_t i = 0; i < t->runs.n; i++)
        vec_done(&t->runs.v[i]->moments);
    vec_done(&t->runs);
}
