// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The yard: the place where jails stand. A folder that only root enters holds the image's files; what changes lies in memory (a tmpfs
 * of bounded size), mounted in a mount namespace that only this process and its children see. A *janitor* beside it waits for the end
 * of the process, however that comes, and then ends every process of a jail, removes the control groups and the folder: what is in
 * memory and in namespaces goes with the last process.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct yard {
    char path[256];      /* of the folder */
    char stage[280];     /* below it, in memory: seen by this process and its children only */
    char unified[256];   /* where control groups of the second version are */
    char runc[256];
    int folder, lower;   /* descriptors: of the folder, of the one for the image's files */
    uint32_t owner;      /* of jails: user and group that root in them is */
    pid_t janitor;
    int alive;           /* write end of the janitor's pipe */
};

/*
 * Makes it, and moves the process into a mount namespace of its own. Only while it has one thread. `disk` bytes for all that jails
 * write. -EPERM, -ENOENT, -ENOTSUP with text when there can be no jail here: what is missing, and the cure.
 */
int yard_make(uint64_t disk, struct yard *ret, struct error *err);
/* Ends and removes everything, and waits for that; may run twice. */
void yard_done(struct yard *y);

enum { YARD_ID = 65 };
/*
 * Begins every jail's id; the form that container.id has. Rules tell by it that an event is of a jail (rules/behaviour/live-sandbox.yaml).
 */
#define YARD_ID_PREFIX "de704a7e0da7"
/* A name for one jail, known to the janitor from here on; ret: its folder for what runc reads. -errno with text. */
int yard_name(struct yard *y, char ret_id[YARD_ID], char *ret_bundle, size_t size, struct error *err);
struct yard_run {
    int input, output, error; /* of the jail's process, for `create`; -1: nowhere */
    uint64_t uptime;          /* seconds that clocks since boot are to tell more; 0: as they are */
};
/*
 * Runs runc with these words (NULL at the end). All words about one jail need the same uptime: runc knows its process by when it began,
 * as clocks there tell. -EIO with what it said.
 */
int yard_runc(struct yard *y, const char *const *words, const struct yard_run *run, struct error *err);
