// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <limits.h>

#include "base/intl.h"
#include "base/text.h"
#include "sink/page.h"

enum { CUT_WORD = 24 }; /* columns from which a word is cut in its middle at the end of what may be shown */

static const char *const MARKS[MARK__N][2] = {
    [MARK_DOT] = {"-", "·"},   [MARK_ELLIPSIS] = {"...", "…"}, [MARK_TIMES] = {"x", "×"},
    [MARK_CROSS] = {"X", "✗"}, [MARK_CHECK] = {"+", "✓"},      [MARK_FULL] = {"*", "●"},
    [MARK_EMPTY] = {".", "○"}, [MARK_ARROW] = {">", "→"},
};

/* Punctuation that rules use, for terminals without UTF-8; anything else is escaped byte by byte. */
static const struct {
    const char *utf8, *ascii;
} SPELLED[] = {{"·", "-"}, {"…", "..."}, {"–", "-"},  {"—", "-"}, {"×", "x"},
               {"’", "'"}, {"“", "\""},  {"”", "\""}, {"→", "->"}};

void page_done(struct page *p)
{
    strbuf_done(&p->out);
    arena_done(&p->arena);
}

const char *page_mark(const struct page *p, enum mark m)
{
    return MARKS[m][p->utf8];
}

static void spell(struct strbuf *b, struct str c)
{
    for (size_t i = 0; i < sizeof(SPELLED) / sizeof(SPELLED[0]); i++)
        if (str_is(c, SPELLED[i].utf8)) {
            strbuf_adds(b, SPELLED[i].ascii);
            return;
        }
    for (size_t i = 0; i < c.n; i++)
        strbuf_printf(b, "\\x%02x", (unsigned char)c.p[i]);
}

struct str page_safe(struct page *p, struct str raw)
{
    struct strbuf safe = {}, ascii = {};
    text_add_safe(&safe, raw);
    struct str s = strbuf_str(&safe);
    while (!p->utf8 && s.n) {
        uint32_t c = 0;
        size_t n = text_decode(s, &c);
        if (c < 0x80)
            strbuf_addc(&ascii, (char)c);
        else
            spell(&ascii, str_n(s.p, n));
        s = str_sub(s, n, s.n);
    }
    s = arena_str(&p->arena, p->utf8 ? strbuf_str(&safe) : strbuf_str(&ascii));
    strbuf_done(&safe);
    strbuf_done(&ascii);
    return s;
}

struct str page_format(struct page *p, const char *fmt, ...)
{
    struct strbuf b = {};
    va_list ap;
    va_start(ap, fmt);
    strbuf_vprintf(&b, fmt, ap);
    va_end(ap);
    struct str s = arena_str(&p->arena, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

void page_put(struct page *p, struct str safe)
{
    strbuf_add(&p->out, safe);
    p->column += (unsigned)text_width(safe);
}

void page_puts(struct page *p, const char *text)
{
    page_put(p, str_from(text));
}

void page_to(struct page *p, unsigned column)
{
    if (column > p->column) {
        strbuf_pad(&p->out, ' ', column - p->column);
        p->column = column;
    }
}

void page_end_line(struct page *p)
{
    while (p->out.n && p->out.p[p->out.n - 1] == ' ')
        p->out.p[--p->out.n] = 0;
    strbuf_addc(&p->out, '\n');
    p->column = 0;
}

/* Puts what fits in the rest of the line but for its last `kept` columns, the middle left out when it is too long. */
static void put_fit(struct page *p, struct str safe, size_t kept)
{
    struct strbuf b = {};
    text_add_fit(&b, safe, p->width > p->column + kept ? p->width - p->column - kept : 1, p->utf8);
    page_put(p, strbuf_str(&b));
    strbuf_done(&b);
}

void page_words(struct page *p, unsigned indent, struct str safe)
{
    page_words_most(p, indent, safe, UINT_MAX);
}

void page_words_most(struct page *p, unsigned indent, struct str safe, unsigned lines)
{
    bool at_start = true;
    struct str ellipsis = str_from(page_mark(p, MARK_ELLIPSIS));
    while (safe.n) {
        unsigned blanks = 0;
        while (safe.n && safe.p[0] == ' ') {
            safe = str_sub(safe, 1, safe.n);
            blanks = 1;
        }
        struct str word = text_next_piece(&safe);
        if (!word.n)
            break;
        size_t width = text_width(word), last = lines > 1 || !safe.n ? 0 : 1 + text_width(ellipsis);
        if ((!at_start || p->column > indent) && p->column + blanks + width + last > p->width) {
            if (lines == 1) {
                if (p->column + blanks + CUT_WORD < p->width) { /* a word so long is a value: its beginning and end tell more than nothing */
                    page_to(p, p->column + blanks);
                    put_fit(p, word, last);
                    if (!safe.n)
                        return;
                }
                page_to(p, p->column + (p->column + 1 + text_width(ellipsis) <= p->width));
                page_put(p, ellipsis);
                return;
            }
            lines--;
            page_end_line(p);
            page_to(p, indent);
            blanks = 0;
        }
        if (at_start)
            blanks = 0;
        page_to(p, p->column + blanks);
        last = lines > 1 || !safe.n ? 0 : 1 + text_width(ellipsis);
        if (p->column + width + last > p->width)
            put_fit(p, word, last);
        else
            page_put(p, word);
        at_start = false;
    }
}

void page_piece(struct page *p, unsigned indent, unsigned gap, struct str safe)
{
    size_t width = text_width(safe);
    if (p->column > indent) {
        if (p->column + gap + width <= p->width) {
            page_to(p, p->column + gap);
            page_put(p, safe);
            return;
        }
        page_end_line(p);
    }
    page_to(p, indent);
    put_fit(p, safe, 0);
}

void page_coloured(struct page *p, const char *sgr, struct str safe)
{
    if (p->colour)
        strbuf_printf(&p->out, "\033[%sm", sgr);
    page_put(p, safe);
    if (p->colour)
        strbuf_adds(&p->out, "\033[0m");
}

struct str page_upper(struct page *p, const char *word)
{
    const char *said = _(word);
    struct str shown = page_format(p, "%s", said);
    for (size_t i = 0; said == word && i < shown.n; i++)
        ((char *)shown.p)[i] = (char)toupper((unsigned char)shown.p[i]);
    return shown;
}

const char *page_severity_sgr(enum severity s)
{
    static const char *const SGR[SEVERITY__N] = {
        [SEVERITY_CRITICAL] = "1;31", [SEVERITY_HIGH] = "31", [SEVERITY_MEDIUM] = "33",
        [SEVERITY_LOW] = "36",        [SEVERITY_INFO] = "2",
    };
    return SGR[s];
}

void page_severity(struct page *p, enum priority priority)
{
    const enum severity s = severity_of(priority);
    page_coloured(p, page_severity_sgr(s), page_upper(p, severity_name(s)));
}
