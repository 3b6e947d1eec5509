// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "source/proc/internal.h"

/* What a process holds: memory, threads, open files and sockets, environment. `dir` is its folder in /proc.
 */
void proc_fill_holdings(struct proc_source *ps, int dir, const struct proc_stat *st, struct facts *f);
