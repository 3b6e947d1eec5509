// SPDX-License-Identifier: Apache-2.0
#include "context/process.h"

#include <stdlib.h>

#include "base/alloc.h"

enum {
    CHUNK = 64,        /* slots that are taken from the heap at once; they never move */
    NONE = UINT32_MAX,
    BUCKETS_FIRST = 1024,
    JOT_BYTES = 4 * (RECORD_PATH_MAX + 128), /* names of stdio, while a command is made */
};

struct processes {
    struct processes_options options;
    struct process **chunks;
    uint32_t n_slots, n_chunks; /* slots used so far, in order; chunks taken */
    uint32_t free, n;           /* list of free slots; processes */
    uint32_t *buckets, n_buckets;
    uint32_t hand;              /* of the clock */
    uint32_t ended_first, ended_last; /* queue of those whose grace runs */
    uint32_t last;              /* slot of the last actor: many records come from one process in a row */
    uint64_t command_bytes;
    uint64_t now_ns;            /* of the stream */
    struct interner texts;
    struct jot jot;
    struct processes_stats stats;
};

static struct process *at(const struct processes *t, uint32_t slot)
{
    return &t->chunks[slot / CHUNK][slot % CHUNK];
}

struct processes *processes_new(const struct processes_options *options)
{
    struct processes *t = xnew(struct processes);
    t->options = *options;
    if (!t->options.max)
        t->options.max = CONTEXT_PROCESSES_DEFAULT;
    t->n_buckets = BUCKETS_FIRST;
    t->buckets = xalloc(t->n_buckets * sizeof(uint32_t));
    memset(t->buckets, 0xff, t->n_buckets * sizeof(uint32_t));
    t->free = t->ended_first = t->ended_last = t->last = NONE;
    t->jot = (struct jot){.p = xalloc(JOT_BYTES), .size = JOT_BYTES};
    return t;
}

struct processes *processes_free(struct processes *t)
{
    if (!t)
        return NULL;
    for (uint32_t i = 0; i < t->n_slots; i++)
        if (at(t, i)->is_here)
            command_drop(at(t, i)->command);
    for (uint32_t i = 0; i < t->n_chunks; i++)
        free(t->chunks[i]);
    free(t->chunks);
    free(t->buckets);
    free(t->jot.p);
    interner_done(&t->texts);
    free(t);
    return NULL;
}

struct processes_stats processes_stats(const struct processes *t)
{
    struct processes_stats s = t->stats;
    s.processes = t->n - s.ended;
    s.bytes = sizeof(*t) + JOT_BYTES + (uint64_t)t->n_chunks * CHUNK * sizeof(struct process) + t->n_buckets * sizeof(uint32_t) +
              t->command_bytes + t->texts.bytes + t->texts.n_buckets * sizeof(void *);
    return s;
}

/* Buckets */

static uint32_t bucket_of(const struct processes *t, int32_t pid)
{
    return ((uint32_t)pid * 0x9e3779b1u >> 7) & (t->n_buckets - 1);
}

static void put_in_bucket(struct processes *t, struct process *p)
{
    uint32_t *b = &t->buckets[bucket_of(t, p->pid)];
    p->next = *b;
    *b = p->slot;
}

static void take_from_bucket(struct processes *t, const struct process *p)
{
    uint32_t *b = &t->buckets[bucket_of(t, p->pid)];
    while (*b != p->slot)
        b = &at(t, *b)->next;
    *b = p->next;
}

static void grow_buckets(struct processes *t)
{
    t->n_buckets *= 2;
    t->buckets = xrealloc(t->buckets, t->n_buckets, sizeof(uint32_t));
    memset(t->buckets, 0xff, t->n_buckets * sizeof(uint32_t));
    for (uint32_t i = 0; i < t->n_slots; i++)
        if (at(t, i)->is_here)
            put_in_bucket(t, at(t, i));
}

struct process *processes_find(struct processes *t, int32_t pid, uint64_t start_ns)
{
    for (uint32_t i = t->buckets[bucket_of(t, pid)]; i != NONE; i = at(t, i)->next)
        if (at(t, i)->pid == pid && at(t, i)->start_ns == start_ns)
            return at(t, i);
    return NULL;
}

const struct process *processes_next(const struct processes *t, const struct process *p)
{
    for (uint32_t i = p ? p->slot + 1 : 0; i < t->n_slots; i++)
        if (at(t, i)->is_here)
            return at(t, i);
    return NULL;
}

