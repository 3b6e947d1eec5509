// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json_string.h"
#include "base/strbuf.h"
#include "log/limits.h"
#include "log/members.h"
#include "log/node.h"
#include "log/parser.h"

static uint64_t word(struct node n)
{
    return n.tape->words[n.at];
}

static unsigned char tag(struct node n)
{
    return (unsigned char)(word(n) >> 56);
}

static uint64_t payload(struct node n)
{
    return word(n) & ((UINT64_C(1) << 56) - 1);
}

enum node_kind node_kind(struct node n)
{
    if (!n.tape)
        return NODE_ABSENT;
    switch (tag(n)) {
    case '{':
        return NODE_OBJECT;
    case '[':
        return NODE_ARRAY;
    case '"':
        return NODE_STRING;
    case 'l':
        return (int64_t)n.tape->words[n.at + 1] < 0 ? NODE_INT : NODE_UINT;
    case 'u':
        return NODE_UINT;
    case 'd':
        return NODE_DOUBLE;
    case 't':
    case 'f':
        return NODE_BOOL;
    default:
        return NODE_NULL;
    }
}

/* The word behind a value. */
static inline uint32_t behind(struct node n)
{
    const uint64_t w = word(n);
    const unsigned char t = (unsigned char)(w >> 56);
    if (t == '"')
        return n.at + 1;
    if (t == '{' || t == '[')
        return (uint32_t)w;
    return n.at + (t == 'l' || t == 'u' || t == 'd' ? 2 : 1);
}

static inline bool is_name(struct node n, struct str name)
{
    const struct str key = node_name(n);
    return key.n == name.n && key.n && key.p[0] == name.p[0] && key.p[key.n - 1] == name.p[key.n - 1] && !memcmp(key.p, name.p, name.n);
}

/* Of an object whose shape knows where names stand. */
static struct node get_by_shape(const struct tape *t, const struct members *m, struct str name)
{
    const struct shape_name asked = shape_name(name.p, name.n);
    int place;
    if (shape_knows(m->shape, &asked, &place)) {
        if (place == SHAPE_ABSENT)
            return (struct node){};
        if ((uint32_t)place < m->n && is_name((struct node){t, m->names[place]}, name))
            return (struct node){t, m->names[place] + 1};
    }
    for (uint32_t i = 0; i < m->n; i++)
        if (is_name((struct node){t, m->names[i]}, name)) {
            shape_learn(m->shape, &asked, (int)i);
            return (struct node){t, m->names[i] + 1};
        }
    shape_learn(m->shape, &asked, SHAPE_ABSENT);
    return (struct node){};
}

static inline const struct members *known_members(struct node object)
{
    return object.tape->members ? members_of(object.tape->members, object.tape, object.at) : NULL;
}

struct node node_get(struct node object, struct str name)
{
    if (!object.tape || tag(object) != '{')
        return (struct node){};
    const struct members *m = known_members(object);
    if (m)
        return get_by_shape(object.tape, m, name);
    const uint32_t end = (uint32_t)payload(object) - 1;
    struct node n = {object.tape, object.at + 1};
    while (n.at < end) {
        const bool is = is_name(n, name);
        n.at++;
        if (is)
            return n;
        n.at = behind(n);
    }
    return (struct node){};
}

static int8_t place_of(const struct members *m, struct node n)
{
    for (uint32_t i = 0; n.tape && i < m->n; i++)
        if (m->names[i] + 1 == n.at)
            return (int8_t)i;
    return SHAPE_ABSENT;
}

void node_get_some(struct node object, const struct node_names *names, struct node_some *ret)
{
    struct object_members *o = object.tape ? object.tape->members : NULL;
    const struct members *m = o && tag(object) == '{' ? members_of_now(o, object.tape, object.at) : NULL;
    bool is_known = false;
    int8_t *places = m ? shape_list(m->shape, names, &is_known) : NULL;
    ret->tape = object.tape;
    for (size_t i = 0; places && !is_known && i < names->n; i++)
        places[i] = place_of(m, node_get(object, names->v[i]));
    if (places) {
        ret->words = m->names;
        ret->n = m->n;
        memcpy(ret->places, places, sizeof(ret->places)); /* others may push the shape out */
        return;
    }
    ret->words = ret->own;
    ret->n = 0;
    for (size_t i = 0; i < names->n; i++) {
        const struct node n = node_get(object, names->v[i]);
        ret->places[i] = node_is(n) ? (int8_t)ret->n : SHAPE_ABSENT;
        if (node_is(n))
            ret->own[ret->n++] = n.at - 1;
    }
}

uint32_t *node_note(struct node object)
{
    const struct members *m = object.tape && object.at == 1 ? known_members(object) : NULL;
    return m ? shape_note(m->shape) : NULL;
}

