// SPDX-License-Identifier: Apache-2.0
#include "log/rows.h"

#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json_string.h"

bool rows_is_lake(struct node array)
{
    struct node_each e = node_each(array);
    bool is = false;
    if (node_kind(array) != NODE_ARRAY)
        return false;
    while (e.index < 4 && node_next(&e)) {
        struct node_each member = node_each(e.value);
        if (node_kind(e.value) != NODE_OBJECT || !node_next(&member) || node_kind(member.value) == NODE_OBJECT || node_next(&member))
            return false;
        is = true;
    }
    return is;
}

static void add_member(struct strbuf *b, struct str name, struct str value, unsigned *n)
{
    if ((*n)++)
        strbuf_addc(b, ',');
    json_string_add_bytes(b, name);
    strbuf_addc(b, ':');
    json_string_add_bytes(b, value);
}

void rows_add_lake(struct node array, struct strbuf *b)
{
    unsigned n = 0;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(array); n < ROWS_COLUMNS_MAX && node_next(&e);) {
        struct node_each member = node_each(e.value);
        if (node_next(&member) && node_str(member.value).n)
            add_member(b, member.name, node_str(member.value), &n);
    }
    strbuf_addc(b, '}');
}

bool rows_is_insights(struct node array)
{
    const struct node first = node_at(array, 0);
    return node_kind(array) == NODE_ARRAY && node_get_str(first, STR("field")).n && node_is(node_get(first, STR("value")));
}

void rows_add_insights(struct node array, struct strbuf *b)
{
    unsigned n = 0;
    strbuf_addc(b, '{');
    for (struct node_each e = node_each(array); n < ROWS_COLUMNS_MAX && node_next(&e);) {
        const struct str name = node_get_str(e.value, STR("field"));
        if (name.n)
            add_member(b, str_sub(name, name.p[0] == '@', name.n), node_get_str(e.value, STR("value")), &n);
    }
    strbuf_addc(b, '}');
}

static struct node rows_of(struct node root)
{
    const struct node rows = NODE(root, "ResultSet", "Rows");
    return node_is(rows) ? rows : node_get(root, STR("Rows"));
}

bool rows_is_athena(struct node root)
{
    const struct node first = node_get(node_at(rows_of(root), 0), STR("Data"));
    return node_kind(first) == NODE_ARRAY;
}

static struct str value_of(struct node cell)
{
    return node_get_str(cell, STR("VarCharValue"));
}

/* The first page begins with the names; each has them in ResultSetMetadata. */
static size_t names_of(struct node root, struct str names[ROWS_COLUMNS_MAX], bool *ret_is_row)
{
    const struct node about = NODE(root, "ResultSet", "ResultSetMetadata", "ColumnInfo"), first = node_get(node_at(rows_of(root), 0), STR("Data"));
    size_t n = 0, equal = 0;
    for (struct node_each e = node_each(about); n < ROWS_COLUMNS_MAX && node_next(&e);)
        names[n++] = node_get_str(e.value, STR("Name"));
    const bool has_about = n;
    for (struct node_each e = node_each(first); e.index < ROWS_COLUMNS_MAX && node_next(&e);) {
        if (!has_about)
            names[n++] = value_of(e.value);
        else if (equal < n)
            equal += str_eq(names[equal], value_of(e.value));
    }
    *ret_is_row = !has_about || equal == n;
    return n;
}

bool rows_add_athena(struct node root, struct strbuf *b)
{
    struct str names[ROWS_COLUMNS_MAX];
    bool is_header;
    const size_t n_names = names_of(root, names, &is_header);
    unsigned n_rows = 0;
    strbuf_addc(b, '[');
    struct node_each row = node_each(rows_of(root));
    if (is_header)
        (void)node_next(&row);
    while (node_next(&row)) {
        struct node_each cell = node_each(node_get(row.value, STR("Data")));
        unsigned n = 0;
        if (b->n > ROWS_BYTES_MAX)
            return false;
        if (n_rows++)
            strbuf_addc(b, ',');
        strbuf_addc(b, '{');
        for (size_t i = 0; i < n_names && node_next(&cell); i++)
            if (names[i].n && value_of(cell.value).n)
                add_member(b, names[i], value_of(cell.value), &n);
        strbuf_addc(b, '}');
    }
    strbuf_addc(b, ']');
    return true;
}

