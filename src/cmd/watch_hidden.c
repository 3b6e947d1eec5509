// SPDX-License-Identifier: Apache-2.0
/* The processes that the kernel told of against those that /proc lists: what only one of the two knows becomes a record. */

#include "base/alloc.h"
#include "cmd/watch_live.h"
#include "event/record_write.h"
#include "source/proc/cross.h"

enum { EVERY_S = 5, PROCESSES_MAX = 65536 };

static bool is_same(const struct context_process *a, const struct context_process *b)
{
    return a->pid == b->pid && a->start_ns == b->start_ns;
}

static bool has(const struct context_process *v, size_t n, const struct context_process *p)
{
    for (size_t i = 0; i < n; i++)
        if (is_same(&v[i], p))
            return true;
    return false;
}

static void tell(struct watch *w, const struct context_process *p, enum cross_view view)
{
    struct record_writer out = {};
    struct record *r = record_begin(&out, RECORD_HIDDEN);
    r->time_ns = clock_ns(CLOCK_BOOTTIME);
    r->uid = r->gid = r->euid = r->loginuid = UINT32_MAX;
    if (context_header(w->context, p, r)) {
        record_add_text(&out, RECORD_PARAM, view == CROSS_COVERED ? STR("covered") : STR("unlisted"));
        watch_record(w, out.record);
    }
    record_writer_done(&out);
}

void hidden_look(struct hidden *h, struct watch *w, int proc)
{
    const uint64_t now = clock_ns(CLOCK_BOOTTIME);
    if (!h->is_wanted || now < h->next_ns)
        return;
    h->next_ns = now + EVERY_S * 1'000'000'000ULL;
    struct context_process *all = xalloc(PROCESSES_MAX * sizeof(*all));
    const size_t n = context_living(w->context, all, PROCESSES_MAX);
    int32_t *ids = xalloc((n + 1) * sizeof(*ids));
    enum cross_view *views = xalloc((n + 1) * sizeof(*views));
    struct hidden then = *h;
    h->n = 0;
    for (size_t i = 0; i < n; i++)
        ids[i] = all[i].pid;
    if (cross_is_possible(proc) && cross_look(proc, ids, n, views) == 0)
        for (size_t i = 0; i < n && h->n < HIDDEN_MAX; i++) {
            if (views[i] == CROSS_SHOWN)
                continue;
            /* twice in a row, as what ends or begins in this moment looks the same */
            const bool was_there = has(then.last, then.n, &all[i]), was_told = has(h->told, h->n_told < HIDDEN_MAX ? h->n_told : HIDDEN_MAX, &all[i]);
            h->last[h->n++] = all[i];
            if (was_told || (views[i] == CROSS_UNLISTED && !was_there))
                continue;
            h->told[h->n_told++ % HIDDEN_MAX] = all[i];
            tell(w, &all[i], views[i]);
        }
    free(views);
    free(ids);
    free(all);
}
