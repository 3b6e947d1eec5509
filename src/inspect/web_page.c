// SPDX-License-Identifier: Apache-2.0
/* What a page's tags say by themselves; the code in them goes to its reader. */
#include "base/cleanup.h"
#include "inspect/page_read.h"
#include "inspect/web.h"

enum { TITLE_BYTES_MAX = 160 };

static bool is_tag(const struct page_tag *tag, const char *name)
{
    return str_eq_nocase(tag->name, str_from(name));
}

static void look_script(struct web *w, const struct page_tag *tag)
{
    struct str src = page_attribute(tag, "src");
    web_url(w, F_WEB_SCRIPTS, src);
    if (str_find_nocase(src, STR("authedmine"), 0) >= 0)
        web_see(w, F_WEB_CONSENT, STR("authedmine"), src);
}

static void look_input(struct web *w, const struct page_tag *tag)
{
    if (str_eq_nocase(page_attribute(tag, "type"), STR("password")))
        web_mark(w, MARK_ASKS);
    web_word(w, page_attribute(tag, "name"), CODE_JAVASCRIPT);
}

/* The user starts a miner by a button that the miner's own script draws, unless it starts by itself. */
static void look_button(struct web *w, const struct page_tag *tag)
{
    struct str class = page_attribute(tag, "class");
    if ((str_is(class, "coinhive-miner") || str_is(class, "authedmine-miner")) &&
        !str_eq_nocase(page_attribute(tag, "data-autostart"), STR("true")))
        web_see(w, F_WEB_CONSENT, STR("start-button"), class);
}

static void look_title(struct web *w, struct str page, size_t at)
{
    ptrdiff_t end = str_find(page, STR("<"), at);
    struct str title = str_trim(str_sub(page, at, end >= 0 ? (size_t)end : page.n));
    title = str_sub(title, 0, TITLE_BYTES_MAX);
    if (title.n && !memchr(title.p, 0, title.n))
        facts_str(w->facts, F_WEB_TITLE, title);
}

static void look_tag(struct web *w, const struct page_reader *r)
{
    const struct page_tag *tag = &r->tag;
    if (is_tag(tag, "script"))
        look_script(w, tag);
    else if (is_tag(tag, "input"))
        look_input(w, tag);
    else if (is_tag(tag, "div") || is_tag(tag, "span"))
        look_button(w, tag);
    else if (is_tag(tag, "title") && !facts_has(w->facts, F_WEB_TITLE))
        look_title(w, r->page, tag->end);
}

void web_page(struct web *w, struct str page)
{
    struct page_reader r;
    struct page_part part;
    page_begin(&r, page, w->content->path, &w->arena);
    while (page_next(&r, &part))
        switch (part.kind) {
        case PAGE_TAG:
            look_tag(w, &r);
            break;
        case PAGE_CODE:
        case PAGE_VALUE:
            web_code(w, part.text, part.language);
            break;
        case PAGE_NESTED: /* a content of its own: the unwrap analyzer hands it over */
            break;
        }
}
