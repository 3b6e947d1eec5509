// SPDX-License-Identifier: Apache-2.0
#include "inspect/code_fold.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/vec.h"
#include "inspect/code_kept.h"
#include "inspect/code_packed.h"
#include "inspect/code_value.h"
#include "inspect/page_read.h"
#include "inspect/unwrap.h"

enum {
    CODE_BYTES_MAX = 4 << 20, /* of one program; more is data */
    DEPTH_MAX = 48,           /* of calls and lists within each other */
    ARGUMENTS_MAX = 6,        /* that matter */
    VARIABLES_MAX = 4096,
    EDITS_MAX = 16384,        /* expressions put in */
    SPELLED_MIN = 3,          /* escapes in a literal: fewer stand in patterns */
    SPELLED_PART = 16,        /* of a text's bytes one is spelled; in a bundle that eval() gets whole modules some always are */
    SHOWN_MIN = 4,            /* bytes of a text that is put in */
    ITEMS_MIN = 4,            /* of a list that an obfuscator keeps its texts in */
};

/* An expression and what stands in its place. */
struct edit {
    size_t from, to;
    struct str text;
    bool is_member; /* ["name"] as .name */
};

struct fold {
    struct inspection *in;
    const struct content *c;
    struct facts *facts;
    struct str whole; /* what the pieces of code stand in */
    bool is_page;
    struct code_reader r;
    struct arena arena;
    size_t bytes; /* of values made so far */
    struct map variables;
    VEC(struct edit) edits;
    struct code_kept kept;   /* texts that calls give, of the piece that is read */
    struct code_value items; /* of the list that an obfuscator keeps its texts in */
    uint64_t base;      /* number of its first element */
    bool is_shuffled;   /* and nobody knows how */
    unsigned depth;
};

static struct code_value expression(struct fold *f);
static struct code_value piece(struct fold *f);

static bool peek_is(const struct fold *f, char c)
{
    return code_peek(&f->r) == c;
}

static void take(struct fold *f)
{
    struct token t;
    (void)code_next(&f->r, &t);
}

/* The byte behind the next one that is no blank. */
static char peek_second(const struct fold *f)
{
    size_t i = f->r.i;
    while (i < f->r.t.n && isspace((unsigned char)f->r.t.p[i]))
        i++;
    return i + 1 < f->r.t.n ? f->r.t.p[i + 1] : 0;
}

/* A text that the next token takes away is copied; names mostly lie in the code itself. */
static struct code_value copied(struct fold *f, struct code_value v)
{
    if (v.text.p >= f->r.t.p && v.text.p < f->r.t.p + f->r.t.n)
        return v;
    v.text = arena_str(&f->arena, v.text);
    f->bytes += v.text.n + 32;
    return v;
}

static void put_in(struct fold *f, size_t first, size_t from, struct str text, bool is_member)
{
    f->edits.n = first; /* what was put in within it is in it */
    size_t base = (size_t)(f->r.t.p - f->whole.p);
    if (f->edits.n < EDITS_MAX)
        vec_add(&f->edits, (struct edit){base + from, base + f->r.i, text, is_member});
}

/* How a literal is written: spelled in numbers, or put together of pieces that say nothing, as a text is of which only some is spelled. */
static struct str how_written(const struct fold *f, const struct token *t)
{
    struct str raw = str_sub(f->r.t, t->at, t->end);
    unsigned n = 0;
    if (!t->decoded || t->text.n < 2)
        return STR_NULL;
    for (size_t i = 0; i + 3 < raw.n; i++)
        n += raw.p[i] == '\\' && (raw.p[i + 1] == 'x' || (raw.p[i + 1] == 'u' && raw.p[i + 2] == '0') || isdigit((unsigned char)raw.p[i + 1])) &&
             isxdigit((unsigned char)raw.p[i + 3]);
    if (n >= SPELLED_MIN && n >= t->text.n / SPELLED_PART)
        return STR("escapes");
    return n >= SPELLED_MIN || raw.n > 2 * t->text.n + 8 ? STR("pieces") : STR_NULL;
}

