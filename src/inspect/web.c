// SPDX-License-Identifier: Apache-2.0
/* The web analyzer: pages, scripts of browsers and servers, and rules of web servers. */
#include "inspect/web.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "base/alloc.h"
#include "inspect/path_facts.h"

struct web_state {
    struct web_words words;
};

/* What a web server is told to turn away: names of companies that look for deceit. */
static void look_server_rules(struct web *w, struct str text)
{
    size_t from = 0;
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && (isalnum((unsigned char)text.p[i]) || text.p[i] == '-'))
            continue;
        web_word(w, str_sub(text, from, i), CODE_PHP);
        from = i + 1;
    }
}

/* By name: what the kind does not tell. */
static bool is_page_name(struct str path)
{
    static const char *const ENDS[] = {".php",  ".phtml", ".php3", ".php4",  ".php5", ".php7",   ".php8",     ".pht",  ".inc",  ".jsp",
                                       ".jspx", ".jspf",  ".asp",  ".aspx",  ".ashx", ".asmx",   ".ascx",     ".cshtml", ".vue", ".svelte",
                                       ".tpl",  ".html",  ".htm",  ".xhtml", ".shtml", ".svg",   ".twig",     ".erb",  ".ejs",  ".hbs",
                                       ".ftl",  ".njk",   ".liquid", ".mustache", ".handlebars", ".j2", ".jinja", ".jinja2", NULL};
    return path_ends_in(path, ENDS);
}

static bool is_script_name(struct str path)
{
    static const char *const ENDS[] = {".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", NULL};
    return path_ends_in(path, ENDS);
}

bool web_is_page(const struct content *c)
{
    struct str head = str_trim(str_sub(c->data, 0, 4096));
    bool is_markup = head.n && (head.p[0] == '<' || str_starts(head, STR("?>")));
    if (c->language) /* eval("?><html>") runs a page too */
        return is_markup || !strcmp(c->language, "html");
    return c->kind == KIND_HTML || c->kind == KIND_SVG || is_markup || (!c->depth && is_page_name(c->path));
}

static bool wants(const struct content *c)
{
    switch (c->kind) {
    case KIND_HTML:
    case KIND_SVG:
    case KIND_JAVASCRIPT:
        return true;
    case KIND_SCRIPT:
    case KIND_TEXT:
        return is_page_name(c->path) || is_script_name(c->path) || str_starts(str_trim(str_sub(c->data, 0, 256)), STR("<?php")) ||
               str_is(str_basename(c->path), ".htaccess");
    default:
        return false;
    }
}

static int look(void *of, struct inspection *in, const struct content *c, struct facts *facts)
{
    struct web_state *s = of;
    struct web w = {.in = in, .content = c, .facts = facts, .words = &s->words};
    struct str text = str_sub(c->data, 0, WEB_BYTES_MAX);
    bool is_php = c->language ? !strcmp(c->language, "php") : c->depth && str_ends(c->path, STR(".php"));
    if (str_is(str_basename(c->path), ".htaccess"))
        look_server_rules(&w, text);
    else if (web_is_page(c))
        web_page(&w, text);
    else
        web_code(&w, text, is_php ? CODE_PHP : CODE_JAVASCRIPT);
    web_marks_end(&w);
    arena_done(&w.arena);
    return 0;
}

static int init(const struct inspect_options *options, void **ret, struct error *err)
{
    (void)options;
    (void)err;
    struct web_state *s = xnew(struct web_state);
    web_words_init(&s->words);
    *ret = s;
    return 0;
}

static void done(void *of)
{
    struct web_state *s = of;
    if (s)
        web_words_done(&s->words);
    free(s);
}

const struct analyzer analyzer_web = {.name = "web", .init = init, .done = done, .wants = wants, .look = look};
