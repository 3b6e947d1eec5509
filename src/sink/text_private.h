// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The parts of the text report. Inside the room only. */
#include "sink/page.h"
#include "sink/sink.h"

enum {
    TEXT_INDENT = 12,  /* where the text of a block begins; labels stand before it */
    TEXT_GAP = 3,      /* between pieces of one line */
    TEXT_SUBJECTS = 5, /* shown of many findings of one rule */
    TEXT_NOTES = 3,    /* places shown of one finding */
    TEXT_ALSO = 4,     /* further paths of the same content */
    TEXT_GAPS = 5,     /* shown of what could not be read */
    TEXT_NAMED = 100,  /* targets to look at, named at the end of many */
};

/* All findings of a target, most severe first, then exposures, what is authorised, context. Ends each block
 * with a blank line. */
void text_findings(struct page *p, const struct report_target *t, bool verbose);
/* The rule's output, in few lines unless verbose, fewer when the finding is one of several; nothing when it
 * only repeats the file's name. */
void text_output(struct page *p, const struct finding *f, bool is_one, bool verbose);
/* Appends the same words, all of them and as they came, not made safe. */
void text_output_words(struct strbuf *b, const struct finding *f);
/* The places where the evidence was seen, each thing once. */
void text_notes(struct page *p, const struct finding *f, bool verbose);
/* What was not looked at, equal reasons together, after a line that `says` how much it is. */
void text_gaps(struct page *p, const char *label, struct str says, const struct report_gaps *gaps, bool verbose);
/* What the target did in jails, with the timeline of each run. */
void text_runs(struct page *p, const struct report_target *t, bool verbose);
/* A label, translated, from `column` on; the cursor then at TEXT_INDENT. */
void text_label(struct page *p, unsigned column, const char *label);
/* A label with a sentence behind it, made safe; nothing when the sentence is empty. */
void text_sentence(struct page *p, const char *label, struct str raw);
/* Rows of the threat table and techniques of ATT&CK, `gap` between both. In the page's arena. */
struct text_sources {
    const struct str *rows, *techniques;
    size_t n_rows, n_techniques;
};
struct str text_references(struct page *p, const struct text_sources *s, const char *gap);
/* "8,412". In the page's arena. */
const char *text_number(struct page *p, uint64_t n);
/* A word of the report as people look for it: "MALICIOUS", in another language behind its translation. */
const char *text_upper(struct page *p, const char *word);
