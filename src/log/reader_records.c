// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>

#include "base/intl.h"
#include "log/reader_private.h"

/* ---- troubles ---- */

void log_records_say(struct log_reader *r, const struct log_stream *s, uint64_t number, const char *why, bool is_unknown)
{
    if (r->options.say)
        r->options.say(r->options.ctx, &(struct log_trouble){.file = s->file,
                                                              .number = number,
                                                              .line = number ? s->line + 1 : 0,
                                                              .offset = s->in.offset,
                                                              .why = why,
                                                              .is_unknown = is_unknown});
}

static void say_broken(struct log_reader *r, struct log_stream *s, uint64_t offset, const char *why)
{
    r->stats.broken++;
    s->number++;
    s->has_trouble = true;
    if (s->is_told)
        return;
    s->is_told = true;
    const bool has_line = s->shape == LOG_SHAPE_TEXT || (s->place == LOG_PLACE_TOP && !s->is_pretty);
    if (r->options.say)
        r->options.say(r->options.ctx, &(struct log_trouble){.file = s->file,
                                                              .number = s->number,
                                                              .line = has_line ? s->line + 1 : 0,
                                                              .offset = offset,
                                                              .why = why});
}

static void take_unknown(struct log_reader *r, struct log_stream *s, const struct log_record *x)
{
    log_unknown_take(&s->unknown, x->root, x->number, x->line);
    if (r->options.follow && r->options.say && s->unknown.records == 1 && !s->unknown.is_known)
        r->options.say(r->options.ctx, &(struct log_trouble){.file = s->file, .number = x->number, .line = x->line, .offset = x->offset, .why = s->unknown.guess, .unknown = &s->unknown});
}

/* ---- records ---- */

static void begin_record(struct log_reader *r, const struct log_stream *s, struct str text)
{
    struct log_record *x = &r->record;
    arena_reset(&x->arena);
    x->file = s->file;
    x->number = s->number + 1;
    x->offset = s->in.offset;
    x->text = text;
    x->root = (struct node){};
    x->view = NULL;
    x->line = 0;
    x->values.arena = &x->arena;
    x->values.n = x->values.n_named = 0;
    x->values.time_ns = 0;
}

static int finish_record(struct log_reader *r, struct log_stream *s, const struct log_record **ret)
{
    struct log_record *x = &r->record;
    if (x->values.time_ns)
        r->last_ns = x->values.time_ns;
    s->number++;
    r->stats.records++;
    r->stats.formats[x->format]++;
    if (x->format == LOG_JSON)
        take_unknown(r, s, x);
    x->event = (struct event){.type = x->values.type,
                              .num = r->stats.records,
                              .time_ns = x->values.time_ns ? x->values.time_ns : r->last_ns,
                              .ops = &LOG_EVENT_OPS,
                              .run = &r->run};
    x->ops = log_format_ops(x->format);
    x->sum = &r->sum;
    log_sum_take(&r->sum, r->options.state, r->options.prices, x);
    x->event.lacks = log_sum_lacks(&r->sum);
    x->event.is_brief = log_sum_brief(&r->sum, x->event.brief);
    *ret = x;
    return 1;
}

static void begin_json(struct log_record *x)
{
    x->ops = log_format_ops(x->format);
    x->values.type = x->ops->type;
    if (x->ops->begin)
        x->ops->begin(x);
}

/* The next of several records that one value held: 1; 0: there is none. */
static int next_of_many(struct log_reader *r, struct log_stream *s, const struct log_record **ret)
{
    const char *why = NULL;
    for (;;) {
        begin_record(r, s, STR_NULL);
        const int e = log_unwrap_next(&r->unwrap, &r->record, &why);
        if (!e)
            return 0;
        if (e < 0) {
            say_broken(r, s, s->in.offset, why);
            continue;
        }
        if (node_is(r->record.root))
            begin_json(&r->record);
        return finish_record(r, s, ret);
    }
}

