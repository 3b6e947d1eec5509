// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "log/frame.h"

enum { FRAME_AGAIN = -1 }; /* something that holds records was entered or left */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == '\x1e' /* of RFC 7464 */ || c == '\0' /* left by a machine that went down */;
}

static void consume(struct log_stream *s, size_t n)
{
    log_input_consume(&s->in, n);
    s->scan = (struct json_scan){};
    s->scanned = 0;
}

static void skip_space(struct log_stream *s)
{
    const struct str b = log_input_bytes(&s->in), mark = STR("\xef\xbb\xbf");
    size_t n = 0;
    for (;;) { /* files that begin with a mark of their encoding are put one behind the other */
        if (n < b.n && is_space(b.p[n]))
            s->line += b.p[n++] == '\n';
        else if (n < b.n && b.p[n] == mark.p[0] && str_starts(str_sub(b, n, b.n), mark))
            n += mark.n;
        else
            break;
    }
    if (n)
        consume(s, n);
}

/* ---- what holds records ---- */

/* What the elements of the array at hand are. */
static enum log_holds holds(const struct log_stream *s)
{
    return s->arrays[s->n_arrays - 1].holds;
}

static void enter(struct log_stream *s, const struct log_holder *h)
{
    s->arrays[s->n_arrays].holds = h->holds;
    s->arrays[s->n_arrays++].objects = h->objects;
    strbuf_clear(&s->head);
    strbuf_add(&s->head, h->head);
    s->place = LOG_PLACE_ARRAY;
    s->n_begin = 0;
    s->is_begin_plain = false;
    consume(s, h->at);
}

static void leave(struct log_stream *s)
{
    s->n_arrays--;
    s->place = s->n_arrays ? LOG_PLACE_ARRAY : LOG_PLACE_TOP;
    s->n_begin = 0;
    s->is_begin_plain = false;
}

ptrdiff_t log_frame_holder(struct str object)
{
    bool by_name;
    struct log_holder h;
    const int r = log_holder_find(object, LOG_HOLDS_RECORDS, &h, &by_name);
    return r <= 0 ? r : h.holds == LOG_HOLDS_RECORDS && h.objects == 1 ? (ptrdiff_t)h.at : 0;
}

/* ---- after a broken record ---- */

static ptrdiff_t find_line(struct str b, size_t from)
{
    for (ptrdiff_t i; (i = str_find(b, STR("\n"), from)) >= 0; from = (size_t)i + 1)
        if ((size_t)i + 1 < b.n && (b.p[i + 1] == '{' || b.p[i + 1] == '['))
            return i + 1;
    return -1;
}

/* The next place in the window that looks like the beginning of a record; -1 when there is none. */
static ptrdiff_t find_begin(const struct log_stream *s, struct str b, size_t from)
{
    if (s->place == LOG_PLACE_ARRAY)
        return str_find(b, s->n_begin ? str_n(s->begin, s->n_begin) : STR("{"), from);
    return find_line(b, from);
}

/* False: not in what is at hand. */
static bool skip_on(struct log_stream *s, bool is_end)
{
    const struct str b = log_input_bytes(&s->in);
    const ptrdiff_t at = find_begin(s, b, 1);
    const size_t keep = is_end ? 0 : sizeof(s->begin);
    s->is_skipping = at < 0 && !is_end;
    if (at >= 0)
        consume(s, (size_t)at);
    else if (b.n > keep)
        consume(s, b.n - keep);
    return at >= 0;
}

static enum log_frame broken(struct log_stream *s, bool is_end, const char *why, const char **ret_why)
{
    *ret_why = why;
    (void)skip_on(s, is_end);
    return LOG_FRAME_BROKEN;
}

/* ---- one value ---- */

