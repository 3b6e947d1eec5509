// SPDX-License-Identifier: Apache-2.0
/* Where in the content something was seen: line and column, and the words around it. */
#include "base/text.h"
#include "inspect/inspection.h"

enum {
    EXCERPT_SIDE = 40, /* bytes shown at either side of what was seen */
    EXCERPT_MAX = 160, /* bytes shown of what was seen itself */
    APART_MIN = 4096,  /* bytes between marks of lines */
};

typedef uint8_t wide __attribute__((vector_size(32)));

/* A call for each line takes ten times as long where lines are short. */
static size_t count_newlines(const char *p, size_t n)
{
    size_t sum = 0, at = 0;
    while (n - at >= sizeof(wide)) {
        size_t blocks = (n - at) / sizeof(wide);
        wide counts = {};
        for (size_t left = blocks < UINT8_MAX ? blocks : UINT8_MAX; left; left--, at += sizeof(wide)) {
            wide bytes;
            memcpy(&bytes, p + at, sizeof(bytes));
            counts -= (wide)(bytes == '\n'); /* all bits are one where they are the same: one less than none */
        }
        for (size_t i = 0; i < sizeof(wide); i++)
            sum += counts[i];
    }
    for (; at < n; at++)
        sum += p[at] == '\n';
    return sum;
}

void content_line(const struct content *c, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    *ret_line = *ret_column = 0;
    if (!c->first || !c->is_text || !c->lines || offset > c->data.n)
        return;
    struct line_cache *l = c->lines;
    const char *p = c->data.p;
    const size_t apart = c->data.n / LINE_MARKS < APART_MIN ? APART_MIN : c->data.n / LINE_MARKS + 1, mark = offset / apart;
    for (; l->n < mark; l->n++)
        l->marks[l->n + 1] = l->marks[l->n] + (uint32_t)count_newlines(p + l->n * apart, apart);
    bool goes_on = offset >= l->offset && l->offset >= mark * apart;
    size_t from = goes_on ? l->offset : mark * apart, more = count_newlines(p + from, offset - from);
    if (!goes_on || more) {
        const char *nl = offset ? memrchr(p, '\n', offset) : NULL;
        l->start = nl ? (size_t)(nl - p) + 1 : 0;
    }
    l->lines = (goes_on ? l->lines : l->marks[mark]) + more;
    l->offset = offset;
    *ret_line = (uint32_t)(l->lines + 1);
    *ret_column = (uint32_t)(offset - l->start + 1);
}

void inspection_see(struct facts *facts, enum field_id field, struct str value, const struct content *c,
                    size_t from, size_t to)
{
    if (facts_add(facts, field, value))
        inspection_note(facts, field, value, c, from, to);
}

void inspection_note(struct facts *facts, enum field_id field, struct str value, const struct content *c,
                     size_t from, size_t to)
{
    struct note n = {.field = field, .value = value, .via = c->via, .offset = c->offset + from};
    content_line(c, from, &n.line, &n.column);
    size_t end_at = to - from > EXCERPT_MAX ? from + EXCERPT_MAX : to;
    size_t a = from > EXCERPT_SIDE ? from - EXCERPT_SIDE : 0, z = end_at + EXCERPT_SIDE;
    if (z > c->data.n)
        z = c->data.n;
    if (c->is_text) { /* one line */
        const char *nl = memrchr(c->data.p + a, '\n', from - a);
        if (nl)
            a = (size_t)(nl - c->data.p) + 1;
        nl = end_at < z ? memchr(c->data.p + end_at, '\n', z - end_at) : NULL;
        if (nl)
            z = (size_t)(nl - c->data.p);
    }
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_safe(&b, str_sub(c->data, a, z));
    n.excerpt = strbuf_str(&b);
    facts_note(facts, &n);
}
