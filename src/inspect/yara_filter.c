// SPDX-License-Identifier: Apache-2.0
#include "inspect/yara_filter.h"

#include <yara/ahocorasick.h>

#include "base/map.h"
#include "inspect/yara_code.h"
#include "inspect/yara_condition.h"

enum {
    RANGES_MAX = 1 << 12, /* per content; with more of them it is seen whole */
    SPANS_MAX = 1 << 15,  /* places noted per content, those of one string that touch taken together */
    EDGE_BYTES = 8,       /* beyond a match: what `fullword` and anchors look at */
    ATOM_BYTES_MIN = 2,   /* one byte is everywhere */
    NO_SPAN = UINT32_MAX,
};

/* One way to tell of a string: bytes, and what must stand around them. */
struct piece {
    uint32_t string;
    int32_t end; /* of the bytes, from the place where the codes begin (a text: where it begins) */
    enum piece_kind { PIECE_TEXT, PIECE_XOR, PIECE_CODE, PIECE_BYTES /* nothing more is known */ } kind;
    uint8_t step;
    uint32_t before, after; /* reach of a match around that place */
    const uint8_t *forward, *backward;
};

/* Strings with a wide gap are split; a match needs all parts. */
struct chain {
    uint32_t head;
    uint32_t n, seen; /* parts; those of them seen in this content */
    size_t from, to;  /* of what was seen */
};

struct string_state {
    uint32_t chain; /* number plus one; 0: none */
    uint32_t span;  /* the last one of this content, NO_SPAN for none */
    bool weak;
    bool is_touched;
};

struct span {
    uint32_t string;
    struct yara_range range;
};

struct yara_filter {
    const YR_RULES *rules;
    VEC(struct piece) pieces;
    VEC(struct chain) chains;
    struct string_state *strings;
    bool *may; /* per string: may be in this content */
    struct yara_conditions *conditions;
    size_t n_weak;
    /* of one content */
    VEC(struct span) spans;
    VEC(uint32_t) touched, touched_rules;
    bool is_full; /* more spans than are kept */
};

/* Whether the string is searched for as it is written: libyara keeps no code for it. */
static bool is_text(const YR_STRING *s)
{
    return STRING_IS_LITERAL(s) && (STRING_IS_ASCII(s) || STRING_IS_WIDE(s)) && !STRING_IS_XOR(s) &&
           !STRING_IS_BASE64(s) && !STRING_IS_BASE64_WIDE(s) && s->length > 0;
}

static struct str text_of(const YR_STRING *s)
{
    return str_n(s->string, s->length > 0 ? (size_t)s->length : 0);
}

static void mark_weak(struct yara_filter *f, uint32_t string)
{
    f->n_weak += !f->strings[string].weak;
    f->strings[string].weak = f->may[string] = true;
}

/* The analyzer subscribes later: until then the bytes of a piece are known only here. */
struct making {
    struct yara_filter *filter;
    struct patterns *patterns;
    struct map pieces; /* piece and its bytes, so that each is asked for once */
    struct arena arena;
};

static void on_hit(void *state, unsigned number, const struct content *c, size_t end);

static void ask(struct making *m, const struct piece *p, struct str bytes)
{
    char *key = arena_alloc(&m->arena, sizeof(*p) + bytes.n);
    bool new;
    memcpy(key, p, sizeof(*p));
    memcpy(key + sizeof(*p), bytes.p, bytes.n);
    (void)map_put(&m->pieces, str_n(key, sizeof(*p) + bytes.n), &new);
    if (!new)
        return;
    vec_add(&m->filter->pieces, *p);
    patterns_add(m->patterns, bytes, STRING_IS_NO_CASE(&m->filter->rules->strings_table[p->string]), false, on_hit,
                 m->filter, (unsigned)(m->filter->pieces.n - 1));
}

static struct piece piece_new(uint32_t string, enum piece_kind kind, unsigned step)
{
    struct piece p;
    memset(&p, 0, sizeof(p)); /* padding too: pieces are compared by their bytes */
    p.string = string;
    p.kind = kind;
    p.step = (uint8_t)step;
    return p;
}

