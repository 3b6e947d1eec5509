// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The process table: what every process is that a record may come from or that is an ancestor of one. A process is named by
 * its pid and the time it began, so that a pid that is used again is another process.
 *
 * FORK brings a process, EXEC changes it, PROCEXIT ends it, and PROCESS tells of one that was there before; the header of
 * every record says who its parent is now. A process that ended stays for CONTEXT_GRACE_MS, and longer while a process
 * that calls it its parent lives. When there is no room, ended ones go first, then those that were not heard of for longest (by a
 * clock's hand over the table, not by an exact order).
 */
#include "context/command.h"
#include "context/intern.h"
#include "context/limits.h"

struct process_link {
    uint32_t slot, generation; /* generation 0: none */
};

struct process {
    uint64_t start_ns, pstart_ns;
    uint64_t seen_ns;    /* time of the last record that it acted in; its ids and name are of that time */
    uint64_t command_ns; /* of what `command`, folders and group were told by */
    uint64_t ended_ns;   /* 0: lives */
    int32_t pid, ppid;
    int32_t vpid, pgid, vpgid, sid; /* as in struct record */
    char comm[16];       /* of the main thread */
    struct command *command;           /* NULL: nothing told it */
    struct interned *cwd, *cgroup;     /* NULL: nothing told it */
    uint64_t cgroup_id;  /* that `cgroup` is the path of; 0: not known */
    struct process_link parent;
    uint32_t generation; /* how often the slot was used */
    uint32_t slot, next; /* next in its bucket or in the list of free slots */
    uint32_t before_ended, next_ended; /* in the queue of those whose grace runs */
    uint32_t children;   /* processes whose `parent` this is */
    uint32_t threads;    /* that live */
    bool is_here;        /* the slot is not free */
    bool is_used;        /* since the clock's hand passed */
    bool is_queued;      /* ended, waits for its grace to pass */
    bool was_asked, was_parent_asked; /* for a record of it, of its parent; nobody knew */
};

struct processes_options {
    size_t max;    /* processes, 0: CONTEXT_PROCESSES_DEFAULT */
    bool keep_env; /* environments */
};

struct processes_stats {
    uint64_t processes, threads; /* that live */
    uint64_t ended;     /* kept though they ended */
    uint64_t forgotten; /* for want of room, though they lived or had children */
    uint64_t unknown;   /* met without a record of their birth */
    uint64_t bytes;     /* of memory */
};

struct processes;
struct processes *processes_new(const struct processes_options *options);
struct processes *processes_free(struct processes *t);
struct processes_stats processes_stats(const struct processes *t);

/*
 * Each takes a record that passed record_check(), of its kind, and tells what it says. `index` is the record's. They return
 * the process, which stays where it is until the next of these calls; NULL for a header without a pid.
 */
struct process *processes_fork(struct processes *t, const struct record *r, const struct record_index *index);
struct process *processes_exec(struct processes *t, const struct record *r, const struct record_index *index);
struct process *processes_exit(struct processes *t, const struct record *r);
struct process *processes_snapshot(struct processes *t, const struct record *r, const struct record_index *index);
/* Any other record: its actor, made when it is not known (*ret_new tells, may be NULL). */
struct process *processes_see(struct processes *t, const struct record *r, bool *ret_new);
/* The same for a record whose header was copied from an earlier one of its process: it tells who acted, and nothing of how things are now. */
struct process *processes_recall(struct processes *t, const struct record *r);
/* Strings of its processes, for who keeps one longer than its process. */
struct interner *processes_texts(struct processes *t);
void processes_set_cwd(struct processes *t, struct process *p, struct str cwd);
void processes_set_cgroup(struct processes *t, struct process *p, struct str path, uint64_t id);

/* NULL when there is none. By pid alone: the one that lives, else the one that began last. */
struct process *processes_find(struct processes *t, int32_t pid, uint64_t start_ns);
/* All of them, in no order: the one after `p`, the first with NULL; NULL at the end. */
const struct process *processes_next(const struct processes *t, const struct process *p);
struct process *processes_find_pid(struct processes *t, int32_t pid);
struct process *processes_parent(struct processes *t, struct process *p);
/* `level` steps up, 0 is p itself; NULL when the chain ends before, is unknown or is longer than CONTEXT_ANCESTORS_MAX. */
struct process *processes_ancestor(struct processes *t, struct process *p, uint32_t level);
