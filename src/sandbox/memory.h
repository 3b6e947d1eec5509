// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Memory of processes that stand still: anonymous pages that can be executed, and programs and libraries whose file has no name any
 * more (memfd, deleted). What lies in an ordinary file is looked at there.
 */
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum {
    MEMORY_REGION_MAX = 32 << 20, /* of one region; what follows is left out: unpacked miners have under 10 MB */
    MEMORY_ALL_MAX = 256 << 20,   /* of one run */
    MEMORY_REGIONS_MAX = 64,
};

struct memory_region {
    pid_t pid;
    char name[16];          /* of the process */
    uint64_t begin, end;    /* addresses */
    const char *what;       /* "anonymous", or the name of what is mapped; until the function returns */
    int fd;                 /* its bytes, from the start; closed afterwards */
};
/* Takes a region; non-zero stops and is returned. */
typedef int (*memory_fn)(void *ctx, const struct memory_region *r);
/* Gives each such region of the processes. */
int memory_each(const pid_t *pids, size_t n, memory_fn fn, void *ctx);
