// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Telling what a target names: standard input (-), a path that is there, a scheme (registry:, docker:, podman:, containerd:, container:,
 * pid:), or something that reads as an image reference, in this order; and fetching what is not here yet.
 */
#include "base/error.h"
#include "base/str.h"
#include "base/vec.h"

enum source_kind {
    SOURCE_PATH, /* a file or folder, PATH:NAME within one, or what is neither (the error of opening it says so) */
    SOURCE_STDIN,
    SOURCE_PROCESS,
    SOURCE_CONTAINER,
    SOURCE_REGISTRY,
    SOURCE_DOCKER,
    SOURCE_PODMAN,
    SOURCE_CONTAINERD,
};

/* What the target is. *ret_rest: it without its scheme. -ENOENT when it is nothing of all that, with what was tried. */
int source_tell(const char *target, enum source_kind *ret, struct str *ret_rest, struct error *err);

/* What is to be said of a target that was fetched, beside what its scan says. */
struct fetched {
    const char *shown;               /* the target as the user wrote it */
    bool may_lack_known;             /* layers that are known were not fetched */
    VEC(struct str) unread;          /* what could not be fetched */
};

struct scan;
/* Fetches the image (or takes it from standard input), scans it (each of its images with --all-platforms), and removes what was fetched. As scan_image(). */
int scan_fetched(struct scan *s, const char *target, enum source_kind kind, struct str name);
