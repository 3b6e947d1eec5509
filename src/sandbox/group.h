// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Control groups of a jail: the same name in every hierarchy that is mounted. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Where the unified hierarchy is mounted. -ENOENT with text when it is not. */
int group_unified(char *ret, size_t size, struct error *err);
/* Ends every process in the groups of that name, and removes them. */
void group_remove(const char *name);

/* What is asked of one group; `path` is its folder in the unified hierarchy. */
/* Its id, as the kernel's programs know it; 0: it is not there. */
uint64_t group_id(const char *path);
/* Processor time of all that ran in it, nanoseconds. */
uint64_t group_cpu_ns(const char *path);
/* Stops all of it at once, or lets it go on; -errno when it was not stopped within a second. */
int group_freeze(const char *path, bool stop);
/* Processes in it, at most `max`. */
size_t group_processes(const char *path, pid_t *ret, size_t max);
/* Ends all of it. */
void group_kill(const char *path);
