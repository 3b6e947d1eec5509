// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The parts of the HTML report. Inside the room only. Whatever comes from outside goes through html_text(): it is then
 * neither markup nor able to change how the words around it are shown.
 */
#include "sink/order.h"
#include "sink/writer.h"

enum {
    HTML_TEXT_MAX = 600,      /* columns shown of an output, excerpt or path: a page is for reading */
    HTML_PLACES_OPEN = 5,     /* findings of one rule that are shown at once; more unfold */
    HTML_PLACES_MAX = 200,    /* findings of one rule on the page; the others are counted */
    HTML_NOTES_MAX = 6,       /* places of evidence shown of one finding */
    HTML_GAPS_MAX = 200,      /* gaps of one kind on the page */
    HTML_FOLDERS_MAX = 28,    /* folders in the picture of where the bytes are, and in its table */
    HTML_MOMENTS_DRAWN = 40,  /* of a run, in its picture; its table has all */
    HTML_LAYERS_DRAWN = 40,   /* layers up to which a stack is drawn */
};

/* Bytes from outside as text, at most HTML_TEXT_MAX columns; the whole with html_text_all(). */
void html_text(struct writer *w, struct str raw);
void html_text_all(struct writer *w, struct str raw);
/* Sizes, counts ("8,412 files"), seconds as people read them. */
void html_size(struct writer *w, uint64_t bytes);
void html_count(struct writer *w, uint64_t n);
void html_seconds(struct writer *w, uint64_t ns);
/* A coordinate of a picture: whole, so that no locale writes a comma into it. */
static inline long html_px(double x)
{
    return (long)(x + 0.5);
}
/* The class of a severity, of a verdict: their colours. */
const char *html_tone(enum severity s);
const char *html_verdict_tone(enum verdict_word v);
/* The severity as a word for people. */
const char *html_severity(enum severity s);

/* A moment, in UTC. */
void html_time(struct writer *w, uint64_t ns);
/* A page begins: up to where the text of its title stands. `version`: of what wrote it, may be empty. */
void html_begin(struct writer *w, struct str version);
/* The title ends; what the page is, and room for its time. */
void html_top(struct writer *w, const char *what);
/* The time ends, and what the page tells begins. */
void html_main(struct writer *w);

/* How many there are of each severity: a bar, and the figures (an open list, to which others may be added before its </ul>). */
void html_severity_bar(struct writer *w, const uint64_t n[SEVERITY__N]);
void html_severity_counts(struct writer *w, const uint64_t n[SEVERITY__N]);
/* Boxes that choose which severities are shown; nothing where there are not two of them. */
void html_filter(struct writer *w, const bool has[SEVERITY__N]);
/* The head of what one rule found: severity, name, how often. */
void html_rule_head(struct writer *w, enum priority priority, struct str name, uint64_t n);
/* Why it matters and what to do next, of the rule's texts; empty ones give nothing. */
void html_why(struct writer *w, struct str desc);
void html_next(struct writer *w, struct str next);
/* Techniques and rows, and the rule's own name where the reader is shown another: items of a list. */
void html_references(struct writer *w, const struct str *techniques, size_t n_techniques, const struct str *rows, size_t n_rows, struct str name);

/* The two axes of a verdict. */
void html_axes(struct writer *w, const struct verdict *v);
/* Findings by severity, what is authorised and context beside them. */
void html_severities(struct writer *w, const struct report_target *t);
/* The layers of an image, and what was found in each. */
void html_layers(struct writer *w, const struct report_target *t, size_t number);
/* Where the bytes are: by folder and kind. */
void html_bytes(struct writer *w, const struct report_target *t, size_t number);

/* Bytes of the kinds that the picture tells apart. */
enum html_kind { HTML_PROGRAM, HTML_SCRIPT, HTML_WORDS, HTML_MEDIA, HTML_ARCHIVE, HTML_DATA, HTML_KIND__N };
struct html_folder {
    struct str name;  /* as shown */
    struct str place; /* as paths begin */
    uint64_t files, bytes, kinds[HTML_KIND__N];
    unsigned findings; /* threats and exposures in it */
};
const char *html_kind_class(enum html_kind k);
/* The folders as rectangles whose areas are their bytes, largest first. */
void html_treemap(struct writer *w, const struct html_folder *v, size_t n, size_t number);

/* What it did in jails. */
void html_runs(struct writer *w, const struct report_target *t);
/* All findings of a target, most severe first. */
void html_findings(struct writer *w, const struct report_target *t, size_t number);
