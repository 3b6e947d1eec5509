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
    const struct str b = log_input_bytes(&s->in);
    size_t n = 0;
    if (!s->in.offset && str_starts(b, STR("\xef\xbb\xbf")))
        n = 3;
    for (; n < b.n && is_space(b.p[n]); n++)
        s->line += b.p[n] == '\n';
    if (n)
        consume(s, n);
}

/* ---- what holds records ---- */

static bool is_one_of(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_is(name, *names))
            return true;
    return false;
}

/* Members whose array holds the records of a file. */
static const char *const HOLDERS[] = {"Records", "records", "logEvents", "items", "Items", "Events", "events", "Findings", "Messages",
                                      "findings", "Messages", "traces", "value", "entries", "results", "QueryResultRows", "receivedMessages", NULL};
/* What else may stand first in an object that has one of them. */
static const char *const BESIDE[] = {"kind", "apiVersion", "metadata", "messageType", "owner", "logGroup", "logStream", "@odata.context",
                                     "nextLink", "NextToken", "nextToken", "RequestId", "requestId", "EndTime", "StartTime", "total",
                                     "count", "meta_data", "searchedLogStreams", "ResponseMetadata", "QueryStatus", "QueryStatistics", "invocationId", "deliveryStreamArn", NULL};

/* A string at `at`: its bytes as written; false when it does not end here. */
static bool read_string(struct str b, size_t *at, struct str *ret)
{
    const size_t from = *at + 1;
    for (size_t i = from; i < b.n; i++) {
        if (b.p[i] == '\\') {
            i++;
        } else if (b.p[i] == '"') {
            *ret = str_sub(b, from, i);
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static void skip(struct str b, size_t *at)
{
    while (*at < b.n && is_space(b.p[*at]))
        ++*at;
}

/* Behind a value; false when it does not end here. */
static bool skip_value(struct str b, size_t *at, struct str *ret)
{
    size_t end;
    *ret = STR_NULL;
    if (b.p[*at] == '"')
        return read_string(b, at, ret);
    if (b.p[*at] == '{' || b.p[*at] == '[') {
        struct json_scan scan = {};
        if (!json_scan(&scan, str_sub(b, *at, b.n), &end))
            return false;
        *at += end;
        return true;
    }
    while (*at < b.n && !strchr(",}] \t\r\n", b.p[*at]))
        ++*at;
    return *at < b.n;
}

/*
 * Offset behind the [ of the array of records; 0: the object is none that holds records, *ret_by_name when its first name says so; -1: it cannot be told
 * from these bytes.
 */
static ptrdiff_t find_holder(struct str b, bool *ret_by_name)
{
    size_t at = 1;
    *ret_by_name = false;
    for (unsigned member = 0; member < LOG_ENVELOPE_KEYS; member++) {
        struct str name, value;
        skip(b, &at);
        if (at == b.n)
            return -1;
        if (b.p[at] != '"')
            return 0;
        if (!read_string(b, &at, &name))
            return b.n > LOG_HEAD ? 0 : -1;
        if (!member && !is_one_of(name, HOLDERS) && !is_one_of(name, BESIDE)) {
            *ret_by_name = true;
            return 0;
        }
        skip(b, &at);
        if (at == b.n)
            return -1;
        if (b.p[at++] != ':')
            return 0;
        skip(b, &at);
        if (at == b.n)
            return -1;
        if (b.p[at] == '[' && is_one_of(name, HOLDERS))
            return (ptrdiff_t)at + 1;
        if (!skip_value(b, &at, &value))
            return b.n > LOG_HEAD ? 0 : -1;
        /* a list of Kubernetes; a record of it is of another kind */
        if (str_is(name, "kind") && !str_ends(value, STR("List")))
            return 0;
    }
    return 0;
}

ptrdiff_t log_frame_holder(struct str object)
{
    bool by_name;
    return find_holder(object, &by_name);
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

/* To the end of the object whose array held the records. */
static bool leave_object(struct log_stream *s)
{
    const struct str b = log_input_bytes(&s->in);
    size_t end;
    if (!s->scanned && !s->scan.depth)
        s->scan.depth = 1;
    if (json_scan(&s->scan, b, &end)) {
        consume(s, end);
        s->place = LOG_PLACE_TOP;
        return true;
    }
    log_input_consume(&s->in, b.n);
    return false;
}

static void note_begin(struct log_stream *s, struct str text)
{
    const char *colon = memchr(text.p, ':', text.n < sizeof(s->begin) ? text.n : sizeof(s->begin));
    s->n_begin = colon ? (size_t)(colon - text.p) : 0;
    memcpy(s->begin, text.p, s->n_begin);
}

/* As a record at the top did that by its first name held no others. */
static bool begins_as_before(const struct log_stream *s, struct str b)
{
    return s->n_begin && b.n > s->n_begin && !memcmp(b.p, s->begin, s->n_begin) && b.p[s->n_begin] == ':';
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

static int at_top(struct log_stream *s, struct str b, bool is_end, bool is_full, struct str *ret, const char **ret_why)
{
    if (b.p[0] == '[') {
        consume(s, 1);
        s->place = LOG_PLACE_ARRAY;
        s->is_in_object = false;
        s->n_begin = 0;
        return FRAME_AGAIN;
    }
    if (b.p[0] != '{')
        return broken(s, is_end, N_("what stands here begins no record"), ret_why);
    if (!s->scanned && !begins_as_before(s, b)) {
        bool by_name;
        const ptrdiff_t at = find_holder(b, &by_name);
        if (at < 0 && !is_end && !is_full)
            return LOG_FRAME_MORE;
        if (at > 0) {
            consume(s, (size_t)at);
            s->place = LOG_PLACE_ARRAY;
            s->is_in_object = true;
            s->n_begin = 0;
            return FRAME_AGAIN;
        }
        if (!at && by_name)
            note_begin(s, b);
    }
    return s->is_pretty ? take_scanned(s, is_end, is_full, ret, ret_why) : take_line(s, is_end, is_full, ret);
}

static int in_array(struct log_stream *s, struct str b, bool is_end, bool is_full, struct str *ret, const char **ret_why)
{
    if (b.p[0] == ']') {
        consume(s, 1);
        s->place = s->is_in_object ? LOG_PLACE_BEHIND_ARRAY : LOG_PLACE_TOP;
        s->n_begin = 0;
        return FRAME_AGAIN;
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
        if (s->place == LOG_PLACE_BEHIND_ARRAY && !leave_object(s))
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