/* ---- tables with a head ---- */

static struct str column_name(struct node column)
{
    static const char *const names[] = {"name", "Name", "ColumnName"};
    struct str s = node_str(column);
    for (size_t i = 0; i < ARRAY_SIZE(names) && !s.n; i++)
        s = node_get_str(column, str_from(names[i]));
    return s;
}

static void add_any(struct strbuf *b, struct node n)
{
    _cleanup_(arena_done) struct arena a = {};
    if (node_kind(n) == NODE_STRING)
        json_string_add_bytes(b, node_str(n));
    else
        strbuf_add(b, node_text(n, &a));
}

/* BigQuery gives times as seconds since 1970 with a fraction, also as 1.7E9. */
static bool add_seconds(struct strbuf *b, struct str s)
{
    char text[40], *end;
    if (!s.n || s.n >= sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    const double d = strtod(text, &end);
    if (*end || !(d >= 0) || d >= 253402300800.0) /* the year 10000 */
        return false;
    const uint64_t us = (uint64_t)(d * 1e6 + 0.5);
    const time_t seconds = (time_t)(us / 1000000);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm))
        return false;
    strbuf_printf(b, "\"%04d-%02d-%02dT%02d:%02d:%02d.%06uZ\"", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(us % 1000000));
    return true;
}

static void add_record(struct node row, struct node fields, struct strbuf *b, unsigned depth);

/* A value of BigQuery: a record has columns of its own. */
static void add_cell(struct node v, struct node column, struct strbuf *b, unsigned depth)
{
    enum { DEPTH_MAX = 16 };
    const struct node fields = node_get(column, STR("fields"));
    if (node_kind(v) == NODE_ARRAY) {
        unsigned n = 0;
        strbuf_addc(b, '[');
        for (struct node_each e = node_each(v); node_next(&e);) {
            if (n++)
                strbuf_addc(b, ',');
            add_cell(node_get(e.value, STR("v")), column, b, depth);
        }
        strbuf_addc(b, ']');
    } else if (node_kind(v) == NODE_OBJECT && node_kind(fields) == NODE_ARRAY && depth < DEPTH_MAX) {
        add_record(v, fields, b, depth + 1);
    } else if (node_kind(v) == NODE_ABSENT) {
        strbuf_adds(b, "null");
    } else if (!node_is_str(node_get(column, STR("type")), "TIMESTAMP") || !add_seconds(b, node_str(v))) {
        add_any(b, v);
    }
}

static void begin_member(struct strbuf *b, struct str name, unsigned *n)
{
    if ((*n)++)
        strbuf_addc(b, ',');
    json_string_add_bytes(b, name);
    strbuf_addc(b, ':');
}

static void add_record(struct node row, struct node fields, struct strbuf *b, unsigned depth)
{
    struct node_each cell = node_each(node_get(row, STR("f"))), column = node_each(fields);
    unsigned n = 0;
    strbuf_addc(b, '{');
    while (node_next(&cell) && node_next(&column)) {
        const struct node v = node_get(cell.value, STR("v"));
        if (node_kind(v) == NODE_ABSENT || node_kind(v) == NODE_NULL || !column_name(column.value).n)
            continue;
        begin_member(b, column_name(column.value), &n);
        add_cell(v, column.value, b, depth);
    }
    strbuf_addc(b, '}');
}

bool rows_add_columns(struct node row, struct node head, struct strbuf *b)
{
    unsigned n = 0;
    const struct node fields = node_get(head, STR("fields"));
    const struct node columns = node_kind(head) != NODE_OBJECT ? head : node_is(fields) ? fields : node_get(head, STR("rowType"));
    if (node_kind(columns) != NODE_ARRAY)
        return false;
    if (node_kind(row) == NODE_OBJECT) {
        if (node_kind(node_get(row, STR("f"))) == NODE_ARRAY)
            add_record(row, columns, b, 0);
        else
            add_any(b, row);
        return true;
    }
    if (node_kind(row) != NODE_ARRAY)
        return false;
    struct node_each cell = node_each(row), column = node_each(columns);
    strbuf_addc(b, '{');
    while (node_next(&cell)) {
        if (!node_next(&column))
            return false;
        if (node_kind(cell.value) == NODE_NULL || !column_name(column.value).n)
            continue;
        begin_member(b, column_name(column.value), &n);
        add_any(b, cell.value);
    }
    strbuf_addc(b, '}');
    return true;
}

