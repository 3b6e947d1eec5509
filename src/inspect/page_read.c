// SPDX-License-Identifier: Apache-2.0
#include "inspect/page_read.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "inspect/path_facts.h"

enum {
    REFERENCE_MAX = 12, /* bytes of a character reference */
    SCHEME_MAX = 64,    /* bytes looked at for the scheme of an address */
};

static bool is_blank(char c)
{
    return isspace((unsigned char)c) || c == '/';
}

/* Where PHP's code that begins at `at` ends: a mark within a literal or a comment of several lines is none. */
static size_t php_end(struct str t, size_t at)
{
    for (size_t i = at; i < t.n; i++) {
        char c = t.p[i], next = i + 1 < t.n ? t.p[i + 1] : 0;
        if (c == '?' && next == '>')
            return i;
        if (c == '\'' || c == '"' || c == '`') {
            for (i++; i < t.n && t.p[i] != c; i++)
                i += t.p[i] == '\\';
            if (i >= t.n) { /* no literal after all, but an apostrophe between marks of another language */
                ptrdiff_t end = str_find(t, STR("?>"), at);
                return end >= 0 ? (size_t)end : t.n;
            }
        } else if ((c == '/' && next == '/') || (c == '#' && next != '[')) {
            while (i + 1 < t.n && t.p[i] != '\n' && (t.p[i] != '?' || t.p[i + 1] != '>'))
                i++;
            if (i < t.n && t.p[i] == '?')
                return i;
        } else if (c == '/' && next == '*') {
            ptrdiff_t end = str_find(t, STR("*/"), i + 2);
            i = end >= 0 ? (size_t)end + 1 : t.n;
        }
    }
    return t.n;
}

/* Code of the server at `at`, if some begins there: its end, and the code; 0 for none. */
static size_t server_code(const struct page_reader *r, size_t at, struct page_part *ret)
{
    struct str t = r->page;
    char c = at + 1 < t.n ? t.p[at + 1] : 0;
    bool php = c == '?' && (str_eq_nocase(str_sub(t, at + 2, at + 5), STR("php")) || str_is(str_sub(t, at + 2, at + 3), "=") ||
                            (at + 2 < t.n && isspace((unsigned char)t.p[at + 2])));
    if (!php && c != '%')
        return 0;
    size_t from = at + 2, end;
    if (php) {
        from += str_eq_nocase(str_sub(t, from, from + 3), STR("php")) ? 3 : t.p[from] == '=';
        end = php_end(t, from);
    } else {
        from += from < t.n && (t.p[from] == '=' || t.p[from] == '!');
        ptrdiff_t found = str_find(t, STR("%>"), from);
        end = found >= 0 ? (size_t)found : t.n;
    }
    struct str code = str_sub(t, from, end);
    bool java = !php && (r->is_java || str_has(code, STR("java.")) || str_has(code, STR("Runtime.getRuntime")));
    *ret = (struct page_part){.kind = PAGE_CODE, .language = php ? CODE_PHP : java ? CODE_JAVA : CODE_ASP, .text = code};
    return end + 2 < t.n ? end + 2 : t.n;
}

/* The tag whose '<' is at `at`: it ends at '>' outside of quotes and of what a server puts there, or after a limit. */
static void tag_read(const struct page_reader *r, size_t at, struct page_tag *ret)
{
    struct str t = r->page;
    struct page_part unused;
    size_t i = at + 1, limit = at + PAGE_TAG_BYTES_MAX < t.n ? at + PAGE_TAG_BYTES_MAX : t.n;
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
        size_t server = t.p[i] == '<' ? server_code(r, i, &unused) : 0;
        if (server) {
            i = server;
            continue;
        }
        from = i;
        while (i < limit && t.p[i] != '=' && t.p[i] != '>' && !isspace((unsigned char)t.p[i]))
            i++;
        struct str name = str_sub(t, from, i), value = {};
        size_t behind = i;
        while (behind < limit && isspace((unsigned char)t.p[behind]))
            behind++;
        if (behind < limit && t.p[behind] == '=') {
            for (i = behind + 1; i < limit && isspace((unsigned char)t.p[i]);)
                i++;
            char quote = i < limit ? t.p[i] : 0;
            bool quoted = quote == '"' || quote == '\'';
            i += quoted;
            from = i;
            if (quoted) {
                size_t most = t.n - i < PAGE_VALUE_BYTES_MAX ? t.n - i : PAGE_VALUE_BYTES_MAX;
                const char *end = memchr(t.p + i, quote, most);
                size_t near = limit > i ? limit - i : 0;
                i += end ? (size_t)(end - t.p) - i : near;
                /* A long value is no reason to see no more of the tag. */
                if (end && i >= limit)
                    limit = i + 1 + PAGE_TAG_BYTES_MAX < t.n ? i + 1 + PAGE_TAG_BYTES_MAX : t.n;
            }
            while (!quoted && i < limit && t.p[i] != '>' && !isspace((unsigned char)t.p[i]))
                i++;
            value = str_sub(t, from, i);
            i += quoted && i < limit;
        }
        if (i == from && !value.n && !name.n)
            i++;
        if (ret->n < PAGE_ATTRIBUTES_MAX) {
            ret->attributes[ret->n].name = name;
            ret->attributes[ret->n++].value = value;
        }
    }
    ret->end = i < t.n ? i + 1 : t.n;
}

