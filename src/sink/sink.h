// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Sinks: where a report goes, and in which form. A sink is a const table of functions; it writes through the
 * output that the caller gives, so that it opens no file and knows no terminal.
 *
 *     const struct sink_ops *ops = sink_from(STR("json"));
 *     struct sink *s = ops->open(&options);
 *     r = ops->report(s, &report, &err);
 *     ops->close(s);
 */
#include "base/error.h"
#include "finding/report.h"

/* Takes n bytes, all of them: 0, or -errno. */
struct sink_output {
    int (*write)(void *ctx, const void *p, size_t n);
    void *ctx;
};
/* Appends to a string buffer. */
struct sink_output sink_output_strbuf(struct strbuf *b);
/* Writes to a stdio stream; the stream's owner flushes and closes it. */
struct sink_output sink_output_file(FILE *f);

struct sink_options {
    struct sink_output output;
    unsigned width; /* columns, text only; below 40 counts as 40, 0 as 80 */
    bool colour;    /* severity in colour, text only */
    bool utf8;      /* marks outside ASCII, text only */
    bool verbose;   /* every finding and every gap, text only */
};

struct sink;
struct sink_ops {
    const char *name; /* as --format takes it */
    const char *help; /* a few words, marked for translation */
    bool wants_list;  /* of files and packages: inventory_add() with `list` */
    bool for_people;  /* texts in the reader's language; else English, the same everywhere */
    /* Copies the options. Never NULL. */
    struct sink *(*open)(const struct sink_options *options);
    /* Writes one report. 0 or -errno of the output, with text. */
    int (*report)(struct sink *s, const struct report *r, struct error *err);
    /* Gives the sink back; NULL is fine. Returns NULL. */
    struct sink *(*close)(struct sink *s);
};

extern const struct sink_ops SINK_TEXT, SINK_JSON, SINK_SARIF, SINK_HTML, SINK_CYCLONEDX, SINK_SPDX, SINK_OPENMETRICS,
    SINK_MEMORY;
/* The i-th of the formats that people choose from, NULL after the last; the memory sink is for tests and none of them. */
const struct sink_ops *sink_at(size_t i);
/* By name; NULL when there is none. */
const struct sink_ops *sink_from(struct str name);
/* What the memory sink keeps: a line "word target", then "severity kind rule subject" per finding, tabs
 * between. */
struct str sink_memory_lines(const struct sink *s);
