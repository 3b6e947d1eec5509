// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A case for people (text, HTML with pictures) and for programs (JSON, docs/case-schema.json). Texts of a view are bytes as they
 * came: they are made safe here, for where they go.
 */
#include "finding/case_story.h"
#include "sink/sink.h"

struct case_view_note {
    uint64_t time_ns;
    struct str who, text;
};
/* A file with credentials that can be read from within the case. */
struct case_view_credential {
    struct str path;
    const char *what; /* marked for translation */
    bool is_writable;
};
struct case_view_step {
    const char *what; /* "isolate", … marked for translation */
    struct str how;   /* in the reader's language */
};

enum { CASE_CURVE = 32 };
/* What it cost until the end of each of so many equal parts of its time. */
struct case_view_curve {
    double usd[CASE_CURVE];
    uint64_t from_ns, to_ns;
    struct str all, month; /* USD as text: of the last part; of 30 days, when it goes on as in its mean */
    bool is_there, is_measured;
};

struct case_view {
    int64_t id, follows; /* follows: a closed case that it goes on from, 0: none */
    bool is_open;
    struct str host, place, image, reason; /* place empty: the machine itself; reason: why it was closed */
    uint64_t first_ns, last_ns, closed_ns;
    uint64_t seen, not_kept;               /* how often something was found; of it, only counted */
    const struct case_finding *findings;   /* in order of time */
    size_t n_findings, unreadable;
    const struct case_view_note *notes;
    size_t n_notes;
    const struct case_view_credential *credentials;
    size_t n_credentials;
    const struct case_view_step *steps;
    size_t n_steps;
    struct str cost; /* a line, empty: nothing is known */
    struct case_view_curve curve;
    struct case_story story;
};

/* The screen of `davy case show`; the line of `davy case list`. Colour, width and UTF-8 by the options. */
void case_view_text(struct strbuf *b, const struct case_view *v, const struct sink_options *look);
void case_view_line(struct strbuf *b, const struct case_view *v, const struct sink_options *look);
/* One JSON object on a line; `whole`: with findings and notes. */
void case_view_json(struct strbuf *b, const struct case_view *v, bool whole);
/* A page that needs nothing else. 0, or -errno of the output. */
int case_view_html(const struct case_view *v, const struct sink_options *options, struct error *err);
/* "sh(12) ← cron(3)", nearest first, at most so many; bytes as they came. */
void case_add_line(struct strbuf *b, const struct alert_ties *t, size_t most, const char *arrow);
/* A finding's message in the reader's language, or without what it does not know at its end, such as "container_id=<NA>" on a machine itself. */
struct str case_said(const struct case_finding *f);
/*
 * Sets its `said` from the output of the rule that the message is from, and from the values in it (case_finding_values()); not where it is from
 * another, or is not translated.
 */
void case_translate(struct case_finding *f, struct str output, const struct output_field *fields, size_t n, struct arena *a);
/* "MALICIOUS", translated. */
const char *case_verdict_word(enum verdict_word word);
/* How much speaks for a candidate for the way in (case_way.strength), translated. */
const char *case_strength(unsigned strength);
