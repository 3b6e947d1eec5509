// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Processes that the listing of /proc does not show. Whoever hides one changes one view: a preloaded library
 * filters readdir(3) of every program, a kernel module filters getdents64(2), a mount covers the folder. The
 * views compared here:
 *
 *   readdir(3)        what programs see
 *   getdents64(2)     what the kernel lists, past any preloaded library
 *   signal 0          which ids exist; the cheapest question, so it is asked of all ids, as far as time allows
 *   stat of /proc/ID  which folders answer
 *
 * Threads answer by id too although only their process is listed, and processes come and go meanwhile: an id
 * counts only when it leads a thread group and a second round, with a fresh listing, finds the same again.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

struct pid_set {
    int64_t *v; /* ascending */
    size_t n, capacity;
};

/* By binary search. */
bool pid_set_has(const struct pid_set *s, int64_t pid);
/* The ids that readdir(3) shows in a proc folder; negative when it cannot be opened. */
int pids_list(int proc, struct pid_set *ret);
/*
 * Adds the ids that answer but are not in `listed` to *ret. Only for the running machine's own /proc, and
 * only with the rights to see every process (without them nothing is added). Bounded by PIDS_PROBE_MAX ids
 * and PIDS_PROBE_MS.
 */
void pids_find_hidden(int proc, const struct pid_set *listed, struct pid_set *ret);
/* Whether a process that is listed has the id as one of its threads'. */
bool pids_is_thread(int proc, int64_t id);
enum {
    PIDS_PROBE_MAX = 1 << 22, /* the kernel's ceiling of pid_max */
    PIDS_HIDDEN_MAX = 4096,   /* candidates kept */
    PIDS_PROBE_MS = 3000,     /* of time, all probing together */
};
