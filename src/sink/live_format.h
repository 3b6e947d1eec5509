// SPDX-License-Identifier: Apache-2.0
#pragma once
/* How an alert looks as text: for people on a terminal, as Falco's lines, as JSON. */
#include "base/strbuf.h"
#include "finding/alert.h"

struct live_look {
    unsigned width;   /* columns */
    bool colour;      /* severity in colour */
    bool utf8;        /* marks outside ASCII */
    bool verbose;     /* the whole output however long it is */
    bool is_terminal; /* there is a status line at the bottom */
    bool dated;       /* the day too: events are of any */
};

struct summary; /* sink/summary.h */

struct live_format {
    const char *name; /* as --format takes it */
    const char *help; /* marked for translation */
    const char *type; /* media type, for webhooks; NULL: for people only, not for programs */
    /* One of these. Appends the alert, a newline at its end; or all of them as one page at the end. */
    void (*add)(struct strbuf *b, const struct alert *a, const struct live_look *look);
    void (*page)(struct summary *s, const struct live_look *look, struct strbuf *b);
};

/* The i-th format, NULL after the last. */
const struct live_format *live_format_at(size_t i);
/* By name; NULL when there is none. */
const struct live_format *live_format_from(struct str name);

/* What the line at the bottom of a terminal tells. */
struct live_status {
    double seen_per_second;
    double left_share;  /* of what was seen, what left the kernel; below 0: not known */
    uint64_t dropped;   /* so far */
    uint64_t memory;    /* bytes, of the process and of its buffers in the kernel */
    uint64_t alerts;    /* so far */
    bool is_replay;     /* of a capture: nothing is said of the kernel */
};
/* The line without its end, cut to the width. */
void live_status_add(struct strbuf *b, const struct live_status *status, const struct live_look *look);
