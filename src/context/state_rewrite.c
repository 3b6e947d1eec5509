// SPDX-License-Identifier: Apache-2.0
/*
 * Files that were there and are written anew, many by one process or by the children of one: those of whoever does that are looked
 * at (context_ask.rewrite), and what they hold comes as a record.
 */
#include "context/state_private.h"

/* Counters of the process and of its parent's children; NULL: no such process. */
static void rewriters_of(struct state *s, const struct record *r, bool makes, struct state_rewrites *ret[2])
{
    const uint64_t keys[] = {r->pid > 1 ? key_of_process(r->pid, r->start_ns) : 0,
                             r->ppid > 2 ? key_of((const uint64_t[]){(uint32_t)r->ppid, r->pstart_ns, 5}, 3) : 0};
    for (unsigned i = 0; i < 2; i++) {
        struct rewriter *w = !keys[i] ? NULL : makes ? TAKE(s->rewriters, keys[i], r->time_ns) : FIND(s->rewriters, keys[i], r->time_ns);
        ret[i] = w ? &w->of : NULL;
        if (w && r->time_ns > w->of.since_ns + STATE_REWRITES_NS)
            w->of = (struct state_rewrites){.since_ns = r->time_ns};
    }
}

/* Whether a file is none of the last ones of a row; then it is one of them. */
static bool is_other(uint64_t *row, uint32_t n, uint64_t ino)
{
    for (unsigned i = 0; i < STATE_RECENT; i++)
        if (row[i] == ino)
            return false;
    row[n % STATE_RECENT] = ino;
    return true;
}

/* Whether its files are looked at. */
static bool asks(struct state_rewrites *w)
{
    if (!w || w->n < STATE_LOOKED_FROM || w->asked >= STATE_LOOKED_MAX)
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
    struct state_rewrites *both[2];
    if (e->fd->flags & RECORD_FD_CREATED || e->fd->oflags & APPEND || is_of_the_kernel(e->fd_path))
        return;
    rewriters_of(s, e->record, true, both);
    for (unsigned i = 0; i < 2; i++)
        if (both[i] && is_other(both[i]->recent, both[i]->n, e->fd->ino))
            both[i]->n++;
    const bool own = asks(both[0]), kin = asks(both[1]);
    now->wants_look = own || kin;
}

/* What was rewritten may have another name before anybody looks. */
void state_see_renamed(struct state *s, const struct live_event *e, struct state_now *now)
{
    struct state_rewrites *both[2];
    if (e->record->res < 0)
        return;
    rewriters_of(s, e->record, false, both);
    const bool own = asks(both[0]), kin = asks(both[1]);
    now->wants_look = own || kin;
}

void state_take_look(struct state *s, const struct live_event *e, struct state_now *now)
{
    enum { RANDOM = 2, INO = 3 };
    const struct record_block *random = e->index.v[RECORD_PARAM + RANDOM], *ino = e->index.v[RECORD_PARAM + INO];
    struct state_rewrites *both[2];
    if (!random || !ino)
        return;
    rewriters_of(s, e->record, false, both);
    for (unsigned i = 0; i < 2; i++) {
        if (!both[i])
            continue;
        if (is_other(both[i]->looked, both[i]->n_looked, record_number(ino))) {
            both[i]->n_looked++;
            both[i]->n_random += record_number(random) != 0;
        }
        now->rewritten = both[i]->n > now->rewritten ? both[i]->n : now->rewritten;
        now->random = both[i]->n_random > now->random ? both[i]->n_random : now->random;
    }
}
