// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The processes of one container: told by their control group, whose path holds its id, or by the state that its runtime
 * keeps in /run. Nothing is asked of any daemon.
 */
#include "base/error.h"
#include "base/str.h"
#include "base/vec.h"

struct proc_members {
    VEC(int64_t) pids; /* ascending */
    int64_t init;      /* the one that the others descend from: its root folder is the container's */
};

/*
 * `id` is the full id, its first 12 or more hex digits, or the name that a runtime such as runc was given. 0; 1 when no
 * process of such a container runs. The caller ends *ret with proc_members_done().
 */
int proc_members_find(struct str id, struct proc_members *ret);
void proc_members_done(struct proc_members *m);
/*
 * Whether the text of /proc/PID/cgroup names that container: an id (12 to 64 hex digits) in any folder but those of its
 * monitor (conmon), or any other name as the last folder.
 */
bool proc_cgroup_is_of(struct str text, struct str id);
