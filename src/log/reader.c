// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "log/hint.h"
#include "log/reader_private.h"

enum { FOLLOWED_MAX = 1024, WAIT_NS = 200'000'000 };

int log_reader_new(const struct log_options *o, struct log_reader **ret, struct error *err)
{
    struct log_reader *r = xnew(struct log_reader);
    r->options = *o;
    event_run_init(&r->run, clock_ns(CLOCK_REALTIME) / CLOCK_SECOND * CLOCK_SECOND);
    log_unwrap_init(&r->unwrap);
    r->sum.addresses = o->addresses;
    r->sum.cases = o->cases;
    int e = log_paths(&r->paths, o->paths, o->n_paths, err);
    if (!e && o->follow && r->paths.files.n > FOLLOWED_MAX)
        e = error_set(err, -E2BIG, "%zu files cannot be followed at once; the most is %d", r->paths.files.n, FOLLOWED_MAX);
    if (e < 0) {
        log_reader_free(r);
        return e;
    }
    r->stats.raw_total = r->paths.bytes;
    *ret = r;
    return 0;
}

static void forget_shape(struct log_stream *s)
{
    csv_done(&s->csv);
    prefix_done(&s->prefix);
    strbuf_done(&s->head);
    partition_done(&s->partition);
    s->parquet = parquet_free(s->parquet);
    parquet_spool_done(&s->spool);
    if (s->state) {
        const struct log_format_ops *ops = log_format_ops(s->format);
        if (ops->done)
            ops->done(s->state);
        free(TAKE_PTR(s->state));
    }
}

static void close_stream(struct log_reader *r, struct log_stream *s)
{
    forget_shape(s);
    log_unknowns_add(&r->unknowns, s->file, &s->unknown);
    strbuf_done(&s->label);
    if (s->is_open) {
        r->raw_done += s->in.raw;
        r->stats.files++;
        r->stats.bad_files += s->has_trouble;
        r->stats.unread_files += s->is_unread;
        log_input_close(&s->in);
    }
    s->is_open = false;
}

struct log_reader *log_reader_free(struct log_reader *r)
{
    if (!r)
        return NULL;
    for (size_t i = 0; i < r->streams.n; i++) {
        close_stream(r, r->streams.v[i]);
        free(r->streams.v[i]);
    }
    vec_done(&r->streams);
    log_unwrap_done(&r->unwrap);
    log_sum_done(&r->sum);
    arena_done(&r->record.arena);
    strbuf_done(&r->given);
    log_unknowns_done(&r->unknowns);
    log_paths_done(&r->paths);
    free(r);
    return NULL;
}

void log_reader_stats(const struct log_reader *r, struct log_stats *ret)
{
    *ret = r->stats;
    ret->raw = r->raw_done;
    ret->unknown_records = r->unknowns.records;
    for (size_t i = 0; i < r->streams.n; i++)
        if (r->streams.v[i]->is_open)
            ret->raw += r->streams.v[i]->in.raw;
    ret->file = r->at < r->streams.n ? r->streams.v[r->at]->file : NULL;
}

const struct log_unknowns *log_reader_unknowns(struct log_reader *r)
{
    for (size_t i = 0; i < r->streams.n; i++)
        log_unknowns_add(&r->unknowns, r->streams.v[i]->file, &r->streams.v[i]->unknown);
    log_unknowns_sort(&r->unknowns);
    return &r->unknowns;
}

static struct str text_of(const struct event *e, enum field_id id)
{
    struct value v;
    return event_get(e, &(struct field_ref){.id = id}, &v) == 1 && v.type == VALUE_STRING ? v.s : STR_NULL;
}

/* As much of a text as there is room for; returns behind it. */
static char *put(char *to, const char *end, struct str s)
{
    const size_t n = str_sub(s, 0, (size_t)(end - to)).n;
    if (n)
        memcpy(to, s.p, n);
    return to + n;
}

