// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where the blobs of an image are: a folder, or the members of a tar archive (found by one pass over its
 * headers, so that layers can be read in any order without unpacking anything).
 */
#include "base/map.h"
#include "image/part.h"

struct member {
    uint64_t offset, size;
    struct str link; /* cleaned name of the member it stands for; empty for a file */
};

struct store {
    int dir; /* owned; -1 for an archive */
    struct part archive;
    struct map members; /* cleaned name -> struct member */
    struct arena arena;
    uint64_t problems; /* of the archive itself */
};

/* Takes the descriptor of the folder. */
void store_folder(struct store *s, int dir);
/*
 * Borrows the archive. A damaged archive keeps the members met so far and says so in `problems`; -EINVAL when
 * it is no tar, or (asked for with `is_costly`, where reading to the end takes long) when it begins as no
 * image does.
 */
int store_archive(struct store *s, const struct part *archive, bool is_costly,
                  const struct image_limits *limits);
/* Gives the memory back; may run twice. */
void store_done(struct store *s);
/*
 * The named blob ("/blobs/sha256/…", cleaned). 0; 1 when there is none; -errno when it cannot be opened.
 * Links are followed within the store only. The caller ends it with part_done(), before the store goes.
 */
int store_get(const struct store *s, struct str name, struct part *ret);
