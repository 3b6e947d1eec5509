// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A capture as a source: gives the records of one file after another, or of a pipe as they come. Everything in it may be
 * hostile: what it gives has passed record_check(), what is damaged is stepped over and told by capture_trouble().
 */
#include "source/capture/format.h"
#include "source/source.h"

/* "-" is standard input. -errno with text when a file cannot be opened; the paths are borrowed as long as the source. */
int capture_open(const char *const *paths, size_t n, struct source **ret, struct error *err);
/* The same of one descriptor, which the source closes; `name` is borrowed and stands in messages. */
struct source *capture_open_fd(int fd, const char *name);
/* The header of the file that is being read; NULL before the first read() and for what is no capture. */
const struct capture_header *capture_header(const struct source *s);

/* What could not be read so far. */
struct capture_trouble {
    uint64_t places; /* damaged ones that were stepped over */
    uint64_t bytes;  /* of the files, in them */
    uint64_t cut;    /* files that end in the middle of a frame: they are good up to there */
    char first[256]; /* "FILE: byte N: why" of the first, made safe for a terminal by who shows it; empty without */
};
void capture_trouble(const struct source *s, struct capture_trouble *ret);