struct process *processes_find_pid(struct processes *t, int32_t pid)
{
    struct process *best = NULL;
    for (uint32_t i = t->buckets[bucket_of(t, pid)]; i != NONE; i = at(t, i)->next) {
        struct process *p = at(t, i);
        if (p->pid == pid && (!best || (best->ended_ns && !p->ended_ns) ||
                              (!best->ended_ns == !p->ended_ns && p->start_ns > best->start_ns)))
            best = p;
    }
    return best;
}

/* Parents */

static struct process *linked(const struct processes *t, struct process_link link)
{
    if (!link.generation)
        return NULL;
    struct process *p = at(t, link.slot);
    return p->is_here && p->generation == link.generation ? p : NULL;
}

static void forget(struct processes *t, struct process *p);

/* Takes one child from a parent; that parent when it ended, its grace is over and nobody needs it any more. */
static struct process *leave_parent(struct processes *t, struct process_link link)
{
    struct process *parent = linked(t, link);
    if (!parent || --parent->children || !parent->ended_ns || parent->is_queued)
        return NULL;
    return parent;
}

static void unlink_parent(struct processes *t, struct process *p)
{
    struct process *unneeded = leave_parent(t, p->parent);
    p->parent = (struct process_link){};
    if (unneeded)
        forget(t, unneeded);
}

struct process *processes_parent(struct processes *t, struct process *p)
{
    struct process *parent = linked(t, p->parent);
    if (parent || p->ppid <= 0)
        return parent;
    parent = processes_find(t, p->ppid, p->pstart_ns);
    if (!parent || parent == p)
        return NULL;
    p->parent = (struct process_link){parent->slot, parent->generation};
    parent->children++;
    return parent;
}

struct process *processes_ancestor(struct processes *t, struct process *p, uint32_t level)
{
    if (level > CONTEXT_ANCESTORS_MAX)
        return NULL;
    while (p && level--)
        p = processes_parent(t, p);
    return p;
}

/* Making and forgetting */

static void drop_command(struct processes *t, struct process *p)
{
    t->command_bytes -= command_drop(p->command);
    p->command = NULL;
}

static void take_from_queue(struct processes *t, struct process *p)
{
    if (p->before_ended == NONE)
        t->ended_first = p->next_ended;
    else
        at(t, p->before_ended)->next_ended = p->next_ended;
    if (p->next_ended == NONE)
        t->ended_last = p->before_ended;
    else
        at(t, p->next_ended)->before_ended = p->before_ended;
    p->is_queued = false;
}

static void put_in_queue(struct processes *t, struct process *p)
{
    p->before_ended = t->ended_last;
    p->next_ended = NONE;
    if (t->ended_last == NONE)
        t->ended_first = p->slot;
    else
        at(t, t->ended_last)->next_ended = p->slot;
    t->ended_last = p->slot;
    p->is_queued = true;
}

static void forget_one(struct processes *t, struct process *p)
{
    if (p->is_queued)
        take_from_queue(t, p);
    take_from_bucket(t, p);
    drop_command(t, p);
    p->cwd = intern_drop(&t->texts, p->cwd);
    p->cgroup = intern_drop(&t->texts, p->cgroup);
    t->stats.ended -= p->ended_ns != 0;
    t->stats.threads -= p->threads;
    t->n--;
    if (t->last == p->slot)
        t->last = NONE;
    p->is_here = false;
    p->next = t->free;
    t->free = p->slot;
}

/* With every ancestor that was kept for its sake alone. */
static void forget(struct processes *t, struct process *p)
{
    while (p) {
        struct process_link parent = p->parent;
        forget_one(t, p);
        p = leave_parent(t, parent);
    }
}

/* The first of those that ended and have no child, if it stands near the head of the queue. */
static bool forget_first_ended(struct processes *t, const struct process *keep)
{
    enum { LOOK_AT = 64 };
    unsigned n = 0;
    for (uint32_t i = t->ended_first; i != NONE && n < LOOK_AT; i = at(t, i)->next_ended, n++)
        if (!at(t, i)->children && at(t, i) != keep) {
            forget(t, at(t, i));
            return true;
        }
    return false;
}

/* The next process that was not heard of since the hand came by; `keep` is spared. */
static void forget_by_clock(struct processes *t, const struct process *keep)
{
    for (uint32_t steps = 0; steps <= 2 * t->n_slots; steps++) {
        t->hand = t->hand + 1 < t->n_slots ? t->hand + 1 : 0;
        struct process *p = at(t, t->hand);
        if (!p->is_here || p == keep)
            continue;
        if (!p->is_used) {
            t->stats.forgotten += !p->ended_ns || p->children;
            forget(t, p);
            return;
        }
        p->is_used = false;
    }
}

