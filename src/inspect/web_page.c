// SPDX-License-Identifier: Apache-2.0
/* Tags of a page. Tolerant: a tag ends at '>' outside of quotes or after a limit; nothing is nested but code. */
#include <ctype.h>

#include "base/cleanup.h"
#include "inspect/web.h"

enum {
    TAG_BYTES_MAX = 16 << 10,
    ATTRIBUTES_MAX = 64,
    TITLE_BYTES_MAX = 160,
};

struct tag {
    struct str name;
    struct {
        struct str name, value;
    } attributes[ATTRIBUTES_MAX];
    size_t n;
    size_t end; /* behind '>' */
};

static bool is_blank(char c)
{
    return isspace((unsigned char)c) || c == '/';
}

/* The tag whose '<' is at `at`. */
static void read_tag(struct str t, size_t at, struct tag *ret)
{
    size_t i = at + 1, limit = at + TAG_BYTES_MAX < t.n ? at + TAG_BYTES_MAX : t.n;
    size_t from = i;
    while (i < limit && (isalnum((unsigned char)t.p[i]) || t.p[i] == '-' || t.p[i] == ':'))
        i++;
    ret->name = str_sub(t, from, i);
    ret->n = 0;
    while (i < limit && t.p[i] != '>') {
        if (is_blank(t.p[i])) {
            i++;
            continue;
        }
        from = i;
        while (i < limit && t.p[i] != '=' && t.p[i] != '>' && !isspace((unsigned char)t.p[i]))
            i++;
        struct str name = str_sub(t, from, i), value = {};
        if (i < limit && t.p[i] == '=') {
            char quote = ++i < limit ? t.p[i] : 0;
            bool quoted = quote == '"' || quote == '\'';
            i += quoted;
            from = i;
            while (i < limit && (quoted ? t.p[i] != quote : t.p[i] != '>' && !isspace((unsigned char)t.p[i])))
                i++;
            value = str_sub(t, from, i);
            i += quoted && i < limit;
        }
        if (i == from && !value.n && !name.n)
            i++;
        if (ret->n < ATTRIBUTES_MAX) {
            ret->attributes[ret->n].name = name;
            ret->attributes[ret->n++].value = value;
        }
    }
    ret->end = i < t.n ? i + 1 : t.n;
}

static struct str attribute(const struct tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->n; i++)
        if (str_eq_nocase(tag->attributes[i].name, str_from(name)))
            return tag->attributes[i].value;
    return STR_NULL;
}

static bool is_tag(const struct tag *tag, const char *name)
{
    return str_eq_nocase(tag->name, str_from(name));
}

static void look_script(struct web *w, const struct tag *tag, struct str body)
{
    struct str src = attribute(tag, "src"), type = attribute(tag, "type");
    web_url(w, F_WEB_SCRIPTS, src);
    if (str_find_nocase(src, STR("authedmine"), 0) >= 0)
        web_see(w, F_WEB_CONSENT, STR("authedmine"), src);
    if (!type.n || str_has(type, STR("javascript")) || str_has(type, STR("module")) || str_has(type, STR("ecmascript")) ||
        str_has(type, STR("babel")))
        web_code(w, body, CODE_JAVASCRIPT);
}

static void look_input(struct web *w, const struct tag *tag)
{
    if (str_eq_nocase(attribute(tag, "type"), STR("password")))
        web_mark(w, MARK_ASKS);
    web_word(w, attribute(tag, "name"), CODE_JAVASCRIPT);
}

/* The user starts a miner by a button that the miner's own script draws, unless it starts by itself. */
static void look_button(struct web *w, const struct tag *tag)
{
    struct str class = attribute(tag, "class");
    if ((str_is(class, "coinhive-miner") || str_is(class, "authedmine-miner")) &&
        !str_eq_nocase(attribute(tag, "data-autostart"), STR("true")))
        web_see(w, F_WEB_CONSENT, STR("start-button"), class);
}

static void look_attributes(struct web *w, const struct tag *tag)
{
    for (size_t i = 0; i < tag->n; i++) {
        struct str name = tag->attributes[i].name, value = tag->attributes[i].value;
        if (name.n > 2 && (name.p[0] | 0x20) == 'o' && (name.p[1] | 0x20) == 'n' && value.n)
            web_code(w, value, CODE_JAVASCRIPT);
        else if (str_starts(value, STR("javascript:")))
            web_code(w, str_sub(value, 11, value.n), CODE_JAVASCRIPT);
    }
}

/* Code of the server at `at`, if some begins there; its end. */
static size_t look_server(struct web *w, struct str t, size_t at)
{
    char c = at + 1 < t.n ? t.p[at + 1] : 0;
    bool php = c == '?' && (str_eq_nocase(str_sub(t, at + 2, at + 5), STR("php")) || str_is(str_sub(t, at + 2, at + 3), "=") ||
                            (at + 2 < t.n && isspace((unsigned char)t.p[at + 2])));
    if (!php && c != '%')
        return 0;
    ptrdiff_t found = str_find(t, php ? STR("?>") : STR("%>"), at + 2);
    size_t end = found >= 0 ? (size_t)found : t.n;
    struct str code = str_sub(t, at + 2, end);
    if (php)
        code = str_sub(code, str_eq_nocase(str_sub(code, 0, 3), STR("php")) ? 3 : 0, code.n);
    else if (code.n && (code.p[0] == '=' || code.p[0] == '!'))
        code = str_sub(code, 1, code.n);
    struct str path = w->content->path;
    bool java = str_ends(path, STR(".jsp")) || str_ends(path, STR(".jspx")) || str_has(code, STR("java.")) ||
                str_has(code, STR("Runtime.getRuntime"));
    web_code(w, code, php ? CODE_PHP : java ? CODE_JAVA : CODE_ASP);
    return end + 2 < t.n ? end + 2 : t.n;
}

/* Text up to the closing tag of that name. */
static struct str body_of(struct str t, size_t at, struct str closing)
{
    ptrdiff_t end = str_find_nocase(t, closing, at);
    return str_sub(t, at, end >= 0 ? (size_t)end : t.n);
}

void web_page(struct web *w, struct str t)
{
    struct tag tag;
    for (size_t i = 0; i < t.n;) {
        const char *p = memchr(t.p + i, '<', t.n - i);
        if (!p)
            return;
        i = (size_t)(p - t.p);
        size_t server = look_server(w, t, i);
        if (server) {
            i = server;
            continue;
        }
        if (str_starts(str_sub(t, i, i + 4), STR("<!--"))) {
            ptrdiff_t end = str_find(t, STR("-->"), i);
            i = end >= 0 ? (size_t)end + 3 : t.n;
            continue;
        }
        if (i + 1 >= t.n || !isalpha((unsigned char)t.p[i + 1])) {
            i++;
            continue;
        }
        read_tag(t, i, &tag);
        i = tag.end;
        look_attributes(w, &tag);
        if (is_tag(&tag, "script")) {
            struct str body = body_of(t, i, STR("</script"));
            look_script(w, &tag, body);
            i += body.n;
        } else if (is_tag(&tag, "input")) {
            look_input(w, &tag);
        } else if (is_tag(&tag, "div") || is_tag(&tag, "span")) {
            look_button(w, &tag);
        } else if (is_tag(&tag, "title") && !facts_has(w->facts, F_WEB_TITLE)) {
            struct str title = str_trim(str_sub(body_of(t, i, STR("<")), 0, TITLE_BYTES_MAX));
            if (title.n && !memchr(title.p, 0, title.n))
                facts_str(w->facts, F_WEB_TITLE, title);
        }
    }
}
