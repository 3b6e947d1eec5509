// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The directory of an asar archive, in which applications of Electron lie: two pickled values of Chromium (lengths, and JSON
 * that names folders and files with size and offset), then the files one behind the other. No library of Debian reads it.
 */
#include "base/arena.h"
#include "base/vec.h"

enum {
    ASAR_FILES_MAX = 200'000, /* as ARCHIVE_MEMBERS_MAX; JSON_VALUES (base/json.h) ends earlier where files have digests */
    ASAR_PATHS_BYTES = 32 << 20, /* of all paths together */
};

struct asar_file {
    struct str path;
    uint64_t offset, size; /* offset in the whole archive */
    bool is_exec;
};

struct asar {
    struct arena arena; /* of the paths */
    VEC(struct asar_file) files; /* in the order they lie in; what lies beside the archive and links are left out */
    uint64_t base; /* where the files begin */
};

/* Whether an asar archive begins here: its lengths agree with each other and JSON follows that names files. */
bool asar_begins(struct str data);
/* Reads the directory: -EBADMSG when it is damaged or not held whole, -E2BIG beyond a limit. */
int asar_read(struct str data, struct asar *ret);
void asar_done(struct asar *a);
