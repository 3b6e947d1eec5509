// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Confinement of the process that watches: what it may still do once its sources are attached and its outputs open. It goes
 * on reading files (rules that are loaded again, what /proc and the runtimes say of processes and containers), writing its
 * logs, and sending findings; it runs no program, changes no other process, mounts, traces and loads nothing.
 *
 * Two walls: capabilities and seccomp, with no_new_privs. Landlock is none of them: a process in its domain may not look at
 * /proc/PID of processes outside, which is what a watcher lives on.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct confine_watch_options {
    uint64_t capabilities; /* bits (1 << CAP_…) that stay, as far as they are held; all others go, from the bounding set too */
    bool serves;           /* connections may be taken on a socket that listens already, and none made to others */
    bool bpf;              /* bpf(2) stays: for another filter and for programs of kinds that other rules want */
};

/*
 * 0, or -errno with text when a wall cannot be had. For all threads of the process: it should have no others yet, because
 * capabilities are those of a thread. Threads that begin later inherit all of it.
 */
int confine_watch(const struct confine_watch_options *options, struct error *err);
