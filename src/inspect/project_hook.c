// SPDX-License-Identifier: Apache-2.0
/*
 * Settings of the system and of its tools that run commands whenever something happens: packages are installed, logs turned over, a module
 * loaded, a session opened. And settings of web servers that have PHP run what is no PHP.
 */
#include <ctype.h>

#include "inspect/project.h"
#include "inspect/script.h"
#include "inspect/script_tools.h"

/* Without the quotes around the whole of it. */
static struct str unquoted(struct str s)
{
    bool is_quoted = s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0];
    return is_quoted ? str_sub(s, 1, s.n - 1) : s;
}

static void command(struct project *p, struct str s)
{
    project_command(p, unquoted(s), (size_t)(s.p - p->c->data.p));
}

void project_read_directives(struct project *p)
{
    struct str rest = p->c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        size_t n = 0;
        while (n < s.n && (isalnum((unsigned char)s.p[n]) || s.p[n] == '-' || s.p[n] == '_'))
            n++;
        struct str key = str_sub(s, 0, n), value = str_trim(str_sub(s, n, s.n)), list = str_from(p->keys), one;
        if (value.n && value.p[0] == '=')
            value = str_trim(str_sub(value, 1, value.n));
        while (n && str_split(&list, ' ', &one))
            if (str_eq_nocase(key, one))
                command(p, value);
    }
}

/* DPkg::Post-Invoke {"command"; "command";}; and the same key by key. */
void project_read_apt(struct project *p)
{
    struct str t = p->c->data;
    for (ptrdiff_t at = 0; (at = str_find(t, STR("-Invoke"), (size_t)at)) >= 0;) {
        size_t i = (size_t)at;
        bool in_braces = false;
        while (i < t.n && t.p[i] != '"' && t.p[i] != ';' && t.p[i] != '\n')
            in_braces |= t.p[i++] == '{';
        while (i < t.n) {
            while (i < t.n && (isspace((unsigned char)t.p[i]) || (in_braces && strchr(";{", t.p[i]))))
                i++;
            const char *end = i < t.n && t.p[i] == '"' ? memchr(t.p + i + 1, '"', t.n - i - 1) : NULL;
            if (!end)
                break;
            project_command(p, str_n(t.p + i + 1, (size_t)(end - t.p) - i - 1), i);
            i = (size_t)(end - t.p) + 1;
        }
        at = (ptrdiff_t)(i > (size_t)at ? i : (size_t)at + 1);
    }
}

/* Lines of fields: the command is what stands behind so many of them. */
static void read_fields(struct project *p, char separator, unsigned skip, const char *first)
{
    struct str rest = p->c->data, line, unused;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        bool ok = s.n && s.p[0] != '#';
        for (unsigned i = 0; ok && i < skip; i++) {
            if (separator == ' ')
                unused = project_word(&s);
            else
                ok = memchr(s.p, separator, s.n) && str_split(&s, separator, &unused);
            ok = ok && (i || !first || str_is(unused, first));
        }
        if (ok && s.n)
            command(p, s);
    }
}

void project_read_modprobe(struct project *p)
{
    read_fields(p, ' ', 2, "install");
}

void project_read_incron(struct project *p)
{
    read_fields(p, ' ', 2, NULL);
}

void project_read_dnf(struct project *p)
{
    read_fields(p, ':', 2, NULL);
}

/* What stands between postrotate and its kin, and endscript. */
void project_read_logrotate(struct project *p)
{
    struct str rest = p->c->data, line;
    size_t from = 0;
    bool is_script = false;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        size_t at = (size_t)(line.p - p->c->data.p);
        if (is_script && str_is(s, "endscript"))
            project_script(p, str_sub(p->c->data, from, at), from);
        if (is_script ? str_is(s, "endscript") : sh_in(s, "postrotate prerotate firstaction lastaction preremove")) {
            is_script = !is_script;
            from = at + line.n;
        }
    }
}

static void see_disguised(struct project *p, struct str file)
{
    size_t at = (size_t)(file.p - p->c->data.p);
    file = unquoted(file);
    if (script_has_other_name(file))
        inspection_see(p->facts, F_SCRIPT_DISGUISED, file, p->c, at, at + file.n);
}

/* auto_prepend_file = "logo.png" and AddType application/x-httpd-php .jpg have PHP run what is called a picture. */
void project_read_web(struct project *p)
{
    struct str rest = p->c->data, line;
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        ptrdiff_t at = str_find_nocase(s, STR("auto_prepend_file"), 0);
        at = at < 0 ? str_find_nocase(s, STR("auto_append_file"), 0) : at;
        if (!s.n || s.p[0] == '#' || s.p[0] == ';')
            continue;
        if (at >= 0) {
            struct str value = str_sub(s, (size_t)at, s.n);
            while (value.n && value.p[0] != '=' && !isspace((unsigned char)value.p[0]))
                value = str_sub(value, 1, value.n);
            while (value.n && (value.p[0] == '=' || isspace((unsigned char)value.p[0])))
                value = str_sub(value, 1, value.n);
            see_disguised(p, value);
        } else if ((str_find_nocase(s, STR("AddType"), 0) == 0 || str_find_nocase(s, STR("AddHandler"), 0) == 0) && str_find_nocase(s, STR("php"), 0) > 0) {
            (void)project_word(&s);
            (void)project_word(&s);
            while (s.n)
                see_disguised(p, project_word(&s));
        }
    }
}
