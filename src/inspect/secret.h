// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Secrets, by rules in gitleaks' TOML format. A rule is looked for only around its keywords (found beforehand
 * by one pass over all strings of all subjects, inspect/strings.c), never over the whole content.
 *
 * Read from a rule file: title, description, minVersion (both only kept for people), [[rules]] with id,
 * description, regex, path, secretGroup, entropy, keywords, tags, skipReport, [[rules.allowlists]] (or
 * [rules.allowlist]), and
 * [[allowlists]] (or [allowlist]). A key that is not understood is an error with its place: a rule that
 * silently does less than its author thinks is worse than none.
 *
 * Two of our own additions live in `tags`, so that the file stays valid elsewhere:
 *   text-only     not looked for in programs and other binary content
 *   check:NAME    what the regex finds must also pass a check (SECRET_CHECKS in secret_check.c)
 */
#include "base/map.h"
#include "base/regex.h"
#include "base/regex_known.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/analyzer.h"
#include "inspect/literals.h"

enum secret_target {
    SECRET_TARGET_SECRET,
    SECRET_TARGET_MATCH,
    SECRET_TARGET_LINE,
};

/* What is not a secret although a rule matches. */
struct secret_allow {
    bool all; /* condition AND */
    enum secret_target target;
    VEC(struct regex *) paths;
    VEC(struct regex *) regexes;
    struct literals *stopwords; /* NULL: none */
    bool commits;               /* names commits: never true here, where there are none */
    VEC(struct str) rules;      /* targetRules of a global allowlist; empty: all */
};

typedef VEC(struct secret_allow) secret_allows;

typedef bool secret_check(struct str secret);

struct secret_rule {
    struct str id, description;
    struct regex *regex;    /* NULL: by path alone */
    struct regex *path;     /* NULL: everywhere */
    unsigned group;         /* 0: first group that is not empty, or the whole match */
    double entropy;         /* the secret's must be greater; 0: not asked */
    VEC(unsigned) keywords; /* numbers in secret_rules.keywords */
    VEC(struct str) tags;
    secret_allows allows;
    secret_check *check;
    bool skip_report; /* only there for other rules */
    bool text_only;
    bool is_generic; /* gives way to any other rule on the same line */
    bool far;        /* no keyword is part of the regex: the match may lie anywhere near */
    bool multiline;
};

struct secret_keyword {
    struct str text; /* lower case */
    VEC(unsigned) rules;
};

struct secret_rules {
    struct arena arena;
    VEC(struct secret_rule) rules;
    VEC(struct secret_keyword) keywords;
    VEC(unsigned) unkeyed;   /* rules with a regex and no keyword */
    VEC(unsigned) path_only; /* rules with a path and no regex */
    secret_allows allows;    /* global */
    struct map known, ids;   /* keyword → number; rule ids */
    struct regex_known *regexes; /* while rules are loaded: patterns that need no look again; may be NULL */
};

struct secret_rules *secret_rules_new(void);
struct secret_rules *secret_rules_free(struct secret_rules *r);
DEFINE_CLEANUP(struct secret_rules *, secret_rules_free)
/*
 * Adds the rules of a document; `name` is what errors call it. -EINVAL with name:line:column, what is wrong
 * and the cure. After an error the set is only good for secret_rules_free(). A rule id that is there already
 * is an error.
 */
int secret_rules_add(struct secret_rules *r, struct str text, const char *name, struct error *err);
/* The same from a file. */
int secret_rules_add_file(struct secret_rules *r, const char *path, struct error *err);

/* The check called `name` in a tag check:NAME; NULL when there is none. */
secret_check *secret_check_from(struct str name);

/* Shannon entropy as gitleaks counts it: frequencies of code points over the length in bytes, in bits. */
double secret_entropy(struct str s);
/* Appends the form of a secret that may be shown: first 4 and last 2 bytes at most, fewer of a short one. */
void secret_redact(struct strbuf *b, struct str secret);

/* The running search over one window: where keywords were seen. Belongs to one thread. */
struct secret_search;
struct secret_search *secret_search_new(const struct secret_rules *rules);
struct secret_search *secret_search_free(struct secret_search *s);
DEFINE_CLEANUP(struct secret_search *, secret_search_free)
/* A keyword was seen; ends must not decrease for one keyword. */
void secret_search_hit(struct secret_search *s, unsigned keyword, size_t end);
/*
 * Runs the rules around the places of their keywords, states secret.kinds, secret.count and notes, takes the
 * secrets themselves out of everything in `facts`, and forgets the places.
 */
void secret_search_run(struct secret_search *s, const struct content *c, struct facts *facts);
