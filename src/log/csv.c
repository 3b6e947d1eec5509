// SPDX-License-Identifier: Apache-2.0
#include "log/csv.h"

#include "base/cleanup.h"
#include "base/json_string.h"
#include "log/node.h"

enum { COLUMNS_MAX = 512, NAME_MAX_BYTES = 128 };

/*
 * A cell at *at, without its quotes: 1; 0: its end is not at hand; -1: something stands behind a quote. Then *at is at the separator, the line's
 * end or the end. Doubled quotes are written once into *room, which *ret points to where there are some.
 */
static int take_cell(struct str b, char separator, size_t *at, struct strbuf *room, struct str *ret)
{
    size_t i = *at;
    strbuf_clear(room);
    if (i >= b.n || b.p[i] != '"') {
        while (i < b.n && b.p[i] != separator && b.p[i] != '\n' && b.p[i] != '\r')
            i++;
        *ret = str_sub(b, *at, i);
        *at = i;
        return 1;
    }
    const size_t from = ++i;
    size_t piece = from;
    for (;; i++) {
        const char *q = i < b.n ? memchr(b.p + i, '"', b.n - i) : NULL;
        if (!q)
            return 0;
        i = (size_t)(q - b.p);
        if (i + 1 >= b.n || b.p[i + 1] != '"')
            break;
        strbuf_add(room, str_sub(b, piece, i + 1));
        piece = ++i + 1;
    }
    if (piece > from) {
        strbuf_add(room, str_sub(b, piece, i));
        *ret = strbuf_str(room);
    } else {
        *ret = str_sub(b, from, i);
    }
    *at = i + 1;
    return *at >= b.n || b.p[*at] == separator || b.p[*at] == '\n' || b.p[*at] == '\r' ? 1 : -1;
}

/* Behind the end of the line; the end of what is at hand counts only when it is that of the file. */
static bool take_end(struct str b, bool is_end, size_t *at)
{
    if (*at < b.n && b.p[*at] == '\r')
        ++*at;
    if (*at < b.n && b.p[*at] == '\n') {
        ++*at;
        return true;
    }
    return is_end && *at >= b.n;
}

/* Which of the three the first line has most of. */
static char separator_of(struct str b)
{
    static const char ONES[] = {',', '\t', ';'};
    const char *end = b.n ? memchr(b.p, '\n', b.n) : NULL;
    const struct str line = str_sub(b, 0, end && end - b.p < LOG_HEAD ? (size_t)(end - b.p) : LOG_HEAD);
    char best = ONES[0];
    size_t most = 0;
    for (size_t i = 0; i < ARRAY_SIZE(ONES); i++) {
        size_t n = 0;
        for (size_t j = 0; j < line.n; j++)
            n += line.p[j] == ONES[i];
        if (n > most) {
            most = n;
            best = ONES[i];
        }
    }
    return best;
}

static enum log_next take_names(struct csv_names *names, struct str b, bool is_end, size_t *ret_used)
{
    struct strbuf room = {};
    size_t at = 0;
    names->separator = separator_of(b);
    enum log_next got = LOG_NOTHING;
    for (bool is_last = false; !is_last && got == LOG_NOTHING;) {
        struct str cell;
        if (take_cell(b, names->separator, &at, &room, &cell) <= 0 || cell.n > NAME_MAX_BYTES || names->v.n == COLUMNS_MAX) {
            got = LOG_MORE;
            break;
        }
        vec_add(&names->v, {names->text.n, cell.n});
        strbuf_add(&names->text, cell);
        is_last = at >= b.n || b.p[at] != names->separator;
        at += !is_last;
        if (is_last && !take_end(b, is_end, &at))
            got = LOG_MORE;
    }
    strbuf_done(&room);
    if (got == LOG_MORE) {
        vec_clear(&names->v);
        strbuf_clear(&names->text);
    }
    *ret_used = at;
    return got;
}

static struct str name_at(const struct csv_names *names, size_t i)
{
    return str_n(names->text.p + names->v.v[i].at, names->v.v[i].n);
}

bool csv_is(struct str head)
{
    static const char *const pairs[][2] = {{"eventname", "eventtime"}, {"eventname", "useridentity"}, {"eventname", "eventsource"}, {"srcaddr", "dstaddr"},
                                           {"query_name", "query_type"}, {"auditdata", "operation"}, {"timegenerated", "operationnamevalue"},
                                           {"timegenerated", "userprincipalname"},
                                           {"timegenerated [utc]", "operationnamevalue"}, {"timegenerated [utc]", "userprincipalname"}};
    struct csv_names names = {};
    size_t used;
    bool is = false;
    if (str_starts(head, STR("\xef\xbb\xbf")))
        head = str_sub(head, 3, head.n);
    if (take_names(&names, head, false, &used) == LOG_NOTHING && names.v.n >= 3)
        for (size_t p = 0; p < ARRAY_SIZE(pairs) && !is; p++) {
            unsigned found = 0;
            for (size_t i = 0; i < names.v.n; i++)
                found |= (unsigned)str_eq_nocase(name_at(&names, i), str_from(pairs[p][0])) | (unsigned)str_eq_nocase(name_at(&names, i), str_from(pairs[p][1])) << 1;
            is = found == 3;
        }
    csv_done(&names);
    return is;
}

enum log_next csv_next(struct csv_names *names, struct str bytes, bool is_end, size_t *ret_used, struct strbuf *ret)
{
    struct strbuf room = {};
    struct str b = bytes;
    size_t at = 0, column = 0;
    unsigned n = 0;
    enum log_next got = LOG_RECORD;
    strbuf_clear(ret);
    if (!names->v.n) {
        const size_t bom = str_starts(b, STR("\xef\xbb\xbf")) ? 3 : 0;
        got = take_names(names, str_sub(b, bom, b.n), is_end, ret_used);
        *ret_used += bom;
        return got;
    }
    if (b.n && (b.p[0] == '\n' || b.p[0] == '\r')) {
        *ret_used = 1;
        return LOG_NOTHING;
    }
    strbuf_addc(ret, '{');
    for (bool is_last = false; !is_last && got == LOG_RECORD; column++) {
        struct str cell;
        const int r = take_cell(b, names->separator, &at, &room, &cell);
        if (r <= 0) {
            got = !r && !is_end ? LOG_MORE : LOG_BROKEN;
            break;
        }
        if (cell.n && column < names->v.n && !str_is(cell, "null")) {
            if (n++)
                strbuf_addc(ret, ',');
            json_string_add_bytes(ret, name_at(names, column));
            strbuf_addc(ret, ':');
            json_string_add_bytes(ret, cell);
        }
        is_last = at >= b.n || b.p[at] != names->separator;
        at += !is_last;
        if (is_last && !take_end(b, is_end, &at))
            got = at >= b.n && !is_end ? LOG_MORE : LOG_BROKEN;
    }
    strbuf_addc(ret, '}');
    strbuf_done(&room);
    if (got == LOG_RECORD && column != names->v.n)
        got = LOG_BROKEN;
    if (got == LOG_BROKEN) { /* to the line's end */
        const char *end = b.n ? memchr(b.p, '\n', b.n) : NULL;
        at = end ? (size_t)(end - b.p) + 1 : b.n;
    }
    *ret_used = at;
    return got;
}

bool csv_has(const struct csv_names *names, struct str name)
{
    for (size_t i = 0; i < names->v.n; i++)
        if (str_eq_nocase(name_at(names, i), name))
            return true;
    return false;
}

void csv_done(struct csv_names *names)
{
    vec_done(&names->v);
    strbuf_done(&names->text);
}
