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

/* Puts up to n bytes of a list's into `to`; how many, 0 at its end, -errno. */
typedef ssize_t lines_source(void *ctx, void *to, size_t n);

struct lines {
    int fd; /* -1: memory, or a source */
    lines_source *source;
    void *ctx;
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
/* From a source, which is asked as long as lines are. */
void lines_pull(struct lines *l, lines_source *source, void *ctx);
/* The next line without its end (LF or CRLF), valid until the next call; 0, 1 at the end, -errno when reading fails. */
int lines_next(struct lines *l, struct str *ret);
/* The start of what lines_next() would give, without taking it: at least one byte unless the list is empty. */
int lines_peek(struct lines *l, struct str *ret);
/* Appends everything that is left; -EFBIG beyond max bytes. */
int lines_rest(struct lines *l, size_t max, struct strbuf *out);
/* Takes what is there next, or up to `max` bytes of it, as bytes; valid until the next call, empty at the end. 0 or -errno. */
int lines_take(struct lines *l, struct str *ret);
int lines_take_up_to(struct lines *l, size_t max, struct str *ret);
/* Gives everything back; may run twice. */
void lines_done(struct lines *l);
