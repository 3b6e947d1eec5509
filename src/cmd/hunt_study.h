// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The study of a hunt as data; hunt_show.c, hunt_json.c and hunt_html.c show it. */
#include "cmd/hunt.h"

enum {
    STUDY_CATEGORIES_MAX = 64, /* with their parts: one bit each */
    STUDY_REPOSITORIES_MAX = 5'000'000,
    STUDY_CITED_OF = 1652, /* images that the cited counts are of (rules/study/categories.toml) */
};

struct study_category {
    struct str name, title, needs; /* needs: what it is blind without, empty: nothing */
    const struct study_category *parent;
    const struct str *tags, *rules, *words, *kinds;
    size_t n_tags, n_rules, n_words, n_kinds;
    uint64_t cited; /* 0: nothing is cited */
    uint64_t images;
};

struct study_verdict {
    struct str word;
    uint64_t images, bytes;
};
struct study_look_alike {
    struct str name, like, how;
    uint64_t images, malicious;
};
struct study_shared {
    struct hunt_shared *v;
    size_t n, capacity; /* a vector */
};
struct study_why {
    struct str why, example;
    uint64_t n;
};

struct study {
    struct arena arena;
    struct str rules;
    struct hunt_counts counts;
    struct hunt_study_totals totals;
    uint64_t not_clean; /* images */
    VEC(struct study_category) categories;
    VEC(struct study_verdict) verdicts;
    VEC(struct hunt_source) sources;
    VEC(struct hunt_rule) spoke;
    VEC(struct hunt_repository) worst;
    struct study_shared shared, shared_bad; /* bad: with threats or exposures in them */
    VEC(struct study_look_alike) look_alikes;
    uint64_t n_look_alikes; /* in all */
    VEC(struct study_why) failures;
};

struct study_look {
    bool utf8, colour;
    const char *store; /* what --store has to say in commands that are shown, NULL: nothing */
};

/* The shipped categories. -errno with file, line and cure. */
int study_categories(struct study *s, struct error *err);
/* Which categories the rule alone speaks for, a bit each; those that need a word of `detail` are decided per image. */
uint64_t study_bits(const struct study *s, const struct hunt_rule *rule, struct str detail);
/* Reads it all. */
int study_gather(struct hunt_store *store, const struct hunt_options *o, struct study *ret, struct error *err);
void study_done(struct study *s);
/* Appends what a repository is good for, words with blanks between, in the reader's language; safe for a terminal. */
void study_add_purposes(struct strbuf *b, struct str words);

/* What it comes to, without a line's end: "3 malicious · 3 exposed · 28 clean", the gravest first. */
void study_verdict(struct study *s, struct strbuf *b);
/* How grave: the rank of the gravest verdict (hunt_verdict_rank()), -1 when no image was judged. */
int study_rank(struct study *s);
/* Its first lines: how much was hunted, when, what is missing. */
void study_head(struct study *s, struct strbuf *b);
void study_text(struct study *s, const struct study_look *look, struct strbuf *b);
void study_json(struct study *s, struct strbuf *b);
void study_html(struct study *s, struct strbuf *b);