static struct code_value number_of(struct str s)
{
    struct code_value v = {.kind = VALUE_OF_NUMBER};
    bool is_hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x';
    for (size_t i = is_hex ? 2 : 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!(is_hex ? isxdigit(c) : isdigit(c)) || v.number > INT32_MAX)
            return (struct code_value){};
        v.number = v.number * (is_hex ? 16 : 10) + (isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

/*
 * What stands up to the closing mark, whatever it is: the values of arguments and elements. One that is more than a constant is
 * unknown. `ret` has room for `max`; a list keeps all its elements in *list.
 */
static size_t within(struct fold *f, char close, struct code_value *ret, size_t max, struct code_value *list)
{
    size_t n = 0;
    bool is_open = false; /* an argument was begun */
    struct code_value current = {}, maps = {};
    VEC(struct code_value) items = {};
    for (;;) {
        char c = code_peek(&f->r);
        bool ends = !c || c == close;
        if (ends || c == ',') {
            if (is_open || c == ',') {
                if (n < max)
                    ret[n] = current;
                n++;
                if (list && items.n < CODE_ITEMS_MAX && f->bytes < CODE_VALUES_MAX) {
                    f->bytes += sizeof(current);
                    vec_add(&items, current);
                }
            }
            is_open = false;
            current = maps = (struct code_value){};
            take(f);
            if (ends)
                break;
            continue;
        }
        size_t at = f->r.i;
        struct code_value v = piece(f);
        if (f->r.i == at)
            take(f);
        /* chr(x) for x in [1, 2] */
        if (maps.kind && v.kind == VALUE_OF_LIST)
            current = code_value_call(&f->arena, &f->bytes, STR("chr"), NULL, &v, 1);
        else
            current = is_open ? (struct code_value){} : v;
        if (v.kind == VALUE_OF_CHR)
            maps = v;
        is_open = true;
    }
    if (list && items.n) {
        list->items = arena_array(&f->arena, struct code_value, items.n);
        memcpy(list->items, items.v, items.n * sizeof(*items.v));
        list->n = items.n;
    }
    vec_done(&items);
    return n < max ? n : max;
}

static const char *language_name(enum code_language language)
{
    return language == CODE_JAVASCRIPT ? "node" : language == CODE_PYTHON ? "python" : "php";
}

/* Text that is run: it is looked at by itself. True when one was, and it is code of this language. */
static bool runs(struct fold *f, struct str name, const struct code_value *arguments, size_t n)
{
    static const char *const CODE[] = {"eval", "Function", "assert", "create_function", "runInThisContext", "runInNewContext"};
    bool is_command = f->r.language != CODE_PYTHON || !str_is(name, "exec"), any = false;
    for (size_t i = 0; i < ARRAY_SIZE(CODE); i++)
        is_command &= !str_is(name, CODE[i]);
    for (size_t i = 0; i < n; i++) {
        if (!arguments[i].how.n)
            continue;
        if (is_command || f->r.language != CODE_JAVASCRIPT || !str_is(arguments[i].how, "pieces")) /* programs that write programs put them together */
            facts_bool(f->facts, F_SCRIPT_DECODE_RUN, true);
        if (arguments[i].kind != VALUE_OF_TEXT || !unwrap_is_worth(arguments[i].text))
            continue;
        inspection_unwrap_code(f->in, f->c, arena_str(&f->arena, arguments[i].how).p, arguments[i].text,
                               is_command ? "sh" : language_name(f->r.language));
        any = true;
    }
    return any && !is_command;
}

/* An element of the list that texts are kept in, asked for by a function of the obfuscator: _0x12ab('0x3'). */
static struct code_value kept_text(struct fold *f, struct str name, const struct code_value *arguments, size_t n)
{
    if (!f->items.n || f->is_shuffled || !n || !str_starts(name, STR("_0x")))
        return (struct code_value){};
    struct code_value index = arguments[0].kind == VALUE_OF_TEXT && str_starts(arguments[0].text, STR("0x")) ? number_of(arguments[0].text) : arguments[0];
    if (index.kind != VALUE_OF_NUMBER || (uint64_t)index.number < f->base || (uint64_t)index.number - f->base >= f->items.n)
        return (struct code_value){};
    struct code_value v = f->items.items[(uint64_t)index.number - f->base];
    v.how = STR("strings");
    return v;
}

/* (function(a, n){ … push(shift) … }(LIST, n)): the list is turned n times before anything is asked for. */
static void shuffle(struct fold *f, const struct code_value *arguments, size_t n, size_t from)
{
    if (n < 2 || !f->items.n || arguments[0].kind != VALUE_OF_LIST || arguments[0].items != f->items.items || arguments[1].kind != VALUE_OF_NUMBER)
        return;
    struct str before = str_sub(f->r.t, from > 2048 ? from - 2048 : 0, from);
    if (!str_has(before, STR("shift")))
        return;
    if (str_has(before, STR("parseInt"))) { /* turned until a sum is right */
        f->is_shuffled = true;
        return;
    }
    size_t size = f->items.n, by = (size_t)arguments[1].number % size;
    struct code_value *turned = arena_array(&f->arena, struct code_value, size);
    for (size_t i = 0; i < size; i++)
        turned[i] = f->items.items[(i + by) % size];
    memcpy(f->items.items, turned, size * sizeof(*turned));
}

/* JavaScript's patterns have an exec() too: /x/.exec(text). Whatever runs commands is of child_process. */
static bool is_pattern(const struct fold *f, struct str name, const struct code_value *callee, size_t behind)
{
    if (f->r.language != CODE_JAVASCRIPT || !str_is(name, "exec") || callee->how.n || behind <= name.n)
        return false;
    const size_t at = behind - name.n;
    return f->r.t.p[at - 1] == '.' && str_eq(str_sub(f->r.t, at, behind), name) && !str_has(f->c->data, STR("child_process"));
}

static struct code_value call(struct fold *f, const struct code_value *callee, const struct code_value *receiver)
{
    struct code_value arguments[ARGUMENTS_MAX] = {};
    size_t from = f->r.i, first = f->edits.n;
    take(f);
    struct str name = callee->kind == VALUE_OF_NAME || (callee->kind == VALUE_OF_TEXT && f->r.language == CODE_PHP) ? callee->text : STR_NULL;
    struct code_value all = {.kind = VALUE_OF_LIST};
    bool wants_all = code_value_takes_all(name);
    size_t n = within(f, ')', arguments, ARGUMENTS_MAX, wants_all ? &all : NULL);
    if (wants_all) {
        code_value_list(&all);
        arguments[0] = all;
        n = 1;
    }
    if (!name.n) {
        shuffle(f, arguments, n, from);
        return (struct code_value){};
    }
    if (code_value_runs(name, f->r.language) && !is_pattern(f, name, callee, from)) {
        if (runs(f, name, arguments, n))
            f->edits.n = first;
        if (callee->how.n) /* the name itself was folded up */
            facts_bool(f->facts, F_SCRIPT_DECODE_RUN, true);
    }
    struct code_value v = kept_text(f, name, arguments, n);
    return v.kind ? v : code_value_call(&f->arena, &f->bytes, name, receiver, arguments, n);
}

static struct code_value suffixes(struct fold *f, struct code_value v)
{
    struct code_value receiver = {};
    bool is_member = false;
    for (;;) {
        char c = code_peek(&f->r), second = peek_second(f);
        struct token t;
        bool dot = c == '.' && f->r.language != CODE_PHP, arrow = f->r.language == CODE_PHP && c == '-' && second == '>';
        if ((dot || arrow) && (isalpha((unsigned char)(dot ? second : 'a')) || second == '_' || second == '$' || arrow)) {
            take(f);
            if (arrow)
                take(f);
            if (!code_next(&f->r, &t))
                return (struct code_value){};
            receiver = v;
            is_member = true;
            v = copied(f, (struct code_value){.kind = t.kind == TOKEN_NAME ? VALUE_OF_NAME : VALUE_OF_NOTHING, .text = t.text});
        } else if (c == '[') {
            size_t from = f->r.i, first = f->edits.n;
            struct code_value index[2] = {};
            take(f);
            if (f->r.language == CODE_PYTHON && str_starts(str_sub(f->r.t, f->r.i, f->r.t.n), STR("::-1]"))) {
                f->r.i += 5;
                struct code_value turned = code_value_call(&f->arena, &f->bytes, STR("strrev"), NULL, &v, 1);
                v = turned;
                continue;
            }
            (void)within(f, ']', index, 2, NULL);
            receiver = v;
            is_member = index[0].kind == VALUE_OF_TEXT;
            if (is_member && index[0].how.n && f->r.language == CODE_JAVASCRIPT && code_value_is_name(index[0].text))
                put_in(f, first, from, index[0].text, true);
            v = is_member ? (struct code_value){.kind = VALUE_OF_NAME, .text = index[0].text, .how = index[0].how} : code_value_element(&v, &index[0]);
        } else if (c == '(') {
            v = call(f, &v, is_member ? &receiver : NULL);
            is_member = false;
        } else {
            return v;
        }
    }
}

/* A function that is called where it stands, with a packed program: what comes out is looked at by itself. */
static void look_packed(struct fold *f, size_t parenthesis)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str before = str_trim(str_sub(f->r.t, parenthesis > 16 ? parenthesis - 16 : 0, parenthesis));
    char next = code_peek(&f->r);
    if (f->r.language != CODE_JAVASCRIPT || !before.n || before.p[before.n - 1] != '}' || (next != '\'' && next != '"' && next != '`') ||
        !code_packed_read(f->r.t, f->r.i, CODE_VALUES_MAX - f->bytes, &b))
        return;
    f->bytes += b.n;
    inspection_unwrap_code(f->in, f->c, "packer", strbuf_str(&b), "node");
}

static struct code_value term(struct fold *f)
{
    struct token t;
    struct code_value v = {};
    if (!code_next(&f->r, &t))
        return v;
    switch (t.kind) {
    case TOKEN_STRING:
        if (f->bytes + t.text.n > CODE_VALUES_MAX)
            return v;
        v = copied(f, (struct code_value){.kind = VALUE_OF_TEXT, .text = t.text, .how = how_written(f, &t)});
        break;
    case TOKEN_NUMBER:
        v = number_of(t.text);
        break;
    case TOKEN_NAME: {
        const struct code_kept_text *kept = f->kept.texts.n ? code_kept_at(&f->kept, t.at) : NULL;
        if (kept) {
            v = (struct code_value){.kind = VALUE_OF_TEXT, .text = kept->text, .how = STR("strings")};
            f->r.i = kept->end;
            f->r.value_before = true;
            break;
        }
        static const char *const OPERATORS[] = {"new", "return", "await", "typeof", "var", "let", "const", "echo", "print", "in", "for", "if", "and", "or", "not"};
        for (size_t i = 0; i < ARRAY_SIZE(OPERATORS); i++)
            if (*OPERATORS[i] == *t.text.p && str_is(t.text, OPERATORS[i]))
                return v;
        const struct map_entry *e = map_get(&f->variables, t.text);
        const struct code_value *known = e ? e->ptr : NULL;
        if (known && known->kind)
            v = *known;
        else if (f->bytes < CODE_VALUES_MAX)
            v = copied(f, (struct code_value){.kind = VALUE_OF_NAME, .text = t.text});
        break;
    }
    case TOKEN_MARK:
        if (t.mark == '(') {
            size_t from = f->r.i;
            look_packed(f, t.at);
            struct code_value inner[2] = {};
            size_t n = within(f, ')', inner, 2, NULL);
            if (n == 2)
                shuffle(f, inner, n, from);
            v = n == 1 ? inner[0] : (struct code_value){};
        } else if (t.mark == '[') {
            v.kind = VALUE_OF_LIST;
            (void)within(f, ']', NULL, 0, &v);
            code_value_list(&v);
        } else {
            return v;
        }
        break;
    case TOKEN_REGEX:
        break;
    }
    return suffixes(f, v);
}

/* Terms that are added up. Where the whole is a text that was folded, it stands in its place. */
static struct code_value expression(struct fold *f)
{
    if (f->depth >= DEPTH_MAX) {
        take(f);
        return (struct code_value){};
    }
    f->depth++;
    while (f->r.i < f->r.t.n && isspace((unsigned char)f->r.t.p[f->r.i]))
        f->r.i++;
    size_t from = f->r.i, first = f->edits.n;
    struct code_value v = term(f);
    for (;;) {
        char plus = f->r.language == CODE_PHP ? '.' : '+', c = code_peek(&f->r), second = peek_second(f);
        bool arithmetic = v.kind == VALUE_OF_NUMBER && (c == '-' || c == '^' || (c == '+' && second != '+'));
        bool adds = c == plus && second != '=' && second != plus && v.kind == VALUE_OF_TEXT;
        bool follows = f->r.language == CODE_PYTHON && v.kind == VALUE_OF_TEXT && (c == '"' || c == '\'');
        if (!arithmetic && !adds && !follows)
            break;
        if (!follows)
            take(f);
        struct code_value w = term(f);
        v = code_value_sum(&f->arena, &f->bytes, &v, &w, arithmetic ? c : '+');
    }
    if (v.kind == VALUE_OF_TEXT && v.how.n && v.text.n >= SHOWN_MIN && code_value_is_text(v.text))
        put_in(f, first, from, v.text, false);
    f->depth--;
    return v;
}

/* The list that an obfuscator keeps its texts in, by its name: _0x1a2b = ['…', '…']. */
static void keep_list(struct fold *f, struct str name, struct code_value *v)
{
    if (f->items.n || !str_starts(name, STR("_0x")) || v->kind != VALUE_OF_LIST || v->n < ITEMS_MIN)
        return;
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < v->n; i++)
        if (v->items[i].kind != VALUE_OF_TEXT)
            return;
    code_value_decode_all(&f->arena, &f->bytes, v);
    for (size_t i = 0; i < v->n; i++) {
        strbuf_add(&b, v->items[i].text);
        strbuf_addc(&b, '\n');
    }
    f->items = *v;
    if (f->kept.texts.n) /* they stand in the code where they belong */
        return;
    inspection_unwrap(f->in, f->c, "strings", strbuf_str(&b));
}

