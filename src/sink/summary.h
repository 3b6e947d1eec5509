// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a look at the past found, as one page: rules, most severe first, and for each of them who, how often, when, and what it was
 * last. Who reads a year of logs wants that, and not each finding as it came.
 *
 * Bounded: SUMMARY_WHO_MAX of whom each rule found; more are counted.
 */
#include "finding/alert.h"
#include "sink/live_format.h"

enum { SUMMARY_WHO_MAX = 1000, SUMMARY_MACHINES_MAX = 100 /* kept of each of them; more are counted */ };

/* What the page says beside the findings; texts are made safe here, and copied. */
struct summary_about {
    bool is_unread;          /* nothing could be read: no word of what was found */
    bool is_empty;           /* else: there was nothing to read */
    bool is_part;            /* else: it was stopped before its end */
    struct str title, right; /* the first line: what was read, and how long that took */
    struct {
        const char *label; /* translated, static */
        struct str text;
    } foot[6]; /* below the findings; those without text are left out */
};

struct summary;
struct summary *summary_new(void);
/* NULL is fine. Returns NULL. */
struct summary *summary_free(struct summary *s);
/* Counts an alert; nothing of it is borrowed. */
void summary_add(struct summary *s, const struct alert *a);
/* An alert was put into a case. */
void summary_case(struct summary *s, int64_t id);
void summary_about(struct summary *s, const struct summary_about *about);
/* Append the page, as text for a terminal or as HTML; nothing is added behind it. */
void summary_text(struct summary *s, const struct live_look *look, struct strbuf *b);
void summary_html(struct summary *s, const struct live_look *look, struct strbuf *b);
