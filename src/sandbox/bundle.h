// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What runc is told of a jail: config.json of the OCI runtime specification. */
#include "base/error.h"
#include "base/str.h"
#include "sandbox/account.h"

/* A file or folder of ours that stands in the jail, read-only. */
struct bundle_mount {
    const char *from, *to;
};

struct bundle {
    const char *root;          /* where the jail's files are mounted */
    const char *network;       /* path that names its network namespace */
    const char *hostname;
    const char *pace;          /* who is handed the calls of sandbox/pace.def (pace_listener()); NULL: the kernel answers them */
    const struct str *args, *env;
    size_t n_args, n_env;
    struct str workdir;
    struct account account;
    uint32_t owner;            /* as struct unpack_options */
    struct str cgroup;         /* path below the hierarchies */
    uint64_t memory;           /* bytes */
    unsigned pids, cpu_percent; /* of one processor: 150 is one and a half */
    const struct bundle_mount *mounts;
    size_t n_mounts;
};

/* Writes FOLDER/config.json. -errno with text. */
int bundle_write(const struct bundle *b, const char *folder, struct error *err);