static void assign(struct fold *f, struct str name, bool appends)
{
    /* x = x - 0x1a: where the obfuscator's list begins */
    size_t at = f->r.i;
    struct token t;
    struct code_value v = {};
    if (!appends && str_starts(name, STR("_0x")) && code_next(&f->r, &t) && t.kind == TOKEN_NAME && str_eq(t.text, name) && peek_is(f, '-')) {
        take(f);
        v = expression(f);
        if (v.kind == VALUE_OF_NUMBER)
            f->base = (uint64_t)v.number;
        return;
    }
    f->r.i = at;
    v = expression(f);
    struct map_entry *e = map_get(&f->variables, name);
    struct code_value *known = e ? e->ptr : NULL;
    if (appends && known)
        v = code_value_sum(&f->arena, &f->bytes, known, &v, '+');
    else if (appends || (v.kind == VALUE_OF_NAME && str_eq(v.text, name)))
        v = (struct code_value){};
    if (!known && (!v.kind || f->variables.n >= VARIABLES_MAX))
        return;
    if (!known) {
        e = map_put(&f->variables, name, NULL);
        e->ptr = known = arena_new(&f->arena, struct code_value);
        f->bytes += sizeof(*known);
    }
    *known = v;
    keep_list(f, name, known);
}

/* An expression, or a name that gets the value of one: what a statement or an argument may be. */
static struct code_value piece(struct fold *f)
{
    size_t at = f->r.i;
    bool value_before = f->r.value_before;
    struct token t;
    char c = code_peek(&f->r);
    if (isalpha((unsigned char)c) || c == '_' || c == '$') {
        if (!code_next(&f->r, &t))
            return (struct code_value){};
        char second = peek_second(f);
        c = code_peek(&f->r);
        bool appends = t.kind == TOKEN_NAME && second == '=' && c == (f->r.language == CODE_PHP ? '.' : '+');
        if (t.kind == TOKEN_NAME && ((c == '=' && second != '=' && second != '>') || appends)) {
            struct str name = copied(f, (struct code_value){.text = t.text}).text;
            take(f);
            if (appends)
                take(f);
            assign(f, name, appends);
            return (struct code_value){};
        }
        f->r.i = at;
        f->r.value_before = value_before;
    }
    return expression(f);
}