uint32_t *node_keep(struct node object, const void *owner)
{
    struct object_members *o = object.tape && object.at == 1 ? object.tape->members : NULL;
    if (!o || !o->kept || (o->owner && o->owner != owner))
        return NULL;
    o->owner = owner;
    return o->kept;
}

struct node node_path(struct node object, const char *const names[])
{
    for (; *names && object.tape; names++)
        object = node_get(object, str_from(*names));
    return object;
}

struct node node_at(struct node array, uint64_t index)
{
    if (!array.tape || tag(array) != '[')
        return (struct node){};
    const uint32_t end = (uint32_t)payload(array) - 1;
    struct node n = {array.tape, array.at + 1};
    for (; n.at < end; n.at = behind(n))
        if (!index--)
            return n;
    return (struct node){};
}

/* Whether a key is the part of a pointer, in which ~1 stands for / and ~0 for ~. */
static bool is_key(struct str key, struct str part)
{
    size_t k = 0;
    for (size_t i = 0; i < part.n; i++, k++) {
        char c = part.p[i];
        if (c == '~' && i + 1 < part.n && (part.p[i + 1] == '0' || part.p[i + 1] == '1'))
            c = part.p[++i] == '0' ? '~' : '/';
        if (k >= key.n || key.p[k] != c)
            return false;
    }
    return k == key.n;
}

static bool take_part(struct str *pointer, struct str *ret)
{
    if (!pointer->n)
        return false;
    const bool has_slash = pointer->p[0] == '/';
    *pointer = str_n(pointer->p + has_slash, pointer->n - has_slash);
    const char *slash = memchr(pointer->p, '/', pointer->n);
    *ret = str_n(pointer->p, slash ? (size_t)(slash - pointer->p) : pointer->n);
    *pointer = str_n(pointer->p + ret->n, pointer->n - ret->n);
    return true;
}

/* One step of a pointer. */
static struct node step(struct node n, struct str part)
{
    uint64_t index;
    if (!n.tape)
        return n;
    if (tag(n) == '[')
        return str_to_u64(part, &index) ? node_at(n, index) : (struct node){};
    if (!memchr(part.p, '~', part.n))
        return node_get(n, part);
    struct node_each e = node_each(n);
    while (node_next(&e))
        if (is_key(e.name, part))
            return e.value;
    return (struct node){};
}

struct node node_pointer(struct node n, struct str pointer)
{
    struct str part;
    for (unsigned depth = 0; n.tape && depth < LOG_POINTER_DEPTH && take_part(&pointer, &part); depth++)
        n = step(n, part);
    return pointer.n ? (struct node){} : n;
}

struct node node_way(struct node n, const char *way)
{
    for (;;) {
        const char *end = way;
        bool is_whole = true;
        for (; *end && *end != '/'; end++)
            is_whole &= *end != '~';
        const struct str part = str_n(way, (size_t)(end - way));
        n = is_whole && n.tape && tag(n) == '{' ? node_get(n, part) : step(n, part);
        if (!*end)
            return n;
        way = end + 1;
    }
}

static void each_of_pointer(struct node n, struct str pointer, unsigned depth, unsigned *left,
                            void (*take)(void *ctx, struct node found), void *ctx)
{
    struct str part;
    while (n.tape && take_part(&pointer, &part)) {
        if (++depth > LOG_POINTER_DEPTH)
            return;
        if (!str_is(part, "*")) {
            n = step(n, part);
            continue;
        }
        struct node_each e = node_each(n);
        while (*left && node_next(&e))
            each_of_pointer(e.value, pointer, depth, left, take, ctx);
        return;
    }
    if (n.tape && *left) {
        (*left)--;
        take(ctx, n);
    }
}

void node_pointers(struct node n, struct str pointer, void (*take)(void *ctx, struct node found), void *ctx)
{
    unsigned left = LOG_LIST_MAX;
    each_of_pointer(n, pointer, 0, &left, take, ctx);
}

bool node_u64(struct node n, uint64_t *ret)
{
    switch (node_kind(n)) {
    case NODE_UINT:
        *ret = n.tape->words[n.at + 1];
        return true;
    case NODE_DOUBLE: {
        const double d = node_double(n);
        if (!(d >= 0 && d < 0x1p64))
            return false;
        *ret = (uint64_t)d;
        return true;
    }
    case NODE_STRING:
        return str_to_u64(node_string(n), ret);
    default:
        return false;
    }
}

bool node_bool(struct node n, bool *ret)
{
    const struct str s = node_str(n);
    if (str_eq_nocase(s, STR("true")) || (n.tape && tag(n) == 't'))
        *ret = true;
    else if (str_eq_nocase(s, STR("false")) || (n.tape && tag(n) == 'f'))
        *ret = false;
    else
        return false;
    return true;
}