/* A line of its own, while every record so far was one. */
static enum log_frame take_line(struct log_stream *s, bool is_end, bool is_full, struct str *ret)
{
    const struct str b = log_input_bytes(&s->in);
    const char *end = memchr(b.p + s->scanned, '\n', b.n - s->scanned);
    if (!end && !is_end && !is_full) {
        s->scanned = b.n;
        return LOG_FRAME_MORE;
    }
    *ret = (struct str){b.p, end ? (size_t)(end - b.p) : b.n};
    while (ret->n > 1 && is_space(ret->p[ret->n - 1])) /* elements of an array without its brackets end in a comma */
        ret->n--;
    s->scanned = 0;
    return LOG_FRAME_VALUE;
}

static enum log_frame take_scanned(struct log_stream *s, bool is_end, bool is_full, struct str *ret, const char **ret_why)
{
    const struct str b = log_input_bytes(&s->in);
    size_t end = 0;
    const bool has_end = json_scan(&s->scan, str_sub(b, s->scanned, b.n), &end);
    const struct str seen = str_sub(b, 0, has_end ? s->scanned + end : b.n);
    /* at the left edge of a line only a record of its own begins: what goes on beyond it is not closed */
    if (s->place == LOG_PLACE_TOP && find_line(seen, 1) >= 0)
        return broken(s, is_end, N_("a record does not end before the next one begins: whoever wrote it was cut short"), ret_why);
    if (has_end) {
        *ret = seen;
        return LOG_FRAME_VALUE;
    }
    s->scanned = b.n;
    if (is_full)
        return broken(s, is_end, N_("a record is longer than 4 MiB"), ret_why);
    return is_end ? broken(s, is_end, N_("a record does not end: the file was cut short, or is still being written"), ret_why) : LOG_FRAME_MORE;
}

/* To the end of the objects whose array held the records. */
static bool leave_objects(struct log_stream *s)
{
    const struct str b = log_input_bytes(&s->in);
    size_t end;
    if (!s->scan.depth)
        s->scan.depth = s->arrays[s->n_arrays - 1].objects;
    if (json_scan(&s->scan, b, &end)) {
        consume(s, end);
        leave(s);
        return true;
    }
    log_input_consume(&s->in, b.n);
    return false;
}

bool log_frame_is_line(const struct log_stream *s)
{
    return s->place == LOG_PLACE_ARRAY && holds(s) == LOG_HOLDS_LINES;
}

bool log_frame_is_row(const struct log_stream *s)
{
    return log_frame_is_line(s) || (s->place == LOG_PLACE_ARRAY && holds(s) == LOG_HOLDS_ROWS);
}

static void note_begin(struct log_stream *s, struct str text)
{
    const char *colon = memchr(text.p, ':', text.n < sizeof(s->begin) ? text.n : sizeof(s->begin));
    /* rows begin with a value, lines with the first digit of a time */
    const size_t of_row = log_frame_is_row(s) ? (log_frame_is_line(s) ? 3 : 2) : 0;
    s->n_begin = of_row ? (of_row < text.n ? of_row : 0) : colon ? (size_t)(colon - text.p) : 0;
    memcpy(s->begin, text.p, s->n_begin);
}

/* As a record at the top did that by its first name held no others. */
static bool begins_as_before(const struct log_stream *s, struct str b)
{
    return s->is_begin_plain && b.n > s->n_begin && !memcmp(b.p, s->begin, s->n_begin) && b.p[s->n_begin] == ':';
}

bool log_frame_is_alike(struct log_stream *s)
{
    if (s->place != LOG_PLACE_TOP || s->is_pretty || s->is_skipping || s->scanned || !s->n_begin)
        return false;
    const struct str b = log_input_bytes(&s->in);
    if (b.n && b.p[0] == '\n') {
        consume(s, 1);
        s->line++;
    }
    return begins_as_before(s, log_input_bytes(&s->in));
}

/* What stands at the front holds records: FRAME_AGAIN. Else LOG_FRAME_MORE, or LOG_FRAME_VALUE, and *ret_by_name as log_holder_find() says. */
static int try_enter(struct log_stream *s, struct str b, enum log_holds of, bool is_last, bool *ret_by_name)
{
    struct log_holder h;
    *ret_by_name = false;
    if (s->n_arrays == LOG_HOLDERS)
        return LOG_FRAME_VALUE;
    const int r = log_holder_find(b, of, &h, ret_by_name);
    if (r < 0 && !is_last)
        return LOG_FRAME_MORE;
    if (r <= 0)
        return LOG_FRAME_VALUE;
    enter(s, &h);
    return FRAME_AGAIN;
}

