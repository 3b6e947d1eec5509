// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a leaf needs to judge fast: sets, path trees, compiled expressions, and the groups that judge all leaves over one
 * operand at once.
 */
#include "rule/program.h"

/*
 * From how many needles on one automaton pass is cheaper than searching one by one. Instructions that callgrind counts for
 * `rule-eval -n 20` with upstream's 25 stable rules: 1: 7.90 M, 2: 7.89 M, 3: 7.68 M, 4: 7.70 M, 8: 7.87 M, never: 7.90 M.
 */
enum { AUTOMATON_NEEDLES_MIN = 3 };

/* Builds what leaf `id` of a verified program needs for itself. -EINVAL when an expression does not compile. */
int matcher_init(struct program *p, uint32_t id, size_t *n_regexes, struct error *err);
/* Puts leaves into groups, builds their tables, and the sets of `in` that no group covers. */
void matcher_group(struct program *p);
void matcher_done(struct program *p);
/*
 * The bytes of a scalar that are equal exactly when two values of one type are; numbers are copied to room[8]. Values of
 * addresses and floating-point numbers have none: false.
 */
bool matcher_key(const struct value *v, char room[8], struct str *ret);
/* The longest text whose lower case is looked up in a table. */
enum { MATCHER_FOLD_BYTES = 256 };
/* The lower case (ASCII) of a text of at most MATCHER_FOLD_BYTES. */
static inline struct str matcher_fold(struct str s, char room[MATCHER_FOLD_BYTES])
{
    for (size_t i = 0; i < s.n; i++)
        room[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
    return str_n(room, s.n);
}
/* A byte of a key that tells most others apart, texts and numbers alike: looked at before a hash is worth it. */
static inline unsigned matcher_mark(struct str key)
{
    return key.n ? (uint8_t)(key.p[0] ^ key.p[key.n - 1]) : 0;
}
/* The bit of a key's length; all long ones share the last. */
static inline uint64_t matcher_length(struct str key)
{
    return 1ULL << (key.n < 63 ? key.n : 63);
}
