// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The lines of a list, one after the other, from a file of any size or from memory: a list of ten million digests
 * is never held as text.
 */
#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"

enum {
    LINE_BYTES_MAX = 16 << 10, /* a line of JSON with its reasons is some hundred bytes; longer ones are given empty */
};

struct lines {
    int fd; /* -1: memory */
    bool at_end;
    struct str memory;    /* what is left of it */
    struct strbuf buffer; /* bytes read and not given yet, from `from` on */
    size_t from;
    uint32_t number; /* of the line given last, from 1 */
    bool is_cut;     /* the line given last was longer than LINE_BYTES_MAX */
    struct digest *hash; /* takes every byte that is read; NULL: nobody asks */
};

/* -errno when the file cannot be opened or is a folder, with the text saying so. `hash` is borrowed and may be NULL. */
int lines_open(struct lines *l, const char *path, struct digest *hash, struct error *err);
/* The text is borrowed. */
void lines_from(struct lines *l, struct str text, struct digest *hash);
/* The next line without its end (LF or CRLF), valid until the next call; 0, 1 at the end, -errno when reading fails. */
int lines_next(struct lines *l, struct str *ret);
/* The start of what lines_next() would give, without taking it: at least one byte unless the list is empty. */
int lines_peek(struct lines *l, struct str *ret);
/* Appends everything that is left; -EFBIG beyond max bytes. */
int lines_rest(struct lines *l, size_t max, struct strbuf *out);
/* Gives everything back; may run twice. */
void lines_done(struct lines *l);
