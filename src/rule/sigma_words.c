// SPDX-License-Identifier: Apache-2.0
/*
 * The condition of a correlation in words: a and (b or c), 2 of them.
 *
 *     or   := and { "or" and }
 *     and  := one { "and" one }
 *     one  := "(" or ")" | ("1" | "any" | "all") "of" ("them" | pattern) | name
 *
 * A correlation of ours asks for steps, each of which is one of several rules. So a condition is written out until it is a row of such steps (`and` between them, `or` within); one in which a
 * rule would have to count for two steps is refused, because a match counts for one.
 */
#include <errno.h>

#include "base/glob.h"
#include "base/intl.h"
#include "rule/sigma.h"

_Static_assert(SIGMA_WORDS_STEPS <= 32, "a bit for each rule");

struct steps {
    uint32_t v[SIGMA_WORDS_STEPS];
    size_t n;
};

struct words {
    struct sigma_work *w;
    const struct yaml_node *node;
    const struct sigma_words_names *names;
    size_t at;
    unsigned depth;
};

#define CURE N_("write a and b, (a or b) and c, 2 of them, or condition: {gte: 2}")

static int refuse(struct words *p, size_t at)
{
    return sigma_refuse(p->w, p->node, at, CURE, "this condition of a correlation in words is not supported");
}

/* A parenthesis, or letters up to a blank or the next of them; empty at the end. */
static struct str peek(struct words *p)
{
    const struct str text = p->node->text;
    while (p->at < text.n && strchr(" \t\r\n", text.p[p->at]))
        p->at++;
    size_t end = p->at;
    if (end < text.n && strchr("()", text.p[end]))
        return str_sub(text, end, end + 1);
    while (end < text.n && !strchr(" \t\r\n()", text.p[end]))
        end++;
    return str_sub(text, p->at, end);
}

static bool take(struct words *p, const char *word)
{
    const struct str s = peek(p);
    if (!str_eq_nocase(s, str_from(word)))
        return false;
    p->at += s.n;
    return true;
}

/* One step more, unless another one that is there already asks for less; those that ask for less than it go. False: there are too many. */
static bool add(struct steps *s, uint32_t step)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if ((s->v[i] & step) == s->v[i])
            return true;
    for (size_t i = 0; i < s->n; i++)
        if ((s->v[i] & step) != step)
            s->v[n++] = s->v[i];
    s->n = n;
    if (s->n == SIGMA_WORDS_STEPS)
        return false;
    s->v[s->n++] = step;
    return true;
}

/* What each of two conditions asks for, both or one of them. */
static bool join(struct steps *a, const struct steps *b, bool is_and)
{
    struct steps r = {};
    bool fits = true;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; !is_and && j < b->n; j++)
            fits &= add(&r, a->v[i] | b->v[j]);
    for (size_t i = 0; is_and && i < a->n; i++)
        fits &= add(&r, a->v[i]);
    for (size_t i = 0; is_and && i < b->n; i++)
        fits &= add(&r, b->v[i]);
    *a = r;
    return fits;
}

static int read_or(struct words *p, struct steps *ret);

/* The rules that are meant behind "of". */
static int read_meant(struct words *p, uint32_t *ret)
{
    const struct str pattern = peek(p);
    const size_t at = p->at;
    *ret = 0;
    if (!pattern.n || strchr("()", pattern.p[0]) || memchr(pattern.p, '[', pattern.n) || memchr(pattern.p, '\\', pattern.n))
        return refuse(p, at);
    for (size_t i = 0; i < p->names->n; i++)
        for (size_t j = 0; j < ARRAY_SIZE(p->names->v[i]); j++)
            if (str_eq_nocase(pattern, STR("them")) || (p->names->v[i][j].n && glob_match(pattern, p->names->v[i][j], false)))
                *ret |= UINT32_C(1) << i;
    p->at += pattern.n;
    return *ret ? 0 : sigma_refuse(p->w, p->node, at, CURE, "the condition names \"%.*s\", which is none of the rules of the correlation", STR_ARG(pattern));
}

