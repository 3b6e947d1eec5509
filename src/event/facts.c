// SPDX-License-Identifier: Apache-2.0
#include <assert.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "event/facts.h"

/* Part of a text kept as words with blanks between: by position, or the value of NAME=value. */
static int get_word(struct str text, const struct field_ref *ref, struct value *ret)
{
    struct str word;
    for (uint32_t i = 0; str_split(&text, ' ', &word); i++) {
        if (ref->arg_is_index && i == ref->index) {
            *ret = VALUE_OF_STR(word);
            return 1;
        }
        if (!ref->arg_is_index && word.n > ref->arg.n && word.p[ref->arg.n] == '=' &&
            str_starts(word, ref->arg)) {
            *ret = VALUE_OF_STR(str_sub(word, ref->arg.n + 1, word.n));
            return 1;
        }
    }
    return 0;
}

static int facts_event_get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    const struct facts *f = (const struct facts *)e;
    const struct value *v = &f->values[ref->id];
    uint32_t index = ref->index;
    for (const struct fact_arg *a = ref->has_arg ? f->args : NULL; a; a = a->next)
        if (a->field == ref->id && str_eq(a->arg, ref->arg)) {
            *ret = a->value;
            return 1;
        }
    if (v->type == VALUE_NONE)
        return 0;
    if (ref->has_arg && v->type == VALUE_STRING)
        return get_word(v->s, ref, ret);
    if (ref->arg_is_index && v->type == VALUE_LIST) {
        /* Ancestors count from 1; 0 would be the process itself, which has fields of its own. */
        if ((FIELDS[ref->id].flags & FIELD_ANY) && index-- == 0)
            return 0;
        if (index >= v->list.n)
            return 0;
        *ret = v->list.v[index];
        return 1;
    }
    *ret = *v;
    return 1;
}

static const struct event_ops FACTS_OPS = {.get = facts_event_get};

void facts_init(struct facts *f)
{
    *f = (struct facts){.event.ops = &FACTS_OPS};
    event_run_init(&f->run, clock_ns(CLOCK_REALTIME));
}

void facts_reset(struct facts *f, enum event_type type, uint64_t time_ns)
{
    arena_reset(&f->arena);
    for (int i = 0; (i = facts_next(f, i)) < FIELD__N; i++)
        f->values[i] = (struct value){};
    memset(f->stated, 0, sizeof(f->stated));
    f->args = NULL;
    f->notes = NULL;
    f->n_notes = f->n_lost = 0;
    f->event.run = &f->run; /* here, because facts may have been moved since facts_init() */
    f->event.type = type;
    f->event.time_ns = time_ns;
    f->event.num++;
}

void facts_done(struct facts *f)
{
    arena_done(&f->arena);
    *f = (struct facts){};
}

int facts_next(const struct facts *f, int from)
{
    for (size_t word = (size_t)from / 64, bit = (size_t)from % 64; word < ARRAY_SIZE(f->stated); word++, bit = 0) {
        uint64_t left = f->stated[word] >> bit << bit;
        if (left)
            return (int)(word * 64 + (size_t)__builtin_ctzll(left));
    }
    return FIELD__N;
}

/* The place of a field that is set now. */
static struct value *place(struct facts *f, enum field_id id)
{
    f->stated[id / 64] |= UINT64_C(1) << id % 64;
    return &f->values[id];
}

static struct value *slot(struct facts *f, enum field_id id, enum value_type type)
{
    assert(FIELDS[id].type == type && !(FIELDS[id].flags & FIELD_LIST));
    struct value *v = place(f, id);
    v->type = type;
    return v;
}

void facts_bool(struct facts *f, enum field_id id, bool v)
{
    slot(f, id, VALUE_BOOL)->b = v;
}

void facts_int(struct facts *f, enum field_id id, int64_t v)
{
    slot(f, id, VALUE_INT)->i = v;
}

void facts_uint(struct facts *f, enum field_id id, uint64_t v)
{
    enum value_type type = FIELDS[id].type;
    assert(type == VALUE_UINT || type == VALUE_PORT || type == VALUE_TIME || type == VALUE_DURATION);
    slot(f, id, type)->u = v;
}

void facts_double(struct facts *f, enum field_id id, double v)
{
    slot(f, id, VALUE_DOUBLE)->d = v;
}

void facts_str(struct facts *f, enum field_id id, struct str v)
{
    slot(f, id, VALUE_STRING)->s = arena_str(&f->arena, v);
}

void facts_net(struct facts *f, enum field_id id, const struct net *v)
{
    enum value_type type = FIELDS[id].type;
    assert(type == VALUE_IP || type == VALUE_NET);
    struct net *net = arena_new(&f->arena, struct net);
    *net = *v;
    slot(f, id, type)->net = net;
}

void facts_arg(struct facts *f, enum field_id id, struct str arg, const struct value *v)
{
    struct fact_arg *a = arena_new(&f->arena, struct fact_arg);
    *a = (struct fact_arg){f->args, id, arena_str(&f->arena, arg), *v};
    if (v->type == VALUE_STRING)
        a->value.s = arena_str(&f->arena, v->s);
    f->args = a;
}