struct str page_attribute(const struct page_tag *tag, const char *name)
{
    for (size_t i = 0; i < tag->n; i++)
        if (str_eq_nocase(tag->attributes[i].name, str_from(name)))
            return tag->attributes[i].value;
    return STR_NULL;
}

static void put_code_point(struct strbuf *b, uint32_t v)
{
    static const uint8_t FIRST[] = {0, 0xc0, 0xe0, 0xf0};
    if (v < 0x80) {
        strbuf_addc(b, (char)v);
        return;
    }
    unsigned more = v < 0x800 ? 1 : v < 0x10000 ? 2 : 3;
    strbuf_addc(b, (char)(FIRST[more] | v >> 6 * more));
    while (more--)
        strbuf_addc(b, (char)(0x80 | (v >> 6 * more & 0x3f)));
}

/* The character reference at `i`: how long it is, 0 for none. Browsers take one without its semicolon too. */
static size_t reference(struct str t, size_t i, uint32_t *ret)
{
    static const struct {
        const char *name;
        char c;
    } NAMES[] = {{"quot;", '"'},   {"apos;", '\''},  {"amp;", '&'},    {"lt;", '<'},      {"gt;", '>'},      {"lpar;", '('},  {"rpar;", ')'},
                 {"colon;", ':'},  {"semi;", ';'},   {"comma;", ','},  {"period;", '.'},  {"sol;", '/'},     {"equals;", '='}, {"plus;", '+'},
                 {"lsqb;", '['},   {"rsqb;", ']'},   {"lcub;", '{'},   {"rcub;", '}'},    {"num;", '#'},     {"excl;", '!'},  {"quest;", '?'},
                 {"lowbar;", '_'}, {"dollar;", '$'}, {"percnt;", '%'}, {"commat;", '@'},  {"bsol;", '\\'},   {"grave;", '`'}, {"Tab;", '\t'},
                 {"NewLine;", '\n'}, {"nbsp;", ' '}, {"quot", '"'},    {"amp", '&'},      {"lt", '<'},       {"gt", '>'}};
    struct str s = str_sub(t, i + 1, i + 1 + REFERENCE_MAX);
    if (s.n && s.p[0] == '#') {
        bool is_hex = s.n > 1 && (s.p[1] | 0x20) == 'x';
        size_t k = is_hex ? 2 : 1, begin = k;
        uint32_t v = 0;
        for (; k < s.n && v < 0x110000 && (is_hex ? isxdigit((unsigned char)s.p[k]) : isdigit((unsigned char)s.p[k])); k++)
            v = v * (is_hex ? 16 : 10) + (isdigit((unsigned char)s.p[k]) ? (uint32_t)(s.p[k] - '0') : (uint32_t)((s.p[k] | 0x20) - 'a' + 10));
        if (k == begin || !v || v > 0x10ffff)
            return 0;
        *ret = v;
        return 1 + k + (k < s.n && s.p[k] == ';');
    }
    for (size_t k = 0; k < ARRAY_SIZE(NAMES); k++)
        if (str_starts(s, str_from(NAMES[k].name))) {
            *ret = (uint32_t)(unsigned char)NAMES[k].c;
            return 1 + strlen(NAMES[k].name);
        }
    return 0;
}