static void make_room(struct processes *t, const struct process *keep)
{
    if (!forget_first_ended(t, keep))
        forget_by_clock(t, keep);
}

static uint32_t take_slot(struct processes *t)
{
    if (t->free != NONE) {
        uint32_t slot = t->free;
        t->free = at(t, slot)->next;
        return slot;
    }
    if (t->n_slots == t->n_chunks * CHUNK) {
        t->chunks = xrealloc(t->chunks, t->n_chunks + 1, sizeof(struct process *));
        t->chunks[t->n_chunks++] = xalloc(CHUNK * sizeof(struct process));
    }
    return t->n_slots++;
}

static struct process *add(struct processes *t, int32_t pid, uint64_t start_ns)
{
    while (t->n >= t->options.max)
        make_room(t, NULL);
    if (t->n >= t->n_buckets)
        grow_buckets(t);
    uint32_t slot = take_slot(t);
    struct process *p = at(t, slot);
    uint32_t generation = p->generation + 1;
    *p = (struct process){.pid = pid, .start_ns = start_ns, .slot = slot, .threads = 1, .is_here = true};
    p->generation = generation ? generation : 1;
    put_in_bucket(t, p);
    t->n++;
    t->stats.threads++;
    return p;
}

/* Time passes: those whose grace is over go, unless a child needs them. */
static void pass_time(struct processes *t, uint64_t now_ns)
{
    if (now_ns > t->now_ns)
        t->now_ns = now_ns;
    while (t->ended_first != NONE) {
        struct process *p = at(t, t->ended_first);
        if (p->ended_ns + CONTEXT_GRACE_MS * 1'000'000ULL > t->now_ns)
            return;
        take_from_queue(t, p);
        if (!p->children)
            forget(t, p);
    }
}

static void set_threads(struct processes *t, struct process *p, uint32_t n)
{
    t->stats.threads += n;
    t->stats.threads -= p->threads;
    p->threads = n;
}

/* What the header says of its process, now. */
static void take_header(struct processes *t, struct process *p, const struct record *r)
{
    if (r->time_ns < p->seen_ns)
        return;
    p->seen_ns = r->time_ns;
    if (p->ppid != r->ppid || p->pstart_ns != r->pstart_ns) {
        unlink_parent(t, p);
        p->ppid = r->ppid;
        p->pstart_ns = r->pstart_ns;
    }
    p->vpid = r->vpid;
    p->pgid = r->pgid;
    p->vpgid = r->vpgid;
    p->sid = r->sid;
    if (r->tid == r->pid)
        memcpy(p->comm, r->comm, sizeof(p->comm));
}

static struct process *find_or_add(struct processes *t, const struct record *r, bool *ret_new)
{
    *ret_new = false;
    if (r->pid <= 0)
        return NULL;
    if (t->last != NONE && at(t, t->last)->pid == r->pid && at(t, t->last)->start_ns == r->start_ns) {
        at(t, t->last)->is_used = true;
        return at(t, t->last);
    }
    pass_time(t, r->time_ns);
    struct process *p = processes_find(t, r->pid, r->start_ns);
    /* Only who is heard of again counts as used: a storm of births pushes out what it brought itself. */
    if (p) {
        p->is_used = true;
    } else {
        p = add(t, r->pid, r->start_ns);
        if (r->tid != r->pid)
            memcpy(p->comm, r->comm, sizeof(p->comm));
        *ret_new = true;
    }
    t->last = p->slot;
    return p;
}

struct process *processes_see(struct processes *t, const struct record *r, bool *ret_new)
{
    bool is_new;
    struct process *p = find_or_add(t, r, &is_new);
    if (ret_new)
        *ret_new = is_new;
    if (!p)
        return NULL;
    t->stats.unknown += is_new;
    take_header(t, p, r);
    return p;
}

struct process *processes_recall(struct processes *t, const struct record *r)
{
    struct process *p = r->pid > 0 ? processes_find(t, r->pid, r->start_ns) : NULL;
    return p || r->pid <= 0 ? p : processes_see(t, r, NULL);
}

static void set_command(struct processes *t, struct process *p, struct command *c, uint64_t time_ns)
{
    if (c && c->refs == 1)
        t->command_bytes += c->bytes;
    drop_command(t, p);
    p->command = c;
    p->command_ns = time_ns;
    while (t->command_bytes > CONTEXT_COMMAND_BYTES_MAX && t->n > 1)
        make_room(t, p);
}

