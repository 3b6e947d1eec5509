// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Pages and the code in them: what a browser or a web server would do with them, in the words of web.does. Names, literals
 * and calls are looked at, not lines, so that white space, quotes, escapes and names of variables do not matter.
 */
#include <assert.h>

#include "base/map.h"
#include "inspect/analyzer.h"
#include "inspect/code_read.h"

/* What a word stands for: rows of web_words.def. */
enum web_mark {
#define WEB_MARK(id, word, least) MARK_##id,
#define WEB_WORD(id, languages, text)
#include "inspect/web_words.def"
#undef WEB_MARK
#undef WEB_WORD
    MARK__N,
};

enum {
    WEB_BYTES_MAX = 8 << 20,  /* of a page or script; larger ones are data */
    WEB_BLOCK_BYTES = 8 << 10, /* a script that copies cards is of some kilobytes; in megabytes of code anything stands somewhere */
    WEB_BLOCKS = WEB_BYTES_MAX / WEB_BLOCK_BYTES,
};
static_assert(MARK__N <= 64, "a mark is a bit");

/* The words of all marks, made once. */
struct web_words {
    struct arena arena; /* of the words */
    struct map by_text; /* in lower case → number of the last row with that text, from 1 */
    uint64_t *next;     /* of each row: the row before it with the same text, 0 for none */
};
void web_words_init(struct web_words *w);
void web_words_done(struct web_words *w);

/* One file or unwrapped text while it is looked at. */
struct web {
    struct inspection *in;
    const struct content *content;
    struct facts *facts;
    const struct web_words *words;
    struct map seen[MARK__N]; /* different words of a mark, in the arena below */
    bool is_stated[MARK__N];
    size_t at;                      /* how far the walk over the code is */
    size_t blocks;                  /* of met[] that are in use */
    uint64_t met[WEB_BLOCKS];       /* of each WEB_BLOCK_BYTES of it: the marks of which words were met there */
    struct arena arena;
    unsigned decodes; /* literals that were decoded again, within a limit */
    unsigned nested;  /* pages in code in pages */
};

/* Whether the content is a page, whose code stands in tags and marks; else it is code as a whole. (web.c) */
bool web_is_page(const struct content *c);
/* Code of a language that stands at `at` of the content (0 for decoded text). (web_code.c) */
void web_code(struct web *w, struct str code, enum code_language language);
/* A page: its tags, the code in them and between <?php and ?>, <% and %>. (web_page.c) */
void web_page(struct web *w, struct str page);
/* A value and, when `place` lies in the content, where it was seen. */
void web_see(struct web *w, enum field_id list, struct str value, struct str place);
/* A word that was met; states the mark when enough of its words were. */
void web_word(struct web *w, struct str text, enum code_language language);
/* The mark itself was seen, whatever the words. */
void web_mark(struct web *w, enum web_mark mark);
/* All was looked at: states what stands near words of payment cards, and lets go of what was met. (all four: web_mark.c) */
void web_marks_end(struct web *w);
/*
 * A text that may be or hold a URL: adds its host and the host's parents to the list, and to web.imitates what the host
 * nearly is. A path of its own site gives nothing. (web_host.c)
 */
void web_url(struct web *w, enum field_id list, struct str url);
