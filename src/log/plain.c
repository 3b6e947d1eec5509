// SPDX-License-Identifier: Apache-2.0
#include "log/plain.h"

#include "log/shape.h"

struct plain {
    const char *text;
    const uint32_t *mark, *end;
    uint64_t *words, *word; /* the first; the next */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void add(struct plain *p, char tag, uint64_t payload)
{
    *p->word++ = (uint64_t)(uint8_t)tag << 56 | payload;
}

/* The string that begins at the mark; its end stands before the next one. */
static inline bool add_string(struct plain *p)
{
    const uint32_t from = p->mark[0] + 1;
    uint32_t end = p->mark[1] - 1;
    while (is_space(p->text[end]))
        end--;
    if (p->text[end] != '"' || end < from)
        return false;
    add(p, '"', (uint64_t)(end - from) << 32 | from);
    return true;
}

/* Behind a number or a word. */
static bool is_over(char c)
{
    return c == ',' || c == '}' || c == ']' || is_space(c);
}

static inline bool add_word(struct plain *p, struct str word)
{
    const char *at = p->text + *p->mark;
    add(p, word.p[0], 0);
    return !memcmp(at, word.p, word.n) && is_over(at[word.n]);
}

/* Of whole numbers those that nobody reads in two ways: no sign, no zeros before, below 10^18. */
static bool add_number(struct plain *p)
{
    enum { DIGITS = 18 };
    const char *at = p->text + *p->mark;
    uint64_t u = 0;
    size_t n = 0;
    for (; n < DIGITS && at[n] >= '0' && at[n] <= '9'; n++)
        u = u * 10 + (uint64_t)(at[n] - '0');
    if (!n || (n > 1 && at[0] == '0') || !is_over(at[n]))
        return false;
    add(p, 'l', 0);
    *p->word++ = u;
    return true;
}

static bool add_scalar(struct plain *p)
{
    switch (p->text[*p->mark]) {
    case '"':
        return add_string(p);
    case 't':
        return add_word(p, STR("true"));
    case 'f':
        return add_word(p, STR("false"));
    case 'n':
        return add_word(p, STR("null"));
    default:
        return add_number(p);
    }
}

bool plain_read(struct str text, const uint32_t *marks, size_t n, const uint64_t *keys, uint64_t *words, uint32_t *names, struct tape *ret,
                uint64_t *ret_digest)
{
    struct plain p = {.text = text.p, .mark = marks, .end = marks + n, .words = words, .word = words + 1};
    uint32_t open[PLAIN_DEPTH];
    size_t depth = 0, n_names = 0;
    uint64_t digest = 0;
    char c = text.p[*marks];
    if (c != '{')
        return false;
begin:
    if (depth == PLAIN_DEPTH)
        return false;
    open[depth++] = (uint32_t)(p.word - p.words);
    add(&p, c, 0);
    p.mark++;
    if (p.mark >= p.end)
        return false;
    if (p.text[*p.mark] == c + 2) /* } behind {, ] behind [ */
        goto end;
    if (c == '[')
        goto value;
member:
    if (p.mark + 3 >= p.end || p.text[p.mark[0]] != '"' || p.text[p.mark[1]] != ':')
        return false;
    if (!add_string(&p))
        return false;
    if (depth == 1 && n_names < SHAPE_NAMES) {
        const uint64_t word = p.word[-1];
        digest = shape_digest(digest, keys, n_names, p.text + (uint32_t)word, word >> 32 & 0xffffff, p.text[p.mark[2]] == '"');
        names[n_names] = (uint32_t)(p.word - p.words - 1);
    }
    n_names += depth == 1;
    p.mark += 2;
value:
    if (p.mark >= p.end)
        return false;
    c = p.text[*p.mark];
    if (c == '{' || c == '[')
        goto begin;
    if (!add_scalar(&p))
        return false;
    p.mark++;
behind:
    if (p.mark >= p.end)
        return false;
    c = p.text[*p.mark];
    const bool is_object = p.words[open[depth - 1]] >> 56 == '{';
    if (c == ',') {
        p.mark++;
        if (is_object)
            goto member;
        goto value;
    }
    if (c != (is_object ? '}' : ']'))
        return false;
end:
    depth--;
    p.mark++;
    add(&p, p.text[p.mark[-1]], open[depth]);
    p.words[open[depth]] |= (uint64_t)(p.word - p.words);
    if (depth)
        goto behind;
    *ret = (struct tape){.words = words, .text = text.p, .names = names, .n_names = n_names <= SHAPE_NAMES ? (uint32_t)n_names : 0};
    *ret_digest = digest + n_names;
    return p.mark == p.end;
}
