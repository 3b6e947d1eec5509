// SPDX-License-Identifier: Apache-2.0
/*
 * Settings of web servers and of PHP: modules that they load, what is run before each page, what is taken for a program although its name is
 * a picture's, logs that are given to a program, and Lua within nginx.
 */
#include <ctype.h>

#include "inspect/loads.h"
#include "inspect/project.h"
#include "inspect/script.h"

enum {
    LUA_CALLS_MAX = 256,  /* looked at in one file */
    LUA_ARGUMENT = 512,   /* bytes of what one gets */
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static size_t place(const struct project *p, struct str s)
{
    return (size_t)(s.p - p->c->data.p);
}

static void see_disguised(struct project *p, struct str file, size_t at)
{
    if (script_has_other_name(file))
        inspection_see(p->facts, F_SCRIPT_DISGUISED, file, p->c, at, at + 1);
}

/* What a file is called in <Files "x.png"> and <FilesMatch "\.(jpe?g|png)$">: each word that is the end of a picture's name. */
static void see_disguised_pattern(struct project *p, struct str pattern)
{
    for (size_t i = 0; i < pattern.n;) {
        size_t from = i;
        while (i < pattern.n && isalnum((unsigned char)pattern.p[i]))
            i++;
        char ending[8] = ".";
        if (i > from && i - from < sizeof(ending) - 1) {
            memcpy(ending + 1, pattern.p + from, i - from);
            see_disguised(p, str_from(ending), place(p, pattern) + from);
        }
        i += i == from;
    }
}

/* What stands behind a key and "=" or blanks. */
static struct str value_behind(struct str s, size_t at)
{
    struct str value = str_sub(s, at, s.n);
    while (value.n && value.p[0] != '=' && !isspace((unsigned char)value.p[0]))
        value = str_sub(value, 1, value.n);
    while (value.n && (value.p[0] == '=' || isspace((unsigned char)value.p[0])))
        value = str_sub(value, 1, value.n);
    return value;
}

/* auto_prepend_file: a picture, a path, or what comes with the request or over the network. */
static void look_prepended(struct project *p, struct str value)
{
    static const char *const ELSEWHERE[] = {"php://", "data:", "http://", "https://", "ftp://", "phar://", "expect://"};
    struct str file = str_unquoted(value);
    size_t at = place(p, file);
    see_disguised(p, file, at);
    for (size_t i = 0; i < ARRAY_SIZE(ELSEWHERE); i++)
        if (str_starts(file, str_from(ELSEWHERE[i]))) {
            inspection_see(p->facts, F_LOADS_PATHS, str_sub(file, 0, 256), p->c, at, at + file.n);
            (void)facts_add(p->facts, F_LOADS_BY, STR("auto_prepend_file"));
            return;
        }
    loads_paths(p->c, "auto_prepend_file", file, at, p->facts);
}

/* "|command" of a log, "|$command" where the shell runs it. */
static void look_pipe(struct project *p, struct str s)
{
    for (size_t i = 0; i + 1 < s.n; i++) {
        const char *end = (s.p[i] == '"' || s.p[i] == '\'') && s.p[i + 1] == '|' ? memchr(s.p + i + 1, s.p[i], s.n - i - 1) : NULL;
        if (!end)
            continue;
        struct str command = str_sub(s, i + 2, (size_t)(end - s.p));
        while (command.n && strchr("|$ ", command.p[0]))
            command = str_sub(command, 1, command.n);
        project_command(p, command, place(p, command));
        loads_program(p->c, "piped-log", command, place(p, command), p->facts);
        return;
    }
}

/* cgi.assign = ( ".jpg" => "/bin/sh" ) of lighttpd. */
static void look_assigned(struct project *p, struct str s)
{
    struct str rest = s, word;
    while (str_split(&rest, '"', &word)) {
        if (word.n && word.p[0] == '.')
            see_disguised(p, word, place(p, word));
        else if (word.n && word.p[0] == '/')
            loads_paths(p->c, "cgi.assign", word, place(p, word), p->facts);
    }
}

static bool names_request(struct str s)
{
    return str_has(s, STR("ngx.var")) || str_has(s, STR("ngx.req")) || str_has(s, STR("get_uri_args")) || str_has(s, STR("get_post_args")) ||
           str_has(s, STR("get_headers()"));
}

/* Whether a line before gave the variable its value from the request. */
static bool is_of_request(struct str t, struct str name, size_t before)
{
    t = str_sub(t, 0, before);
    for (ptrdiff_t at = 0; name.n && (at = str_find(t, name, (size_t)at)) >= 0; at += (ptrdiff_t)name.n) {
        size_t i = (size_t)at + name.n;
        while (i < t.n && t.p[i] == ' ')
            i++;
        if ((at && is_name(t.p[at - 1])) || i + 1 >= t.n || t.p[i] != '=' || t.p[i + 1] == '=')
            continue;
        struct str value = str_sub(t, i + 1, i + 1 + LUA_ARGUMENT);
        const char *nl = value.n ? memchr(value.p, '\n', value.n) : NULL;
        if (names_request(nl ? str_n(value.p, (size_t)(nl - value.p)) : value))
            return true;
    }
    return false;
}

/* Lua that nginx runs: commands in it, and what of a request is given to a shell or run as code. */
static void look_lua(struct project *p, struct str t)
{
    static const struct str CALLS[] = {STR("io.popen"), STR("os.execute"), STR("loadstring"), STR("load"), STR("ffi.C.system")};
    unsigned n = 0;
    script_look_calls(t, STR("lua"), p->c, p->facts);
    for (size_t k = 0; k < ARRAY_SIZE(CALLS); k++)
        for (ptrdiff_t at = 0; n < LUA_CALLS_MAX && (at = str_find(t, CALLS[k], (size_t)at)) >= 0; at += (ptrdiff_t)CALLS[k].n) {
            size_t from = (size_t)at + CALLS[k].n, to = from + 1;
            if ((at && is_name(t.p[at - 1])) || from >= t.n || t.p[from] != '(')
                continue;
            for (unsigned open = 1; to < t.n && to - from < LUA_ARGUMENT && open; to++)
                open = t.p[to] == '(' ? open + 1 : t.p[to] == ')' ? open - 1 : open;
            n++;
            struct str argument = str_sub(t, from + 1, to);
            size_t name = 0;
            while (name < argument.n && is_name(argument.p[name]))
                name++;
            if (names_request(argument) || is_of_request(t, str_sub(argument, 0, name), (size_t)at))
                inspection_see(p->facts, F_WEB_RUNS_REQUEST, CALLS[k], p->c, place(p, t) + (size_t)at, place(p, t) + to);
        }
}

void project_read_lua(struct project *p)
{
    look_lua(p, p->c->data);
}

/* content_by_lua_block { … }, access_by_lua '…', init_by_lua_file path; */
static void look_lua_directives(struct project *p)
{
    struct str t = p->c->data;
    unsigned n = 0;
    for (ptrdiff_t at = 0; n < LUA_CALLS_MAX && (at = str_find(t, STR("_by_lua"), (size_t)at)) >= 0; n++) {
        size_t i = (size_t)at + strlen("_by_lua");
        bool is_file = str_starts(str_sub(t, i, t.n), STR("_file"));
        while (i < t.n && is_name(t.p[i]))
            i++;
        while (i < t.n && isspace((unsigned char)t.p[i]))
            i++;
        size_t to = i + 1;
        char open = i < t.n ? t.p[i] : 0;
        if (is_file) {
            loads_program(p->c, "by_lua_file", str_sub(t, i, i + LUA_ARGUMENT), i, p->facts);
        } else if (open == '{') {
            for (unsigned depth = 1; to < t.n && depth; to++)
                depth = t.p[to] == '{' ? depth + 1 : t.p[to] == '}' ? depth - 1 : depth;
            look_lua(p, str_sub(t, i + 1, to - 1));
        } else if (open == '"' || open == '\'') {
            while (to < t.n && t.p[to] != open)
                to += t.p[to] == '\\' ? 2 : 1;
            look_lua(p, str_sub(t, i + 1, to));
        }
        at = (ptrdiff_t)(to < t.n ? to : t.n);
    }
}

/* One directive; `files` is the pattern that the lines around it speak of. */
static void look_directive(struct project *p, struct str s, struct str *files)
{
    static const char *const LOADERS[] = {"load_module", "js_import", "js_include", "js_path", "LoadModule", "LoadFile", "extension", "zend_extension", "extension_dir"};
    ptrdiff_t at = str_find_nocase(s, STR("auto_prepend_file"), 0);
    at = at < 0 ? str_find_nocase(s, STR("auto_append_file"), 0) : at;
    if (at >= 0) {
        look_prepended(p, value_behind(s, (size_t)at));
        return;
    }
    if (s.p[0] == '<') {
        *files = str_find_nocase(s, STR("<Files"), 0) == 0 ? str_sub(s, strlen("<Files"), s.n) : STR_NULL;
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(LOADERS); i++) {
        struct str key = str_from(LOADERS[i]);
        if (str_find_nocase(s, key, 0) == 0 && s.n > key.n && !is_name(s.p[key.n]))
            loads_paths(p->c, LOADERS[i], str_sub(s, key.n, s.n), place(p, s) + key.n, p->facts);
    }
    bool runs = str_find_nocase(s, STR("php"), 0) > 0 || str_find_nocase(s, STR("cgi-script"), 0) > 0 || str_find_nocase(s, STR("fcgid"), 0) > 0;
    if (runs && (str_find_nocase(s, STR("AddType"), 0) == 0 || str_find_nocase(s, STR("AddHandler"), 0) == 0)) {
        (void)project_word(&s);
        (void)project_word(&s);
        while (s.n) {
            struct str word = project_word(&s);
            see_disguised(p, str_unquoted(word), place(p, word));
        }
        return;
    }
    if (runs && files->n && str_find_nocase(s, STR("SetHandler"), 0) == 0)
        see_disguised_pattern(p, *files);
    else if (str_starts(s, STR("cgi.assign")))
        look_assigned(p, s);
    else
        look_pipe(p, s);
}

void project_read_web(struct project *p)
{
    struct str rest = p->c->data, line, files = {};
    while (str_split(&rest, '\n', &line)) {
        struct str s = str_trim(line);
        if (s.n && s.p[0] != '#' && s.p[0] != ';')
            look_directive(p, s, &files);
    }
    look_lua_directives(p);
}
