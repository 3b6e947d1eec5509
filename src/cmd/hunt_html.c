// SPDX-License-Identifier: Apache-2.0
/* The study as a page that needs nothing else: no script, nothing fetched. */
#include "base/intl.h"
#include "base/text.h"
#include "cmd/hunt_study.h"

/* The colours of the other pages (sink/html.css), light and dark; wide tables scroll by themselves, and small screens have no bars. */
static const char STYLE[] =
    ":root{color-scheme:light dark;--ink:#1b2027;--page:#f6f7f9;--card:#fff;--soft:#566070;--line:#d9dee5;--bad:#a80f36;--warn:#855400;--ok:#12703f;"
    "--bad-tint:#fbe9ee;--warn-tint:#fbf2dc;--ok-tint:#e4f4ea;--focus:#1257c4}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e7ebf0;--page:#12151a;--card:#1a1f26;--soft:#a3adba;--line:#313945;--bad:#ff8ba3;--warn:#ecc15c;--ok:#6fdca4;"
    "--bad-tint:#3a1a24;--warn-tint:#332a17;--ok-tint:#163226;--focus:#8ab8ff}}"
    "*{box-sizing:border-box}body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}"
    "main{max-width:68rem;margin:0 auto;padding:1.25rem}h1{font-size:1rem;margin:0 0 1rem}h2{font-size:1.15rem;margin:2.25rem 0 .75rem}"
    ".verdict{margin:0 0 1rem;padding:1.1rem 1.35rem;font-size:1.6rem;font-weight:700;line-height:1.3;border-left:6px solid;border-radius:0 10px 10px 0}"
    ".bad{color:var(--bad);background:var(--bad-tint)}.warn{color:var(--warn);background:var(--warn-tint)}.ok{color:var(--ok);background:var(--ok-tint)}"
    ".scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.25rem .9rem}"
    ".scroll:focus-visible{outline:3px solid var(--focus);outline-offset:2px}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}"
    "tr:last-child>*{border-bottom:0}th[scope=row]{font-weight:400;overflow-wrap:anywhere;min-width:9rem}td.n,th.n,td.b{text-align:right;white-space:nowrap}"
    "td.b{text-align:left}th.p,td.p{padding-left:1.5rem}th.d{font:.8rem/1.9 ui-monospace,monospace;min-width:14rem}"
    ".bar{display:inline-block;height:.7rem;background:currentcolor;vertical-align:middle;margin-right:.3rem;print-color-adjust:exact}"
    ".bar.bad,.bar.found{color:var(--bad)}.bar.warn{color:var(--warn)}.bar.ok{color:var(--ok)}.bar.cited{color:var(--soft)}.note,small{color:var(--soft)}"
    "@media(max-width:45rem){.bar{display:none}th,td{padding-right:.6rem}}"
    "@media print{:root{color-scheme:light;--ink:#000;--page:#fff;--card:#fff;--soft:#3c4450;--line:#aeb6c0;--bad:#a80f36;--warn:#855400;--ok:#12703f;"
    "--bad-tint:#fff;--warn-tint:#fff;--ok-tint:#fff}main{max-width:none;padding:0}.scroll{overflow:visible;border:0;padding:0}tr{break-inside:avoid}h2{break-after:avoid}}";

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

/* The first of a row: what it is about. */
static void head_cell(struct strbuf *b, struct str s)
{
    strbuf_adds(b, "<th scope=row>");
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
    strbuf_adds(b, "</h2><div class=scroll role=region tabindex=0 aria-label=\"");
    add(b, str_from(title));
    strbuf_adds(b, "\"><table><thead><tr>");
    for (size_t i = 0; i < n; i++) {
        strbuf_adds(b, !*heads[i] ? "<td>" : numbers[i] == 'n' ? "<th class=n scope=col>" : "<th scope=col>");
        add(b, str_from(heads[i]));
    }
    strbuf_adds(b, "</thead><tbody>");
}
#define TABLE(b, title, numbers, ...)                                                                                          \
    table((b), (title), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (numbers))

static void row(struct strbuf *b)
{
    strbuf_adds(b, "\n<tr>");
}

static void end(struct strbuf *b)
{
    strbuf_adds(b, "</table></div>\n");
}

/* `tone`: the class of its colour. */
static void bar(struct strbuf *b, const char *tone, uint64_t n, uint64_t of)
{
    enum { WIDTH = 80 };
    strbuf_printf(b, "<td class=b><span class=\"bar %s\" style=\"width:%dpx\"></span>%.1f&nbsp;%%", tone, of ? (int)((double)n * WIDTH / (double)of) : 0,
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
        strbuf_adds(b, "<th scope=row class=d>");
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
        strbuf_adds(b, c->parent ? "<th scope=row class=p>" : "<th scope=row>");
        add(b, intl_rule(c->title));
        number(b, c->images);
        bar(b, "found", c->images, s->counts.judged);
        bar(b, "found", c->images, s->not_clean);
        if (c->cited) {
            number(b, c->cited);
            bar(b, "cited", c->cited, STUDY_CITED_OF);
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
        head_cell(b, r->name);
        strbuf_adds(b, "<br><small>");
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
            head_cell(b, l->name);
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
            head_cell(b, intl_str(w->why));
            number(b, w->n);
            cell(b, w->example);
        }
        end(b);
    }
}

/* "bad", "warn" or "ok", as the words are coloured everywhere. */
static const char *tone_of(struct str verdict)
{
    const int rank = hunt_verdict_rank(verdict);
    return rank == hunt_verdict_rank(STR("malicious")) ? "bad" : rank > hunt_verdict_rank(STR("authorised")) ? "warn" : "ok";
}

static void add_verdict(struct strbuf *b, struct study *s)
{
    const int rank = study_rank(s);
    struct strbuf says = {};
    study_verdict(s, &says);
    strbuf_printf(b, "<p class=\"verdict %s\">", rank == hunt_verdict_rank(STR("malicious")) ? "bad" : rank > hunt_verdict_rank(STR("clean")) ? "warn" : "ok");
    add(b, strbuf_str(&says));
    strbuf_adds(b, "</p>\n");
    strbuf_done(&says);
}

void study_html(struct study *s, struct strbuf *b)
{
    strbuf_adds(b, "<!doctype html><html lang=\"");
    add(b, str_from(_("en")));
    strbuf_printf(b, "\"><head><meta charset=utf-8><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
                  "<meta name=viewport content=\"width=device-width\"><title>%s</title><style>%s</style></head><body><main><h1>%s</h1>\n",
                  _("What was hunted"), STYLE, _("What was hunted"));
    add_verdict(b, s);
    add_head(b, s);
    TABLE(b, _("Verdicts"), "tnt", _("verdict"), _("images"), _("share"));
    vec_each(v, &s->verdicts)
    {
        row(b);
        head_cell(b, intl_str(v->word));
        number(b, v->images);
        bar(b, tone_of(v->word), v->images, s->counts.judged);
    }
    end(b);
    add_categories(b, s);
    add_repositories(b, s);
    add_layers(b, &s->shared, _("Layers in most images"));
    add_layers(b, &s->shared_bad, _("Layers with threats or exposures in them"));
    add_rest(b, s);
    note(b, str_from(_("What was hunted was chosen, not drawn by lot: shares are those of these images and of no others.")));
    strbuf_adds(b, "</main></body></html>\n");
}
