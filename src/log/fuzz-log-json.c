// SPDX-License-Identifier: Apache-2.0
/* The bytes of a file: borders, parsing, recognition, and every field of every record in every form of argument. */
#include <stdlib.h>

#include "base/strbuf.h"
#include "log/anew.h"
#include "log/audit_ecs.h"
#include "log/audit_json.h"
#include "log/coverage.h"
#include "log/entry.h"
#include "log/flows.h"
#include "log/frame.h"
#include "log/known.h"
#include "log/otel.h"
#include "log/reader.h"
#include "log/rows.h"
#include "log/unwrap.h"
#include "log/web.h"
#include "log/workspace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum field_id id, const struct value *v)
{
    const bool is_list = FIELDS[id].flags & FIELD_LIST, is_either = FIELDS[id].flags & FIELD_ANY; /* json.any: one value, or more as a list */
    if (v->type == VALUE_LIST ? (!is_list && !is_either) || !v->list.n || v->list.n > LOG_LIST_MAX : is_list || v->type != FIELDS[id].type)
        abort();
}

static void ask_all(const struct log_record *r, struct strbuf *b)
{
    static const char *const ARGS[] = {"/requestParameters/*/x", "/userIdentity", "command", "/etc*"};
    for (int id = 0; id < FIELD__N; id++) {
        const unsigned flags = FIELDS[id].flags;
        if (!(FIELDS[id].sources & S_LOGS))
            continue;
        for (uint32_t i = 0; i < 4; i++) {
            const bool has_arg = flags & FIELD_ARG_REQUIRED || (flags & FIELD_ARG_ALLOWED && i);
            struct field_ref ref = {.id = (enum field_id)id, .has_arg = has_arg, .arg_is_index = flags & FIELD_ARG_INDEX && has_arg, .index = i, .arg = str_from(ARGS[i])};
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

/* What is left out by the names of an object alone would have come to nothing. */
static void check_names(struct str text)
{
    static const struct {
        enum known_group group;
        bool (*is)(struct node root, struct strbuf *b);
    } WRITERS[] = {{KNOWN_ANEW, anew_write}, {KNOWN_OTEL, otel_write}, {KNOWN_WEB, web_write}, {KNOWN_ENTRY_MESSAGE, entry_write}, {KNOWN_ENTRY_PROGRAM, entry_write}, {KNOWN_AUDIT, audit_ecs_write}};
    static struct json_parser *parser;
    struct strbuf padded = {}, out = {};
    struct node root;
    const char *why;
    strbuf_add(&padded, text);
    strbuf_pad(&padded, 0, LOG_PADDING);
    parser = parser ? parser : json_parser_new(1 << 17);
    if (!json_parser_run(parser, str_n(padded.p, text.n), &root, &why) && node_kind(root) == NODE_OBJECT) {
        const struct known known = known_names(root);
        const bool is_held = rows_is_athena(root) || rows_is_columnar(root) || flows_is_azure(root) || otel_is(root) || workspace_is(root) || node_is(NODE(root, "detail", "findings")) || node_is(NODE(root, "data", "events"));
        for (size_t i = 0; i < ARRAY_SIZE(WRITERS); i++) {
            strbuf_clear(&out);
            if (WRITERS[i].is(root, &out) && !known_may(&known, WRITERS[i].group))
                abort();
        }
        if ((is_held && !known_may(&known, KNOWN_HELD)) || (audit_json_is(root) && !known_may(&known, KNOWN_AUDIT)))
            abort();
        for (int f = 0; f < LOG_FORMAT__N; f++)
            if (log_format_ops((enum log_format)f)->is_json && log_format_ops((enum log_format)f)->is_json(root) && !known_may_format(&known, (enum log_format)f))
                abort();
    }
    strbuf_done(&padded);
    strbuf_done(&out);
}

/* A row under its head, and all that it holds. */
static void take_row(const struct log_stream *s, struct str text)
{
    static struct log_unwrap unwrap;
    static struct log_record record;
    struct strbuf padded = {};
    const char *why;
    strbuf_add(&padded, text);
    strbuf_pad(&padded, 0, LOG_PADDING);
    arena_reset(&record.arena);
    record.values = (struct log_values){.arena = &record.arena};
    int r = log_unwrap_row(&unwrap, strbuf_str(&s->head), str_n(padded.p, text.n), log_frame_is_line(s), &record, &why);
    for (unsigned n = 0; r == 1 || (r < 0 && log_unwrap_has_more(&unwrap)); n++) {
        if (n > text.n)
            abort();
        record.values = (struct log_values){.arena = &record.arena};
        r = log_unwrap_next(&unwrap, &record, &why);
    }
    strbuf_done(&padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct log_reader *reader;
    struct error err = ERROR_NULL;
    struct log_stream s = {.file = "f"};
    struct coverage coverage = {};
    struct strbuf b = {}, bytes = {};
    if (!reader && log_reader_new(&(struct log_options){}, &reader, &err) < 0)
        abort();
    if (size < 1 << 16)
        check_names(str_n(data, size));
    strbuf_add(&bytes, str_n(data, size));
    strbuf_pad(&bytes, 0, LOG_PADDING);
    s.in = (struct log_input){.fd = -1, .buffer = bytes.p, .capacity = size, .end = size};
    for (size_t last = SIZE_MAX, still = 0; still < 4 && s.in.end > s.in.start;) {
        struct str text;
        const char *why;
        const enum log_frame f = log_frame_next(&s, true, false, &text, &why);
        if (f == LOG_FRAME_MORE)
            break;
        /* every step goes on, but for the second look at a value that may be over several lines */
        still = s.in.start == last ? still + 1 : 0;
        last = s.in.start;
        if (f != LOG_FRAME_VALUE)
            continue;
        if (log_frame_is_row(&s))
            take_row(&s, text);
        const struct log_record *r;
        const bool is_good = text.n && !log_reader_text(reader, text, &r, &err);
        if (is_good) {
            ask_all(r, &b);
            coverage_take(&coverage, r);
        }
        log_frame_done(&s, text, is_good);
        if (s.in.start == last)
            abort();
    }
    coverage_finish(&coverage);
    coverage_done(&coverage);
    strbuf_done(&s.head);
    strbuf_done(&b);
    strbuf_done(&bytes);
    return 0;
}
