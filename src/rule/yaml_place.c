// SPDX-License-Identifier: Apache-2.0
/*
 * Where the bytes of a value stand in the file. A decoded scalar and its source differ in blanks (folding,
 * indentation), in a block's header line and in escapes; all other bytes follow each other in the same order,
 * so walking both at once finds every one of them.
 */
#include "rule/yaml.h"

enum { MARK_EVERY = 1024 };

void source_init(struct source *s, struct arena *arena, const char *name, struct str content)
{
    const char *const end = content.p + content.n;
    size_t n = 1, line = 1;
    for (const char *p = content.p; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        n++;
    *s = (struct source){
        .name = name, .content = content, .lines = arena_array(arena, uint32_t, n), .n_lines = n};
    for (const char *p = content.p; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        s->lines[line++] = (uint32_t)(p - content.p) + 1;
}

void source_place(const struct source *s, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    size_t low = 0, high = s->n_lines;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (s->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *ret_line = (uint32_t)low + 1;
    *ret_column = (uint32_t)(offset - s->lines[low]) + 1;
}

struct str source_line(const struct source *s, uint32_t line)
{
    if (!line || line > s->n_lines)
        return STR_NULL;
    size_t end = line < s->n_lines ? s->lines[line] : s->content.n;
    struct str text = str_sub(s->content, s->lines[line - 1], end);
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of the escape at `from` (which is a backslash) in a double-quoted scalar. */
static size_t escape_length(struct str s, size_t from)
{
    switch (from + 1 < s.n ? s.p[from + 1] : 0) {
    case 'x':
        return 4;
    case 'u':
        return 6;
    case 'U':
        return 10;
    default:
        return 2;
    }
}

/* First byte of the content. A block's token begins there already; a quoted one's may begin with the quote.
 */
static size_t content_start(const struct yaml_node *n, struct str s)
{
    bool is_quoted = n->style == YAML_SINGLE || n->style == YAML_DOUBLE;
    bool at_quote = n->start < s.n && (s.p[n->start] == '"' || s.p[n->start] == '\'');
    return n->start + (is_quoted && at_quote);
}

/* Walks from the nearest mark to byte `at`; when `marks` is given, leaves one every MARK_EVERY bytes there.
 */
static size_t walk(const struct yaml_node *n, size_t at, struct yaml_mark *marks, size_t *ret_n_marks)
{
    const struct str s = str_sub(n->source->content, 0, n->end);
    size_t from = content_start(n, s), i = 0;
    if (n->n_marks) {
        size_t m = at / MARK_EVERY;
        for (m = m < n->n_marks ? m : n->n_marks - 1; m > 0 && n->marks[m].at > at; m--)
            ;
        i = n->marks[m].at;
        from = n->marks[m].from;
    }
    for (; i < n->text.n; i++) {
        if (marks && i >= *ret_n_marks * MARK_EVERY)
            marks[(*ret_n_marks)++] = (struct yaml_mark){(uint32_t)i, (uint32_t)from};
        char want = n->text.p[i];
        size_t length = 1, probe = from;
        while (probe < s.n && is_blank(s.p[probe]) && (!is_blank(want) || s.p[probe] != want))
            probe++;
        if (!is_blank(want))
            from = probe;
        else if (probe < s.n && s.p[probe] == want)
            from = probe;
        if (from >= s.n)
            return n->start;
        if (n->style == YAML_DOUBLE && s.p[from] == '\\') {
            /* A backslash before the end of a line only joins the lines. */
            while (from + 1 < s.n && s.p[from] == '\\' && (s.p[from + 1] == '\n' || s.p[from + 1] == '\r')) {
                for (from++; from < s.n && is_blank(s.p[from]);)
                    from++;
            }
            if (from < s.n && s.p[from] == '\\')
                length = escape_length(s, from);
        } else if (n->style == YAML_SINGLE && want == '\'') {
            length = 2;
        }
        if (i == at)
            return from;
        /* A fold gives one blank for a line end and indentation: the next byte looks for itself. */
        if (!is_blank(want) || s.p[from] == want || length > 1)
            from += length;
        /* \u and \U give several bytes of UTF-8 from one escape. */
        if (length >= 4)
            while (i + 1 < n->text.n && ((unsigned char)n->text.p[i + 1] & 0xC0) == 0x80) {
                if (++i == at)
                    return from - length;
            }
    }
    return from < s.n ? from : n->end;
}

size_t yaml_offset(const struct yaml_node *n, size_t at)
{
    return n->kind == YAML_SCALAR ? walk(n, at, NULL, NULL) : n->start;
}

void yaml_add_marks(struct yaml_node *n, struct arena *arena)
{
    size_t count = 0;
    if (n->text.n <= MARK_EVERY)
        return;
    struct yaml_mark *marks = arena_array(arena, struct yaml_mark, n->text.n / MARK_EVERY + 1);
    (void)walk(n, n->text.n, marks, &count);
    n->marks = marks;
    n->n_marks = count;
}
