// SPDX-License-Identifier: Apache-2.0
/* Builds that are programs, and settings whose values are commands. No language is parsed: what counts is a name and literals behind it. */
#include <ctype.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/project.h"
#include "inspect/script.h"
#include "inspect/script_tools.h"

enum {
    LITERAL_MAX = 64 << 10,
    LIST_MAX = 256,  /* commands in one list */
    BACK_MAX = 4096, /* bytes before .execute() that hold its command */
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static size_t skip_blanks(struct str t, size_t i)
{
    while (i < t.n && isspace((unsigned char)t.p[i]))
        i++;
    return i;
}

/* <<EOT, <<-EOT, <<~'EOT': the lines up to the word, *at moves behind them. */
static bool here_document(struct str t, size_t *at, struct str *ret)
{
    size_t i = *at + 2, from;
    while (i < t.n && strchr("-~'\"", t.p[i]))
        i++;
    for (from = i; i < t.n && (isalnum((unsigned char)t.p[i]) || t.p[i] == '_');)
        i++;
    struct str end = str_sub(t, from, i), rest, line;
    const char *nl = memchr(t.p + i, '\n', t.n - i);
    if (!end.n || !nl)
        return false;
    size_t begin = (size_t)(nl - t.p) + 1;
    rest = str_sub(t, begin, t.n);
    while (str_split(&rest, '\n', &line))
        if (str_eq(str_trim(line), end)) {
            *ret = str_sub(t, begin, (size_t)(line.p - t.p));
            *at = (size_t)(line.p - t.p) + line.n;
            return true;
        }
    return false;
}

/* A literal in its quotes, escapes of quotes and backslashes taken away; *at moves behind it. */
static bool literal(struct str t, size_t *at, struct strbuf *ret)
{
    char quote = *at < t.n ? t.p[*at] : 0;
    size_t i = *at + 1, width = 1, limit = t.n - *at > LITERAL_MAX ? *at + LITERAL_MAX : t.n;
    if (quote != '"' && quote != '\'')
        return false;
    if (i + 1 < t.n && t.p[i] == quote && t.p[i + 1] == quote) {
        width = 3;
        i += 2;
    }
    strbuf_clear(ret);
    for (; i + width <= limit; i++) {
        if (t.p[i] == quote && (width == 1 || (t.p[i + 1] == quote && t.p[i + 2] == quote))) {
            *at = i + width;
            return true;
        }
        bool escapes = t.p[i] == '\\' && i + 1 < limit;
        i += escapes;
        strbuf_addc(ret, escapes && t.p[i] == 'n' ? '\n' : t.p[i]);
    }
    return false;
}

/* What stands behind "=" or ":" or a blank: a literal, a here document, or a list of literals. */
static size_t look_value(struct project *p, size_t i, struct strbuf *b)
{
    struct str t = p->c->data, document;
    size_t from = i;
    if (i + 3 < t.n && t.p[i] == '<' && t.p[i + 1] == '<') {
        if (!here_document(t, &i, &document)) /* to its end the file is one document */
            return t.n;
        project_command(p, document, from);
        return i;
    }
    bool is_list = i < t.n && t.p[i] == '[';
    i += is_list;
    for (unsigned n = 0; n < LIST_MAX; n++) {
        i = skip_blanks(t, i);
        from = i;
        if (!literal(t, &i, b))
            break;
        project_command(p, strbuf_str(b), from);
        i = skip_blanks(t, i);
        if (!is_list || i >= t.n || t.p[i] != ',')
            break;
        i++;
    }
    return i;
}

void project_read_settings(struct project *p)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str t = p->c->data;
    for (size_t i = 0; i < t.n;) {
        if (!is_name(t.p[i])) {
            i++;
            continue;
        }
        size_t from = i;
        while (i < t.n && is_name(t.p[i]))
            i++;
        if (!sh_in(str_sub(t, from, i), p->keys))
            continue;
        size_t at = skip_blanks(t, i);
        if (at < t.n && (t.p[at] == '=' || t.p[at] == ':'))
            i = look_value(p, skip_blanks(t, at + 1), &b);
    }
}

/* "command".execute() and ["sh", "-c", "command"].execute(), as Groovy has it: back from the call to what it is called on. */
static void look_execute(struct project *p)
{
    struct str t = p->c->data;
    unsigned n = 0;
    for (ptrdiff_t at = 0; n < PROJECT_COMMANDS_MAX && (at = str_find(t, STR(".execute("), (size_t)at)) >= 0; at += 9, n++) {
        size_t end = (size_t)at, from = end, least = end > BACK_MAX ? end - BACK_MAX : 0;
        char close = end ? t.p[end - 1] : 0, open = close == ']' ? '[' : close;
        if (close != ']' && close != '"' && close != '\'')
            continue;
        for (from = end - 1; from > least;) {
            from--;
            if (t.p[from] == open && (!from || t.p[from - 1] != '\\'))
                break;
        }
        if (t.p[from] != open)
            continue;
        _cleanup_(strbuf_done) struct strbuf words = {}, one = {};
        size_t i = from + (open == '[');
        while (i < end && (i = skip_blanks(t, i)) < end && literal(t, &i, &one)) {
            if (open == '[')
                script_add_word(&words, strbuf_str(&one));
            else
                strbuf_add(&words, strbuf_str(&one));
            i = skip_blanks(t, i);
            i += i < end && t.p[i] == ',';
        }
        project_command(p, strbuf_str(&words), from);
    }
}

void project_read_calls(struct project *p)
{
    bool is_meson = !strcmp(p->tool, "meson");
    script_look_calls(p->c->data, is_meson ? STR("meson") : STR("groovy"), p->c, p->facts);
    if (!is_meson)
        look_execute(p);
    if (facts_has(p->facts, F_SCRIPT_COMMANDS)) {
        facts_str(p->facts, F_PROJECT_TOOL, str_from(p->tool));
        (void)facts_add(p->facts, F_PROJECT_WHEN, str_from(p->when));
    }
}

/* Settings of git whose values are run: as they are, or behind a "!". */
void project_read_git(struct project *p)
{
    static const char *const KEYS = "fsmonitor sshcommand pager editor askpass gitproxy clean smudge process textconv command external helper driver cmd "
                                    "packobjectshook uploadpack receivepack program vcs";
    struct str rest = p->c->data, line, key;
    while (str_split(&rest, '\n', &line)) {
        char lower[32];
        if (!memchr(line.p, '=', line.n) || !str_split(&line, '=', &key))
            continue;
        key = str_trim(key);
        struct str value = str_trim(line);
        for (size_t i = 0; i < key.n && i < sizeof(lower); i++)
            lower[i] = (char)tolower((unsigned char)key.p[i]);
        while (value.n && value.p[0] == '"' && value.p[value.n - 1] == '"' && value.n > 1)
            value = str_sub(value, 1, value.n - 1);
        bool is_shell = value.n > 1 && value.p[0] == '!';
        if (is_shell || (key.n && key.n <= sizeof(lower) && sh_in(str_n(lower, key.n), KEYS)))
            project_command(p, str_sub(value, is_shell, value.n), (size_t)(value.p - p->c->data.p));
    }
}