void log_reader_name(struct log_reader *r, const struct event *event)
{
    const struct str host = text_of(event, F_LOG_HOST), provider = host.n ? STR_NULL : text_of(event, F_CLOUD_PROVIDER);
    char *to = r->run.hostname;
    const char *const end = to + sizeof(r->run.hostname) - 1;
    to = put(to, end, host);
    if (provider.n)
        to = put(put(put(to, end, provider), end, STR(":")), end, text_of(event, F_CLOUD_ACCOUNT));
    *to = 0;
}

/* ---- files ---- */

/* A member of an archive is named behind the archive. */
static void label(struct log_stream *s)
{
    if (!s->in.member)
        return;
    strbuf_clear(&s->label);
    strbuf_printf(&s->label, "%s: ", s->path);
    text_add_safe(&s->label, str_sub(str_from(s->in.member), 0, LOG_MEMBER_NAME)); /* whoever packed it chose the name */
    strbuf_pad(&s->label, 0, 1);
    s->file = s->label.p;
}

/* True: known, or nobody will ever know it. */
static bool recognise(struct log_reader *r, struct log_stream *s, bool is_end)
{
    struct str head = str_sub(log_input_bytes(&s->in), 0, LOG_HEAD);
    const bool has_mark = str_starts(head, STR("\xef\xbb\xbf")); /* of the encoding */
    label(s);
    if (parquet_is(head)) {
        s->shape = LOG_SHAPE_PARQUET;
        return true;
    }
    if (!str_trim(head).n && !is_end && head.n < LOG_HEAD)
        return false;
    if (log_records_are_json(head)) {
        s->shape = LOG_SHAPE_JSON;
        return true;
    }
    /* of a file that grows, one whole line is enough; else as much as helps */
    if (!is_end && head.n < LOG_HEAD && (!r->options.follow || !memchr(head.p, '\n', head.n)))
        return false;
    if (csv_is(head)) {
        s->shape = LOG_SHAPE_CSV;
        return true;
    }
    head = str_sub(head, has_mark ? 3 : 0, head.n);
    enum log_format f = log_format_sniff(head);
    if (f != LOG_FORMAT__NONE || prefix_is(head))
        log_input_consume(&s->in, has_mark ? 3 : 0);
    /* a time, a word and an object look like a line of syslog too, a time and a line with a level like one of an application */
    if ((f == LOG_FORMAT__NONE || f == LOG_AUTH || f == LOG_SERVERS) && prefix_is(head)) {
        s->shape = LOG_SHAPE_PREFIX;
        return true;
    }
    if (f != LOG_FORMAT__NONE) {
        s->shape = LOG_SHAPE_TEXT;
        s->format = f;
        s->state = log_format_ops(f)->state_size ? xalloc(log_format_ops(f)->state_size) : NULL;
        return true;
    }
    s->is_done = true;
    if (str_trim(head).n) {
        r->stats.unknown_files++;
        log_records_say(r, s, 0, log_hint(head), true);
    }
    return true;
}

static void open_stream(struct log_reader *r, struct log_stream *s)
{
    struct error err = ERROR_NULL;
    if (log_input_open(&s->in, s->file, &err) < 0) {
        s->is_done = true;
        r->stats.bad_files++;
        r->stats.unread_files++;
        log_records_say(r, s, 0, err.text, false);
        return;
    }
    if (r->options.unpacked)
        s->in.limit = r->options.unpacked;
    s->is_open = true;
}