static int by_place(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* The code with the edits made. */
static void show(struct fold *f, const char *language)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    size_t at = 0;
    if (!f->edits.n)
        return;
    if (f->is_page) /* the server's code is read before the scripts that it stands in */
        qsort(f->edits.v, f->edits.n, sizeof(*f->edits.v), by_place);
    vec_each(e, &f->edits)
    {
        if (e->from < at)
            continue;
        strbuf_add(&b, str_sub(f->whole, at, e->from));
        if (e->is_member) {
            strbuf_addc(&b, '.');
            strbuf_add(&b, e->text);
        } else {
            code_value_write(&b, e->text, f->is_page);
        }
        at = e->to;
    }
    strbuf_add(&b, str_sub(f->whole, at, f->whole.n));
    inspection_unwrap_code(f->in, f->c, "folded", strbuf_str(&b), language);
}

static void part(struct fold *f, struct str code, enum code_language language)
{
    /* Where such a list is there is a name of its kind, or what turns it. */
    if (language == CODE_JAVASCRIPT && (str_has(code, STR("_0x")) || str_has(code, STR("['shift']()")) || str_has(code, STR(".shift()"))))
        code_kept_read(&f->kept, code, &f->arena);
    code_begin(&f->r, code, language);
    while (f->r.i < f->r.t.n && f->bytes < CODE_VALUES_MAX) {
        size_t at = f->r.i;
        (void)piece(f);
        if (f->r.i == at)
            take(f);
        if (f->r.i == at)
            break;
    }
    code_done(&f->r);
    code_kept_done(&f->kept);
}

