// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The parts of the search for secrets, between its own files. */
#include "inspect/secret.h"
#include "inspect/secret_decode.h"
#include "intel/intel.h"

/* Where keywords were seen in one text. */
struct secret_hits {
    struct secret_seen {
        VEC(struct secret_range) ranges; /* in order; places near each other are one */
    } * seen;                            /* per keyword */
    VEC(unsigned) touched;               /* keywords that were seen */
};

struct secret_found {
    const struct secret_rule *rule;
    struct secret_range match;  /* in the content; of a decoded one the encoded text it comes from */
    struct secret_range secret; /* likewise */
    struct str text;            /* the secret itself; of a decoded one in the search's arena */
    size_t fragment;            /* number of the fragment that it begins in */
    unsigned kinds, depth;      /* of decoding; 0: it stands in the content as it is */
    int64_t line, column;       /* in its fragment; only while required rules are compared */
    bool hidden;                /* found for another rule: to be redacted, not to be stated */
    bool is_waived;             /* decoded, and a comment on its line allows it: only so that whoever unwraps it keeps quiet too */
    bool is_void;               /* the group that is the secret took no part: `text` is the match, to be redacted */
};

typedef VEC(struct secret_found) secret_founds;

/* One text that is searched: the content, or what a decoding pass made of one of its fragments. */
struct secret_pass {
    const struct content *c;
    struct str text;                        /* of a text content, bytes that are no UTF-8 are replaced */
    const struct secret_hits *hits;         /* in `text` */
    const struct secret_range *fragments;   /* of `text` */
    size_t n_fragments;
    const struct secret_decoding *decoding; /* NULL: the content itself */
    size_t offset, fragment;                /* of a decoded text: where its fragment begins, and which it is */
};

/* A part of a text in which a pattern is looked for. */
struct secret_slice {
    size_t base, from, to; /* the search begins at `from` of a text from `base` to `to` */
    size_t fragment;       /* SIZE_MAX: tell it by the place */
};

/* Whether letters beyond ASCII that stand for ASCII ones (SECRET_ODD_N) are in a fragment. */
struct secret_odd {
    bool is_odd;  /* its keywords were looked for anew in lower case, */
    size_t bits;  /* and where those that it holds begin in `present` */
    bool is_wide; /* a pattern may match where no keyword was seen: near rules run over all of it */
};

struct secret_search {
    const struct secret_rules *rules;
    const struct intel *intel; /* with hashes of leaked secrets; NULL: there are none */
    struct arena arena;        /* of one run */
    struct secret_hits hits, inner;
    struct literals *keywords; /* for decoded texts; NULL: not made yet */
    bool *due;                 /* per rule: already in `queue` */
    uint8_t *paths;            /* per rule: 0 not asked, 1 its path and lists let it run, 2 they do not */
    uint8_t *sets;             /* per set likewise */
    VEC(unsigned) queue;       /* rules to run */
    VEC(struct secret_slice) slices;
    VEC(struct secret_range) fragments;
    secret_founds found;
    VEC(struct secret_odd) odd; /* per fragment of the pass */
    VEC(uint64_t) present;      /* bits of the keywords in the odd ones */
    uint64_t *presence;         /* of the fragment at hand */
    struct strbuf clean, lower;
    struct secret_decoding decoding;
    uint64_t counted;   /* end of the last secret counted in the file itself, so that an overlap counts once */
    struct map decoded; /* rule and secret of what was stated of this file → its last place in `places`, so that no second decoder states it again */
    VEC(struct secret_range) places; /* in the file itself; to SIZE_MAX: first found in what was unwrapped */
    struct arena decoded_arena;
};

enum {
    SECRET_FOUND_MAX = 4096,      /* findings per window; what lies beyond is not looked for */
    SECRET_RULE_FOUND_MAX = 1024, /* findings per rule and pass */
};

/* Where gitleaks would cut the content of a file. */
void secret_fragments(struct str data, void (*each)(void *ctx, size_t from, size_t to), void *ctx);

/* Whether the allowlists of the rule, of its set or of both let this pass. */
bool secret_allowed(const struct secret_rules *rules, const struct secret_rule *rule, struct str path, struct str secret,
                    struct str match, struct str line);
/*
 * Whether the pattern is in a file's path as it stands ("/src/a.c"), or as gitleaks has it when it is started in the folder itself
 * ("src/a.c"): a pattern that begins with ^ may mean either.
 */
bool secret_path_matches(const struct regex *re, struct str path);
/* Whether the paths alone of a set's or of a rule's allowlists let all of the file pass; of a set's, also its folder's. */
bool secret_set_allowed(const struct secret_set *set, struct str path);
bool secret_rule_path_allowed(const struct secret_rules *rules, const struct secret_rule *rule, struct str path);

/* Appends what the rule finds. `inherited`: for another rule that requires it, whatever its own keywords say. */
void secret_run_rule(struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule, bool inherited,
                     secret_founds *to);
/* Appends what the rule finds near enough to what it requires. */
void secret_run_composite(struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule,
                          secret_founds *to);
/* The search itself: fills `found`. */
void secret_search_find(struct secret_search *s, const struct content *c);
/* States what was found, and takes it out of what other analyzers have stated. */
void secret_state_all(struct secret_search *s, const struct content *c, struct facts *facts);