/* What a line holds that was parsed with others. */
static int next_ahead(struct log_reader *r, struct log_stream *s, struct str text, struct node root, const struct log_record **ret)
{
    const char *why = NULL;
    begin_record(r, s, text);
    r->record.line = s->line + 1;
    const int e = log_unwrap_node(&r->unwrap, text, root, &r->record, &why);
    if (e < 0)
        say_broken(r, s, s->in.offset, why);
    log_input_consume(&s->in, text.n + 1);
    s->line++;
    if (e == 1)
        return next_of_many(r, s, ret);
    if (e < 0)
        return 0;
    if (node_is(r->record.root))
        begin_json(&r->record);
    return finish_record(r, s, ret);
}

/* 1: a record; 0: look again; -EAGAIN: more bytes are needed. */
int log_records_json(struct log_reader *r, struct log_stream *s, bool is_end, bool is_full, const struct log_record **ret)
{
    if (log_unwrap_has_more(&r->unwrap))
        return next_of_many(r, s, ret);
    struct str text;
    struct node root;
    const char *why = NULL;
    const uint64_t offset = s->in.offset;
    if (log_frame_is_alike(s) && log_unwrap_ahead(&r->unwrap, log_input_bytes(&s->in), &text, &root))
        return next_ahead(r, s, text, root, ret);
    const enum log_frame f = log_frame_next(s, is_end, is_full, &text, &why);
    if (f == LOG_FRAME_BROKEN)
        say_broken(r, s, offset, why);
    if (f != LOG_FRAME_VALUE)
        return f == LOG_FRAME_MORE ? -EAGAIN : 0;
    begin_record(r, s, text);
    const bool is_line = s->place == LOG_PLACE_TOP && !s->is_pretty;
    if (is_line)
        r->record.line = s->line + 1;
    const bool is_row = log_frame_is_row(s);
    const int e = is_row ? log_unwrap_row(&r->unwrap, strbuf_str(&s->head), text, log_frame_is_line(s), &r->record, &why) : log_unwrap_json(&r->unwrap, text, &r->record, &why);
    if (e < 0) {
        if (is_line && e == -EINVAL && log_frame_may_be_pretty(s, text))
            return 0;
        say_broken(r, s, s->in.offset, why);
        log_frame_done(s, text, false);
        return 0;
    }
    log_frame_done(s, text, true);
    if (e == 1)
        return next_of_many(r, s, ret);
    if (node_is(r->record.root))
        begin_json(&r->record);
    return finish_record(r, s, ret);
}

