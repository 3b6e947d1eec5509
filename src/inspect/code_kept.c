// SPDX-License-Identifier: Apache-2.0
#include "inspect/code_kept.h"

#include <ctype.h>
#include <math.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/text.h"

enum {
    ITEMS_MIN = 4,
    DEPTH_MAX = 64, /* of parentheses */
    STEPS_MAX = 16, /* from a name to the function that has the list */
    LISTS_MAX = 64,
};

struct word {
    enum token_kind kind;
    char mark;
    struct str text; /* a string's is of the arena, others' of the code */
    size_t at, end;
};

/* A number or a text that is known without running anything. */
struct constant {
    enum { IS_UNKNOWN, IS_NUMBER, IS_TEXT } kind;
    double number;
    struct str text;
};

/* Where a name leads: to the function that has the list, or to one that asks another. */
struct way {
    bool is_alias;    /* another name for the same */
    bool is_end;      /* it has the list: element `number - shift` */
    bool is_encoded;  /* whose elements are in base64, under a key in RC4 too */
    struct str to;    /* else: the name that it asks */
    unsigned number, key; /* which of its arguments are the number and the key */
    bool has_key;
    double shift;     /* taken off the number */
};

struct list {
    struct str owner; /* variable or function */
    size_t from, n;   /* words: the elements are from, from + 2, … */
};

/* One step of the sum, in the order that it is counted in. */
struct step {
    char op; /* '#' a number, '$' a call, + - * / and '~' for a minus in front */
    double number;
    struct str name;
    struct constant arguments[KEPT_ARGUMENTS_MAX];
};

struct kept {
    struct arena *a, scratch; /* of texts; of those that are counted */
    struct str code;
    VEC(struct word) w;
    struct map ways;    /* name → struct way */
    struct map members; /* "object.name" → struct constant */
    struct way *last;   /* the last function that has the list: a decoder's letters stand in it */
    VEC(struct list) lists;
    VEC(struct step) sum;
    struct str asked; /* whose list is turned */
    double target;
    bool has_target, shifts;
    VEC(struct str) items;
    size_t turn;
    size_t work;
};

static bool is_mark(const struct kept *k, size_t i, char c)
{
    return i < k->w.n && k->w.v[i].kind == TOKEN_MARK && k->w.v[i].mark == c;
}

static bool is_name(const struct kept *k, size_t i)
{
    return i < k->w.n && k->w.v[i].kind == TOKEN_NAME;
}

static bool names(const struct kept *k, size_t i, const char *word)
{
    return is_name(k, i) && str_is(k->w.v[i].text, word);
}

static bool same(const struct kept *k, size_t i, struct str name)
{
    return is_name(k, i) && str_eq(k->w.v[i].text, name);
}

static void read_words(struct kept *k)
{
    struct code_reader r;
    struct token t;
    code_begin(&r, k->code, CODE_JAVASCRIPT);
    while (k->w.n < KEPT_TOKENS_MAX && code_next(&r, &t)) {
        struct str text = t.kind == TOKEN_STRING ? arena_str(k->a, t.text) : str_sub(k->code, t.at, t.end);
        vec_add(&k->w, (struct word){t.kind, t.mark, text, t.at, t.end});
    }
    code_done(&r);
}

