// SPDX-License-Identifier: Apache-2.0
/* The study as a page that needs nothing else: no script, nothing fetched. */
#include "base/intl.h"
#include "base/text.h"
#include "cmd/hunt_study.h"

static const char STYLE[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}"
    "td.n,th.n{text-align:right;white-space:nowrap}td.p{padding-left:1.5rem}td.d{font:13px monospace}th{overflow-wrap:normal}.bar{display:inline-block;height:.7rem;background:#a33;vertical-align:middle}"
    ".note{color:#555}@media(prefers-color-scheme:dark){body{color:#ddd;background:#151515}th,td{border-color:#333}.note{color:#aaa}}";

/* Text from outside: neither markup nor able to change how the words around it are shown. */
static void add(struct strbuf *b, struct str s)
{
    struct strbuf safe = {};
    text_add_safe(&safe, s);
    for (size_t i = 0; i < safe.n; i++)
        switch (safe.p[i]) {
        case '<':
            strbuf_adds(b, "&lt;");
            break;
        case '>':
            strbuf_adds(b, "&gt;");
            break;
        case '&':
            strbuf_adds(b, "&amp;");
            break;
        case '"':
            strbuf_adds(b, "&quot;");
            break;
        default:
            strbuf_addc(b, safe.p[i]);
        }
    strbuf_done(&safe);
}

static void cell(struct strbuf *b, struct str s)
{
    strbuf_adds(b, "<td>");
    add(b, s);
}

static void number(struct strbuf *b, uint64_t n)
{
    strbuf_adds(b, "<td class=n>");
    text_add_count(b, n);
}

static void size(struct strbuf *b, uint64_t n)
{
    strbuf_adds(b, "<td class=n>");
    text_add_size(b, n);
}

/* A table begins with its heads; the first is of text, the others of numbers as long as `n_text` does not say otherwise. */
static void table(struct strbuf *b, const char *title, const char *const *heads, size_t n, const char *numbers)
{
    strbuf_adds(b, "<h2>");
    add(b, str_from(title));
    strbuf_adds(b, "</h2><table><tr>");
    for (size_t i = 0; i < n; i++) {
        strbuf_adds(b, numbers[i] == 'n' ? "<th class=n>" : "<th>");
        add(b, str_from(heads[i]));
    }
}
#define TABLE(b, title, numbers, ...)                                                                                          \
    table((b), (title), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (numbers))

static void row(struct strbuf *b)
{
    strbuf_adds(b, "\n<tr>");
}

static void end(struct strbuf *b)
{
    strbuf_adds(b, "</table>\n");
}

static void bar(struct strbuf *b, uint64_t n, uint64_t of)
{
    enum { WIDTH = 80 };
    strbuf_printf(b, "<td><span class=bar style=\"width:%dpx\"></span> %.1f&nbsp;%%", of ? (int)((double)n * WIDTH / (double)of) : 0,
                  of ? 100.0 * (double)n / (double)of : 0.0);
}

static void add_layers(struct strbuf *b, struct study_shared *list, const char *title)
{
    if (!list->n)
        return;
    TABLE(b, title, "tnnt", _("layer"), _("images"), _("size"), _("gravest rule"));
    vec_each(l, list)
    {
        row(b);
        strbuf_adds(b, "<td class=d>");
        add(b, l->digest);
        number(b, l->images);
        size(b, l->size);
        cell(b, l->rule.n ? intl_rule(l->rule) : STR_NULL);
    }
    end(b);
}

static void add_head(struct strbuf *b, struct study *s)
{
    struct strbuf text = {};
    study_head(s, &text);
    strbuf_adds(b, "<p>");
    struct str rest = str_trim(strbuf_str(&text)), line;
    for (bool first = true; str_split(&rest, '\n', &line); first = false) {
        strbuf_adds(b, first ? "" : "<br>");
        add(b, str_trim(line));
    }
    strbuf_adds(b, "</p>");
    strbuf_done(&text);
}

static void note(struct strbuf *b, struct str text)
{
    strbuf_adds(b, "<p class=note>");
    add(b, text);
    strbuf_adds(b, "</p>\n");
}

