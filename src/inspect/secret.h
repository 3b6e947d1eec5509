// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Secrets, by rules in the format of gitleaks 8.30 and with its meaning (docs/secrets.md says where ours is another).
 * A rule is looked for around its keywords where that is proved to find the same, else in the whole fragment.
 *
 * Each file is a set of its own: its global allowlists and its ids have nothing to do with other files', unless it extends
 * them. A key that is not understood is an error with its place: a rule that silently does less than its author thinks is
 * worse than none.
 *
 * Our own additions live in `tags`, so that the file stays valid elsewhere:
 *   text-only     not looked for in programs and other binary content
 *   yields        gives way to a rule without this tag that finds the same text, as one called generic does to all, and to
 *                 what the text is decoded to, so that a secret in base64 is told once
 *   base64        a secret that is the base64 of text is allowed as that text is, too: a stand-in is one in base64
 *   check:NAME    what the regex finds must also pass a check (SECRET_CHECKS in secret_check.c)
 */
#include "base/map.h"
#include "base/regex.h"
#include "base/regex_known.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/analyzer.h"
#include "inspect/literals.h"
#include "inspect/secret_reach.h"
#include "inspect/words.h"

enum {
    SECRET_DECODE_DEPTH = 5,    /* decoding passes, gitleaks' default (its --max-decode-depth) */
    SECRET_EXTEND_DEPTH = 2,    /* files behind a file, gitleaks' limit; what the last one extends is left out */
    SECRET_FRAGMENT = 100'000,  /* bytes that are looked at together, as gitleaks reads them, */
    SECRET_FRAGMENT_MORE = 25'000, /* and at most so many more, up to a blank line */
};

enum secret_target {
    SECRET_TARGET_SECRET,
    SECRET_TARGET_MATCH,
    SECRET_TARGET_LINE,
};

/* What is not a secret although a rule matches. */
struct secret_allow {
    bool all; /* condition AND */
    enum secret_target target;
    struct regex *paths, *regexes; /* all of the list in one pattern, NULL: none */
    struct words *stopwords;       /* in lower case; NULL: none */
    bool commits;                  /* names commits: never true here, where there are none */
};

typedef VEC(struct secret_allow) secret_allows;

/* A global allowlist that is for some rules only (targetRules). */
struct secret_targeted {
    struct secret_allow allow;
    VEC(struct str) rules; /* their ids */
    uint32_t line, column; /* in its file */
};

typedef bool secret_check(struct str secret);

/* Another rule that must find something near. */
struct secret_required {
    struct str id;
    int64_t lines, columns; /* at most so far away; -1: anywhere in the fragment */
    size_t rule;            /* its number, SIZE_MAX: there is none any more */
};

struct secret_rule {
    struct str id, description;
    struct regex *regex;    /* NULL: by path alone */
    struct regex *path;     /* NULL: everywhere */
    struct str pattern, path_pattern; /* as written */
    unsigned group;         /* 0: first group that is not empty, or the whole match */
    double entropy;         /* the secret's must be greater; 0: not asked */
    VEC(struct str) words;  /* keywords, lower case */
    VEC(unsigned) keywords; /* the same as numbers in secret_rules.keywords */
    VEC(struct str) tags;
    VEC(struct secret_required) required;
    secret_allows allows;
    VEC(size_t) targeted; /* numbers in its set's */
    secret_check *check;
    size_t set;       /* number in secret_rules.sets */
    bool skip_report; /* only there for other rules */
    bool text_only;
    bool is_in_base64; /* maybe */
    unsigned yields; /* gives way to rules of less on the same line: 2 generic ones, 1 those with the tag, 0 others */
    bool gone;       /* a later file extends its set: the rule stands there */
    bool is_wide;    /* a keyword is not all ASCII: it is looked for in lower case */
    bool is_near;    /* every match holds a keyword: nothing lies farther than `reach` from one */
    struct secret_reach reach;
    uint32_t line, column; /* in its file */
};

