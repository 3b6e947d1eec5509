// SPDX-License-Identifier: Apache-2.0
/*
 * One decoder of JSON (FUZZ_FORMAT, a LOG_… of format.def) over any object, whether it would be recognised or not: every field in every form
 * of argument, and what records add up to.
 */
#include <stdlib.h>

#include "base/strbuf.h"
#include "log/known.h"
#include "log/parser.h"
#include "log/sum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum field_id id, const struct value *v)
{
    const bool is_list = FIELDS[id].flags & FIELD_LIST, is_either = FIELDS[id].flags & FIELD_ANY; /* json.any: one value, or more as a list */
    if (v->type == VALUE_LIST ? (!is_list && !is_either) || !v->list.n || v->list.n > LOG_LIST_MAX : is_list || v->type != FIELDS[id].type)
        abort();
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        if (v->list.v[i].type != FIELDS[id].type)
            abort();
    if (v->type == VALUE_PORT && v->u > UINT16_MAX)
        abort();
}

static void ask_all(const struct log_record *r, struct strbuf *b)
{
    static const char *const ARGS[] = {"/requestParameters/*/x", "/userIdentity", "command", "/etc*"};
    for (int id = 0; id < FIELD__N; id++) {
        const unsigned flags = FIELDS[id].flags;
        if (!(FIELDS[id].sources & S_LOGS))
            continue;
        for (uint32_t i = 0; i < ARRAY_SIZE(ARGS); i++) {
            const bool has_arg = flags & FIELD_ARG_REQUIRED || (flags & FIELD_ARG_ALLOWED && i);
            const struct field_ref ref = {.id = (enum field_id)id, .has_arg = has_arg, .arg_is_index = flags & FIELD_ARG_INDEX && has_arg, .index = i, .arg = str_from(ARGS[i])};
            struct value v;
            if (event_get(&r->event, &ref, &v) == 1) {
                check(ref.id, &v);
                strbuf_clear(b);
                value_add_text(b, &v);
            }
            if (!has_arg)
                break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    static struct log_state *state;
    static struct event_run run;
    static struct log_sum sum;
    static struct log_record r;
    const struct log_format_ops *ops = log_format_ops(FUZZ_FORMAT);
    const char *why;
    struct strbuf b = {};
    if (size > 1 << 16)
        return 0;
    if (!parser) {
        parser = json_parser_new(1 << 17);
        state = log_state_new();
        event_run_init(&run, 0);
    }
    strbuf_add(&b, str_n(data, size));
    strbuf_pad(&b, 0, LOG_PADDING);
    arena_reset(&r.arena);
    r = (struct log_record){.format = FUZZ_FORMAT, .ops = ops, .file = "f", .number = 1, .text = str_n(b.p, size), .arena = r.arena, .sum = &sum, .values.type = ops->type};
    r.values.arena = &r.arena;
    if (!json_parser_run(parser, r.text, &r.root, &why) && node_kind(r.root) == NODE_OBJECT) {
        struct strbuf text = {};
        const struct known known = known_names(r.root);
        if (ops->is_json(r.root) && !known_may_format(&known, FUZZ_FORMAT)) /* names that it has to have */
            abort();
        if (ops->begin)
            ops->begin(&r);
        r.event = (struct event){.type = r.values.type, .num = 1, .time_ns = r.values.time_ns, .ops = &LOG_EVENT_OPS, .run = &run};
        log_sum_take(&sum, state, NULL, &r);
        ask_all(&r, &text);
        strbuf_done(&text);
    }
    strbuf_done(&b);
    return 0;
}