static void ask_text(struct making *m, const YR_STRING *s, unsigned step)
{
    struct yara_code_bytes bytes;
    struct piece p = piece_new(s->idx, PIECE_TEXT, step);
    if (!yara_text_bytes(text_of(s), step, &bytes)) {
        mark_weak(m->filter, s->idx);
        return;
    }
    p.end = (int32_t)bytes.end;
    p.before = EDGE_BYTES;
    p.after = (uint32_t)((size_t)s->length * step + EDGE_BYTES);
    ask(m, &p, str_n(bytes.p, bytes.n));
}

static uint32_t reach(const uint8_t *code, const YR_STRING *s, unsigned step, bool is_before)
{
    size_t n, most = (size_t)s->length * 2 > YR_RE_SCAN_LIMIT ? (size_t)s->length * 2 : YR_RE_SCAN_LIMIT;
    if (!code) /* nothing stands before a match's begin; what stands behind it is not known */
        return (uint32_t)(EDGE_BYTES + (is_before ? 0 : most));
    return (uint32_t)((yara_code_length(code, step, &n) ? n : most) + EDGE_BYTES);
}

static bool is_atom_usable(struct str atom)
{
    return atom.n >= ATOM_BYTES_MIN && atom.p[0]; /* vectorscan takes no literal that begins with NUL */
}

/* A string that libyara would look at closer where its automaton has found `atom`. */
static void ask_code(struct making *m, const YR_AC_MATCH *match, struct str atom, unsigned step)
{
    const YR_STRING *s = match->string;
    struct yara_code_bytes bytes;
    struct piece p = piece_new(s->idx,
                               match->forward_code ? PIECE_CODE
                               : STRING_IS_XOR(s)  ? PIECE_XOR
                                                   : PIECE_BYTES,
                               step);
    bool found = false;
    p.forward = match->forward_code;
    p.backward = match->backward_code;
    if (match->forward_code)
        found = yara_code_bytes(match->forward_code, match->backward_code, step, &bytes);
    p.before = reach(match->backward_code, s, step, true);
    p.after = p.kind == PIECE_XOR ? (uint32_t)((size_t)s->length * step + EDGE_BYTES) : reach(match->forward_code, s, step, false);
    if (found) {
        p.end = (int32_t)bytes.end;
        ask(m, &p, str_n(bytes.p, bytes.n));
        return;
    }
    size_t cut = 0; /* zeros in front */
    while (cut < atom.n && !atom.p[cut])
        cut++;
    atom = str_sub(atom, cut, atom.n);
    if (!is_atom_usable(atom)) {
        mark_weak(m->filter, s->idx);
        return;
    }
    p.end = match->backtrack;
    ask(m, &p, atom);
}

static void ask_match(struct making *m, const YR_AC_MATCH *match, struct str atom)
{
    const YR_STRING *s = match->string;
    if (is_text(s) || m->filter->strings[s->idx].weak)
        return;
    bool wide = STRING_IS_WIDE(s), ascii = STRING_IS_ASCII(s) || !wide;
    if (ascii)
        ask_code(m, match, atom, 1);
    if (wide)
        ask_code(m, match, atom, 2);
}

/* Asks for the strings in and below a state of libyara's automaton (a tree whose paths from the root are the atoms; the
 * other transitions, taken when none fits, stand in slot 0); false when it is not the tree that is known here. */
static bool ask_state(struct making *m, uint32_t state, char *path, size_t n)
{
    const YR_RULES *rules = m->filter->rules;
    if (rules->ac_match_table[state])
        for (const YR_AC_MATCH *a = &rules->ac_match_pool[rules->ac_match_table[state] - 1]; a; a = a->next)
            ask_match(m, a, str_n(path, n));
    for (uint32_t byte = 0; byte < 256; byte++) {
        YR_AC_TRANSITION t = rules->ac_transition_table[state + byte + 1];
        if (YR_AC_INVALID_TRANSITION(t, byte + 1))
            continue;
        if (n == YR_MAX_ATOM_LENGTH)
            return false;
        path[n] = (char)byte;
        if (!ask_state(m, YR_AC_NEXT_STATE(t), path, n + 1))
            return false;
    }
    return true;
}

/* Numbers the chains; a part refers to the one before it. */
static void find_chains(struct yara_filter *f)
{
    for (uint32_t i = 0; i < f->rules->num_strings; i++) {
        const YR_STRING *s = &f->rules->strings_table[i], *head = s;
        if (!STRING_IS_CHAIN_PART(s))
            continue;
        while (head->chained_to)
            head = head->chained_to;
        struct string_state *h = &f->strings[head->idx];
        if (!h->chain) {
            vec_add(&f->chains, (struct chain){.head = head->idx});
            h->chain = (uint32_t)f->chains.n;
        }
        f->strings[i].chain = h->chain;
        f->chains.v[h->chain - 1].n++;
    }
}

