// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What stands in a jail beside the image's own files: names and addresses of its network, the authority that it trusts, and a /sys
 * that tells of an ordinary machine. Written into the folder `place` before the jail begins.
 */
#include "base/arena.h"
#include "sandbox/bundle.h"

enum { FURNISH_MOUNTS_MAX = 16 };

struct furnish_options {
    const char *place;    /* folder in the stage; its "upper" lies over the image's files */
    int lower;            /* the image's files */
    uint32_t owner;
    const char *hostname;
    struct str authority; /* PEM, empty: none */
    const char *mark;     /* text of /run/davy-jail; NULL: there is none */
};

/* Adds what is to be mounted, whose strings live in the arena. -errno with text. */
int furnish(const struct furnish_options *o, struct arena *a, struct bundle_mount mounts[FURNISH_MOUNTS_MAX], size_t *n, struct error *err);
