// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Archives of PHP: a program, or a picture, that ends in __HALT_COMPILER(); then a manifest, the files one behind the other, each bare,
 * deflated or packed by bzip2, and a signature. PHP runs them whatever they are called. No library of Debian reads them.
 */
#include "base/str.h"

enum { PHAR_FILE_MAX = 64 << 20 }; /* bytes that one file is unpacked to; an archive's larger ones are cut there */

struct phar {
    struct str entries; /* that were not taken yet */
    struct str body;    /* of the files that were not taken yet */
    uint32_t left;      /* files that were not taken yet, as the manifest says */
};

struct phar_file {
    struct str name, packed;
    uint32_t size, mtime_s, mode;
    bool is_deflated, is_bzip2;
};

/* Whether it is one that is signed, as PHP demands unless it is told otherwise; then *ret is at its first file. */
bool phar_begins(struct str data, struct phar *ret);
/* The next file: 0, 1 behind the last one, -EBADMSG where the manifest is damaged. */
int phar_next(struct phar *p, struct phar_file *ret);