/* A part that nothing tells of makes its whole chain so. */
static void spread_weakness(struct yara_filter *f)
{
    for (uint32_t i = 0; i < f->rules->num_strings; i++)
        if (f->strings[i].weak && f->strings[i].chain)
            mark_weak(f, f->chains.v[f->strings[i].chain - 1].head);
}

struct yara_filter *yara_filter_new(const YR_RULES *rules)
{
    struct yara_filter *f = xnew(struct yara_filter);
    f->rules = rules;
    f->strings = xalloc((rules->num_strings + 1) * sizeof(*f->strings));
    f->may = xalloc(rules->num_strings + 1);
    for (uint32_t i = 0; i < rules->num_strings; i++)
        f->strings[i].span = NO_SPAN;
    find_chains(f);
    return f;
}

void yara_filter_subscribe(struct yara_filter *f, struct patterns *patterns)
{
    struct making m = {.filter = f, .patterns = patterns};
    char path[YR_MAX_ATOM_LENGTH];
    for (uint32_t i = 0; i < f->rules->num_strings; i++) {
        const YR_STRING *s = &f->rules->strings_table[i];
        if (!is_text(s))
            continue;
        if (STRING_IS_ASCII(s))
            ask_text(&m, s, 1);
        if (STRING_IS_WIDE(s))
            ask_text(&m, s, 2);
    }
    if (!ask_state(&m, YR_AC_ROOT_STATE, path, 0))
        for (uint32_t i = 0; i < f->rules->num_strings; i++)
            mark_weak(f, i);
    map_done(&m.pieces);
    arena_done(&m.arena);
    spread_weakness(f);
    f->conditions = yara_conditions_new(f->rules, f->may);
}

struct yara_filter *yara_filter_free(struct yara_filter *f)
{
    if (!f)
        return NULL;
    yara_conditions_free(f->conditions);
    vec_done(&f->pieces);
    vec_done(&f->chains);
    vec_done(&f->spans);
    vec_done(&f->touched);
    vec_done(&f->touched_rules);
    free(f->strings);
    free(f->may);
    free(f);
    return NULL;
}

size_t yara_filter_weak(const struct yara_filter *f)
{
    return f->n_weak;
}

size_t yara_filter_loose(const struct yara_filter *f)
{
    return f->conditions ? yara_conditions_loose(f->conditions) : 0;
}

static void note(struct yara_filter *f, uint32_t string, struct yara_range r)
{
    struct string_state *s = &f->strings[string];
    if (!s->is_touched) {
        s->is_touched = true;
        vec_add(&f->touched, string);
    }
    if (s->span != NO_SPAN) {
        struct yara_range *last = &f->spans.v[s->span].range;
        if (r.from <= last->to && r.to >= last->from) {
            last->from = r.from < last->from ? r.from : last->from;
            last->to = r.to > last->to ? r.to : last->to;
            return;
        }
    }
    if (f->spans.n >= SPANS_MAX) {
        f->is_full = true;
        return;
    }
    s->span = (uint32_t)f->spans.n;
    vec_add(&f->spans, (struct span){string, r});
}

static bool agrees(const struct piece *p, const YR_STRING *s, struct str data, size_t at)
{
    bool nocase = STRING_IS_NO_CASE(s);
    switch (p->kind) {
    case PIECE_CODE:
        return yara_code_agrees(p->forward, data, at, false, p->step, nocase) &&
               (!p->backward || yara_code_agrees(p->backward, data, at, true, p->step, nocase));
    case PIECE_TEXT:
    case PIECE_XOR:
        return yara_text_agrees(text_of(s), data, at, p->step, nocase, p->kind == PIECE_XOR);
    default:
        return true;
    }
}

static void on_hit(void *state, unsigned number, const struct content *c, size_t end)
{
    struct yara_filter *f = state;
    const struct piece *p = &f->pieces.v[number];
    const YR_STRING *s = &f->rules->strings_table[p->string];
    struct str data = c->data;
    /* The text may begin before the window: then libyara cannot find it either. */
    if (p->end > 0 && (size_t)p->end > end)
        return;
    size_t at = end - (size_t)(ptrdiff_t)p->end;
    if (at > data.n)
        return;
    if (STRING_IS_FIXED_OFFSET(s) && (p->kind == PIECE_TEXT || p->kind == PIECE_XOR) &&
        (int64_t)(c->offset + at) != s->fixed_offset)
        return;
    if (!agrees(p, s, data, at))
        return;
    note(f, p->string, (struct yara_range){.from = at > p->before ? at - p->before : 0,
                                           .to = data.n - at > p->after ? at + p->after : data.n});
}

