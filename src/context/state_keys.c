// SPDX-License-Identifier: Apache-2.0
/*
 * Who read files of keys, for whoever connects afterwards. What was read is remembered for the process, for its parent and for its
 * session: so a shell's `cat` and `curl`, and a program that left the session, are found as well as one that does both.
 */
#include <errno.h>

#include "context/state_private.h"
#include "event/feed_path.h"

enum { KEYS_OF_ONE = 3 };

/* Of the process, its parent, its session; 0: there is none. The first processes of a machine are everybody's parents. */
static void keys_of(const struct record *r, uint64_t ret[KEYS_OF_ONE])
{
    ret[0] = r->pid > 1 ? key_of_process(r->pid, r->start_ns) : 0;
    ret[1] = r->ppid > 2 ? key_of_process(r->ppid, r->pstart_ns) : 0;
    ret[2] = r->sid > 2 ? key_of((const uint64_t[]){(uint32_t)r->sid, 7, 7, 7}, 4) : 0;
}

void state_see_key_file(struct state *s, const struct live_event *e)
{
    const struct record *r = e->record;
    const struct str resolved = live_text(e, RECORD_RESOLVED);
    uint64_t keys[KEYS_OF_ONE];
    if (!feed_path_is(FEED_KEY_FILES, e->fd_path) && !(resolved.n && feed_path_is(FEED_KEY_FILES, resolved)))
        return;
    keys_of(r, keys);
    const size_t from = e->fd_path.n < STATE_KEYS_PATH ? 0 : e->fd_path.n - STATE_KEYS_PATH + 1;
    for (unsigned i = 0; i < KEYS_OF_ONE; i++) {
        if (!keys[i])
            continue;
        struct state_keys *k = &TAKE(s->readers, keys[i], r->time_ns)->of;
        *k = (struct state_keys){.at_ns = r->time_ns, .reader = keys[0]};
        memcpy(k->by, e->process ? e->process->comm : r->comm, sizeof(k->by));
        memcpy(k->path, e->fd_path.p + from, e->fd_path.n - from);
    }
}

void state_find_keys(struct state *s, const struct live_event *e, struct state_now *now)
{
    const struct record *r = e->record;
    uint64_t keys[KEYS_OF_ONE];
    if ((r->res < 0 && r->res != -EINPROGRESS) || !state_is_other_machine(e->fd))
        return;
    keys_of(r, keys);
    for (unsigned i = 0; i < KEYS_OF_ONE; i++) {
        const struct reader *found = keys[i] ? FIND(s->readers, keys[i], r->time_ns) : NULL;
        if (found && r->time_ns <= found->of.at_ns + STATE_KEYS_NS && (!now->keys || found->of.at_ns > now->keys->at_ns))
            now->keys = &found->of;
    }
    now->keys_is_self = now->keys && now->keys->reader == keys[0];
}