struct interner *processes_texts(struct processes *t)
{
    return &t->texts;
}

void processes_set_cwd(struct processes *t, struct process *p, struct str cwd)
{
    intern_set(&t->texts, &p->cwd, cwd);
}

void processes_set_cgroup(struct processes *t, struct process *p, struct str path, uint64_t id)
{
    intern_set(&t->texts, &p->cgroup, path);
    p->cgroup_id = id;
}

static void take_folders(struct processes *t, struct process *p, const struct record *r, const struct record_index *index)
{
    if (index->v[RECORD_CWD])
        processes_set_cwd(t, p, record_text(index->v[RECORD_CWD]));
    if (index->v[RECORD_CGROUP])
        processes_set_cgroup(t, p, record_text(index->v[RECORD_CGROUP]), r->cgroup);
}

/* What a child has of the process that made it. */
static void inherit(struct processes *t, struct process *p, const struct process *from, uint64_t time_ns)
{
    if (!from || p->command || !from->command)
        return;
    set_command(t, p, command_share(from->command), time_ns);
    if (!p->cwd)
        p->cwd = intern_share(from->cwd);
    if (!p->cgroup) {
        p->cgroup = intern_share(from->cgroup);
        p->cgroup_id = from->cgroup_id;
    }
}

struct process *processes_fork(struct processes *t, const struct record *r, const struct record_index *index)
{
    bool is_new;
    struct process *p = find_or_add(t, r, &is_new);
    if (!p)
        return NULL;
    if (r->flags & RECORD_IS_THREAD) {
        t->stats.unknown += is_new;
        take_header(t, p, r);
        set_threads(t, p, p->threads + !is_new);
        return p;
    }
    if (p->ended_ns && p->ended_ns <= r->time_ns) {
        /* The same name lives again: the source cannot tell when processes began. */
        forget(t, p);
        p = add(t, r->pid, r->start_ns);
        t->last = p->slot;
    }
    take_header(t, p, r);
    /* Who made it is its parent, but for CLONE_PARENT, which makes a sibling: then the record names the maker. */
    const struct record_target *maker = record_target(index->v[RECORD_TARGET]);
    inherit(t, p, maker ? processes_find(t, maker->pid, maker->start_ns) : processes_parent(t, p), r->time_ns);
    take_folders(t, p, r, index);
    return p;
}

struct process *processes_exec(struct processes *t, const struct record *r, const struct record_index *index)
{
    struct process *p = processes_see(t, r, NULL);
    if (!p || r->time_ns < p->command_ns)
        return p;
    set_threads(t, p, p->ended_ns ? 0 : 1);
    memcpy(p->comm, r->comm, sizeof(p->comm));
    set_command(t, p, command_new(r, index, t->options.keep_env, &t->jot), r->time_ns);
    take_folders(t, p, r, index);
    return p;
}

struct process *processes_exit(struct processes *t, const struct record *r)
{
    struct process *p = processes_see(t, r, NULL);
    if (!p || p->ended_ns)
        return p;
    if ((r->flags & RECORD_IS_THREAD) && !(r->flags & RECORD_IS_LAST)) {
        if (p->threads > 1)
            set_threads(t, p, p->threads - 1);
        return p;
    }
    set_threads(t, p, 0);
    p->ended_ns = r->time_ns ? r->time_ns : 1;
    t->stats.ended++;
    put_in_queue(t, p);
    return p;
}

struct process *processes_snapshot(struct processes *t, const struct record *r, const struct record_index *index)
{
    bool is_new;
    struct process *p = find_or_add(t, r, &is_new);
    if (!p)
        return NULL;
    take_header(t, p, r);
    if (index->v[RECORD_PARAM] && !p->ended_ns && record_number(index->v[RECORD_PARAM]))
        set_threads(t, p, (uint32_t)record_number(index->v[RECORD_PARAM]));
    /* Kernel threads have neither program nor command line. */
    if (!index->v[RECORD_EXE] && !index->v[RECORD_ARGS])
        return p;
    /* Nor is what is whole undone by what is not. */
    const bool is_whole = index->v[RECORD_EXE] && index->v[RECORD_ARGS];
    if (p->command && p->command->is_whole && (p->command_ns >= r->time_ns || !is_whole))
        return p;
    set_command(t, p, command_new(r, index, t->options.keep_env, &t->jot), r->time_ns);
    take_folders(t, p, r, index);
    return p;
}