static uint32_t rule_of(const struct yara_filter *f, uint32_t string)
{
    return f->rules->strings_table[string].rule_idx;
}

static void may_be(struct yara_filter *f, uint32_t string)
{
    f->may[string] = true;
    vec_add(&f->touched_rules, rule_of(f, string));
}

/* Which strings may be there: a chain only when each of its parts was seen. */
static void weigh(struct yara_filter *f)
{
    vec_each(string, &f->touched)
    {
        const struct string_state *s = &f->strings[*string];
        struct chain *ch = s->chain ? &f->chains.v[s->chain - 1] : NULL;
        if (!ch)
            may_be(f, *string);
        else if (++ch->seen == ch->n)
            may_be(f, ch->head);
    }
}

static int by_from(const void *a, const void *b)
{
    const struct yara_range *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* The places of the strings of rules that may match; false when everything has to be seen. */
static bool collect(struct yara_filter *f, yara_ranges *ret)
{
    if (f->is_full || yara_conditions_ask_entry(f->conditions))
        return false;
    for (uint32_t i = 0; f->n_weak && i < f->rules->num_strings; i++)
        if (f->strings[i].weak && yara_conditions_open(f->conditions, rule_of(f, i)))
            return false;
    vec_each(span, &f->spans)
    {
        const struct string_state *s = &f->strings[span->string];
        struct chain *ch = s->chain ? &f->chains.v[s->chain - 1] : NULL;
        if (!yara_conditions_open(f->conditions, rule_of(f, span->string)) || (ch && ch->seen < ch->n))
            continue;
        if (!ch) {
            vec_add(ret, span->range);
        } else if (ch->to) { /* libyara measures the gap between parts within one block */
            ch->from = span->range.from < ch->from ? span->range.from : ch->from;
            ch->to = span->range.to > ch->to ? span->range.to : ch->to;
        } else {
            ch->from = span->range.from;
            ch->to = span->range.to;
        }
    }
    vec_each(ch, &f->chains) if (ch->to) vec_add(ret, (struct yara_range){ch->from, ch->to});
    if (ret->n > 1)
        qsort(ret->v, ret->n, sizeof(*ret->v), by_from);
    size_t n = 0;
    for (size_t i = 0; i < ret->n; i++)
        if (n && ret->v[i].from <= ret->v[n - 1].to)
            ret->v[n - 1].to = ret->v[i].to > ret->v[n - 1].to ? ret->v[i].to : ret->v[n - 1].to;
        else
            ret->v[n++] = ret->v[i];
    ret->n = n;
    return n <= RANGES_MAX;
}

static void forget(struct yara_filter *f)
{
    vec_each(string, &f->touched)
    {
        struct string_state *s = &f->strings[*string];
        s->span = NO_SPAN;
        s->is_touched = false;
        f->may[*string] = s->weak;
        if (s->chain) {
            struct chain *ch = &f->chains.v[s->chain - 1];
            f->may[ch->head] = f->strings[ch->head].weak;
            ch->seen = 0;
            ch->from = ch->to = 0;
        }
    }
    vec_clear(&f->touched);
    vec_clear(&f->touched_rules);
    vec_clear(&f->spans);
    f->is_full = false;
}

bool yara_filter_run(struct yara_filter *f, const struct content *c, yara_ranges *ret)
{
    vec_clear(ret);
    weigh(f);
    bool any = yara_conditions_run(f->conditions, c, f->may, f->touched_rules.v, f->touched_rules.n);
    if (any && !collect(f, ret)) {
        vec_clear(ret);
        vec_add(ret, (struct yara_range){0, c->data.n});
    }
    forget(f);
    return any;
}

bool yara_filter_open(const struct yara_filter *f, uint32_t rule)
{
    return yara_conditions_open(f->conditions, rule);
}

bool yara_filter_asks(const struct yara_filter *f, const char *name)
{
    return yara_conditions_ask(f->conditions, name);
}