/* 1: a record; 0: the stream is over; -EAGAIN: nothing now. */
static int next_of(struct log_reader *r, struct log_stream *s, const struct log_record **ret)
{
    bool is_end = false, is_full = false;
    while (!s->is_done) {
        if (s->shape != LOG_SHAPE_UNKNOWN || recognise(r, s, is_end)) {
            if (s->is_done)
                break;
            const bool is_over = is_end && (!r->options.follow || s->in.archive); /* what is in an archive does not grow */
            const int e = s->shape == LOG_SHAPE_JSON   ? log_records_json(r, s, is_over, is_full, ret)
                          : s->shape == LOG_SHAPE_TEXT ? log_records_text(r, s, is_over, is_full, ret)
                          : s->shape == LOG_SHAPE_PARQUET ? log_records_table(r, s, is_end, ret)
                                                       : log_records_lifted(r, s, is_over, is_full, ret);
            if (e == 1)
                return 1;
            is_full = false;
            if (!e)
                continue;
        }
        if (is_end)
            break;
        struct error err = ERROR_NULL;
        const size_t before = s->in.end - s->in.start;
        log_unwrap_filled(&r->unwrap);
        const int e = log_input_fill(&s->in, &err);
        r->stats.bytes += e == 0 ? s->in.end - s->in.start - before : 0;
        if (e == -EAGAIN)
            return e;
        if (e == -ENOBUFS) {
            is_full = true;
            continue;
        }
        if (e < 0) {
            s->has_trouble = s->is_unread = true;
            log_records_say(r, s, 0, err.text, false);
        }
        is_end = e != 0;
    }
    s->is_done |= is_end && s->is_open && !s->in.is_file; /* who wrote into a pipe is gone */
    return r->options.follow && !s->is_done ? -EAGAIN : 0;
}

/* Of an archive: the next file in it takes the place of the one before; false when there is none. */
static bool next_member(struct log_reader *r, struct log_stream *s)
{
    struct error err = ERROR_NULL;
    if (!s->is_open || !s->in.archive)
        return false;
    const int e = log_input_next_member(&s->in, &err);
    forget_shape(s);
    log_unknowns_add(&r->unknowns, s->file, &s->unknown);
    *s = (struct log_stream){.path = s->path, .file = s->path, .in = s->in, .is_open = true,
                             .has_trouble = s->has_trouble, .is_unread = s->is_unread, .label = s->label};
    if (e < 0) {
        s->has_trouble = s->is_unread = true;
        log_records_say(r, s, 0, err.text, false);
    }
    s->is_done = e <= 0;
    return e > 0;
}

/* A file that is followed: another one has its name, or it was cut. */
static void look_after(struct log_reader *r, struct log_stream *s)
{
    struct stat st;
    if (!s->is_open || !s->in.is_file || stat(s->file, &st) < 0)
        return;
    const bool is_other = st.st_dev != s->in.dev || st.st_ino != s->in.ino;
    if (!is_other && (s->in.packing != LOG_PLAIN || (uint64_t)st.st_size >= s->in.raw))
        return;
    const char *file = s->path;
    close_stream(r, s);
    *s = (struct log_stream){.path = file, .file = file};
    open_stream(r, s);
}

static bool add_stream(struct log_reader *r)
{
    if (r->next_path == r->paths.files.n)
        return false;
    struct log_stream *s = xnew(struct log_stream);
    s->path = s->file = r->paths.files.v[r->next_path++];
    vec_add(&r->streams, s);
    open_stream(r, s);
    return true;
}

static int next_followed(struct log_reader *r, const struct log_record **ret)
{
    bool is_over = true;
    while (add_stream(r))
        ;
    for (size_t n = 0; n < r->streams.n; n++, r->at = (r->at + 1) % r->streams.n) {
        struct log_stream *s = r->streams.v[r->at];
        const int e = next_of(r, s, ret);
        if (e == 1)
            return 1;
        if (next_member(r, s))
            continue;
        look_after(r, s);
        is_over &= s->is_done && s->is_open && !s->in.is_file;
    }
    if (is_over)
        return 0;
    const struct timespec wait = {.tv_nsec = WAIT_NS};
    (void)nanosleep(&wait, NULL);
    return -EAGAIN;
}

int log_reader_next(struct log_reader *r, const struct log_record **ret)
{
    if (r->options.follow)
        return next_followed(r, ret);
    for (;;) {
        if (!r->streams.n && !add_stream(r))
            return 0;
        const int e = next_of(r, r->streams.v[0], ret);
        if (e)
            return e;
        if (next_member(r, r->streams.v[0]))
            continue;
        close_stream(r, r->streams.v[0]);
        free(r->streams.v[0]);
        vec_clear(&r->streams);
    }
}
