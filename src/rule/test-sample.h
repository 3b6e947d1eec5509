// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * For tests, fuzzers and the benchmark of the back half: an event written as text, and a condition compiled all the way.
 *
 *     "evt.type=execve; proc.name=bash; proc.aname=sh|systemd; evt.arg.mode=#511"
 *
 * Values are separated by "; ", several values of one field by '|', '#' makes a number of a dynamic field. A field whose
 * value is left out ("proc.name=") is the empty text; one that is not named is absent.
 */
#include "base/arena.h"
#include "base/strbuf.h"
#include "event/event.h"
#include "rule/check.h"
#include "rule/compile.h"
#include "rule/eval.h"
#include "rule/parser.h"

enum { SAMPLE_FACTS = 64 };

struct sample {
    struct event event; /* first */
    struct arena arena;
    struct {
        struct field_ref ref;
        struct value value;
    } facts[SAMPLE_FACTS];
    size_t n;
};

static int sample_get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    const struct sample *s = (const struct sample *)e;
    for (size_t i = 0; i < s->n; i++) {
        const struct field_ref *have = &s->facts[i].ref;
        if (have->id != ref->id || have->has_arg != ref->has_arg || (ref->has_arg && !str_eq(have->arg, ref->arg)))
            continue;
        *ret = s->facts[i].value;
        return 1;
    }
    return 0;
}

static const struct event_ops SAMPLE_OPS = {.get = sample_get};

static bool sample_value(struct sample *s, enum value_type type, struct str text, struct value *ret)
{
    const char *why;
    if (type == VALUE_DYNAMIC && text.n && text.p[0] == '#')
        return typing_number(str_sub(text, 1, text.n), ret);
    if (typing_literal(text, OP_EQ, type, &s->arena, ret, &why) < 0)
        return false;
    if (ret->type == VALUE_NET && type == VALUE_IP)
        ret->type = VALUE_IP;
    if (type == VALUE_BYTES)
        ret->type = VALUE_BYTES;
    return true;
}

/* One "field=value"; false when it cannot be. */
static bool sample_add(struct sample *s, struct str fact)
{
    const char *equals = fact.n ? memchr(fact.p, '=', fact.n) : NULL;
    struct operand o = {};
    struct typing_error e = {.is_terse = true};
    if (!equals || s->n == SAMPLE_FACTS)
        return false;
    struct str name = str_n(fact.p, (size_t)(equals - fact.p)), text = str_sub(fact, name.n + 1, fact.n);
    const char *bracket = memchr(name.p, '[', name.n);
    o.name = bracket ? str_n(name.p, (size_t)(bracket - name.p)) : name;
    o.has_arg = bracket;
    if (bracket)
        o.arg = str_sub(name, o.name.n + 1, name.n - 1);
    if (typing_operand(&o, USE_LEFT, S_ANY, &s->arena, &e) < 0)
        return false;
    if (o.ref.id == F_EVT_TYPE) {
        enum event_type t = event_type_from(text);
        if (t >= 0)
            s->event.type = t;
        return t >= 0;
    }
    typeof(&s->facts[0]) f = &s->facts[s->n++];
    f->ref = o.ref;
    const bool is_many = o.is_list || (typing_is_any(&o) && text.n && memchr(text.p, '|', text.n));
    if (!is_many)
        return sample_value(s, o.type, text, &f->value);
    struct value *v = arena_array(&s->arena, struct value, text.n + 1);
    size_t n = 0;
    struct str element;
    while (str_split(&text, '|', &element))
        if (!sample_value(s, o.type, element, &v[n++]))
            return false;
    f->value = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return true;
}

static __attribute__((__unused__)) bool sample_init(struct sample *s, const char *facts)
{
    struct str rest = str_from(facts), fact;
    *s = (struct sample){.event = {.type = EVENT_EXECVE, .num = 1, .ops = &SAMPLE_OPS}};
    while (str_split(&rest, ';', &fact)) {
        fact = str_sub(fact, fact.n && fact.p[0] == ' ', fact.n);
        if (fact.n && !sample_add(s, fact))
            return false;
    }
    return true;
}

static __attribute__((__unused__)) void sample_done(struct sample *s)
{
    arena_done(&s->arena);
}

/* Problems of a check as lines: code, offset, message, cure. */
static void sample_report(void *ctx, struct diags *diags, enum diag_code code, const struct place *place, bool in_output,
                          const char *message, const char *cure)
{
    (void)diags;
    strbuf_printf(ctx, "%s@%s%u: %s", diag_code_name(code), in_output ? "output " : "", place ? place->offset : 0, message);
    if (cure)
        strbuf_printf(ctx, " / %s", cure);
    strbuf_addc(ctx, '\n');
}

/* Parses and checks a condition; the problems (empty when there are none) go to *problems. NULL when there is an error. */
static __attribute__((__unused__)) struct ast *sample_check(const char *condition, struct rule *rule, struct arena *arena, struct strbuf *problems)
{
    struct rule_input input = {.rule = rule, .origin = {problems, sample_report}};
    struct parse_error e;
    if (parser_parse(str_from(condition), 1, arena, &input.condition, &e) < 0) {
        strbuf_printf(problems, "syntax@%zu: %.*s\n", e.offset, STR_ARG(e.message));
        return NULL;
    }
    return check_condition(&input, arena, NULL) < 0 ? NULL : input.condition;
}
