// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Acts: things that a sensor must see, each done once by a process of its own, so that the judge can match what was seen with
 * what was done by the process id. An act is a function that runs in that process; it may end in another program.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Folder of the guest in which acts happen: tmpfs, with the folder `ext4` mounted from an image where the kernel can. */
#define ROOM "/t"
/* What acts on paths want to reach, by whatever way. */
#define SECRET ROOM "/data/secret"

/*
 * What the act tells beside its result; shared with the driver, because an act may end by exec. `fact` is printed as a member
 * of the act's line: a number that nobody can know beforehand, such as whom a signal was sent to.
 */
struct report {
    bool is_done;         /* the act came to its end, or to the exec that is its end */
    char skipped[200];    /* why this kernel or machine cannot do it */
    char failed[200];
    int64_t fact;
};
extern struct report *report;

/* Ends the act: this kernel has no such thing. */
void skip(const char *why) __attribute__((noreturn));
/* Ends the act with the name of what failed and errno. */
void fail(const char *what) __attribute__((noreturn));
/* -1: skip() when errno says that the kernel has no such call, fail() otherwise. Returns n. */
long must(long n, const char *what);

struct act {
    const char *name;
    void (*run)(void);
};
extern const struct act ACTS_FILE[], ACTS_PROCESS[], ACTS_NET[], ACTS_URING[], ACTS_COMPAT[], ACTS_SYSTEM[], ACTS_LATE[]; /* each ends with a NULL name */
