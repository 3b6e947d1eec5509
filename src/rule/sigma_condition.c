// SPDX-License-Identifier: Apache-2.0
/*
 * The condition of a Sigma rule, word by word into ours: detections are written where they are named.
 *
 *     or   := and { "or" and }
 *     and  := not { "and" not }
 *     not  := "not" not | "(" or ")" | (number | "any" | "all") "of" ("them" | pattern) | name
 */
#include <errno.h>

#include "base/glob.h"
#include "base/intl.h"
#include "rule/limits.h"
#include "rule/sigma.h"

/* ---- detections ---- */

/* Items that cost much are tried behind the others. */
static bool is_dear(struct str key)
{
    struct str rest = key, word;
    while (str_split(&rest, '|', &word))
        if (str_is(word, "re") && word.p != key.p)
            return true;
    return false;
}

enum { WITHIN_MAX = 8 }; /* maps in maps */

static int emit_map(struct sigma_work *w, const struct yaml_node *map, struct str prefix, unsigned depth);

/* One item: `a: {b: c}` is `a.b: c`. */
static int emit_entry(struct sigma_work *w, const struct yaml_node *key, const struct yaml_node *value, struct str prefix, unsigned depth)
{
    struct arena *a = &w->l.rs->load;
    struct sigma_item item = {};
    if (value->kind == YAML_MAP && key->kind == YAML_SCALAR && depth < WITHIN_MAX && !memchr(key->text.p, '|', key->text.n) && !str_is(key->text, "<<"))
        return emit_map(w, value, arena_printf(a, "%.*s%.*s.", STR_ARG(prefix), STR_ARG(key->text)), depth + 1);
    int result = sigma_item_read(w, prefix.n ? sigma_node(a, key, arena_printf(a, "%.*s%.*s", STR_ARG(prefix), STR_ARG(key->text))) : key, value, &item);
    if (!result)
        result = sigma_emit_item(w, &item, 0);
    vec_done(&item.values);
    return result;
}

static int emit_map(struct sigma_work *w, const struct yaml_node *map, struct str prefix, unsigned depth)
{
    bool is_first = true;
    if (!map->n)
        return sigma_refuse(w, map, 0, N_("write field: value"), "a detection that asks for nothing");
    sigma_emit(w, map, "(");
    for (int dear = 0; dear < 2; dear++)
        for (size_t i = 0; i + 1 < map->n; i += 2) {
            if (is_dear(map->v[i]->text) != (dear == 1))
                continue;
            if (!is_first)
                sigma_emit(w, map->v[i], " and ");
            is_first = false;
            const int result = emit_entry(w, map->v[i], map->v[i + 1], prefix, depth);
            if (result)
                return result;
        }
    sigma_emit(w, map, ")");
    return 0;
}

static int emit_keyword(struct sigma_work *w, const struct yaml_node *node)
{
    struct sigma_item item = {};
    int result = sigma_item_keyword(w, node, &item);
    if (!result)
        result = sigma_emit_item(w, &item, 0);
    vec_done(&item.values);
    return result;
}

int sigma_emit_detection(struct sigma_work *w, const struct yaml_node *name, const struct yaml_node *d)
{
    if (d->kind == YAML_MAP)
        return emit_map(w, d, STR_NULL, 0);
    if (d->kind == YAML_SCALAR)
        return yaml_is_null(d) ? sigma_refuse(w, name, 0, N_("write field: value below it"), "the detection \"%.*s\" is empty", STR_ARG(name->text))
                               : emit_keyword(w, d);
    if (!d->n)
        return sigma_refuse(w, name, 0, N_("write field: value below it"), "the detection \"%.*s\" is empty", STR_ARG(name->text));
    sigma_emit(w, d, "(");
    for (size_t i = 0; i < d->n; i++) {
        if (i)
            sigma_emit(w, d->v[i], " or ");
        if (sigma_emit_detection(w, name, d->v[i]))
            return -EINVAL;
    }
    sigma_emit(w, d, ")");
    return 0;
}

/* ---- conditions ---- */

struct parser {
    struct sigma_work *w;
    const struct yaml_node *detections, *node;
    struct str text;
    size_t at;
    unsigned depth;
};

#define refuse_at(p, at, cure, ...) sigma_refuse((p)->w, (p)->node, (at), (cure), __VA_ARGS__)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->text.n && is_blank(p->text.p[p->at]))
        p->at++;
}

