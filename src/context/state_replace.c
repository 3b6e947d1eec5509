// SPDX-License-Identifier: Apache-2.0
/*
 * New files in place of others: NAME.x is made beside NAME (or NAME.y), and that is removed, emptied, written or renamed; or a file is
 * moved over one that is there, which a refused rename told of. Makers of both are kin: a process, its parent or its grandparent is the
 * same, since shells run one program to write and another to remove. What the new files hold is looked at as in state_rewrite.c.
 */
#include <errno.h>

#include "context/state_private.h"

static void kin_of(const struct live_event *e, uint64_t ret[STATE_KIN])
{
    const struct record *r = e->record;
    const struct process *parent = e->process ? processes_parent(e->context->processes, e->process) : NULL;
    ret[0] = r->pid > 1 ? key_of_process(r->pid, r->start_ns) : 0;
    ret[1] = r->ppid > 2 ? key_of_process(r->ppid, r->pstart_ns) : 0;
    ret[2] = parent && parent->ppid > 2 ? key_of_process(parent->ppid, parent->pstart_ns) : 0;
}

static bool is_kin(const struct live_event *e, const uint64_t *of)
{
    uint64_t kin[STATE_KIN];
    kin_of(e, kin);
    for (unsigned i = 0; i < STATE_KIN; i++)
        for (unsigned k = 0; k < STATE_KIN; k++)
            if (kin[i] && kin[i] == of[k])
                return true;
    return false;
}

static struct beside *remember(struct state *s, const struct live_event *e, uint64_t key, struct str ending)
{
    struct beside *b = TAKE(s->beside, key, e->record->time_ns);
    b->at_ns = e->record->time_ns;
    b->has_replaced = false;
    kin_of(e, b->kin);
    memset(b->ending, 0, sizeof(b->ending));
    memcpy(b->ending, ending.n ? ending.p : "", ending.n);
    memcpy(b->comm, e->process ? e->process->comm : e->record->comm, sizeof(b->comm));
    return b;
}

static struct str without_ending(struct str path, struct str ending)
{
    return str_sub(path, 0, path.n - ending.n - 1);
}

void state_see_made(struct state *s, const struct live_event *e, struct str path)
{
    const struct str ending = state_ending(path);
    if (ending.n && ending.n < STATE_ENDING_MAX)
        (void)remember(s, e, key_of_path(without_ending(path, ending), e->record->mntns), ending);
}

/* What kin made beside the file of this path, not too long ago; NULL: nothing. */
static struct beside *find_beside(struct state *s, const struct live_event *e, struct str path)
{
    struct beside *b = path.n ? FIND(s->beside, key_of_path(path, e->record->mntns), e->record->time_ns) : NULL;
    return b && b->ending[0] && e->record->time_ns <= b->at_ns + STATE_REPLACED_NS && is_kin(e, b->kin) ? b : NULL;
}

/* Counts a file that was replaced; true: what replaced it is to be looked at. */
static bool count(struct state *s, const struct live_event *e, struct str path)
{
    struct state_rewrites *kin[STATE_KIN];
    const size_t n = state_rewriters(s->replacers, ARRAY_SIZE(s->replacers), STATE_REPLACED_NS, e, true, kin);
    const uint64_t file = hash_str(path);
    bool asks = false;
    for (size_t i = 0; i < n; i++) {
        if (!state_is_other(kin[i]->recent, kin[i]->n, file) || ++kin[i]->n < STATE_REPLACED_FROM || kin[i]->asked >= STATE_LOOKED_MAX)
            continue;
        kin[i]->asked++;
        asks = true;
    }
    return asks;
}

void state_see_gone(struct state *s, struct live_event *e, struct str path, struct state_now *now)
{
    const struct str own = state_ending(path);
    struct str stem = path;
    struct beside *b = find_beside(s, e, path);
    if (!b && own.n) {
        stem = without_ending(path, own);
        b = find_beside(s, e, stem);
        if (b && str_is(own, b->ending))
            return; /* it is the new one */
    }
    if (!b)
        return;
    b->has_replaced = true;
    if (!count(s, e, path))
        return;
    const size_t from = jot_begin(&e->jot);
    jot_add(&e->jot, stem);
    jot_char(&e->jot, '.');
    jot_add(&e->jot, str_from(b->ending));
    now->look_at = jot_end(&e->jot, from);
}

/* ---- moved over one that is there ---- */

static uint64_t key_of_refused(const struct live_event *e, struct str path)
{
    return key_of((const uint64_t[]){hash_str(path), e->record->mntns, 9}, 3);
}

static struct str new_name(struct live_event *e)
{
    const struct str resolved = live_resolved_path(e, 1);
    return resolved.n ? resolved : live_path(e, 1);
}

/* mv asks with RENAME_NOREPLACE first. */
void state_see_refused(struct state *s, struct live_event *e)
{
    if (e->record->res == -EEXIST)
        (void)remember(s, e, key_of_refused(e, live_path(e, 1)), STR_NULL);
}

/* Whether a file that has a new name now was made by kin as a new one, and not itself one that was there. */
static bool is_new(struct state *s, const struct live_event *e, struct str path)
{
    const struct str ending = state_ending(path);
    const struct beside *b = ending.n ? find_beside(s, e, without_ending(path, ending)) : NULL;
    return b && str_is(ending, b->ending);
}

static struct beside *find_refused(struct state *s, const struct live_event *e, struct str path, uint64_t within_ns)
{
    struct beside *b = path.n ? FIND(s->beside, key_of_refused(e, path), e->record->time_ns) : NULL;
    return b && e->record->time_ns <= b->at_ns + within_ns && is_kin(e, b->kin) ? b : NULL;
}

/* Where nothing was refused, a file that somebody wrote in the last day is there as well. */
static bool is_there(struct state *s, const struct live_event *e, struct str path)
{
    const struct written *w = FIND(s->scripts, key_of_path(path, e->record->mntns), e->record->time_ns);
    return w && e->record->time_ns <= w->at_ns + STATE_WRITTEN_NS;
}

void state_see_moved(struct state *s, struct live_event *e, struct str from, struct state_now *now)
{
    const struct str to = new_name(e);
    if (is_new(s, e, from))
        state_see_made(s, e, to);
    if (!find_refused(s, e, live_path(e, 1), STATE_REFUSED_NS) && !(is_new(s, e, from) && is_there(s, e, to)))
        return;
    remember(s, e, key_of_refused(e, to), STR_NULL)->has_replaced = true;
    if (count(s, e, to))
        now->look_at = to;
}

bool state_take_replaced(struct state *s, const struct live_event *e, struct state_now *now)
{
    enum { RANDOM = 2, INO = 3 };
    const struct str path = live_text(e, RECORD_PARAM), ending = state_ending(path);
    const struct beside *b = ending.n ? find_beside(s, e, without_ending(path, ending)) : NULL;
    struct state_rewrites *kin[STATE_KIN];
    if (b && !str_is(ending, b->ending))
        b = NULL;
    if (!b && !(b = find_refused(s, e, path, STATE_REPLACED_NS)))
        return false;
    if (!b->has_replaced)
        return false;
    const size_t n = state_rewriters(s->replacers, ARRAY_SIZE(s->replacers), STATE_REPLACED_NS, e, false, kin);
    for (size_t i = 0; i < n; i++)
        state_add_look(kin[i], record_number(e->index.v[RECORD_PARAM + INO]), record_number(e->index.v[RECORD_PARAM + RANDOM]) != 0, &now->replaced,
                       &now->random);
    if (n)
        now->made_by = b->comm;
    return n != 0;
}