/* The place for one more element of a list field, NULL when it is full. Lists double in the arena: at most twice the bytes. */
static struct value *grow(struct facts *f, enum field_id id)
{
    struct value *v = place(f, id);
    assert(FIELDS[id].flags & (FIELD_LIST | FIELD_ANY));
    v->type = VALUE_LIST;
    if (v->list.n >= facts_list_max(id)) {
        f->n_lost++;
        return NULL;
    }
    if ((v->list.n & (v->list.n - 1)) == 0) {
        struct value *bigger = arena_array(&f->arena, struct value, v->list.n ? v->list.n * 2 : 1);
        if (v->list.n)
            memcpy(bigger, v->list.v, v->list.n * sizeof(*bigger));
        v->list.v = bigger;
    }
    return (struct value *)&v->list.v[v->list.n++];
}

bool facts_add(struct facts *f, enum field_id id, struct str s)
{
    const struct value_list list = f->values[id].list;
    assert(FIELDS[id].type == VALUE_STRING);
    if (f->values[id].type == VALUE_LIST && !(FIELDS[id].flags & (FIELD_ANY | FIELD_LONG)))
        for (size_t i = 0; i < list.n; i++)
            if (str_eq(list.v[i].s, s))
                return false;
    struct value *v = grow(f, id);
    if (!v)
        return false;
    *v = VALUE_OF_STR(arena_str(&f->arena, s));
    return true;
}

bool facts_add_uint(struct facts *f, enum field_id id, uint64_t u)
{
    const struct value_list list = f->values[id].list;
    if (f->values[id].type == VALUE_LIST)
        for (size_t i = 0; i < list.n; i++)
            if (list.v[i].u == u)
                return false;
    struct value *v = grow(f, id);
    if (!v)
        return false;
    *v = (struct value){.type = FIELDS[id].type, .u = u};
    return true;
}

void facts_count(struct facts *f, enum field_id id)
{
    facts_uint(f, id, facts_has(f, id) ? f->values[id].u + 1 : 1);
}

void facts_note(struct facts *f, const struct note *note)
{
    if (f->n_notes >= FACTS_NOTES_MAX) {
        f->n_lost++;
        return;
    }
    if ((f->n_notes & (f->n_notes - 1)) == 0) {
        struct note *bigger = arena_array(&f->arena, struct note, f->n_notes ? f->n_notes * 2 : 1);
        if (f->n_notes)
            memcpy(bigger, f->notes, f->n_notes * sizeof(*bigger));
        f->notes = bigger;
    }
    struct note *n = &f->notes[f->n_notes++];
    (void)place(f, note->field);
    *n = *note;
    n->value = arena_str(&f->arena, note->value);
    n->excerpt = arena_str(&f->arena, note->excerpt);
    n->via = arena_str(&f->arena, note->via);
}

static struct str redacted(struct arena *a, struct str s, struct str secret, struct str shown)
{
    for (ptrdiff_t at = 0; (at = str_find(s, secret, (size_t)at)) >= 0; at += (ptrdiff_t)shown.n)
        s = arena_printf(a, "%.*s%.*s%.*s", STR_ARG(str_sub(s, 0, (size_t)at)), STR_ARG(shown),
                         STR_ARG(str_sub(s, (size_t)at + secret.n, s.n)));
    return s;
}

void facts_redact(struct facts *f, enum field_id id, struct str secret, struct str shown)
{
    struct value *v = &f->values[id];
    if (secret.n < 4 || FIELDS[id].type != VALUE_STRING || v->type == VALUE_NONE)
        return;
    if (v->type == VALUE_STRING)
        v->s = redacted(&f->arena, v->s, secret, shown);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        ((struct value *)v->list.v)[i].s = redacted(&f->arena, v->list.v[i].s, secret, shown);
    for (size_t i = 0; i < f->n_notes; i++)
        if (f->notes[i].field == id) {
            f->notes[i].value = redacted(&f->arena, f->notes[i].value, secret, shown);
            f->notes[i].excerpt = redacted(&f->arena, f->notes[i].excerpt, secret, shown);
        }
}

struct str facts_get_str(const struct facts *f, enum field_id id)
{
    return f->values[id].type == VALUE_STRING ? f->values[id].s : STR_NULL;
}

/* A copy of v whose strings and lists live in the arena. */
static struct value copy_value(struct arena *a, const struct value *v)
{
    struct value copy = *v;
    if (v->type == VALUE_STRING || v->type == VALUE_BYTES) {
        copy.s = arena_str(a, v->s);
    } else if (v->type == VALUE_LIST) {
        /* room for the next power of two, as grow() expects of a list it goes on with */
        size_t room = 1;
        while (room < v->list.n)
            room *= 2;
        struct value *items = arena_array(a, struct value, room);
        for (size_t i = 0; i < v->list.n; i++)
            items[i] = copy_value(a, &v->list.v[i]);
        copy.list.v = items;
    } else if ((v->type == VALUE_IP || v->type == VALUE_NET) && v->net) {
        struct net *net = arena_new(a, struct net);
        *net = *v->net;
        copy.net = net;
    }
    return copy;
}

void facts_value(struct facts *f, enum field_id id, const struct value *v)
{
    *place(f, id) = copy_value(&f->arena, v);
}

void facts_value_own(struct facts *f, enum field_id id, struct value v)
{
    *place(f, id) = v;
}

void facts_merge(struct facts *to, const struct facts *from)
{
    bool taken[FIELD__N] = {};
    for (int i = 0; (i = facts_next(from, i)) < FIELD__N; i++) {
        if (from->values[i].type == VALUE_NONE || to->values[i].type != VALUE_NONE)
            continue;
        facts_value(to, (enum field_id)i, &from->values[i]);
        taken[i] = true;
    }
    for (size_t i = 0; i < from->n_notes; i++)
        if (taken[from->notes[i].field])
            facts_note(to, &from->notes[i]);
}