static int read_one(struct words *p, struct steps *ret)
{
    enum { DEEPEST = 32 };
    const struct str word = peek(p);
    const size_t at = p->at;
    uint32_t meant;
    *ret = (struct steps){};
    if (p->depth == DEEPEST)
        return refuse(p, at);
    if (take(p, "(")) {
        p->depth++;
        if (read_or(p, ret))
            return -EINVAL;
        p->depth--;
        return take(p, ")") ? 0 : refuse(p, at);
    }
    if (str_eq_nocase(word, STR("not")))
        return sigma_refuse(p->w, p->node, at, N_("take it away: a correlation tells of what happened, and not of what did not within a time"), "this condition of a correlation has a \"not\"");
    const bool is_any = str_is(word, "1") || str_eq_nocase(word, STR("any")), is_all = str_eq_nocase(word, STR("all"));
    if (is_any || is_all) {
        struct words look = *p;
        look.at += word.n;
        if (take(&look, "of")) {
            p->at = look.at;
            if (read_meant(p, &meant))
                return -EINVAL;
            for (uint32_t i = 0; is_all && i < 32; i++)
                if (meant >> i & 1)
                    (void)add(ret, UINT32_C(1) << i);
            return is_all || add(ret, meant) ? 0 : refuse(p, at);
        }
    }
    for (size_t i = 0; i < p->names->n; i++)
        for (size_t j = 0; j < ARRAY_SIZE(p->names->v[i]); j++)
            if (word.n && str_eq(word, p->names->v[i][j])) {
                p->at += word.n;
                (void)add(ret, UINT32_C(1) << i);
                return 0;
            }
    if (!word.n || strchr("()", word.p[0]))
        return refuse(p, at < p->node->text.n ? at : 0);
    return sigma_refuse(p->w, p->node, at, CURE, "the condition names \"%.*s\", which is none of the rules of the correlation", STR_ARG(word));
}

static int read_row(struct words *p, struct steps *ret, bool is_and)
{
    struct steps more;
    int result = is_and ? read_one(p, ret) : read_row(p, ret, true);
    while (!result && take(p, is_and ? "and" : "or")) {
        result = is_and ? read_one(p, &more) : read_row(p, &more, true);
        if (!result && !join(ret, &more, is_and))
            result = refuse(p, 0);
    }
    return result;
}

static int read_or(struct words *p, struct steps *ret)
{
    return read_row(p, ret, false);
}

/* "2 of them", and nothing else: true. */
static bool read_number(struct words *p, uint64_t *ret)
{
    struct words look = *p;
    const struct str word = peek(&look);
    if (!str_to_u64(word, ret) || *ret < 2)
        return false;
    look.at += word.n;
    if (!take(&look, "of"))
        return false;
    p->at = look.at;
    return true;
}

int sigma_words_read(struct sigma_work *w, const struct yaml_node *node, const struct sigma_words_names *names, struct sigma_words *ret)
{
    struct words p = {.w = w, .node = node, .names = names};
    struct steps steps = {};
    uint32_t meant, seen = 0;
    uint64_t least = 0;
    *ret = (struct sigma_words){};
    if (node->text.n > SIGMA_WORDS_BYTES)
        return refuse(&p, 0);
    if (read_number(&p, &least)) {
        (void)peek(&p);
        const size_t at = p.at;
        if (read_meant(&p, &meant))
            return -EINVAL;
        for (uint32_t i = 0; i < 32; i++)
            if (meant >> i & 1)
                (void)add(&steps, UINT32_C(1) << i);
        if (least > steps.n)
            return sigma_refuse(w, node, at, CURE, "there are fewer rules than the condition asks for");
    } else if (read_or(&p, &steps)) {
        return -EINVAL;
    }
    if (peek(&p).n)
        return refuse(&p, p.at);
    for (size_t i = 0; i < steps.n; i++) {
        if (seen & steps.v[i])
            return sigma_refuse(w, node, 0, N_("write one correlation for each of its cases"), "a rule would have to count twice in this condition of a correlation");
        seen |= steps.v[i];
    }
    /* in the order of the rules, of a step the first one */
    for (uint32_t i = 0; i < 32; i++)
        for (size_t j = 0; j < steps.n; j++)
            if (steps.v[j] >> i & 1 && !(steps.v[j] & ((UINT32_C(1) << i) - 1)))
                ret->steps[ret->n++] = steps.v[j];
    ret->least = least > 1 ? (unsigned)least : 0;
    return 0;
}