static void fold_done(struct fold *f)
{
    vec_done(&f->edits);
    map_done(&f->variables);
    arena_done(&f->arena);
}

void code_fold(struct inspection *in, const struct content *c, struct str code, enum code_language language, struct facts *facts)
{
    _cleanup_(fold_done) struct fold f = {.in = in, .c = c, .facts = facts, .whole = str_sub(code, 0, CODE_BYTES_MAX)};
    part(&f, f.whole, language);
    show(&f, language_name(language));
}

void code_fold_page(struct inspection *in, const struct content *c, bool folds, struct facts *facts)
{
    _cleanup_(fold_done) struct fold f = {.in = in, .c = c, .facts = facts, .whole = str_sub(c->data, 0, CODE_BYTES_MAX), .is_page = true};
    _cleanup_(strbuf_done) struct strbuf attributes = {};
    struct page_reader r;
    struct page_part p;
    page_begin(&r, f.whole, c->path, &f.arena);
    while (page_next(&r, &p))
        switch (p.kind) {
        case PAGE_TAG:
            break;
        case PAGE_CODE:
            if (folds && (p.language == CODE_JAVASCRIPT || p.language == CODE_PHP))
                part(&f, p.text, p.language);
            break;
        case PAGE_VALUE:
            strbuf_add(&attributes, p.text);
            strbuf_adds(&attributes, ";\n");
            break;
        case PAGE_NESTED:
            inspection_unwrap_code(in, c, "nested", p.text, "html");
            break;
        }
    show(&f, "html");
    inspection_unwrap_code(in, c, "attributes", strbuf_str(&attributes), "node");
}