double node_double(struct node n)
{
    double d = 0;
    switch (node_kind(n)) {
    case NODE_DOUBLE:
        memcpy(&d, &n.tape->words[n.at + 1], sizeof(d));
        return d;
    case NODE_UINT:
        return (double)n.tape->words[n.at + 1];
    case NODE_INT:
        return (double)(int64_t)n.tape->words[n.at + 1];
    default:
        return 0;
    }
}

/* ---- as text ---- */

/* Decimal digits: records of flows have a dozen numbers each. */
static size_t number_text(uint64_t u, bool is_negative, char room[32])
{
    char digits[20], *const end = digits + sizeof(digits), *at = end;
    do
        *--at = (char)('0' + u % 10);
    while (u /= 10);
    room[0] = '-';
    memcpy(room + is_negative, at, (size_t)(end - at));
    return (size_t)(end - at) + is_negative;
}

static size_t scalar_text(struct node n, char room[32])
{
    switch (tag(n)) {
    case 'l': {
        const int64_t i = (int64_t)n.tape->words[n.at + 1];
        return number_text(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0, room);
    }
    case 'u':
        return number_text(n.tape->words[n.at + 1], false, room);
    case 'd':
        return json_double_text(node_double(n), room);
    case 't':
        memcpy(room, "true", 4);
        return 4;
    case 'f':
        memcpy(room, "false", 5);
        return 5;
    default:
        memcpy(room, "null", 4);
        return 4;
    }
}

static void add_value(struct strbuf *b, struct node n, unsigned depth)
{
    enum { DEEP = 128 }; /* what lies deeper is left out */
    const enum node_kind kind = node_kind(n);
    char room[32];
    if (kind == NODE_STRING) {
        json_string_add_bytes(b, node_string(n));
        return;
    }
    if (kind != NODE_OBJECT && kind != NODE_ARRAY) {
        strbuf_add(b, str_n(room, scalar_text(n, room)));
        return;
    }
    strbuf_addc(b, kind == NODE_OBJECT ? '{' : '[');
    struct node_each e = node_each(n);
    while (depth < DEEP && b->n < LOG_TEXT_MAX && node_next(&e)) {
        if (e.index > 1)
            strbuf_addc(b, ',');
        if (kind == NODE_OBJECT) {
            json_string_add_bytes(b, e.name);
            strbuf_addc(b, ':');
        }
        add_value(b, e.value, depth + 1);
    }
    strbuf_addc(b, kind == NODE_OBJECT ? '}' : ']');
}

struct str node_text(struct node n, struct arena *arena)
{
    char room[32];
    switch (node_kind(n)) {
    case NODE_ABSENT:
        return STR_NULL;
    case NODE_STRING:
        return node_string(n);
    case NODE_OBJECT:
    case NODE_ARRAY: {
        _cleanup_(strbuf_done) struct strbuf b = {};
        add_value(&b, n, 0);
        return arena_str(arena, strbuf_str(&b));
    }
    default:
        return arena_str(arena, str_n(room, scalar_text(n, room)));
    }
}

void node_add_others(struct strbuf *b, struct node object, const char *const *but, size_t n)
{
    for (struct node_each e = node_each(object); node_next(&e);) {
        _cleanup_(arena_done) struct arena a = {};
        bool is_named = false;
        for (size_t i = 0; i < n; i++)
            is_named |= str_is(e.name, but[i]);
        if (is_named)
            continue;
        strbuf_addc(b, ',');
        json_string_add_bytes(b, e.name);
        strbuf_addc(b, ':');
        if (node_kind(e.value) == NODE_STRING)
            json_string_add_bytes(b, node_str(e.value));
        else
            strbuf_add(b, node_text(e.value, &a));
    }
}

bool node_is_str(struct node n, const char *s)
{
    char room[32];
    switch (node_kind(n)) {
    case NODE_ABSENT:
    case NODE_OBJECT:
    case NODE_ARRAY:
        return false;
    case NODE_STRING:
        return str_is(node_string(n), s);
    default:
        return str_is(str_n(room, scalar_text(n, room)), s);
    }
}

struct node_each node_each(struct node n)
{
    const enum node_kind kind = node_kind(n);
    if (kind != NODE_ARRAY && kind != NODE_OBJECT)
        return (struct node_each){};
    return (struct node_each){.of = n, .next = n.at + 1, .end = (uint32_t)payload(n) - 1};
}

bool node_next(struct node_each *e)
{
    if (e->next >= e->end)
        return false;
    e->value = (struct node){e->of.tape, e->next};
    if (tag(e->of) == '{') {
        e->name = node_name(e->value);
        e->value.at++;
    }
    e->next = behind(e->value);
    e->index++;
    return true;
}