/* One file with what it extends. */
struct secret_set {
    struct str name;      /* the file */
    secret_allows allows; /* global */
    VEC(struct secret_targeted) targeted;
    bool is_own;          /* Davy's: "gitleaks:allow" in what is looked at says nothing to it */
    uint64_t bytes_max;   /* maxTargetMegaBytes: larger content is left out; 0: none is */
};

struct secret_keyword {
    struct str text; /* lower case */
    VEC(unsigned) rules;
};

struct secret_rules {
    struct arena arena;
    VEC(struct secret_rule) rules;
    VEC(struct secret_set) sets;
    VEC(struct secret_keyword) keywords; /* the first SECRET_ODD_N are not keywords but SECRET_ODD */
    VEC(unsigned) unkeyed;               /* rules with a regex and no keyword */
    VEC(unsigned) path_only;             /* rules with a path and no regex */
    VEC(struct str) warnings;            /* what the loader did not like but could live with */
    struct map known;                    /* keyword → number */
    bool any_wide;                       /* a rule is_wide */
    unsigned decode_depth;               /* decoding passes; SECRET_DECODE_DEPTH unless changed before the search */
    struct regex_known *regexes;         /* while rules are loaded: patterns that need no look again; may be NULL */
};

/*
 * Characters beyond ASCII that a caseless pattern or Go's ToLower takes for a letter of it: K (Kelvin) for k, long s for s,
 * dotted capital I for i. Where one stands, rules are run over whole fragments.
 */
enum { SECRET_ODD_N = 3 };

/* Empty, with the default depth. */
struct secret_rules *secret_rules_new(void);
struct secret_rules *secret_rules_free(struct secret_rules *r);
DEFINE_CLEANUP(struct secret_rules *, secret_rules_free)
/*
 * Adds the rules of a document as a set; `name` is what errors call it and where the paths it extends begin. -EINVAL with
 * name:line:column, what is wrong and the cure; after an error the rules are as before. `extend.useDefault` merges into the
 * last set from a file called gitleaks.toml, else into the first set; that set's own rules are gone then.
 */
int secret_rules_add(struct secret_rules *r, struct str text, const char *name, struct error *err);
/* The same from a file. */
int secret_rules_add_file(struct secret_rules *r, const char *path, struct error *err);
/* The set that was added last is Davy's own. */
void secret_rules_own(struct secret_rules *r);

/* The check called `name` in a tag check:NAME; NULL when there is none. */
secret_check *secret_check_from(struct str name);

/* Shannon entropy as gitleaks counts it: frequencies of code points over the length in bytes, in bits. */
double secret_entropy(struct str s);
/* Appends the form of a secret that may be shown: first 4 and last 2 bytes at most, fewer of a short one. */
void secret_redact(struct strbuf *b, struct str secret);
/* Appends the text as Go's strings.ToLower gives it, of Latin, Greek, Cyrillic and Armenian letters; other bytes stay. */
void secret_lower(struct strbuf *b, struct str text);

/* The running search over one window: where keywords were seen. Belongs to one thread. */
struct secret_search;
struct intel;
struct secret_search *secret_search_new(const struct secret_rules *rules);
struct secret_search *secret_search_free(struct secret_search *s);
DEFINE_CLEANUP(struct secret_search *, secret_search_free)
/* Secrets are looked up in its lists of leaked ones, whose name is stated with what they hold. Must outlive the search. */
void secret_search_leaked(struct secret_search *s, const struct intel *intel);
/* Makes now, or takes from the cache, what is otherwise made in each process when the first text is decoded. 0 or -errno. */
int secret_search_prepare(struct secret_search *s, struct cache *cache, struct error *err);
/* A keyword was seen; ends must not decrease for one keyword. */
void secret_search_hit(struct secret_search *s, unsigned keyword, size_t end);
/*
 * Runs the rules, states secret.* and notes, takes the secrets themselves out of everything in `facts`, and forgets the
 * places. The event's time is the time that tokens are or are not expired at; 0: not known.
 */
void secret_search_run(struct secret_search *s, const struct content *c, struct facts *facts);
