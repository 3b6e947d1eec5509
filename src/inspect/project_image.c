// SPDX-License-Identifier: Apache-2.0
/* Recipes of images (Dockerfile) and their configurations as one shell text: variables become the shell's, instructions that run something
 * its commands. */
#include <ctype.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/loads.h"
#include "inspect/project.h"
#include "inspect/script.h"

enum { DELIMITER_MAX = 64, WORDS_MAX = 256 };

/* One instruction with its continuation lines, comments between them left out, into *ret. */
static void take_instruction(struct str *rest, char escape, struct strbuf *ret)
{
    struct str line;
    strbuf_clear(ret);
    while (str_split(rest, '\n', &line)) {
        struct str t = str_trim(line);
        if (t.n && t.p[0] == '#')
            continue;
        if (!t.n && !ret->n)
            return;
        bool goes_on = t.n && t.p[t.n - 1] == escape;
        strbuf_add(ret, goes_on ? str_sub(t, 0, t.n - 1) : t);
        if (!goes_on)
            return;
        strbuf_addc(ret, ' ');
    }
}

/* ["word", "word"]; false when it is no such list. */
static bool add_words(struct strbuf *b, struct str s)
{
    json_t *root = s.n && s.p[0] == '[' ? json_loadb(s.p, s.n, 0, NULL) : NULL;
    bool is_list = json_is_array(root);
    struct strbuf words = {};
    for (size_t i = 0; i < json_array_size(root) && i < WORDS_MAX; i++) {
        const json_t *v = json_array_get(root, i);
        script_add_word(&words, json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR(""));
    }
    json_decref(root);
    strbuf_add(b, strbuf_str(&words));
    strbuf_done(&words);
    return is_list;
}

/* The delimiter of a here document that the instruction begins: <<EOF, <<-"EOF". */
static struct str delimiter(struct str s)
{
    ptrdiff_t at = str_find(s, STR("<<"), 0);
    size_t i = (size_t)(at + 2), from;
    if (at < 0)
        return STR_NULL;
    while (i < s.n && strchr("-\"'", s.p[i]))
        i++;
    for (from = i; i < s.n && (isalnum((unsigned char)s.p[i]) || s.p[i] == '_');)
        i++;
    return i > from && i - from <= DELIMITER_MAX ? str_sub(s, from, i) : STR_NULL;
}

/* What stands up to the delimiter. */
static struct str take_document(struct str *rest, struct str end)
{
    struct str line, all = *rest;
    while (str_split(rest, '\n', &line))
        if (str_eq(str_trim(line), end))
            return str_sub(all, 0, (size_t)(line.p - all.p));
    return all;
}

/* ENV NAME=value NAME=value, ENV NAME value, ARG NAME=value. */
static void add_variables(struct strbuf *b, struct str s)
{
    struct str whole = s, name = project_word(&s);
    if (memchr(name.p, '=', name.n)) {
        strbuf_add(b, whole);
    } else if (s.n) {
        strbuf_add(b, name);
        strbuf_adds(b, "=\"");
        for (size_t i = 0; i < s.n; i++) {
            if (s.p[i] == '"' || s.p[i] == '`')
                strbuf_addc(b, '\\');
            strbuf_addc(b, s.p[i]);
        }
        strbuf_addc(b, '"');
    }
    strbuf_addc(b, '\n');
}

/* ADD URL PATH fetches as curl does. */
static void add_download(struct strbuf *b, struct str s)
{
    struct str url;
    do
        url = project_word(&s);
    while (str_starts(url, STR("--")));
    if (!str_has(url, STR("://")) || !s.n)
        return;
    bool is_folder = s.p[s.n - 1] == '/';
    strbuf_adds(b, "curl -o ");
    strbuf_add(b, s);
    if (is_folder)
        strbuf_add(b, str_basename(url));
    strbuf_addc(b, ' ');
    strbuf_add(b, url);
    strbuf_addc(b, '\n');
}

static void add_run(struct strbuf *b, struct str s, struct str *rest)
{
    struct str option;
    while (str_starts(s, STR("--"))) /* --mount=…, of a check --interval=… */
        option = project_word(&s);
    (void)option;
    struct str end = delimiter(s), document = end.n ? take_document(rest, end) : STR_NULL;
    if (str_starts(s, STR("<<"))) { /* the document is the script */
        strbuf_add(b, document);
    } else if (!add_words(b, s)) {
        strbuf_add(b, s);
        if (end.n) {
            strbuf_addc(b, '\n');
            strbuf_add(b, document);
            strbuf_add(b, end);
        }
    }
    strbuf_addc(b, '\n');
}

static void instruction(struct strbuf *b, struct str s, struct str *rest)
{
    struct str name = project_word(&s);
    if (str_eq_nocase(name, STR("ONBUILD")) || str_eq_nocase(name, STR("HEALTHCHECK")))
        do
            name = project_word(&s);
        while (str_starts(name, STR("--")));
    if (str_eq_nocase(name, STR("RUN")) || str_eq_nocase(name, STR("CMD")) || str_eq_nocase(name, STR("ENTRYPOINT")))
        add_run(b, s, rest);
    else if (str_eq_nocase(name, STR("ENV")) || str_eq_nocase(name, STR("ARG")))
        add_variables(b, s);
    else if (str_eq_nocase(name, STR("ADD")))
        add_download(b, s);
    else if (str_eq_nocase(name, STR("COPY")) && delimiter(s).n)
        (void)take_document(rest, delimiter(s));
}

