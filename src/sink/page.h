// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A page of text for a terminal: columns, wrapping at words, marks that fall back to ASCII. Inside the room
 * only.
 *
 * Whatever comes from outside goes through page_safe() first; the other functions take safe text and count
 * columns.
 */
#include "base/arena.h"
#include "base/strbuf.h"
#include "finding/finding.h"

struct page {
    struct strbuf out;
    struct arena arena; /* of safe strings, until the page is done */
    unsigned width;
    unsigned column; /* from 0, of the next character */
    bool colour, utf8;
};

enum mark {
    MARK_DOT,
    MARK_ELLIPSIS,
    MARK_TIMES,
    MARK_CROSS,
    MARK_CHECK,
    MARK_FULL,
    MARK_EMPTY,
    MARK_ARROW,
    MARK__N,
};

/* Gives the memory back; may run twice. */
void page_done(struct page *p);
/* The bytes made harmless, in the page's arena; without UTF-8 all that is not ASCII is spelled out or
 * escaped. */
struct str page_safe(struct page *p, struct str raw);
/* Formatted text of ours; %s arguments must be safe. In the page's arena, ended by NUL. */
struct str page_format(struct page *p, const char *fmt, ...) _printf_(2, 3);
/* The mark in UTF-8 or, without it, in ASCII. Static. */
const char *page_mark(const struct page *p, enum mark m);
/* Put text at the cursor without wrapping, and end the line. */
void page_put(struct page *p, struct str safe);
void page_puts(struct page *p, const char *text);
/* Blanks up to the column; nothing when it is passed. */
void page_to(struct page *p, unsigned column);
void page_end_line(struct page *p);
/* Puts words, breaking lines as text_next_piece() has it and going on at `indent`; a word longer than a line is
 * cut in the middle. */
void page_words(struct page *p, unsigned indent, struct str safe);
/* The same in at most so many lines; an ellipsis ends what was too long, or stands in the middle of a long word that comes last. */
void page_words_most(struct page *p, unsigned indent, struct str safe, unsigned lines);
/* Puts the text as one piece: after `gap` blanks when it fits on this line, else on the next at `indent`. */
void page_piece(struct page *p, unsigned indent, unsigned gap, struct str safe);
/* Text in colour (SGR parameters) when colours are wanted. */
void page_coloured(struct page *p, const char *sgr, struct str safe);
/* A word translated; one that stays English in upper case, as words that judge are shown. In the page's arena. */
struct str page_upper(struct page *p, const char *word);
/* The colour of a severity, as SGR parameters. */
const char *page_severity_sgr(enum severity s);
/* The severity of a priority, in its colour. */
void page_severity(struct page *p, enum priority priority);
