// SPDX-License-Identifier: Apache-2.0
/*
 * Files that were there and are written anew, many by one process or by those below one: those of whoever does that are looked
 * at (context_ask.rewrite), and what they hold comes as a record.
 */
#include "context/state_private.h"

size_t state_rewriters(struct rewriter *table, size_t n, uint64_t window_ns, const struct live_event *e, bool makes, struct state_rewrites *ret[STATE_KIN])
{
    const struct record *r = e->record;
    const struct process *parent = e->process ? processes_parent(e->context->processes, e->process) : NULL;
    const uint64_t keys[STATE_KIN] = {
        r->pid > 1 ? key_of_process(r->pid, r->start_ns) : 0,
        r->ppid > 2 ? key_of((const uint64_t[]){(uint32_t)r->ppid, r->pstart_ns, 5}, 3) : 0,
        parent && parent->ppid > 2 ? key_of((const uint64_t[]){(uint32_t)parent->ppid, parent->pstart_ns, 6}, 3) : 0,
    };
    size_t there = 0;
    for (unsigned i = 0; i < STATE_KIN; i++) {
        struct rewriter *w = keys[i] ? (struct rewriter *)state_look_up(table, sizeof(*table), n, keys[i], makes, r->time_ns) : NULL;
        if (!w)
            continue;
        if (r->time_ns > w->of.since_ns + window_ns)
            w->of = (struct state_rewrites){.since_ns = r->time_ns};
        ret[there++] = &w->of;
    }
    return there;
}

bool state_is_other(uint64_t *row, uint32_t n, uint64_t file)
{
    for (unsigned i = 0; i < STATE_RECENT; i++)
        if (row[i] == file)
            return false;
    row[n % STATE_RECENT] = file;
    return true;
}

static size_t rewriters_of(struct state *s, const struct live_event *e, bool makes, struct state_rewrites *ret[STATE_KIN])
{
    return state_rewriters(s->rewriters, ARRAY_SIZE(s->rewriters), STATE_REWRITES_NS, e, makes, ret);
}

/* Whether its files are looked at. */
static bool asks(struct state_rewrites *w)
{
    if (w->n < STATE_LOOKED_FROM || w->asked >= STATE_LOOKED_MAX)
        return false;
    w->asked++;
    return true;
}

static bool is_of_the_kernel(struct str path)
{
    return str_starts(path, STR("/proc/")) || str_starts(path, STR("/sys/")) || str_starts(path, STR("/dev/"));
}

void state_see_rewritten(struct state *s, const struct live_event *e, struct state_now *now)
{
    enum { APPEND = 02000 };
    struct state_rewrites *kin[STATE_KIN];
    if (e->fd->flags & RECORD_FD_CREATED || e->fd->oflags & APPEND || is_of_the_kernel(e->fd_path))
        return;
    const size_t n = rewriters_of(s, e, true, kin);
    for (size_t i = 0; i < n; i++) {
        kin[i]->n += state_is_other(kin[i]->recent, kin[i]->n, e->fd->ino);
        now->wants_look |= asks(kin[i]);
    }
}

/* What was rewritten may have another name before anybody looks. */
void state_see_renamed(struct state *s, const struct live_event *e, struct state_now *now)
{
    struct state_rewrites *kin[STATE_KIN];
    const size_t n = e->record->res < 0 ? 0 : rewriters_of(s, e, false, kin);
    for (size_t i = 0; i < n; i++)
        now->wants_look |= asks(kin[i]);
}

void state_add_look(struct state_rewrites *w, uint64_t ino, bool is_random, uint64_t *n, uint64_t *n_random)
{
    if (state_is_other(w->looked, w->n_looked, ino)) {
        w->n_looked++;
        w->n_random += is_random;
    }
    *n = w->n > *n ? w->n : *n;
    *n_random = w->n_random > *n_random ? w->n_random : *n_random;
}

void state_take_look(struct state *s, const struct live_event *e, struct state_now *now)
{
    enum { RANDOM = 2, INO = 3 };
    const struct record_block *random = e->index.v[RECORD_PARAM + RANDOM], *ino = e->index.v[RECORD_PARAM + INO];
    struct state_rewrites *kin[STATE_KIN];
    if (!random || !ino || state_take_replaced(s, e, now))
        return;
    const size_t n = rewriters_of(s, e, false, kin);
    for (size_t i = 0; i < n; i++)
        state_add_look(kin[i], record_number(ino), record_number(random) != 0, &now->rewritten, &now->random);
}
