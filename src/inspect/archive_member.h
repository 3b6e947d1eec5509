// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a member of an archive is called and where it would lie, as facts of its event.
 */
#include "inspect/inspection.h"

struct member {
    struct str name;       /* as the archive has it, without leading "/" and "./" */
    struct str kind;       /* of the archive, as archive.kind says it */
    struct str via;        /* encodings between the archive's own file and the archive; mostly empty */
    bool is_packed_whole;  /* the one content of a compressed file: it takes the file's place */
    bool has_mode;
    uint32_t mode;
    uint64_t uid, gid, mtime_ns;
    bool has_size;
    uint64_t size;
};

/*
 * The name without what only says "from here": leading "/" and "./" and an end beyond ARCHIVE_NAME_MAX. Adds
 * absolute-path, path-traversal and long-name to archive.problems of `archive` (the facts of the archive).
 */
struct str member_name(struct str raw, struct facts *archive);
/* The name of the content of a compressed file: without the extension that says how it is packed. */
struct str member_unpacked_name(struct arena *a, struct str path);
/*
 * Begins the member's facts: file.*, member.* and what it shares with its archive (image, layer, origin). Returns the
 * path where it would lie once unpacked, in the member's arena.
 */
struct str member_begin(const struct inspection *archive, const struct member *m, struct facts *facts);