/* The word at the cursor: a parenthesis, a bar, or letters up to the next of them; empty at the end. */
static struct str peek(struct parser *p)
{
    skip_blanks(p);
    size_t end = p->at;
    if (end < p->text.n && memchr("()|", p->text.p[end], 3))
        return str_sub(p->text, end, end + 1);
    while (end < p->text.n && !is_blank(p->text.p[end]) && !memchr("()|", p->text.p[end], 3))
        end++;
    return str_sub(p->text, p->at, end);
}

static bool take(struct parser *p, const char *word)
{
    const struct str s = peek(p);
    if (!str_eq_nocase(s, str_from(word)))
        return false;
    p->at += s.n;
    return true;
}

static int emit_or(struct parser *p);

/* `_` before a name takes it out of `them`; the condition is none of the detections. */
static bool is_meant(struct str pattern, const struct yaml_node *name)
{
    if (name->kind != YAML_SCALAR || str_is(name->text, "condition") || str_is(name->text, "timeframe"))
        return false;
    if (str_eq_nocase(pattern, STR("them")))
        return !str_starts(name->text, STR("_"));
    return glob_match(pattern, name->text, false);
}

/* Every way to choose so many of the detections that are meant: (a and b) or (a and c) or (b and c). */
static int emit_some(struct parser *p, struct str pattern, size_t at, uint64_t least)
{
    enum { MOST = 16, WAYS = 64 };
    size_t meant[MOST], n = 0, ways = 0;
    for (size_t i = 0; i + 1 < p->detections->n; i += 2)
        if (is_meant(pattern, p->detections->v[i])) {
            if (n == MOST)
                return refuse_at(p, at, N_("write the ways out"), "\"of\" has too many detections to choose from");
            meant[n++] = i;
        }
    if (least > n)
        return refuse_at(p, at, N_("check the names of the detections"), "there are fewer detections than the condition asks for");
    for (uint32_t set = 0; set < UINT32_C(1) << n; set++) {
        if ((uint64_t)__builtin_popcount(set) != least)
            continue;
        if (ways++ == WAYS)
            return refuse_at(p, at, N_("write the ways out"), "\"of\" has too many detections to choose from");
        sigma_emit(p->w, p->node, ways > 1 ? " or (" : "(");
        bool is_first = true;
        for (size_t i = 0; i < n; i++) {
            if (!(set >> i & 1))
                continue;
            if (!is_first)
                sigma_emit(p->w, p->node, " and ");
            is_first = false;
            if (sigma_emit_detection(p->w, p->detections->v[meant[i]], p->detections->v[meant[i] + 1]))
                return -EINVAL;
        }
        sigma_emit(p->w, p->node, ")");
    }
    return 0;
}

/* `least`: so many of them; 0: all. */
static int emit_of(struct parser *p, uint64_t least)
{
    const struct str pattern = peek(p);
    const size_t at = p->at;
    const bool is_all = !least;
    bool is_first = true;
    if (!pattern.n || memchr("()|", pattern.p[0], 3) || memchr(pattern.p, '[', pattern.n) || memchr(pattern.p, '\\', pattern.n))
        return refuse_at(p, at, N_("write 1 of them, or 1 of selection_*"), "\"of\" names no detections");
    p->at += pattern.n;
    sigma_emit(p->w, p->node, "(");
    if (least > 1) {
        const int result = emit_some(p, pattern, at, least);
        sigma_emit(p->w, p->node, ")");
        return result;
    }
    for (size_t i = 0; i + 1 < p->detections->n; i += 2) {
        if (!is_meant(pattern, p->detections->v[i]))
            continue;
        if (!is_first)
            sigma_emit(p->w, p->node, is_all ? " and " : " or ");
        is_first = false;
        if (sigma_emit_detection(p->w, p->detections->v[i], p->detections->v[i + 1]))
            return -EINVAL;
    }
    sigma_emit(p->w, p->node, ")");
    if (is_first)
        return refuse_at(p, at, N_("check the names of the detections"), "no detection is meant by \"%.*s\"", STR_ARG(pattern));
    return 0;
}

static int emit_name(struct parser *p, struct str name)
{
    const size_t at = p->at;
    for (size_t i = 0; i + 1 < p->detections->n; i += 2)
        if (p->detections->v[i]->kind == YAML_SCALAR && str_eq(p->detections->v[i]->text, name) && !str_is(name, "condition") &&
            !str_is(name, "timeframe")) {
            p->at += name.n;
            return sigma_emit_detection(p->w, p->detections->v[i], p->detections->v[i + 1]);
        }
    return refuse_at(p, at, N_("name one of the detections, or write 1 of NAME*"), "there is no detection \"%.*s\"", STR_ARG(name));
}