bool rows_add_line(struct node row, struct node labels, struct strbuf *b)
{
    const struct node time = node_at(row, 0), line = node_at(row, 1), more = node_at(row, 2);
    if (node_kind(row) != NODE_ARRAY || node_kind(time) != NODE_STRING || node_kind(line) != NODE_STRING)
        return false;
    strbuf_adds(b, "{\"timestamp\":");
    json_string_add_bytes(b, node_str(time));
    strbuf_adds(b, ",\"line\":");
    json_string_add_bytes(b, node_str(line));
    if (node_kind(labels) == NODE_OBJECT) {
        strbuf_adds(b, ",\"stream\":");
        add_any(b, labels);
    }
    if (node_kind(more) == NODE_OBJECT) {
        strbuf_adds(b, ",\"metadata\":");
        add_any(b, more);
    }
    strbuf_addc(b, '}');
    return true;
}

/* ---- tables column by column ---- */

static bool holds_arrays(struct node columns)
{
    struct node_each e = node_each(columns);
    return (node_kind(columns) == NODE_ARRAY || node_kind(columns) == NODE_OBJECT) && node_next(&e) && node_kind(e.value) == NODE_ARRAY;
}

/* The columns, and what names them: empty where they are members of an object. Every record of no known format is asked, so most are told by two members. */
static struct node columns_of(struct node root, struct node *ret_names)
{
    const struct node columns = node_get(root, STR("columns"));
    if (holds_arrays(columns)) {
        *ret_names = node_get(root, STR("fields"));
        return node_kind(*ret_names) == NODE_ARRAY ? columns : (struct node){};
    }
    const struct node data = node_get(root, STR("data"));
    if (node_kind(data) != NODE_OBJECT)
        return (struct node){};
    const struct node frame = node_get(data, STR("values"));
    if (holds_arrays(frame)) {
        *ret_names = NODE(root, "schema", "fields");
        return node_kind(*ret_names) == NODE_ARRAY ? frame : (struct node){};
    }
    *ret_names = (struct node){};
    return holds_arrays(data) && node_kind(node_get(root, STR("meta"))) == NODE_ARRAY ? data : (struct node){};
}

bool rows_is_columnar(struct node root)
{
    struct node names;
    return node_is(columns_of(root, &names));
}

bool rows_add_columnar(struct node root, struct strbuf *b)
{
    struct {
        struct str name;
        struct node_each cells;
    } columns[ROWS_COLUMNS_MAX];
    struct node names;
    struct node_each e = node_each(columns_of(root, &names)), name = node_each(names);
    size_t n = 0;
    unsigned n_rows = 0;
    while (n < ROWS_COLUMNS_MAX && node_next(&e)) {
        if (node_is(names) && !node_next(&name))
            break;
        columns[n].name = node_is(names) ? column_name(name.value) : e.name;
        columns[n++].cells = node_each(e.value);
    }
    strbuf_addc(b, '[');
    for (bool is_row = true; is_row;) {
        unsigned members = 0;
        if (b->n > ROWS_BYTES_MAX)
            return false;
        is_row = false;
        for (size_t i = 0; i < n; i++) {
            if (!node_next(&columns[i].cells))
                continue;
            if (!is_row)
                strbuf_adds(b, n_rows++ ? ",{" : "{");
            is_row = true;
            if (node_kind(columns[i].cells.value) == NODE_NULL || !columns[i].name.n)
                continue;
            begin_member(b, columns[i].name, &members);
            add_any(b, columns[i].cells.value);
        }
        if (is_row)
            strbuf_addc(b, '}');
    }
    strbuf_addc(b, ']');
    return true;
}
