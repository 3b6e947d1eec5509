// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A sink that writes its report piece by piece, so that memory does not grow with it: what is put here goes to the
 * output as soon as there is enough of it. After the first failure of the output nothing more is written, and
 * writer_end() tells. Inside the room only.
 */
#include <jansson.h>

#include "base/strbuf.h"
#include "sink/sink.h"

struct writer {
    struct sink_options options;
    struct strbuf piece;
    int error; /* the first of the output */
};

/* open() and close() of a sink that is a writer; writer_of() at the start of its report(), which forgets an old error. */
struct sink *writer_open(const struct sink_options *options);
struct sink *writer_close(struct sink *s);
struct writer *writer_of(struct sink *s);

/* Text as it is. */
void writer_puts(struct writer *w, const char *text);
void writer_put(struct writer *w, struct str text);
void writer_printf(struct writer *w, const char *fmt, ...) _printf_(2, 3);
/* Dumps the value as ASCII on one line, and gives it back. */
void writer_json(struct writer *w, json_t *value);
/* `"key":value`, on a line of its own, after a comma unless it is the first of its object. Takes the value over. */
void writer_member(struct writer *w, const char *key, json_t *value, bool first);
/* Writes what is gathered. Called when enough is; needed before the output is read elsewhere only. */
void writer_flush(struct writer *w);
/* The end of a report: 0, or -errno of the output with text. */
int writer_end(struct writer *w, struct error *err);
