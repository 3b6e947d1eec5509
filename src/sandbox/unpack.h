// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An image's files as a folder. A process of its own, shut into that folder and without rights beyond it, reads the image and
 * writes; the caller sees what the configuration says and how it ended. Entries are placed beneath the folder without following
 * a link, so nothing of the machine can be reached by a name. Devices are left out: a jail has none but its own.
 */
#include "base/arena.h"
#include "base/error.h"

enum {
    UNPACK_WORDS_MAX = 512,         /* of entrypoint, cmd and environment; what is more is left out */
    UNPACK_TEXT_MAX = 32 << 10,     /* bytes of one of them */
    UNPACK_SECONDS = 600,
};
#define UNPACK_BYTES_MAX (UINT64_C(16) << 30) /* images of 16 GB are met in machine learning; twice that is a bomb more often than an image */

struct unpack_options {
    const char *target, *platform; /* as image_open() takes them; platform may be NULL */
    int folder;                    /* open, empty; only root may enter it */
    uint32_t owner;                /* user and group that root of the image becomes; the others follow, up to 65535 */
};

/* What the image's configuration says of its process; everything in the arena. */
struct unpacked {
    const struct str *entrypoint, *cmd, *env;
    size_t n_entrypoint, n_cmd, n_env;
    struct str user, workdir, os, arch;
    uint64_t files, bytes, left_out; /* left_out: devices, and what could not be placed */
    bool is_image; /* it has a configuration: not a plain folder or file */
};

/* -errno with text: what cannot be read or has no room. */
int unpack(const struct unpack_options *o, struct arena *a, struct unpacked *ret, struct error *err);
