// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "rule/check.h"
#include "rule/format.h"
#include "rule/limits.h"
#include "rule/parser.h"
#include "rule/program.h"

enum { WIDTH_MAX = 4096 };

struct parser {
    const struct format_parser *how;
    struct str s;
    size_t at;
    bool has_error;
    size_t n_problems;
};

static void problem(struct parser *p, size_t at, enum format_problem kind, struct str message,
                    struct str cure)
{
    p->has_error |= kind != FORMAT_WARNING;
    p->n_problems++;
    p->how->on_problem(p->how->ctx, (uint32_t)at, kind, message, cure);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Letters, digits, underscores, and dots between them: a dot at the end belongs to the sentence. */
static struct str take_name(struct parser *p)
{
    size_t from = p->at;
    while (p->at < p->s.n && (is_name_char(p->s.p[p->at]) || (p->s.p[p->at] == '.' && p->at + 1 < p->s.n &&
                                                              is_name_char(p->s.p[p->at + 1]))))
        p->at++;
    return str_sub(p->s, from, p->at);
}

static char peek(const struct parser *p)
{
    return p->at < p->s.n ? p->s.p[p->at] : '\0';
}

static void skip_blanks(struct parser *p)
{
    while (peek(p) == ' ')
        p->at++;
}

/* [argument], with or without quotes. False when the bracket is not closed. */
static bool take_argument(struct parser *p, struct operand *o)
{
    if (peek(p) != '[')
        return true;
    const char quote =
        p->at + 1 < p->s.n && (p->s.p[p->at + 1] == '"' || p->s.p[p->at + 1] == '\'') ? p->s.p[p->at + 1] : 0;
    size_t from = p->at + 1 + (quote != 0), to = from;
    while (to < p->s.n && p->s.p[to] != (quote ? quote : ']'))
        to++;
    p->at = to + 1 + (quote != 0);
    if (p->at > p->s.n || p->s.p[p->at - 1] != ']')
        return false;
    o->has_arg = true;
    o->arg = str_sub(p->s, from, to);
    return true;
}

static enum transformer transformer_from(struct str name)
{
    for (int t = TR_VAL + 1; t < TR__N; t++)
        if (str_is(name, transformer_name((enum transformer)t)))
            return (enum transformer)t;
    return TR_NONE;
}

static struct operand *take_operand(struct parser *p, unsigned depth);

/* The operands between the parentheses of a transformer; NULL reason when all is well. */
static const char *take_arguments(struct parser *p, struct operand *o, unsigned depth)
{
    struct operand *args[TYPING_ARGS_MAX];
    bool in_elements = false; /* of join(separator, (a, b)): they follow the separator */
    p->at++;
    do {
        if (o->n_args == TYPING_ARGS_MAX)
            return N_("too many arguments");
        skip_blanks(p);
        if (o->transformer == TR_JOIN && peek(p) == '(' && !in_elements && o->n_args == 1) {
            in_elements = true;
            p->at++;
            skip_blanks(p);
            if (peek(p) == ')')
                break;
        }
        struct operand *arg = take_operand(p, depth + 1);
        if (!arg)
            return N_("a field or a text in quotes is missing");
        args[o->n_args++] = arg;
        skip_blanks(p);
    } while (peek(p) == ',' && ++p->at);
    if (in_elements) {
        if (peek(p) != ')')
            return N_("\")\" is missing");
        p->at++;
        skip_blanks(p);
    }
    if (peek(p) != ')')
        return N_("\")\" is missing");
    p->at++;
    o->has_elements = in_elements;
    if (o->transformer == TR_JOIN && !in_elements && o->n_args != 2)
        return N_("join() takes a separator and a list");
    o->args = arena_array(p->how->arena, struct operand *, o->n_args);
    memcpy(o->args, args, o->n_args * sizeof(*args));
    return NULL;
}

/* A field, transformer or quoted text; NULL when there is none or it is not finished. */
static struct operand *take_operand(struct parser *p, unsigned depth)
{
    struct operand *o = arena_new(p->how->arena, struct operand);
    o->place.offset = (uint32_t)p->at;
    if (depth > TYPING_DEPTH_MAX)
        return NULL;
    if (depth > 1 && (peek(p) == '"' || peek(p) == '\'')) {
        ptrdiff_t end = str_find(p->s, str_n(p->s.p + p->at, 1), p->at + 1);
        if (end < 0)
            return NULL;
        o->is_literal = true;
        o->literal = str_sub(p->s, p->at + 1, (size_t)end);
        p->at = (size_t)end + 1;
        return o;
    }
    struct str name = take_name(p);
    o->transformer = peek(p) == '(' ? transformer_from(name) : TR_NONE;
    if (!name.n)
        return NULL;
    if (o->transformer == TR_NONE)
        o->name = name;
    else if (take_arguments(p, o, depth))
        return NULL;
    return take_argument(p, o) ? o : NULL;
}

static bool take_field(struct parser *p, struct format_part *ret)
{
    const size_t start = p->at;
    uint64_t width = 0;
    for (p->at++; peek(p) >= '0' && peek(p) <= '9' && width <= WIDTH_MAX; p->at++)
        width = width * 10 + (uint64_t)(peek(p) - '0');
    const size_t from = p->at;
    if (width > WIDTH_MAX) {
        problem(p, start, FORMAT_ERROR, STR(N_("the width is larger than 4096")), STR_NULL);
        return false;
    }
    struct operand *o = take_operand(p, 1);
    if (!o) {
        problem(p, start, FORMAT_ERROR, STR(N_("no field follows \"%\"")), STR(N_("write %% for a percent sign")));
        return false;
    }
    struct str name = arena_str(p->how->arena, str_sub(p->s, from, p->at));
    if (str_is(name, "container.info")) {
        problem(p, start, FORMAT_WARNING, STR(N_("\"%container.info\" is left out")),
                STR(N_("name the fields, such as %container.id")));
        return false;
    }
    struct typing_error e = {.is_terse = p->n_problems >= RULE_SUGGESTIONS};
    struct place place;
    if (check_operand(o, USE_OUTPUT, p->how->source, p->how->arena, &e, &place) < 0) {
        problem(p, place.offset, e.is_unknown_field ? FORMAT_UNKNOWN : FORMAT_ERROR, e.message, e.cure);
        return false;
    }
    *ret = (struct format_part){
        .operand = p->how->on_operand(p->how->ctx, o), .name = name, .width = (uint32_t)width};
    return true;
}

int format_parse(const struct format_parser *how, struct str output, struct format *ret)
{
    struct parser p = {.how = how, .s = arena_str(how->arena, output), .n_problems = how->n_problems};
    VEC(struct format_part) parts = {};
    if (peek(&p) == '*')
        p.at++;
    for (size_t from = p.at; from < p.s.n; from = p.at) {
        struct format_part part = {.operand = PROGRAM_NONE};
        if (p.s.p[p.at] != '%') {
            const char *next = memchr(p.s.p + p.at, '%', p.s.n - p.at);
            p.at = next ? (size_t)(next - p.s.p) : p.s.n;
            part.text = str_sub(p.s, from, p.at);
        } else if (p.at + 1 < p.s.n && p.s.p[p.at + 1] == '%') {
            part.text = str_sub(p.s, from, from + 1);
            p.at += 2;
        } else if (!take_field(&p, &part)) {
            continue;
        }
        vec_add(&parts, part);
    }
    ret->parts = arena_array(how->arena, struct format_part, parts.n);
    if (parts.n)
        memcpy(ret->parts, parts.v, parts.n * sizeof(*parts.v));
    ret->n_parts = parts.n;
    vec_done(&parts);
    return p.has_error ? -EINVAL : 0;
}

void format_add_value(struct strbuf *b, const struct value *v, bool is_any, uint32_t width)
{
    size_t start = b->n;
    if (v && is_any && v->type == VALUE_LIST) {
        for (size_t i = 0; i < v->list.n; i++) {
            if (i)
                strbuf_addc(b, ' ');
            value_add_text(b, &v->list.v[i]);
        }
    } else if (v) {
        value_add_text(b, v);
    } else {
        strbuf_adds(b, "<NA>");
    }
    if (width && b->n - start > width) {
        b->n = start + width;
        b->p[b->n] = '\0';
    } else if (width) {
        strbuf_pad(b, ' ', width - (b->n - start));
    }
}
