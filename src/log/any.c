// SPDX-License-Identifier: Apache-2.0
#include "log/any.h"
#include "log/limits.h"

struct search {
    const struct log_record *record;
    struct value first;
    struct log_list list; /* once there are more */
    size_t n;
};

static void found(struct search *s, struct node n)
{
    const struct str text = node_text(n, log_arena(s->record));
    const struct value v = VALUE_OF_STR(text.p ? text : STR(""));
    if (!s->n++) {
        s->first = v;
        return;
    }
    if (s->n == 2) {
        s->list = log_list(s->record);
        s->list.v = arena_array(s->list.arena, struct value, LOG_LIST_MAX);
        s->list.v[s->list.n++] = s->first;
    }
    s->list.v[s->list.n++] = v;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* How much of the pointer the name of a member is: a dot in it may stand for a slash. 0: it is another. */
static size_t match_name(struct str name, struct str pointer, bool nocase)
{
    size_t at = 0;
    for (size_t i = 0; i < name.n; i++, at++) {
        if (at >= pointer.n)
            return 0;
        char c = pointer.p[at];
        if (c == '/') {
            if (name.p[i] != '.')
                return 0;
            continue;
        }
        if (c == '~' && at + 1 < pointer.n)
            c = pointer.p[++at] == '1' ? '/' : '~';
        if (nocase ? lower(c) != lower(name.p[i]) : c != name.p[i])
            return 0;
    }
    return at == pointer.n || pointer.p[at] == '/' ? at : 0;
}

/* The member that the pointer begins with; *rest is what is left of it. */
static struct node find(struct node object, struct str pointer, struct str *rest)
{
    const char *slash = memchr(pointer.p, '/', pointer.n);
    const struct str part = str_sub(pointer, 0, slash ? (size_t)(slash - pointer.p) : pointer.n);
    const struct node exact = memchr(part.p, '~', part.n) ? (struct node){} : node_get(object, part);
    *rest = str_sub(pointer, part.n, pointer.n);
    if (node_is(exact))
        return exact;
    for (int nocase = 0; nocase < 2; nocase++) {
        struct node_each e = node_each(object);
        while (node_next(&e)) {
            const size_t n = match_name(e.name, pointer, nocase);
            if (!n)
                continue;
            *rest = str_sub(pointer, n, pointer.n);
            return e.value;
        }
    }
    return (struct node){};
}

/*
 * The value of an element of a list that pairs names with values, as Google's and Microsoft's records have parameters: {"name": "NEW_VALUE", "value": "false"}. *rest as find() has it.
 */
static struct node find_pair(struct node pair, struct str pointer, struct str *rest)
{
    static const char *const values[] = {"value", "Value", "boolValue", "intValue", "multiValue"};
    const char *slash = memchr(pointer.p, '/', pointer.n);
    const struct str part = str_sub(pointer, 0, slash ? (size_t)(slash - pointer.p) : pointer.n), lower = node_get_str(pair, STR("name")), name = lower.n ? lower : node_get_str(pair, STR("Name"));
    struct node v = {};
    if (!name.n || match_name(name, part, true) != part.n)
        return v;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values) && !node_is(v); i++)
        v = node_get(pair, str_from(values[i]));
    *rest = str_sub(pointer, part.n, pointer.n);
    return v;
}

static void search(struct search *s, struct node n, struct str pointer, unsigned depth, bool is_element)
{
    const enum node_kind kind = node_kind(n);
    struct str rest;
    if (depth > LOG_POINTER_DEPTH || s->n >= LOG_LIST_MAX || kind == NODE_ABSENT || kind == NODE_NULL)
        return;
    if (kind == NODE_ARRAY) {
        struct node_each e = node_each(n);
        while (s->n < LOG_LIST_MAX && node_next(&e))
            search(s, e.value, pointer, depth + 1, true);
    }
    if (pointer.n && pointer.p[0] == '/')
        pointer = str_sub(pointer, 1, pointer.n);
    if (!pointer.n) {
        if (s->n < LOG_LIST_MAX)
            found(s, n);
    } else if (kind == NODE_OBJECT) {
        struct node next = find(n, pointer, &rest);
        if (!node_is(next) && is_element)
            next = find_pair(n, pointer, &rest);
        search(s, next, rest, depth + 1, false);
    }
}

int any_get(const struct log_record *r, struct str pointer, struct value *ret)
{
    struct search s = {.record = r};
    search(&s, r->root, pointer, 0, false);
    if (s.n > 1)
        *ret = (struct value){.type = VALUE_LIST, .list = {s.list.v, s.list.n}};
    else
        *ret = s.first;
    return s.n > 0;
}
