// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The structure of a zip: what readers that go by the directory at its end and readers that go by the headers in front
 * of each member would understand differently. Members themselves are unpacked by libarchive.
 */
#include "base/str.h"

enum {
    ZIP_ENTRIES_MAX = 200'000, /* entries of the directory that are compared; ARCHIVE_MEMBERS_MAX are looked at */
    ZIP_GAPS_MAX = 16,
};

struct zip_shape {
    bool has_directory;
    bool is_whole;            /* directory and members cover the bytes; nothing lies before, between and behind */
    struct str body;          /* without comment and trailing data: what libarchive finds the directory in */
    struct str gaps[ZIP_GAPS_MAX]; /* bytes that begin with a member that the directory does not name */
    size_t n_gaps;
    struct str trailing;      /* behind the end */
    size_t entries;           /* of the directory */
    bool prepended;           /* something lies in front of the first member */
    bool overlap;             /* members share bytes */
    bool duplicate;           /* two members of one name */
    bool differs;             /* a member's own header says something else than the directory */
    bool multi_volume;        /* other parts are in other files */
    bool truncated;           /* the directory points beyond the end, or is cut */
};

/* Whether a directory of a zip ends these bytes: also behind a program or a script. Looks at the last 128 KiB. */
bool zip_ends(struct str data);
/* Reads the structure of `data`; linear but for sorting the entries. */
void zip_shape(struct str data, struct zip_shape *ret);
