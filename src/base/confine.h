// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Confinement of the calling process, for one that reads what strangers wrote: from here on it computes, reads the
 * descriptors it holds, and ends. No new program, process or socket, no signal to another process, no file but for reading
 * below the folders that are passed in, no right of root but to read there, no memory without bound. There is no way back.
 *
 * Three walls, each for itself: seccomp (system calls), Landlock (files, network), dropped capabilities and resource
 * limits. What an attacker would do ends the process (SIGSYS); what a library may try in good faith fails with EPERM.
 */
#include "base/error.h"
#include "base/str.h"

enum confine_wall {
    CONFINE_SECCOMP = 1 << 0,
    CONFINE_LANDLOCK = 1 << 1, /* Linux 5.13 and later */
};

struct confine_options {
    const int *keep; /* descriptors that stay open, beside 0 to 2; all others are closed */
    size_t n_keep;
    int folder;      /* files below this open folder may be opened for reading; -1: none */
    uint64_t memory; /* bytes of address space that may be taken beyond what is in use now; 0: no bound */
    /*
     * May start threads, when all but system calls is given up and no wall of those can be left out for them any more: they
     * live within the same walls. They must run before it returns. NULL: none are wanted.
     */
    void (*start)(void *ctx);
    void *ctx;
};

/*
 * 0 with the walls that stand (enum confine_wall); without Landlock in the kernel the others stand alone. -errno, with
 * text, when seccomp or the limits cannot be had: the process must not go on to read anything then.
 */
int confine_self(const struct confine_options *options, unsigned *ret_walls, struct error *err);
