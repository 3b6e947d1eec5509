// SPDX-License-Identifier: Apache-2.0
#include "log/plain.h"

#include "log/members.h"

static inline uint64_t tagged(char tag, uint64_t payload)
{
    return (uint64_t)(uint8_t)tag << 56 | payload;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The word of a string whose quotes stand at these places. */
static inline uint64_t string_word(uint32_t from, uint32_t to)
{
    return tagged('"', (uint64_t)(to - from - 1) << 32 | (from + 1));
}

/* The closing quote of the string that begins at the mark: it stands before the next one, maybe with white space between. 0: it does not. */
static inline uint32_t find_end(const char *text, const uint32_t *mark)
{
    uint32_t end = mark[1] - 1;
    while (is_space(text[end]))
        end--;
    return text[end] == '"' && end > mark[0] ? end : 0;
}

/* Behind a number or a word. */
static bool is_over(char c)
{
    return c == ',' || c == '}' || c == ']' || is_space(c);
}

uint64_t *plain_number(const char *at, uint64_t *word)
{
    enum { DIGITS = 18 };
    uint64_t u = 0;
    size_t n = 0;
    for (; n < DIGITS && at[n] >= '0' && at[n] <= '9'; n++)
        u = u * 10 + (uint64_t)(at[n] - '0');
    if (!n || (n > 1 && at[0] == '0') || !is_over(at[n]))
        return NULL;
    *word++ = tagged('l', 0);
    *word++ = u;
    return word;
}

/* What is no string; NULL when it is not plain. Else behind its words. */
static uint64_t *add_scalar(const char *at, uint64_t *word)
{
    *word = tagged(*at, 0);
    if (!memcmp(at, "true", 4) || !memcmp(at, "null", 4))
        return is_over(at[4]) ? word + 1 : NULL;
    if (!memcmp(at, "false", 5))
        return is_over(at[5]) ? word + 1 : NULL;
    return plain_number(at, word);
}

/*
 * Names that came in this order before, of the object that begins or goes on here: what stands between their marks needs no look. Goes on until a
 * name is another, or a value no string; true: the mark is at a value that is none. *ret_is_lost: a name is another.
 */
static inline bool follow(struct members *m, const char *t, const uint32_t **at, const uint32_t *end, const uint64_t *words, uint64_t **word, bool *ret_is_lost)
{
    uint16_t over, behind; /* of a string, with what is behind it */
    const uint32_t *mark = *at;
    uint64_t *w = *word;
    struct name_step *step = m->step;
    uint32_t *name = m->names + m->n;
    bool is_at_value = false;
    memcpy(&over, "\",", sizeof(over));
    while (mark + 3 < end) {
        const uint32_t a = mark[0];
        struct name_step *s = name_step_of(step, t + a);
        if (!s || (!s->is_string && mark[2] != a + s->size)) {
            *ret_is_lost = true;
            break;
        }
        step = s;
        *name++ = (uint32_t)(w - words); /* not too many: the tree is no deeper */
        *w++ = s->word + a;
        const uint32_t c = mark[2], d = mark[3];
        memcpy(&behind, t + d - 1, sizeof(behind));
        if (!s->is_string || behind != over || d - c < 2) {
            mark += 2;
            is_at_value = true;
            break;
        }
        *w++ = string_word(c, d - 1);
        mark += 4;
    }
    m->step = step;
    m->n = (uint32_t)(name - m->names);
    *at = mark;
    *word = w;
    return is_at_value;
}

size_t plain_read(struct str text, const uint32_t *marks, size_t n, uint64_t *words, struct object_members *o, struct tape *ret)
{
    const char *const t = text.p;
    const uint32_t *mark = marks, *const end = marks + n;
    uint64_t *w = words + 1;
    uint32_t open[PLAIN_DEPTH], to;
    size_t depth = 0;
    char kind = '{'; /* of the innermost that is open */
    struct members *followed[PLAIN_FOLLOWED + 1] = {}; /* by depth; NULL: its names go their own way */
    if (t[*mark] != kind)
        return 0;
    members_begin(o);
begin:
    if (depth == PLAIN_DEPTH || mark + 1 >= end)
        return 0;
    open[depth++] = (uint32_t)(w - words);
    if (depth <= PLAIN_FOLLOWED)
        followed[depth] = kind != '{'           ? NULL
                          : depth == 1          ? &o->v[0]
                          : followed[depth - 1] ? members_within_begin(o, followed[depth - 1]->step, open[depth - 1])
                                                : NULL;
    *w++ = tagged(kind, 0);
    mark++;
    if (t[*mark] == kind + 2) /* } behind {, ] behind [ */
        goto close;
    if (kind == '[')
        goto value;
member:
    if (depth <= PLAIN_FOLLOWED && followed[depth]) {
        bool is_lost = false;
        if (follow(followed[depth], t, &mark, end, words, &w, &is_lost))
            goto value;
        if (is_lost) {
            members_lose(o, followed[depth]);
            followed[depth] = NULL;
        }
    }
    /* most are "name":"value", without white space */
    while (mark + 4 < end) {
        const uint32_t a = mark[0], b = mark[1], c = mark[2], d = mark[3];
        if (t[a] != '"' || t[b - 1] != '"' || t[b] != ':' || t[c] != '"' || t[d - 1] != '"' || b - a < 2 || d - c < 2 || t[d] != ',')
            break;
        w[0] = string_word(a, b - 1);
        w[1] = string_word(c, d - 1);
        w += 2;
        mark += 4;
    }
    if (mark + 3 >= end || t[mark[0]] != '"' || t[mark[1]] != ':' || !(to = find_end(t, mark)))
        return 0;
    *w++ = string_word(mark[0], to);
    mark += 2;
value:
    if (t[*mark] == '"') {
        if (!(to = find_end(t, mark)))
            return 0;
        *w++ = string_word(*mark, to);
    } else if (t[*mark] == '{' || t[*mark] == '[') {
        kind = t[*mark];
        goto begin;
    } else if (!(w = add_scalar(t + *mark, w))) {
        return 0;
    }
    mark++;
behind:
    if (mark >= end)
        return 0;
    if (t[*mark] == ',') {
        if (++mark >= end)
            return 0;
        if (kind == '{')
            goto member;
        goto value;
    }
    if (t[*mark] != kind + 2)
        return 0;
close:
    mark++;
    depth--;
    *w++ = tagged((char)(kind + 2), open[depth]);
    words[open[depth]] |= (uint64_t)(w - words);
    if (depth) {
        kind = (char)(words[open[depth - 1]] >> 56);
        goto behind;
    }
    *ret = (struct tape){.words = words, .text = t, .names = t, .members = o};
    members_end(o, ret);
    return (size_t)(mark - marks);
}
