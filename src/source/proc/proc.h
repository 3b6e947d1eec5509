// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Running processes and the machine they run on, read from /proc and /sys: one `process` event per process
 * (threads folded into it) and one `host` event. A static look: everything is read once, nothing is traced.
 *
 *     proc_source_new(&options, &ps, &err);
 *     proc_source_host(ps, &facts);                          the machine
 *     while (proc_source_next(ps, &facts) == 0)              each process, its facts replacing the last ones
 *         if (proc_source_open_exe(ps, &fd) == 0) …          its program, even when its file was deleted
 *
 * Everything under /proc may vanish at any time and names and command lines are bytes of strangers: a process
 * that ends while it is looked at is skipped or has fewer facts, never an error. Secrets are not kept: of the
 * environment only the names are given, and values of variables that steer the dynamic loader (LD_…); of command lines not
 * the values that options name as passwords, tokens or secrets (base/argument.h).
 */
#include "base/error.h"
#include "event/facts.h"

struct proc_options {
    /* NULL: "/". Another folder is read as a recorded tree: no process is signalled or probed. */
    const char *root;
    int64_t pid; /* only this process; 0: all */
    const int64_t *pids; /* only these, ascending, borrowed; NULL: all */
    size_t n_pids;
};

struct proc_source;
/*
 * Lists the processes (those that the listing hides too). -ESRCH when options.pid does not run; otherwise
 * fails only when root or its proc folder cannot be opened.
 */
int proc_source_new(const struct proc_options *options, struct proc_source **ret, struct error *err);
struct proc_source *proc_source_free(struct proc_source *ps);
DEFINE_CLEANUP(struct proc_source *, proc_source_free)

/* Number of processes listed, hidden ones included: what a progress bar counts to. */
size_t proc_source_count(const struct proc_source *ps);
/* 0: facts were reset and hold the next process; 1: there are no more. */
int proc_source_next(struct proc_source *ps, struct facts *facts);
/*
 * Opens the program of the process that proc_source_next() gave last. 0 and a file descriptor that the caller
 * closes; 1 when there is none to open: a kernel thread, or a process that has ended; -EACCES or -EPERM when we may not look into it.
 */
int proc_source_open_exe(struct proc_source *ps, int *ret_fd);
/* Resets the facts and fills in the host event. */
void proc_source_host(struct proc_source *ps, struct facts *facts);
