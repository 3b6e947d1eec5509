// SPDX-License-Identifier: Apache-2.0
#include "base/json_string.h"
#include "log/rows.h"

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

void rows_add_athena(struct node root, struct strbuf *b)
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
        if (n_rows++)
            strbuf_addc(b, ',');
        strbuf_addc(b, '{');
        for (size_t i = 0; i < n_names && node_next(&cell); i++)
            if (names[i].n && value_of(cell.value).n)
                add_member(b, names[i], value_of(cell.value), &n);
        strbuf_addc(b, '}');
    }
    strbuf_addc(b, ']');
}
