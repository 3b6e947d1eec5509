// SPDX-License-Identifier: Apache-2.0
/* https://github.com/threathunters-io/laurel/blob/master/man/laurel-about.7.md */
#include "log/audit_json.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "log/audit.h"

enum {
    LINES_MAX = 1024, /* of one act: a program that is started has a PATH for each file on its way, a rename four */
    NAME_MAX_BYTES = 64,
};

/* SECONDS.MILLISECONDS:NUMBER */
static bool is_id(struct str s)
{
    bool has_dot = false, has_colon = false;
    for (size_t i = 0; i < s.n; i++) {
        has_dot |= s.p[i] == '.';
        has_colon |= s.p[i] == ':' && has_dot;
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '.' && s.p[i] != ':')
            return false;
    }
    return has_colon && s.n < NAME_MAX_BYTES;
}

static bool is_name(struct str s, bool is_type)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_' && (is_type || (!(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '-')))
            return false;
    return s.n && s.n <= NAME_MAX_BYTES;
}

static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ')
            return false;
    return s.n && s.n < 256;
}

/* Whether a member is a record, or several. */
static bool is_record(struct node_each *e)
{
    const struct node n = node_kind(e->value) == NODE_ARRAY ? node_at(e->value, 0) : e->value;
    return is_name(e->name, true) && node_kind(n) == NODE_OBJECT;
}

bool audit_json_is(struct node root)
{
    if (!is_id(node_get_str(root, STR("ID"))))
        return false;
    for (struct node_each e = node_each(root); node_next(&e);)
        if (is_record(&e))
            return true;
    return false;
}

void audit_json_add_text(struct strbuf *b, struct str s)
{
    bool is_plain = true;
    for (size_t i = 0; i < s.n; i++)
        is_plain &= s.p[i] != '"' && (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f;
    if (is_plain) {
        strbuf_addc(b, '"');
        strbuf_add(b, s);
        strbuf_addc(b, '"');
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        strbuf_addc(b, "0123456789ABCDEF"[(unsigned char)s.p[i] >> 4]);
        strbuf_addc(b, "0123456789ABCDEF"[(unsigned char)s.p[i] & 15]);
    }
}

static void add_value(struct strbuf *b, struct str name, struct node v)
{
    _cleanup_(arena_done) struct arena a = {};
    const enum node_kind kind = node_kind(v);
    if (!is_name(name, false) || kind == NODE_OBJECT || kind == NODE_ARRAY || kind == NODE_NULL)
        return;
    strbuf_printf(b, " %.*s=", STR_ARG(name));
    if (kind == NODE_STRING)
        audit_json_add_text(b, node_str(v));
    else
        strbuf_add(b, node_text(v, &a));
}

/* The arguments of a program that was started, or of its title. */
static void add_arguments(struct strbuf *b, struct node list, bool is_title)
{
    struct strbuf title = {};
    unsigned n = 0;
    for (struct node_each e = node_each(list); node_next(&e); n++) {
        if (is_title) {
            strbuf_adds(&title, n ? " " : "");
            strbuf_add(&title, node_str(e.value));
        } else {
            strbuf_printf(b, " a%u=", n);
            audit_json_add_text(b, node_str(e.value));
        }
    }
    if (title.n) {
        strbuf_adds(b, " proctitle=");
        audit_json_add_text(b, strbuf_str(&title));
    }
    strbuf_done(&title);
}

static void add_line(struct strbuf *b, struct node root, struct str type, struct node record)
{
    const struct str id = node_get_str(root, STR("ID")), node = node_get_str(root, STR("NODE"));
    const struct node arguments = node_get(record, STR("ARGV"));
    if (node_kind(record) != NODE_OBJECT)
        return;
    if (is_host(node))
        strbuf_printf(b, "node=%.*s ", STR_ARG(node));
    strbuf_printf(b, "type=%.*s msg=audit(%.*s):", STR_ARG(type), STR_ARG(id));
    for (struct node_each e = node_each(record); node_next(&e);)
        add_value(b, e.name, e.value);
    const struct node parent = node_get(node_get(record, STR("PPID")), STR("exe")); /* what it knows of the parent: by Sysmon's name */
    if (node_kind(parent) == NODE_STRING)
        add_value(b, STR("ParentImage"), parent);
    if (node_kind(arguments) == NODE_ARRAY)
        add_arguments(b, arguments, str_is(type, "PROCTITLE"));
    strbuf_addc(b, '\n');
}

void audit_json_write(struct node root, struct strbuf *b)
{
    unsigned lines = 0;
    add_line(b, root, STR("SYSCALL"), node_get(root, STR("SYSCALL")));
    for (struct node_each e = node_each(root); lines < LINES_MAX && node_next(&e);) {
        if (!is_record(&e) || str_is(e.name, "SYSCALL"))
            continue;
        if (node_kind(e.value) == NODE_OBJECT) {
            add_line(b, root, e.name, e.value);
            lines++;
        }
        for (struct node_each one = node_each(e.value); node_kind(e.value) == NODE_ARRAY && lines < LINES_MAX && node_next(&one); lines++)
            add_line(b, root, e.name, one.value);
    }
}
