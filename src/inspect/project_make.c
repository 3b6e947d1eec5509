// SPDX-License-Identifier: Apache-2.0
/* Makefiles and justfiles as one shell text: variables become the shell's, recipes and $(shell …) its commands. */
#include <ctype.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/project.h"

enum {
    DEPTH_MAX = 8, /* $(…) within each other */
    NAME_BYTES_MAX = 64,
};

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && !strchr("_.-", s.p[i]))
            return false;
    return s.n && s.n <= NAME_BYTES_MAX && !isdigit((unsigned char)s.p[0]);
}

static void add_name(struct strbuf *b, struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        strbuf_addc(b, isalnum((unsigned char)name.p[i]) ? name.p[i] : '_');
}

/* Where the reference that begins with "$(" or "${" at `at` ends: its closing mark; t.n where there is none. */
static size_t reference_end(struct str t, size_t at)
{
    char open = t.p[at + 1], close = open == '(' ? ')' : '}';
    unsigned depth = 0;
    for (size_t i = at + 1; i < t.n; i++) {
        depth += t.p[i] == open;
        depth -= t.p[i] == close;
        if (!depth)
            return i;
    }
    return t.n;
}

/* Text of a makefile as the shell gets it; of a function of make nothing is known. */
static void add_text(struct strbuf *b, struct str t, bool quoted, unsigned depth)
{
    for (size_t i = 0; i < t.n; i++) {
        char next = i + 1 < t.n ? t.p[i + 1] : 0;
        if (t.p[i] == '$' && next == '$') {
            strbuf_addc(b, '$');
            i++;
        } else if (t.p[i] == '$' && (next == '(' || next == '{')) {
            size_t end = reference_end(t, i);
            struct str inner = str_trim(str_sub(t, i + 2, end));
            if (is_name(inner)) {
                strbuf_adds(b, "${");
                add_name(b, inner);
                strbuf_addc(b, '}');
            } else if (str_starts(inner, STR("shell ")) && depth < DEPTH_MAX) {
                strbuf_adds(b, "$(");
                add_text(b, str_sub(inner, 6, inner.n), false, depth + 1);
                strbuf_addc(b, ')');
            } else {
                strbuf_addc(b, '_');
            }
            i = end;
        } else {
            if (quoted && (t.p[i] == '"' || t.p[i] == '`' || t.p[i] == '\\'))
                strbuf_addc(b, '\\');
            strbuf_addc(b, t.p[i]);
        }
    }
}

/* NAME = value and its kin, as NAME="value". False when the line is none. */
static bool add_assignment(struct strbuf *b, struct str line)
{
    static const char *const BEFORE[] = {"export ", "override ", "private "};
    line = str_trim(line);
    for (size_t i = 0; i < ARRAY_SIZE(BEFORE); i++)
        if (str_starts(line, str_from(BEFORE[i])))
            line = str_trim(str_sub(line, strlen(BEFORE[i]), line.n));
    size_t n = 0;
    while (n < line.n && (isalnum((unsigned char)line.p[n]) || strchr("_.-", line.p[n])))
        n++;
    struct str name = str_sub(line, 0, n);
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
        n++;
    char sign = n < line.n && strchr(":?+!", line.p[n]) ? line.p[n] : 0;
    while (n < line.n && strchr(":?+!", line.p[n]))
        n++;
    if (!is_name(name) || n >= line.n || line.p[n] != '=')
        return false;
    struct str value = str_trim(str_sub(line, n + 1, line.n));
    add_name(b, name);
    if (sign == '!') { /* what a command prints */
        strbuf_adds(b, "=$(");
        add_text(b, value, false, 0);
        strbuf_adds(b, ")\n");
        return true;
    }
    strbuf_adds(b, "=\"");
    add_text(b, value, true, 0);
    strbuf_adds(b, "\"\n");
    return true;
}

/* Commands that make runs while it reads the line. */
static void add_calls(struct strbuf *b, struct str line)
{
    for (ptrdiff_t at = 0; (at = str_find(line, STR("shell "), (size_t)at)) >= 0;) {
        size_t from = (size_t)at;
        at += 6;
        if (from < 2 || line.p[from - 2] != '$' || (line.p[from - 1] != '(' && line.p[from - 1] != '{'))
            continue;
        size_t end = reference_end(line, from - 2);
        add_text(b, str_sub(line, from + 6, end), false, 0);
        strbuf_addc(b, '\n');
        at = (ptrdiff_t)end;
        if (end >= line.n)
            return;
    }
}

/* A recipe: what follows the marks that say how it is run. */
static void add_recipe(struct strbuf *b, struct str line)
{
    while (line.n && strchr("@-+ \t", line.p[0]))
        line = str_sub(line, 1, line.n);
    add_text(b, line, false, 0);
    strbuf_addc(b, '\n');
}

/* Takes a line with those that a backslash joins to it. */
static struct str take_line(struct str *rest)
{
    size_t n = 0;
    for (;;) {
        const char *nl = memchr(rest->p + n, '\n', rest->n - n);
        n = nl ? (size_t)(nl - rest->p) : rest->n;
        size_t last = n && rest->p[n - 1] == '\r' ? n - 1 : n;
        if (!nl || !last || rest->p[last - 1] != '\\')
            break;
        n++;
    }
    struct str line = str_sub(*rest, 0, n);
    *rest = str_sub(*rest, n + 1, rest->n);
    return line;
}

void project_read_make(struct project *p)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str rest = p->c->data;
    bool is_just = !strcmp(p->tool, "just"), defines = false;
    while (rest.n && b.n < PROJECT_BYTES_MAX) {
        struct str line = take_line(&rest), t = str_trim(line);
        bool is_recipe = line.n && (line.p[0] == '\t' || (is_just && line.p[0] == ' '));
        if (!t.n || t.p[0] == '#')
            continue;
        if (str_starts(t, STR("define ")) || str_is(t, "endef")) {
            defines = t.p[0] == 'd';
        } else if (is_recipe || defines) {
            add_recipe(&b, line);
        } else if (!add_assignment(&b, line)) {
            const char *semicolon = memchr(t.p, ';', t.n); /* target: needs; recipe */
            if (semicolon && memchr(t.p, ':', (size_t)(semicolon - t.p)))
                add_recipe(&b, str_sub(t, (size_t)(semicolon - t.p) + 1, t.n));
            else
                add_calls(&b, t);
        }
    }
    project_script(p, strbuf_str(&b), 0);
}