/* The text of the buffer, if there is room for it yet. */
static struct str kept(struct page_reader *r, struct str s)
{
    if (r->plain + s.n > PAGE_PLAIN_BYTES_MAX)
        return STR_NULL;
    r->plain += s.n;
    return arena_str(r->arena, s);
}

/* The value as a browser has it: character references put in. */
struct str page_plain(struct page_reader *r, struct str value)
{
    if (!value.n || !memchr(value.p, '&', value.n))
        return value;
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < value.n;) {
        uint32_t v;
        size_t n = value.p[i] == '&' ? reference(value, i, &v) : 0;
        if (n)
            put_code_point(&b, v);
        else
            strbuf_addc(&b, value.p[i]);
        i += n ? n : 1;
    }
    return kept(r, strbuf_str(&b));
}

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static struct str unescaped(struct page_reader *r, struct str s)
{
    if (!s.n || !memchr(s.p, '%', s.n))
        return s;
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
            strbuf_addc(&b, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
            i += 2;
        } else {
            strbuf_addc(&b, s.p[i]);
        }
    return kept(r, strbuf_str(&b));
}

/* Whether the address has the scheme, which may have blanks in front and line ends within; *ret is what follows. */
static bool has_scheme(struct str s, const char *scheme, struct str *ret)
{
    size_t i = 0, most = s.n < SCHEME_MAX ? s.n : SCHEME_MAX;
    while (i < most && (unsigned char)s.p[i] <= ' ')
        i++;
    for (; *scheme; scheme++, i++) {
        while (i < most && (s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r'))
            i++;
        if (i >= most || tolower((unsigned char)s.p[i]) != *scheme)
            return false;
    }
    *ret = str_sub(s, i, s.n);
    return true;
}

static bool names_javascript(struct str type)
{
    static const char *const NAMES[] = {"javascript", "ecmascript", "jscript", "livescript", "module", "babel"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_find_nocase(str_sub(type, 0, SCHEME_MAX), str_from(NAMES[i]), 0) >= 0)
            return true;
    return false;
}

/* data:text/html,…; what is in base64 is found by whoever looks for that. */
static bool look_data(struct page_reader *r, struct str rest, struct page_part *ret)
{
    const char *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
    if (!comma)
        return false;
    struct str type = str_n(rest.p, (size_t)(comma - rest.p));
    if (str_find_nocase(type, STR("base64"), 0) >= 0)
        return false;
    bool page = str_find_nocase(type, STR("html"), 0) >= 0 || str_find_nocase(type, STR("svg"), 0) >= 0;
    if (!page && !names_javascript(type))
        return false;
    *ret = (struct page_part){.kind = page ? PAGE_NESTED : PAGE_VALUE, .language = CODE_JAVASCRIPT,
                              .text = unescaped(r, str_sub(rest, type.n + 1, rest.n))};
    return ret->text.n > 0;
}

/* Attributes that are read by people, or sent: no address. */
static bool is_prose(struct str name)
{
    static const char *const NAMES[] = {"title", "alt", "placeholder", "value", "label", "content", "summary"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_eq_nocase(name, str_from(NAMES[i])))
            return true;
    return false;
}

/* The code that an attribute carries. */
static bool look_attribute(struct page_reader *r, struct str name, struct str value, struct page_part *ret)
{
    struct str rest;
    if (name.n > 2 && (name.p[0] | 0x20) == 'o' && (name.p[1] | 0x20) == 'n' && value.n) {
        *ret = (struct page_part){.kind = PAGE_VALUE, .language = CODE_JAVASCRIPT, .text = page_plain(r, value)};
        return ret->text.n > 0;
    }
    if (str_eq_nocase(name, STR("srcdoc"))) {
        *ret = (struct page_part){.kind = PAGE_NESTED, .text = page_plain(r, value)};
        return ret->text.n > 0;
    }
    if (is_prose(name))
        return false;
    /* Few values are addresses with code: nothing is copied to tell so. */
    char first = value.n ? value.p[0] : 0;
    if ((unsigned char)first > ' ' && first != '&' && (first | 0x20) != 'j' && (first | 0x20) != 'd')
        return false;
    value = page_plain(r, value);
    if (has_scheme(value, "data:", &rest))
        return look_data(r, rest, ret);
    if (!has_scheme(value, "javascript:", &rest))
        return false;
    *ret = (struct page_part){.kind = PAGE_VALUE, .language = CODE_JAVASCRIPT, .text = unescaped(r, rest)};
    return ret->text.n > 0;
}

/* The code between a script element's tags; *at moves behind it. */
static bool look_script(const struct page_reader *r, const struct page_tag *tag, size_t *at, struct page_part *ret)
{
    struct str type = page_attribute(tag, "type"), language = page_attribute(tag, "language");
    ptrdiff_t end = str_find_nocase(r->page, STR("</script"), *at);
    struct str body = str_sub(r->page, *at, end >= 0 ? (size_t)end : r->page.n);
    *at += body.n;
    *ret = (struct page_part){.kind = PAGE_CODE, .text = body};
    if (str_eq_nocase(language, STR("php")))
        ret->language = CODE_PHP;
    else if (str_eq_nocase(page_attribute(tag, "runat"), STR("server")))
        ret->language = r->is_java ? CODE_JAVA : CODE_ASP;
    else if (str_trim(type).n && !names_javascript(type))
        return false;
    return body.n > 0;
}

void page_begin(struct page_reader *r, struct str page, struct str path, struct arena *a)
{
    static const char *const JAVA[] = {".jsp", ".jspx", ".jspf", NULL};
    static const char *const ASP[] = {".asp", ".aspx", ".ashx", ".asmx", ".ascx", ".cshtml", NULL};
    static const char *const PHP[] = {".php", ".phtml", ".php3", ".php4", ".php5", ".php7", ".php8", ".pht", ".inc", ".tpl", NULL};
    *r = (struct page_reader){.page = page, .arena = a, .is_java = path_ends_in(path, JAVA)};
    r->runs_marks = r->is_java || path_ends_in(path, ASP);
    r->runs_php = path_ends_in(path, PHP);
}

/* The next '<' from *at on. */
static bool next_mark(struct str t, size_t *at)
{
    const char *p = *at < t.n ? memchr(t.p + *at, '<', t.n - *at) : NULL;
    *at = p ? (size_t)(p - t.p) : t.n;
    return p;
}

/* Whether a server runs such code wherever it stands. */
static bool runs_anywhere(const struct page_reader *r, const struct page_part *part)
{
    return part->language == CODE_PHP ? r->runs_php : r->runs_marks;
}

static bool next_server(struct page_reader *r, struct page_part *ret)
{
    while ((r->runs_php || r->runs_marks) && next_mark(r->page, &r->server)) {
        size_t end = server_code(r, r->server, ret);
        bool runs = end && runs_anywhere(r, ret);
        r->server = runs ? end : r->server + 1;
        if (runs)
            return true;
    }
    return false;
}

/* What the tag that was read carries. */
static bool next_of_tag(struct page_reader *r, struct page_part *ret)
{
    while (r->attribute < r->tag.n) {
        size_t i = r->attribute++;
        if (look_attribute(r, r->tag.attributes[i].name, r->tag.attributes[i].value, ret))
            return true;
    }
    r->in_tag = false;
    return str_eq_nocase(r->tag.name, STR("script")) && look_script(r, &r->tag, &r->at, ret);
}

bool page_next(struct page_reader *r, struct page_part *ret)
{
    struct str t = r->page;
    if (next_server(r, ret) || (r->in_tag && next_of_tag(r, ret)))
        return true;
    while (next_mark(t, &r->at)) {
        size_t server = server_code(r, r->at, ret);
        if (server) {
            r->at = server;
            if (!runs_anywhere(r, ret))
                return true;
            continue;
        }
        if (str_starts(str_sub(t, r->at, r->at + 4), STR("<!--"))) {
            ptrdiff_t end = str_find(t, STR("-->"), r->at + 2);
            r->at = end >= 0 ? (size_t)end + 3 : t.n;
            continue;
        }
        if (r->at + 1 >= t.n || !isalpha((unsigned char)t.p[r->at + 1])) {
            r->at++;
            continue;
        }
        tag_read(r, r->at, &r->tag);
        r->at = r->tag.end;
        r->attribute = 0;
        r->in_tag = true;
        *ret = (struct page_part){.kind = PAGE_TAG};
        return true;
    }
    return false;
}