void project_read_image(struct project *p)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, one = {};
    struct str rest = p->c->data;
    bool from = false;
    /* The escape can be another, where a backslash parts folders. */
    struct str head = str_sub(rest, 0, 1024);
    char escape = str_has(head, STR("escape=`")) ? '`' : '\\';
    while (rest.n && b.n < PROJECT_BYTES_MAX) {
        take_instruction(&rest, escape, &one);
        struct str s = str_trim(strbuf_str(&one));
        from |= str_eq_nocase(str_sub(s, 0, 5), STR("FROM "));
        instruction(&b, s, &rest);
    }
    if (from)
        project_script(p, strbuf_str(&b), 0);
}

static struct str text_of(const json_t *v)
{
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

/* The words of a list behind those that are there; the first `skip` are left out. */
static void add_list(struct strbuf *b, const json_t *list, size_t skip)
{
    struct strbuf words = {};
    for (size_t i = skip; i < json_array_size(list) && i < WORDS_MAX; i++)
        script_add_word(&words, text_of(json_array_get(list, i)));
    if (words.n && b->n && b->p[b->n - 1] != '\n')
        strbuf_addc(b, ' ');
    strbuf_add(b, strbuf_str(&words));
    strbuf_done(&words);
}

/* A line of the build history, when it is of a command: what the shell got. */
static void add_history(struct strbuf *b, struct str line)
{
    static const struct str SHELL = STR("/bin/sh -c ");
    struct str s = str_starts(line, STR("RUN ")) ? str_trim(str_sub(line, 4, line.n)) : line;
    ptrdiff_t shell = str_find(s, SHELL, 0);
    bool is_run = s.n < line.n || (shell >= 0 && (!shell || s.p[0] == '|'));
    if (!is_run)
        return;
    s = shell >= 0 ? str_sub(s, (size_t)shell + SHELL.n, s.n) : s;
    if (str_starts(str_trim(s), STR("#(nop)")))
        return;
    strbuf_add(b, s);
    strbuf_addc(b, '\n');
}

/*
 * What is run, as the shell would have it, to all analyzers where it speaks of the network: in JSON its signs are escaped and its words stand apart.
 * Other commands stand in JSON well enough, and secrets in them would be counted twice.
 */
static void show_commands(struct project *p, struct str commands)
{
    static const struct str SIGNS[] = {STR("/dev/tcp/"), STR("/dev/udp/"), STR("nc "), STR("ncat "), STR("netcat "), STR("socat "), STR("s_client"), STR("telnet "), STR("socket")};
    for (size_t i = 0; i < ARRAY_SIZE(SIGNS); i++)
        if (str_find_nocase(commands, SIGNS[i], 0) >= 0) {
            inspection_unwrap(p->c->look, p->c, "command", commands);
            return;
        }
}

void project_read_config(struct project *p)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    json_t *root = json_loadb(p->c->data.p, p->c->data.n, 0, NULL), *config = json_object_get(root, "config");
    const json_t *env = json_object_get(config, "Env"), *history = json_object_get(root, "history"),
                 *check = json_object_get(json_object_get(config, "Healthcheck"), "Test"), *later = json_object_get(config, "OnBuild");
    for (size_t i = 0; i < json_array_size(env); i++) {
        struct str value = text_of(json_array_get(env, i)), name;
        if (!memchr(value.p, '=', value.n) || !str_split(&value, '=', &name))
            continue;
        loads_variable(p->c, name, value, 0, p->facts);
        strbuf_add(&b, name);
        strbuf_addc(&b, '=');
        struct strbuf quoted = {};
        script_add_word(&quoted, value);
        strbuf_add(&b, strbuf_str(&quoted));
        strbuf_addc(&b, '\n');
        strbuf_done(&quoted);
    }
    size_t run = b.n;
    add_list(&b, json_object_get(config, "Entrypoint"), 0);
    add_list(&b, json_object_get(config, "Cmd"), 0);
    strbuf_addc(&b, '\n');
    if (str_is(text_of(json_array_get(check, 0)), "CMD-SHELL"))
        strbuf_add(&b, text_of(json_array_get(check, 1)));
    else
        add_list(&b, check, 1);
    strbuf_addc(&b, '\n');
    show_commands(p, str_trim(str_sub(strbuf_str(&b), run, b.n)));
    for (size_t i = 0; i < json_array_size(later); i++) {
        struct str s = text_of(json_array_get(later, i));
        instruction(&b, s, &(struct str){});
    }
    for (size_t i = 0; i < json_array_size(history); i++)
        add_history(&b, text_of(json_object_get(json_array_get(history, i), "created_by")));
    json_decref(root);
    if (b.n > 2)
        project_script(p, strbuf_str(&b), 0);
}
