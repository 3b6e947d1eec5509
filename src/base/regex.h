// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Regular expressions through RE2: linear time in the length of the text whatever the pattern, so that neither a rule
 * nor a file from a stranger can stall the program, and exactly the dialects our rule formats were written for (Falco's
 * `regex` operator is RE2 in POSIX syntax, gitleaks' is Go's regexp package, a port of RE2). See docs/decisions/regex.md.
 */
#include "base/error.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

enum regex_syntax {
    REGEX_GO,    /* Go regexp / RE2 defaults: Perl classes, leftmost-first */
    REGEX_POSIX, /* RE2 with posix_syntax and longest match (RE2::POSIX): what Falco's `regex` operator uses */
};

struct regex;
/*
 * Compiles; a pattern whose program would take more than `max_bytes` of memory is refused (0: 8 MiB).
 * On failure -EINVAL with RE2's message. The caller frees it with regex_free(). One regex may be used by many threads.
 */
int regex_new(struct str pattern, enum regex_syntax syntax, size_t max_bytes, struct regex **ret, struct error *err);
/*
 * The same for a pattern that regex_new() is known to take, with that many groups: it is compiled when it is first used, which
 * most of many patterns never are. Cannot fail; a pattern that is wrong after all matches nothing.
 */
struct regex *regex_later(struct str pattern, enum regex_syntax syntax, size_t max_bytes, unsigned groups);
struct regex *regex_free(struct regex *r);
DEFINE_CLEANUP(struct regex *, regex_free)
/* The pattern in RE2's own syntax. It lives as long as the regex. */
struct str regex_pattern(const struct regex *r);
/* An address within the library that compiles: cache_add_library() tells its version by it. */
const void *regex_library(void);
/* Number of capturing groups, the whole match not counted. */
unsigned regex_groups(const struct regex *r);
/* Whether the whole text matches (anchored at both ends). */
bool regex_full(const struct regex *r, struct str text);
/*
 * The first match at or after `from`. Fills groups[0 … n_groups-1]: 0 is the whole match, one that took no part has
 * p == NULL. They point into `text`. `^` and `\b` see the text before `from`.
 */
bool regex_find(const struct regex *r, struct str text, size_t from, struct str *groups, unsigned n_groups);

/*
 * Whether every match holds one of the words (in lower case; the ASCII case of the text is ignored), as far as RE2's own
 * analysis of required strings can prove it; false when it cannot.
 */
bool regex_needs(const struct regex *r, const struct str *words, size_t n);

#ifdef __cplusplus
}
#endif