static void needs(struct strbuf *b, struct str what)
{
    struct strbuf text = {};
    strbuf_printf(&text, _("needs %.*s"), STR_ARG(intl_rule(what)));
    strbuf_adds(b, "\n<tr><td class=\"p note\" colspan=6>");
    add(b, strbuf_str(&text));
    strbuf_done(&text);
}

static void add_categories(struct strbuf *b, struct study *s)
{
    struct strbuf text = {};
    TABLE(b, _("Categories (an image may count in several)"), "tnttnt", _("category"), _("images"), _("of all"), _("of found"), "Sysdig", "");
    vec_each(c, &s->categories)
    {
        if (!c->images && !c->cited)
            continue;
        row(b);
        strbuf_adds(b, c->parent ? "<td class=p>" : "<td>");
        add(b, intl_rule(c->title));
        number(b, c->images);
        bar(b, c->images, s->counts.judged);
        bar(b, c->images, s->not_clean);
        if (c->cited) {
            number(b, c->cited);
            bar(b, c->cited, STUDY_CITED_OF);
        } else {
            strbuf_adds(b, "<td><td>");
        }
        if (!c->images && c->needs.n)
            needs(b, c->needs);
    }
    end(b);
    HUNT_ADD_COUNT(&text, _("Found: the %s images that are not clean. Sysdig: of the 1,652 malicious images among 250,000 of Docker Hub, 2022."), s->not_clean);
    note(b, strbuf_str(&text));
    strbuf_done(&text);
}

static void add_repositories(struct strbuf *b, struct study *s)
{
    struct strbuf purposes = {};
    if (!s->worst.n)
        return;
    TABLE(b, _("Worst repositories"), "tnnnnt", _("repository"), _("images"), _("malicious"), _("unwanted"), _("exposed"), _("purposes"));
    vec_each(r, &s->worst)
    {
        row(b);
        cell(b, r->name);
        strbuf_adds(b, "<br><small class=note>");
        add(b, r->example);
        strbuf_adds(b, "</small>");
        number(b, r->images);
        number(b, r->malicious);
        number(b, r->unwanted);
        number(b, r->exposed);
        strbuf_clear(&purposes);
        study_add_purposes(&purposes, r->purposes);
        cell(b, strbuf_str(&purposes));
    }
    strbuf_done(&purposes);
    end(b);
}

static void add_rest(struct strbuf *b, struct study *s)
{
    if (s->look_alikes.n) {
        TABLE(b, _("Names near official ones (most of such are honest)"), "tttnn", _("name"), _("like"), _("how"), _("images"), _("malicious"));
        vec_each(l, &s->look_alikes)
        {
            row(b);
            cell(b, l->name);
            cell(b, l->like);
            cell(b, l->how);
            number(b, l->images);
            number(b, l->malicious);
        }
        end(b);
    }
    if (s->failures.n) {
        TABLE(b, _("Not looked at"), "tnt", _("why"), _("images"), _("example"));
        vec_each(w, &s->failures)
        {
            row(b);
            cell(b, w->why);
            number(b, w->n);
            cell(b, w->example);
        }
        end(b);
    }
}

void study_html(struct study *s, struct strbuf *b)
{
    strbuf_printf(b, "<!doctype html><html><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>%s</title><style>%s</style></head><body><h1>%s</h1>\n",
                  _("What was hunted"), STYLE, _("What was hunted"));
    add_head(b, s);
    TABLE(b, _("Verdicts"), "tnt", _("verdict"), _("images"), _("share"));
    vec_each(v, &s->verdicts)
    {
        row(b);
        cell(b, intl_str(v->word));
        number(b, v->images);
        bar(b, v->images, s->counts.judged);
    }
    end(b);
    add_categories(b, s);
    add_repositories(b, s);
    add_layers(b, &s->shared, _("Layers in most images"));
    add_layers(b, &s->shared_bad, _("Layers with threats or exposures in them"));
    add_rest(b, s);
    note(b, str_from(_("What was hunted was chosen, not drawn by lot: shares are those of these images and of no others.")));
    strbuf_adds(b, "</body></html>\n");
}
