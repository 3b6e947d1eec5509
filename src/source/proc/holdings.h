// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The part of a process event that tells what the process uses. */
#include "source/proc/internal.h"

/* What a process holds: memory, threads, open files and sockets, environment. `dir` is its folder in /proc; what cannot be read is
 * left out. */
void proc_fill_holdings(struct proc_source *ps, int dir, const struct proc_stat *st, struct facts *f);
