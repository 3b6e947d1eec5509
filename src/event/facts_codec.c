// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <errno.h>

#include "base/hash.h"
#include "event/facts_codec.h"

enum { FORM = 3 }; /* raise when the bytes below, or those of notes (worker/notes.h), change their meaning */

static bool is_unsigned(enum value_type t)
{
    return t == VALUE_UINT || t == VALUE_PORT || t == VALUE_TIME || t == VALUE_DURATION;
}

static void encode_value(struct strbuf *b, const struct value *v)
{
    switch (v->type) {
    case VALUE_BOOL:
        wire_add_u64(b, v->b);
        break;
    case VALUE_INT:
        wire_add_u64(b, (uint64_t)v->i);
        break;
    case VALUE_DOUBLE:
        wire_add_double(b, v->d);
        break;
    case VALUE_STRING:
        wire_add_str(b, v->s);
        break;
    default:
        wire_add_u64(b, v->u);
    }
}

/* What facts_*() can set; addresses and bytes are of live events. */
static bool is_plain(enum value_type t)
{
    return t == VALUE_BOOL || t == VALUE_INT || t == VALUE_DOUBLE || t == VALUE_STRING || is_unsigned(t);
}

static bool goes(const struct facts *f, int id, bool (*leaves_out)(enum field_id id))
{
    return f->values[id].type != VALUE_NONE && is_plain(FIELDS[id].type) &&
           !(leaves_out && leaves_out((enum field_id)id));
}

/* number · 2 + whether it is a list, then the value, or how many and the values */
static void encode_field(struct strbuf *b, int id, const struct value *v)
{
    bool list = v->type == VALUE_LIST;
    wire_add_u64(b, (uint64_t)id * 2 + list);
    if (!list) {
        encode_value(b, v);
        return;
    }
    wire_add_u64(b, v->list.n);
    for (size_t i = 0; i < v->list.n; i++)
        encode_value(b, &v->list.v[i]);
}

static void encode_note(struct strbuf *out, const struct note *n)
{
    wire_add_u64(out, n->field);
    wire_add_str(out, n->value);
    wire_add_str(out, n->excerpt);
    wire_add_str(out, n->via);
    wire_add_u64(out, n->offset);
    wire_add_u64(out, n->line);
    wire_add_u64(out, n->column);
}

void facts_encode_without(const struct facts *f, bool (*leaves_out)(enum field_id id), struct strbuf *out)
{
    size_t values = 0, notes = 0;
    uint16_t going[FIELD__N];
    static_assert(FIELD__N <= UINT16_MAX, "numbers of fields fit");
    wire_add_u64(out, f->event.type);
    wire_add_u64(out, f->event.time_ns);
    for (int i = 0; (i = facts_next(f, i)) < FIELD__N; i++)
        if (goes(f, i, leaves_out))
            going[values++] = (uint16_t)i;
    wire_add_u64(out, values);
    for (size_t i = 0; i < values; i++)
        encode_field(out, going[i], &f->values[going[i]]);
    wire_add_u64(out, f->n_lost);
    for (size_t i = 0; i < f->n_notes; i++)
        notes += !(leaves_out && leaves_out(f->notes[i].field));
    wire_add_u64(out, notes);
    for (size_t i = 0; i < f->n_notes; i++)
        if (!(leaves_out && leaves_out(f->notes[i].field)))
            encode_note(out, &f->notes[i]);
}

void facts_encode(const struct facts *f, struct strbuf *out)
{
    facts_encode_without(f, NULL, out);
}

static void decode_value(struct facts *f, struct wire *w, enum value_type type, struct value *ret)
{
    *ret = (struct value){.type = type};
    switch (type) {
    case VALUE_BOOL:
        ret->b = wire_below(w, 2);
        break;
    case VALUE_INT:
        ret->i = (int64_t)wire_u64(w);
        break;
    case VALUE_DOUBLE:
        ret->d = wire_double(w);
        break;
    case VALUE_STRING:
        ret->s = arena_str(&f->arena, wire_str(w));
        break;
    default:
        ret->u = wire_u64(w);
    }
}

static void decode_field(struct facts *f, struct wire *w)
{
    uint64_t head = wire_below(w, (uint64_t)FIELD__N * 2);
    enum field_id id = (enum field_id)(head / 2);
    const struct field *field = &FIELDS[id];
    bool list = head & 1;
    if (w->bad || !is_plain(field->type) || f->values[id].type != VALUE_NONE ||
        (list && !(field->flags & (FIELD_LIST | FIELD_ANY))) || (!list && field->flags & FIELD_LIST)) {
        w->bad = true;
        return;
    }
    if (!list) {
        struct value v;
        decode_value(f, w, field->type, &v);
        facts_value_own(f, id, v);
        return;
    }
    size_t n = wire_below(w, facts_list_max(id) + 1), room = 1;
    while (room < n) /* a power of two, as facts_add() expects of a list it goes on with */
        room *= 2;
    struct value *items = arena_array(&f->arena, struct value, room);
    for (size_t i = 0; i < n && !w->bad; i++)
        decode_value(f, w, field->type, &items[i]);
    facts_value_own(f, id, (struct value){.type = VALUE_LIST, .list = {items, n}});
}

static void decode_note(struct facts *f, struct wire *w)
{
    struct note n = {.field = (enum field_id)wire_below(w, FIELD__N)};
    n.value = wire_str(w);
    n.excerpt = wire_str(w);
    n.via = wire_str(w);
    n.offset = wire_u64(w);
    n.line = (uint32_t)wire_below(w, 1ULL << 32);
    n.column = (uint32_t)wire_below(w, 1ULL << 32);
    if (!w->bad)
        facts_note(f, &n);
}

int facts_decode(struct facts *f, struct wire *w)
{
    uint64_t type = wire_below(w, EVENT__N), time = wire_u64(w), n = wire_below(w, FIELD__N + 1);
    facts_reset(f, (enum event_type)type, time);
    for (uint64_t i = 0; i < n && !w->bad; i++)
        decode_field(f, w);
    size_t lost = wire_u64(w);
    n = wire_below(w, FACTS_NOTES_MAX + 1);
    for (uint64_t i = 0; i < n && !w->bad; i++)
        decode_note(f, w);
    f->n_lost += lost;
    return w->bad ? -EBADMSG : 0;
}

uint64_t facts_codec_version(void)
{
    struct strbuf b = {};
    wire_add_u64(&b, FORM);
    for (int i = 0; i < FIELD__N; i++) {
        wire_add_str(&b, str_from(FIELDS[i].name));
        wire_add_u64(&b, FIELDS[i].type);
        wire_add_u64(&b, FIELDS[i].flags);
    }
    uint64_t h = hash_keyed(b.p, b.n, 0, 0);
    strbuf_done(&b);
    return h;
}