static void count_lines(struct log_stream *s, struct str used)
{
    for (const char *p = used.p, *end = used.p + used.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        s->line++;
}

int log_records_text(struct log_reader *r, struct log_stream *s, bool is_end, bool is_full, const struct log_record **ret)
{
    const struct log_format_ops *ops = log_format_ops(s->format);
    const struct str b = log_input_bytes(&s->in);
    size_t used = 0;
    if (!b.n)
        return -EAGAIN;
    begin_record(r, s, b);
    r->record.format = s->format;
    r->record.values.type = ops->type;
    r->record.line = s->line + 1;
    const enum log_next got = ops->next(s->state, b, is_end || is_full, &used, &r->record.values);
    if (got == LOG_MORE && !is_end && !is_full)
        return -EAGAIN;
    if ((!used && got != LOG_RECORD) || used > b.n) /* a decoder that takes nothing would stand still, unless it has more to tell of a line */
        used = b.n;
    const struct str text = str_sub(b, 0, used);
    if (got == LOG_BROKEN || got == LOG_MORE)
        say_broken(r, s, s->in.offset, N_("a line does not have the form of the others"));
    count_lines(s, text);
    log_input_consume(&s->in, used);
    r->record.text = text;
    return got == LOG_RECORD ? finish_record(r, s, ret) : 0;
}

bool log_records_are_json(struct str head)
{
    head = str_trim(str_starts(head, STR("\xef\xbb\xbf")) ? str_sub(head, 3, head.n) : head);
    while (head.n && head.p[0] == '\x1e') /* of RFC 7464 */
        head = str_sub(head, 1, head.n);
    if (!head.n || (head.p[0] != '{' && head.p[0] != '['))
        return false;
    const struct str rest = str_trim(str_sub(head, 1, head.n));
    return !rest.n || strchr("{[\"]}", rest.p[0]);
}

/* What stands behind a prefix and is no JSON: a record of a text format, or a line as a syslog has it. */
static int finish_behind(struct log_reader *r, struct log_stream *s, uint64_t time_ns, const struct log_record **ret)
{
    struct log_record *x = &r->record;
    size_t used;
    if (!log_unwrap_text(x->text, x, &used)) {
        x->format = LOG_AUTH;
        x->values.type = EVENT_JOURNAL;
        log_set_str(&x->values, F_LOG_MESSAGE, x->text);
    }
    x->values.time_ns = x->values.time_ns ? x->values.time_ns : time_ns;
    return finish_record(r, s, ret);
}

static bool table_has(void *ctx, struct str name)
{
    const struct log_stream *s = ctx;
    return s->parquet ? parquet_has(s->parquet, name) : csv_has(&s->csv, name);
}

/* Adds to a row what the folders around its table say; those within an archive too. */
static void add_partition(struct log_reader *r, struct log_stream *s)
{
    if (!s->partition.is_known)
        partition_read(&s->partition, str_from(s->in.member ? s->in.member : s->path), table_has, s);
    partition_add(&s->partition, &r->given);
}

/* A row of a table, as JSON; what is behind the prefix of a line. */
int log_records_lifted(struct log_reader *r, struct log_stream *s, bool is_end, bool is_full, const struct log_record **ret)
{
    const struct str b = log_input_bytes(&s->in);
    const char *why = NULL;
    size_t used = 0;
    if (log_unwrap_has_more(&r->unwrap))
        return next_of_many(r, s, ret);
    if (!b.n)
        return -EAGAIN;
    uint64_t time_ns = 0;
    const bool is_csv = s->shape == LOG_SHAPE_CSV;
    const enum log_next got = is_csv ? csv_next(&s->csv, b, is_end || is_full, &used, &r->given)
                                     : prefix_next(&s->prefix, b, is_end || is_full, &used, &r->given, &time_ns);
    if (got == LOG_MORE && !is_end && !is_full)
        return -EAGAIN;
    if (is_csv && got == LOG_RECORD)
        add_partition(r, s);
    const size_t n = r->given.n;
    strbuf_pad(&r->given, 0, LOG_PADDING);
    begin_record(r, s, str_n(r->given.p, n));
    r->record.line = s->line + 1;
    const bool is_json = is_csv || log_records_are_json(r->record.text);
    const int e = got == LOG_RECORD && is_json ? log_unwrap_json(&r->unwrap, r->record.text, &r->record, &why) : 0;
    if (got == LOG_BROKEN || got == LOG_MORE || e < 0)
        say_broken(r, s, s->in.offset, e < 0  ? why
                                       : is_csv ? N_("a row has not as many columns as there are names, or no end")
                                                : N_("a line does not have the form of the others"));
    used = used ? used : b.n;
    count_lines(s, str_sub(b, 0, used));
    log_input_consume(&s->in, used);
    if (e == 1)
        return next_of_many(r, s, ret);
    if (got != LOG_RECORD || e < 0)
        return 0;
    if (!is_json)
        return finish_behind(r, s, time_ns, ret);
    if (node_is(r->record.root))
        begin_json(&r->record);
    r->record.values.time_ns = r->record.values.time_ns ? r->record.values.time_ns : time_ns;
    return finish_record(r, s, ret);
}

/* ---- tables of row groups ---- */

/* What cannot be read of a table: a record, or what `number` 0 stands for. */
static void say_table(struct log_reader *r, struct log_stream *s, uint64_t number, uint64_t row, const char *why)
{
    s->has_trouble = true;
    s->is_unread = s->is_unread || !number;
    if (r->options.say)
        r->options.say(r->options.ctx, &(struct log_trouble){.file = s->file, .number = number, .group = s->table.group, .row = row, .why = why});
}

/* The file itself when it can be sought and is no packed one; else what is put aside of it, at its end. 1: more is needed. */
static int open_table(struct log_stream *s, bool is_end, struct error *err)
{
    struct log_input *in = &s->in;
    if (in->is_file && in->packing == LOG_PLAIN && !in->archive) {
        struct stat st;
        if (fstat(in->fd, &st) < 0)
            return error_errno(err, -errno, "cannot be read");
        log_input_consume(in, in->end - in->start);
        in->size = (uint64_t)st.st_size;
        return parquet_open(in->fd, in->size, &s->parquet, err);
    }
    const struct str b = log_input_bytes(in);
    const int e = parquet_spool_add(&s->spool, b, err);
    log_input_consume(in, b.n);
    if (e < 0 || !is_end)
        return e < 0 ? e : 1;
    return parquet_open(s->spool.fd, s->spool.size, &s->parquet, err);
}

/* What the bar shows, and the statistics. */
static void note_place(struct log_reader *r, struct log_stream *s)
{
    const uint64_t unpacked = s->table.unpacked;
    parquet_place(s->parquet, &s->table);
    r->stats.bytes += s->table.unpacked - unpacked;
    if (!s->spool.fd)
        s->in.raw = s->table.read < s->in.size ? s->table.read : s->in.size;
}

/* Nothing of it is held until others are read. */
static void end_table(struct log_stream *s)
{
    s->is_done = true;
    if (!s->spool.fd)
        s->in.raw = s->in.size;
    s->parquet = parquet_free(s->parquet);
    parquet_spool_done(&s->spool);
}

int log_records_table(struct log_reader *r, struct log_stream *s, bool is_end, const struct log_record **ret)
{
    const char *why = NULL;
    if (log_unwrap_has_more(&r->unwrap))
        return next_of_many(r, s, ret);
    if (!s->parquet) {
        struct error err = ERROR_NULL;
        int e = open_table(s, is_end, &err);
        if (e > 0)
            return -EAGAIN;
        if (e < 0) {
            s->has_trouble = s->is_unread = true;
            log_records_say(r, s, 0, err.text, false);
            end_table(s);
            return 0;
        }
    }
    const int got = parquet_next(s->parquet, &r->given, &why);
    note_place(r, s);
    if (got == 2)
        say_table(r, s, 0, 0, why);
    if (!got)
        end_table(s);
    if (!got || got == 2)
        return 0;
    if (got == 1)
        add_partition(r, s);
    const size_t n = r->given.n;
    strbuf_pad(&r->given, 0, LOG_PADDING);
    begin_record(r, s, str_n(r->given.p, n));
    const int e = got < 0 ? got : log_unwrap_json(&r->unwrap, r->record.text, &r->record, &why);
    if (e < 0) {
        r->stats.broken++;
        s->number++;
        if (!s->is_told)
            say_table(r, s, s->number, s->table.row, got < 0 ? N_("a row is larger than a record may be") : why);
        s->is_told = s->has_trouble = true;
        return 0;
    }
    if (e == 1)
        return next_of_many(r, s, ret);
    if (node_is(r->record.root))
        begin_json(&r->record);
    return finish_record(r, s, ret);
}

int log_reader_text(struct log_reader *r, struct str text, const struct log_record **ret, struct error *err)
{
    struct log_stream s = {.file = "-"};
    const char *why = NULL;
    size_t used = 0;
    strbuf_clear(&r->given);
    strbuf_add(&r->given, text);
    strbuf_pad(&r->given, 0, LOG_PADDING);
    text.p = r->given.p;
    begin_record(r, &s, text);
    if (log_records_are_json(text)) {
        int e = log_unwrap_json(&r->unwrap, text, &r->record, &why);
        if (e == 1 && !(e = log_unwrap_next(&r->unwrap, &r->record, &why)))
            return error_set(err, -EINVAL, "an array without a record");
        if (e < 0)
            return error_set(err, -EINVAL, "%s", why);
        if (node_is(r->record.root))
            begin_json(&r->record);
        return finish_record(r, &s, ret) == 1 ? 0 : -EINVAL;
    }
    return log_unwrap_text(text, &r->record, &used) ? (void)finish_record(r, &s, ret), 0
                                                    : error_set(err, -EINVAL, "nobody here knows the format of this record");
}