static int emit_not(struct parser *p)
{
    const struct str word = peek(p);
    const size_t at = p->at;
    int result;
    if (!word.n || str_is(word, ")") || str_is(word, "|") || str_eq_nocase(word, STR("and")) || str_eq_nocase(word, STR("or")))
        return refuse_at(p, at < p->text.n ? at : p->text.n - (p->text.n > 0), N_("write the name of a detection here"), "something is missing in the condition");
    if (++p->depth > SIGMA_DEPTH_MAX)
        return refuse_at(p, at, N_("write it flatter"), "the condition is nested more than %d deep", SIGMA_DEPTH_MAX);
    if (take(p, "not")) {
        sigma_emit(p->w, p->node, "not (");
        result = emit_not(p);
        sigma_emit(p->w, p->node, ")");
    } else if (take(p, "(")) {
        sigma_emit(p->w, p->node, "(");
        result = emit_or(p);
        sigma_emit(p->w, p->node, ")");
        if (!result && !take(p, ")"))
            result = refuse_at(p, at, N_("put ) behind it"), "this parenthesis is never closed");
    } else {
        struct parser look = *p;
        look.at += word.n;
        const bool is_all = str_eq_nocase(word, STR("all"));
        uint64_t least = is_all ? 0 : 1;
        if (take(&look, "of") && (is_all || str_eq_nocase(word, STR("any")) || (str_to_u64(word, &least) && least))) {
            p->at = look.at;
            result = emit_of(p, least);
        } else {
            result = emit_name(p, word);
        }
    }
    p->depth--;
    return result;
}

static int emit_and(struct parser *p)
{
    int result = emit_not(p);
    while (!result && take(p, "and")) {
        sigma_emit(p->w, p->node, " and ");
        result = emit_not(p);
    }
    return result;
}

static int emit_or(struct parser *p)
{
    sigma_emit(p->w, p->node, "(");
    int result = emit_and(p);
    while (!result && take(p, "or")) {
        sigma_emit(p->w, p->node, ") or (");
        result = emit_and(p);
    }
    sigma_emit(p->w, p->node, ")");
    return result;
}

static int emit_condition(struct sigma_work *w, const struct yaml_node *detections, const struct yaml_node *node)
{
    struct parser p = {.w = w, .detections = detections, .node = node, .text = node->text};
    if (node->kind != YAML_SCALAR || yaml_is_null(node))
        return sigma_refuse(w, node, 0, N_("write condition: selection"), "the condition is no text");
    if (node->text.n > SIGMA_CONDITION_BYTES)
        return sigma_refuse(w, node, 0, N_("name detections by a pattern"), "a condition of more than %d bytes", SIGMA_CONDITION_BYTES);
    if (emit_or(&p))
        return -EINVAL;
    const bool is_count = str_is(peek(&p), "|") && str_starts(str_trim(str_sub(p.text, p.at + 1, p.text.n)), STR("count"));
    if (is_count && !yaml_get(detections, "timeframe"))
        return sigma_refuse(w, node, p.at, N_("write beside the condition within which time so many count: timeframe: 15m"), "the count behind | has no timeframe");
    if (str_is(peek(&p), "|"))
        return sigma_refuse(w, node, p.at, N_("count() by FIELD > NUMBER with timeframe: beside it is taken; for others write a correlation: type event_count, value_count or temporal"),
                            "this aggregation behind | is not supported");
    if (peek(&p).n)
        return sigma_refuse(w, node, p.at, N_("put and, or or not before it"), "\"%.*s\" stands where the condition should end", STR_ARG(peek(&p)));
    return 0;
}

int sigma_emit_conditions(struct sigma_work *w, const struct yaml_node *detections, const struct yaml_node *condition)
{
    if (condition->kind != YAML_SEQUENCE)
        return emit_condition(w, detections, condition);
    if (!condition->n)
        return sigma_refuse(w, condition, 0, N_("write condition: selection"), "the condition is no text");
    for (size_t i = 0; i < condition->n; i++) {
        if (i)
            sigma_emit(w, condition, " or ");
        if (emit_condition(w, detections, condition->v[i]))
            return -EINVAL;
    }
    return 0;
}
