// SPDX-License-Identifier: Apache-2.0
/* Recipes of images (Dockerfile) as one shell text: variables become the shell's, instructions that run something its commands. */
#include <ctype.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
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

static struct str take_word(struct str *s)
{
    size_t n = 0;
    *s = str_trim(*s);
    while (n < s->n && !isspace((unsigned char)s->p[n]))
        n++;
    struct str word = str_sub(*s, 0, n);
    *s = str_trim(str_sub(*s, n, s->n));
    return word;
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
    struct str whole = s, name = take_word(&s);
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
        url = take_word(&s);
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
        option = take_word(&s);
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
    struct str name = take_word(&s);
    if (str_eq_nocase(name, STR("ONBUILD")) || str_eq_nocase(name, STR("HEALTHCHECK")))
        do
            name = take_word(&s);
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