static int at_top(struct log_stream *s, struct str b, bool is_end, bool is_full, struct str *ret, const char **ret_why)
{
    if (b.p[0] == '[') {
        enter(s, &(struct log_holder){.at = 1});
        return FRAME_AGAIN;
    }
    if (b.p[0] != '{')
        return broken(s, is_end, N_("what stands here begins no record"), ret_why);
    if (!s->scanned && !begins_as_before(s, b)) {
        bool by_name;
        const int r = try_enter(s, b, LOG_HOLDS_RECORDS, is_end || is_full, &by_name);
        if (r != LOG_FRAME_VALUE)
            return r;
        if (by_name) {
            note_begin(s, b);
            s->is_begin_plain = s->n_begin;
        }
    }
    return s->is_pretty ? take_scanned(s, is_end, is_full, ret, ret_why) : take_line(s, is_end, is_full, ret);
}

static int in_array(struct log_stream *s, struct str b, bool is_end, bool is_full, struct str *ret, const char **ret_why)
{
    if (b.p[0] == ']') {
        consume(s, 1);
        if (s->arrays[s->n_arrays - 1].objects)
            s->place = LOG_PLACE_BEHIND_ARRAY;
        else
            leave(s);
        return FRAME_AGAIN;
    }
    if (b.p[0] == '{' && !s->scanned && !log_frame_is_row(s) && !begins_as_before(s, b)) {
        bool by_name;
        const int r = try_enter(s, b, holds(s), is_end || is_full, &by_name);
        if (r != LOG_FRAME_VALUE)
            return r;
        if (by_name && !s->n_begin) {
            note_begin(s, b);
            s->is_begin_plain = s->n_begin;
        }
    }
    if (b.p[0] == '{' || b.p[0] == '[')
        return take_scanned(s, is_end, is_full, ret, ret_why);
    return broken(s, is_end, N_("an element of the array is no object"), ret_why);
}

enum log_frame log_frame_next(struct log_stream *s, bool is_end, bool is_full, struct str *ret, const char **ret_why)
{
    int r = FRAME_AGAIN;
    if (s->is_skipping && !skip_on(s, is_end))
        return LOG_FRAME_MORE;
    while (r == FRAME_AGAIN) {
        if (s->place == LOG_PLACE_BEHIND_ARRAY && !leave_objects(s))
            return LOG_FRAME_MORE;
        if (!s->scanned)
            skip_space(s);
        const struct str b = log_input_bytes(&s->in);
        if (!b.n)
            return LOG_FRAME_MORE;
        r = s->place == LOG_PLACE_ARRAY ? in_array(s, b, is_end, is_full, ret, ret_why) : at_top(s, b, is_end, is_full, ret, ret_why);
    }
    return (enum log_frame)r;
}

void log_frame_done(struct log_stream *s, struct str text, bool is_good)
{
    const bool is_line = s->place == LOG_PLACE_TOP && !s->is_pretty;
    if (is_good) {
        if (s->place == LOG_PLACE_ARRAY && !s->n_begin)
            note_begin(s, text);
        else if (s->is_pretty)
            s->is_pretty = memchr(text.p, '\n', text.n);
        consume(s, text.n);
        return;
    }
    s->is_pretty = false;
    const ptrdiff_t at = is_line ? -1 : find_begin(s, text, 1);
    consume(s, at > 0 ? (size_t)at : text.n);
}

bool log_frame_may_be_pretty(struct log_stream *s, struct str text)
{
    const struct str b = log_input_bytes(&s->in);
    size_t end = text.n; /* of the line */
    while (end < b.n && is_space(b.p[end]) && b.p[end] != '\n')
        end++;
    if (s->place != LOG_PLACE_TOP || s->is_pretty || (end + 1 < b.n && b.p[end + 1] == '{'))
        return false;
    s->is_pretty = true;
    return true;
}
