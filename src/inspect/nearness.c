// SPDX-License-Identifier: Apache-2.0
#include "inspect/nearness.h"

#include <stdlib.h>

#include "base/cleanup.h"

enum {
    NAME_MAX_BYTES = 64,
    EDIT_MIN = 5,      /* shorter names are neighbours of too many words: php, node, ruby, rust */
    EDIT_TWO_MIN = 10, /* two slips only where a chance neighbour is unlikely */
    WORDS_MAX = 8,
};

const char *nearness_name(enum nearness n)
{
    static const char *const names[NEARNESS__N] = {"homoglyph", "separator", "order", "affix", "edit"};
    return n < NEARNESS__N ? names[n] : "none";
}

static bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

unsigned edit_distance(struct str a, struct str b)
{
    unsigned rows[3][NAME_MAX_BYTES + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.n; j++)
        above[j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.n; j++) {
            unsigned best = above[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b.n];
}

/* What the eye keeps of a name; returns its length. */
static size_t skeleton(struct str s, char *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;
        if (c == 'r' && next == 'n') {
            c = 'm';
            i++;
        } else if (c == 'v' && next == 'v') {
            c = 'w';
            i++;
        } else if (c == '0') {
            c = 'o';
        } else if (c == '1' || c == 'i') {
            c = 'l';
        } else if (c == '3') {
            c = 'e';
        } else if (c == '5') {
            c = 's';
        } else if (c == '4') {
            c = 'a';
        }
        ret[n++] = c;
    }
    return n;
}

static bool is_homoglyph(struct str a, struct str b)
{
    char x[NAME_MAX_BYTES], y[NAME_MAX_BYTES];
    size_t n = skeleton(a, x), m = skeleton(b, y);
    return n == m && !memcmp(x, y, n);
}

static bool is_separator_change(struct str a, struct str b)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a.n && is_separator(a.p[i]))
            i++;
        while (j < b.n && is_separator(b.p[j]))
            j++;
        if (i == a.n || j == b.n)
            return i == a.n && j == b.n;
        if (a.p[i++] != b.p[j++])
            return false;
    }
}

static size_t split_words(struct str s, struct str *words)
{
    size_t n = 0, from = 0;
    for (size_t i = 0; i <= s.n; i++) {
        if (i < s.n && !is_separator(s.p[i]))
            continue;
        if (n == WORDS_MAX)
            return 0;
        words[n++] = str_sub(s, from, i);
        from = i + 1;
    }
    return n;
}

static int compare_words(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool is_reordered(struct str a, struct str b)
{
    struct str x[WORDS_MAX], y[WORDS_MAX];
    size_t n = split_words(a, x), m = split_words(b, y);
    if (n < 2 || n != m)
        return false;
    qsort(x, n, sizeof(*x), compare_words);
    qsort(y, m, sizeof(*y), compare_words);
    for (size_t i = 0; i < n; i++)
        if (!str_eq(x[i], y[i]))
            return false;
    return true;
}

/* Additions that say nothing about what was changed; words such as -exporter or -backup name another thing.
 */
static bool is_empty_addition(struct str s)
{
    static const char *const words[] = {"base",   "official", "image", "docker", "latest", "original",
                                        "stable", "real",     "new",   "safe",   "clean",  "lts"};
    while (s.n && is_separator(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n && is_separator(s.p[s.n - 1]))
        s = str_sub(s, 0, s.n - 1);
    bool digits = s.n > 0 && s.n <= 2;
    for (size_t i = 0; i < s.n; i++)
        digits &= s.p[i] >= '0' && s.p[i] <= '9';
    if (digits || !s.n)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_is(s, words[i]))
            return true;
    return false;
}

static bool is_affixed(struct str name, struct str official)
{
    if (official.n < 3)
        return false;
    if (str_starts(name, official))
        return is_empty_addition(str_sub(name, official.n, name.n));
    return str_ends(name, official) && is_empty_addition(str_sub(name, 0, name.n - official.n));
}

static bool is_slip(struct str name, struct str official)
{
    size_t shorter = name.n < official.n ? name.n : official.n;
    unsigned allowed = shorter >= EDIT_TWO_MIN ? 2 : shorter >= EDIT_MIN ? 1 : 0;
    size_t gap = name.n > official.n ? name.n - official.n : official.n - name.n;
    return allowed && gap <= allowed && edit_distance(name, official) <= allowed;
}

enum nearness nearness(struct str name, struct str official)
{
    if (name.n > NAME_MAX_BYTES || official.n > NAME_MAX_BYTES || !name.n || !official.n ||
        str_eq(name, official))
        return NEARNESS__N;
    if (is_homoglyph(name, official))
        return NEARNESS_HOMOGLYPH;
    if (is_separator_change(name, official))
        return NEARNESS_SEPARATOR;
    if (is_reordered(name, official))
        return NEARNESS_ORDER;
    if (is_affixed(name, official))
        return NEARNESS_AFFIX;
    return is_slip(name, official) ? NEARNESS_EDIT : NEARNESS__N;
}