static double number_of(struct str s)
{
    double v = 0;
    bool is_hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x';
    for (size_t i = is_hex ? 2 : 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!(is_hex ? isxdigit(c) : isdigit(c)))
            return NAN;
        v = v * (is_hex ? 16 : 10) + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

static bool constant_sum(struct kept *k, size_t *i, unsigned depth, struct constant *ret);

/* A number, a text, a member of an object of such, or a sum in parentheses. */
static bool constant_value(struct kept *k, size_t *i, unsigned depth, struct constant *ret)
{
    bool minus = false;
    for (; is_mark(k, *i, '-') || is_mark(k, *i, '+'); ++*i)
        minus ^= is_mark(k, *i, '-');
    if (*i >= k->w.n)
        return false;
    const struct word *w = &k->w.v[*i];
    if (w->kind == TOKEN_NUMBER) {
        *ret = (struct constant){.kind = IS_NUMBER, .number = number_of(w->text)};
        ++*i;
    } else if (w->kind == TOKEN_STRING) {
        *ret = (struct constant){.kind = IS_TEXT, .text = w->text};
        ++*i;
    } else if (w->kind == TOKEN_NAME && is_mark(k, *i + 1, '.') && is_name(k, *i + 2)) {
        const struct map_entry *e = map_get(&k->members, str_sub(k->code, w->at, k->w.v[*i + 2].end));
        if (!e)
            return false;
        *ret = *(struct constant *)e->ptr;
        *i += 3;
    } else if (is_mark(k, *i, '(') && depth < DEPTH_MAX) {
        ++*i;
        if (!constant_sum(k, i, depth + 1, ret) || !is_mark(k, *i, ')'))
            return false;
        ++*i;
    } else {
        return false;
    }
    if (minus && ret->kind != IS_NUMBER)
        return false;
    ret->number = minus ? -ret->number : ret->number;
    return ret->kind == IS_TEXT || isfinite(ret->number);
}

static bool constant_product(struct kept *k, size_t *i, unsigned depth, struct constant *ret)
{
    if (!constant_value(k, i, depth, ret))
        return false;
    while (is_mark(k, *i, '*') || is_mark(k, *i, '/')) {
        bool divides = is_mark(k, *i, '/');
        struct constant v;
        ++*i;
        if (!constant_value(k, i, depth, &v) || v.kind != IS_NUMBER || ret->kind != IS_NUMBER)
            return false;
        ret->number = divides ? ret->number / v.number : ret->number * v.number;
    }
    return true;
}

/* A sum of constants from word *i on; *i is behind it. */
static bool constant_sum(struct kept *k, size_t *i, unsigned depth, struct constant *ret)
{
    if (!constant_product(k, i, depth, ret))
        return false;
    while (is_mark(k, *i, '+') || is_mark(k, *i, '-')) {
        bool minus = is_mark(k, *i, '-');
        struct constant v;
        ++*i;
        if (!constant_product(k, i, depth, &v) || v.kind != IS_NUMBER || ret->kind != IS_NUMBER)
            return false;
        ret->number += minus ? -v.number : v.number;
    }
    return true;
}

/* The arguments of a call whose parenthesis is word *i; those that are not known stay so. False when it is not closed. */
static bool read_arguments(struct kept *k, size_t *i, struct constant *ret)
{
    unsigned n = 0;
    size_t at = *i + 1;
    if (is_mark(k, at, ')')) {
        *i = at + 1;
        return true;
    }
    for (;;) {
        struct constant v = {};
        if (!constant_sum(k, &at, 0, &v) || (!is_mark(k, at, ',') && !is_mark(k, at, ')')))
            return false;
        if (n < KEPT_ARGUMENTS_MAX)
            ret[n++] = v;
        if (is_mark(k, at++, ')'))
            break;
    }
    *i = at;
    return true;
}

static void add_way(struct kept *k, struct str name, struct way way)
{
    if (k->ways.n >= KEPT_NAMES_MAX || map_has(&k->ways, name)) {
        k->last = way.is_end ? NULL : k->last;
        return;
    }
    struct way *w = arena_new(k->a, struct way);
    *w = way;
    map_put(&k->ways, name, NULL)->ptr = w;
    if (way.is_end)
        k->last = w;
}

/* An argument that a function passes on: one of its own, maybe shifted. */
static bool passed_on(struct kept *k, size_t *i, const struct str *parameters, unsigned n, unsigned *ret_which, double *ret_shift)
{
    unsigned which = 0;
    while (which < n && !same(k, *i, parameters[which]))
        which++;
    if (which == n)
        return false;
    *ret_which = which;
    *ret_shift = 0;
    ++*i;
    while (is_mark(k, *i, '+') || is_mark(k, *i, '-')) {
        bool minus = is_mark(k, *i, '-');
        struct constant v;
        ++*i;
        if (!constant_product(k, i, 0, &v) || v.kind != IS_NUMBER)
            return false;
        *ret_shift += minus ? v.number : -v.number;
    }
    return true;
}

/* function (a, b) { return NAME(b - 0x12, a); } from the parenthesis on, or { a = a - 0x12; … }: what has the list. */
static void look_function(struct kept *k, struct str name, size_t i)
{
    struct str parameters[KEPT_ARGUMENTS_MAX];
    unsigned n = 0;
    for (i++; is_name(k, i) && n < KEPT_ARGUMENTS_MAX; i += is_mark(k, i + 1, ',') ? 2 : 1)
        parameters[n++] = k->w.v[i].text;
    if (!n || !is_mark(k, i, ')') || !is_mark(k, i + 1, '{'))
        return;
    i += 2;
    struct constant base;
    if (same(k, i, parameters[0]) && is_mark(k, i + 1, '=') && same(k, i + 2, parameters[0]) && is_mark(k, i + 3, '-')) {
        i += 4;
        if (constant_product(k, &i, 0, &base) && base.kind == IS_NUMBER)
            add_way(k, name, (struct way){.is_end = true, .shift = base.number, .has_key = n > 1, .key = 1});
        return;
    }
    if (!names(k, i, "return") || !is_name(k, i + 1) || !is_mark(k, i + 2, '('))
        return;
    struct way way = {.to = k->w.v[i + 1].text};
    double none;
    i += 3;
    if (!passed_on(k, &i, parameters, n, &way.number, &way.shift))
        return;
    if (is_mark(k, i, ',')) {
        i++;
        way.has_key = passed_on(k, &i, parameters, n, &way.key, &none);
    }
    add_way(k, name, way);
}

/* NAME = ['…', '…', …] */
static void look_list(struct kept *k, struct str owner, size_t i)
{
    size_t from = ++i, n = 0;
    while (i < k->w.n && k->w.v[i].kind == TOKEN_STRING) {
        n++;
        i++;
        if (!is_mark(k, i, ','))
            break;
        i++;
    }
    if (n >= ITEMS_MIN && is_mark(k, i, ']') && k->lists.n < LISTS_MAX)
        vec_add(&k->lists, (struct list){owner, from, n < KEPT_ITEMS_MAX ? n : KEPT_ITEMS_MAX});
}

/* NAME = { a: 0x12, b: 'key' }: what calls take their arguments from. */
static void look_object(struct kept *k, struct str name, size_t i)
{
    for (i++; (is_name(k, i) || (i < k->w.n && k->w.v[i].kind == TOKEN_STRING)) && is_mark(k, i + 1, ':');) {
        struct str member = k->w.v[i].text;
        struct constant v;
        i += 2;
        if (!constant_sum(k, &i, 0, &v) || k->members.n >= KEPT_NAMES_MAX)
            return;
        struct str key = arena_printf(k->a, "%.*s.%.*s", STR_ARG(name), STR_ARG(member));
        struct constant *c = arena_new(k->a, struct constant);
        *c = v;
        map_put(&k->members, key, NULL)->ptr = c;
        if (!is_mark(k, i, ','))
            return;
        i++;
    }
}

/* Names of functions, lists and objects, wherever they stand: a function is known before its text. */
static void look_names(struct kept *k)
{
    struct str function = {}; /* the last one with a name */
    for (size_t i = 0; i < k->w.n; i++) {
        if (k->w.v[i].kind == TOKEN_STRING && str_starts(k->w.v[i].text, STR("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"))) {
            if (k->last)
                k->last->is_encoded = true;
        }
        if (k->w.v[i].kind == TOKEN_STRING && str_is(k->w.v[i].text, "shift"))
            k->shifts = true;
        if (!is_name(k, i))
            continue;
        struct str name = k->w.v[i].text;
        k->shifts |= str_is(name, "shift");
        if (str_is(name, "function") && is_name(k, i + 1) && is_mark(k, i + 2, '(')) {
            function = k->w.v[i + 1].text;
            look_function(k, function, i + 2);
        } else if (is_mark(k, i + 1, '=') && names(k, i + 2, "function") && is_mark(k, i + 3, '(')) {
            function = name;
            look_function(k, name, i + 3);
        } else if (is_mark(k, i + 1, '=') && is_mark(k, i + 2, '[')) {
            look_list(k, name, i + 2);
            if (function.n && k->lists.n && k->lists.v[k->lists.n - 1].owner.p == name.p) /* const list = […]; within the function that gives it */
                look_list(k, function, i + 2);
        } else if (is_mark(k, i + 1, '=') && is_mark(k, i + 2, '{')) {
            look_object(k, name, i + 2);
        } else if (is_mark(k, i + 1, '=') && is_name(k, i + 2) && (is_mark(k, i + 3, ',') || is_mark(k, i + 3, ';')) && !str_eq(name, k->w.v[i + 2].text)) {
            add_way(k, name, (struct way){.is_alias = true, .to = k->w.v[i + 2].text});
        }
    }
}

static bool sum(struct kept *k, size_t *i, unsigned depth);

static bool add_step(struct kept *k, struct step s)
{
    if (k->sum.n >= KEPT_SUM_MAX)
        return false;
    vec_add(&k->sum, s);
    return true;
}

/* parseInt(NAME(…)), a constant, or a sum in parentheses. */
static bool sum_value(struct kept *k, size_t *i, unsigned depth)
{
    if (is_mark(k, *i, '-')) {
        ++*i;
        return depth < DEPTH_MAX && sum_value(k, i, depth + 1) && add_step(k, (struct step){.op = '~'});
    }
    if (*i < k->w.n && k->w.v[*i].kind == TOKEN_NUMBER) {
        double v = number_of(k->w.v[*i].text);
        ++*i;
        return add_step(k, (struct step){.op = '#', .number = v});
    }
    if (is_mark(k, *i, '(') && depth < DEPTH_MAX) {
        ++*i;
        if (!sum(k, i, depth + 1) || !is_mark(k, *i, ')'))
            return false;
        ++*i;
        return true;
    }
    if (!names(k, *i, "parseInt") || !is_mark(k, *i + 1, '(') || !is_name(k, *i + 2) || !is_mark(k, *i + 3, '('))
        return false;
    struct step s = {.op = '$', .name = k->w.v[*i + 2].text};
    *i += 3;
    if (!read_arguments(k, i, s.arguments) || !is_mark(k, *i, ')'))
        return false;
    ++*i;
    return add_step(k, s);
}

static bool sum_product(struct kept *k, size_t *i, unsigned depth)
{
    bool ok = sum_value(k, i, depth);
    while (ok && (is_mark(k, *i, '*') || is_mark(k, *i, '/'))) {
        char op = k->w.v[*i].mark;
        ++*i;
        ok = sum_value(k, i, depth) && add_step(k, (struct step){.op = op});
    }
    return ok;
}

static bool sum(struct kept *k, size_t *i, unsigned depth)
{
    bool ok = sum_product(k, i, depth);
    while (ok && (is_mark(k, *i, '+') || is_mark(k, *i, '-'))) {
        char op = k->w.v[*i].mark;
        ++*i;
        ok = sum_product(k, i, depth) && add_step(k, (struct step){.op = op});
    }
    return ok;
}

/* The sum, "const x = parseInt(…) / 0x1 + …;", and behind it what it must be: "}(LIST, 0x1234))". */
static void look_sum(struct kept *k)
{
    size_t i = 0;
    while (i < k->w.n && !(names(k, i, "parseInt") && is_mark(k, i + 1, '(')))
        i++;
    if (i >= k->w.n)
        return;
    size_t end = i;
    while (i && !is_mark(k, i - 1, '=') && end - i < 8)
        i--;
    if (!i || !is_mark(k, i - 1, '=') || !sum(k, &i, 0)) {
        k->sum.n = 0;
        return;
    }
    for (; i + 3 < k->w.n && !k->has_target; i++) {
        struct constant v;
        size_t at = i + 4;
        bool is_call = (is_mark(k, i, '}') || is_mark(k, i, ')')) && is_mark(k, i + 1, '(') && is_name(k, i + 2) && is_mark(k, i + 3, ',');
        if (!is_call || !constant_sum(k, &at, 0, &v) || v.kind != IS_NUMBER || !is_mark(k, at, ')'))
            continue;
        k->asked = k->w.v[i + 2].text;
        k->target = v.number;
        k->has_target = true;
    }
}

static bool choose_list(struct kept *k)
{
    const struct list *chosen = NULL;
    for (size_t i = 0; i < k->lists.n && !chosen; i++)
        if (k->has_target ? str_eq(k->lists.v[i].owner, k->asked) : str_starts(k->lists.v[i].owner, STR("_0x")))
            chosen = &k->lists.v[i];
    for (size_t i = 0; chosen && i < chosen->n; i++)
        vec_add(&k->items, k->w.v[chosen->from + 2 * i].text);
    return chosen;
}

static void swap(uint8_t *a, uint8_t *b)
{
    uint8_t c = *a;
    *a = *b;
    *b = c;
}

/* Base64 with small letters first, as the obfuscator's own decoder has it: what UTF-8 it was, code point by code point. */
static bool decode(struct arena *arena, struct str item, struct str key, struct str *ret)
{
    _cleanup_(strbuf_done) struct strbuf plain = {};
    char *turned = arena_alloc(arena, item.n + 4);
    size_t n = item.n;
    for (size_t i = 0; i < n; i++)
        turned[i] = (char)(isalpha((unsigned char)item.p[i]) ? item.p[i] ^ 0x20 : item.p[i]);
    while (n % 4)
        turned[n++] = '=';
    struct str bytes;
    if (!n || !base64_decode(arena, str_n(turned, n), &bytes) || !text_is_utf8(bytes))
        return false;
    if (!key.n) {
        *ret = bytes;
        return true;
    }
    uint8_t s[256], j = 0, a = 0;
    for (unsigned i = 0; i < 256; i++)
        s[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        j = (uint8_t)(j + s[i] + (uint8_t)key.p[i % key.n]);
        swap(&s[i], &s[j]);
    }
    j = 0;
    for (size_t i = 0; i < bytes.n;) {
        unsigned char c = (unsigned char)bytes.p[i++];
        uint32_t v = c;
        if (c >= 0xc0 && c < 0xe0 && i < bytes.n)
            v = (uint32_t)(c & 0x1f) << 6 | ((unsigned char)bytes.p[i++] & 0x3f);
        else if (c >= 0x80)
            return false; /* no byte */
        a++;
        j = (uint8_t)(j + s[a]);
        swap(&s[a], &s[j]);
        v ^= s[(uint8_t)(s[a] + s[j])];
        if (v < 0x80) {
            strbuf_addc(&plain, (char)v);
        } else {
            strbuf_addc(&plain, (char)(0xc0 | v >> 6));
            strbuf_addc(&plain, (char)(0x80 | (v & 0x3f)));
        }
    }
    *ret = arena_str(arena, strbuf_str(&plain));
    return true;
}

/* The text that the call gives, with the list turned so far; false when that is not known. */
static bool text_of(struct kept *k, struct str name, const struct constant *given, struct arena *a, struct str *ret)
{
    struct constant arguments[KEPT_ARGUMENTS_MAX];
    memcpy(arguments, given, sizeof(arguments));
    for (unsigned step = 0; step < STEPS_MAX; step++) {
        const struct map_entry *e = map_get(&k->ways, name);
        if (!e)
            return false;
        const struct way *w = e->ptr;
        name = w->to;
        if (w->is_alias)
            continue;
        struct constant number = arguments[w->number], key = w->has_key ? arguments[w->key] : (struct constant){};
        if (number.kind != IS_NUMBER)
            return false;
        number.number -= w->shift;
        arguments[0] = number;
        arguments[1] = key;
        if (!w->is_end)
            continue;
        if (!(number.number >= 0) || number.number >= (double)k->items.n)
            return false;
        struct str item = k->items.v[((size_t)number.number + k->turn) % k->items.n];
        k->work += item.n + 32;
        if (!w->is_encoded) {
            *ret = item;
            return true;
        }
        k->work += key.kind == IS_TEXT ? 512 : 0;
        return k->work < KEPT_WORK_MAX && decode(a, item, key.kind == IS_TEXT ? key.text : STR_NULL, ret);
    }
    return false;
}

/* As JavaScript reads a number: blanks, a sign, digits; what follows is left out. */
static double leading_number(struct str s)
{
    size_t i = 0;
    while (i < s.n && isspace((unsigned char)s.p[i]))
        i++;
    bool minus = i < s.n && s.p[i] == '-';
    i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
    if (i >= s.n || !isdigit((unsigned char)s.p[i]))
        return NAN;
    double v = 0;
    for (; i < s.n && isdigit((unsigned char)s.p[i]); i++)
        v = v * 10 + (s.p[i] - '0');
    return minus ? -v : v;
}

static double count(struct kept *k)
{
    double stack[KEPT_SUM_MAX];
    size_t n = 0;
    struct str text;
    vec_each(s, &k->sum)
    {
        switch (s->op) {
        case '#':
            stack[n++] = s->number;
            break;
        case '$':
            if (!text_of(k, s->name, s->arguments, &k->scratch, &text))
                return NAN;
            stack[n] = leading_number(text);
            if (isnan(stack[n]))
                return NAN;
            n++;
            break;
        case '~':
            stack[n - 1] = -stack[n - 1];
            break;
        default: {
            double right = stack[--n], *left = &stack[n - 1];
            *left = s->op == '+' ? *left + right : s->op == '-' ? *left - right : s->op == '*' ? *left * right : *left / right;
        }
        }
    }
    return n ? stack[0] : NAN;
}

/* Turns the list until the sum is right; false when it never is. */
static bool turn(struct kept *k)
{
    if (!k->has_target)
        return !k->shifts; /* a list that is turned in another way: who knows how far */
    for (; k->turn < k->items.n && k->work < KEPT_WORK_MAX; k->turn++) {
        if (count(k) == k->target)
            return true;
        arena_reset(&k->scratch);
    }
    return false;
}

static void tell_texts(struct kept *k, struct code_kept *to)
{
    for (size_t i = 0; i + 1 < k->w.n && k->work < KEPT_WORK_MAX; i++) {
        if (!is_name(k, i) || !is_mark(k, i + 1, '(') || !map_has(&k->ways, k->w.v[i].text) || (i && (names(k, i - 1, "function") || is_mark(k, i - 1, '.'))))
            continue;
        struct constant arguments[KEPT_ARGUMENTS_MAX] = {};
        struct str text;
        size_t end = i + 1;
        if (read_arguments(k, &end, arguments) && text_of(k, k->w.v[i].text, arguments, k->a, &text))
            vec_add(&to->texts, (struct code_kept_text){k->w.v[i].at, k->w.v[end - 1].end, text});
    }
}

void code_kept_read(struct code_kept *to, struct str code, struct arena *a)
{
    struct kept k = {.a = a, .code = str_sub(code, 0, KEPT_CODE_MAX)};
    *to = (struct code_kept){};
    read_words(&k);
    look_names(&k);
    look_sum(&k);
    if (choose_list(&k) && turn(&k))
        tell_texts(&k, to);
    vec_done(&k.w);
    vec_done(&k.lists);
    vec_done(&k.sum);
    vec_done(&k.items);
    map_done(&k.ways);
    map_done(&k.members);
    arena_done(&k.scratch);
}

void code_kept_done(struct code_kept *k)
{
    vec_done(&k->texts);
}

const struct code_kept_text *code_kept_at(const struct code_kept *k, size_t at)
{
    size_t from = 0, to = k->texts.n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (k->texts.v[middle].at < at)
            from = middle + 1;
        else
            to = middle;
    }
    return from < k->texts.n && k->texts.v[from].at == at ? &k->texts.v[from] : NULL;
}
