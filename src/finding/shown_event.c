// SPDX-License-Identifier: Apache-2.0
#include "base/argument.h"
#include "finding/shown_event.h"

/* Fields that may hold command lines, environments or data that went over a descriptor. */
static bool may_hold_secrets(enum field_id id)
{
    switch (id) {
    case F_PROC_ARGS:
    case F_PROC_CMDLINE:
    case F_PROC_EXELINE:
    case F_PROC_PCMDLINE:
    case F_PROC_ACMDLINE:
    case F_PROC_AARGS:
    case F_PROC_ENV:
    case F_PROC_AENV:
    case F_TARGET_CMDLINE:
    case F_EVT_ARG:
    case F_EVT_RAWARG:
    case F_EVT_ARGS:
    case F_EVT_INFO:
    case F_EVT_BUFFER:
        return true;
    default:
        return false;
    }
}

/* Parameters and data print what is between words as dots. */
static bool has_dots(enum field_id id)
{
    return id == F_EVT_ARG || id == F_EVT_RAWARG || id == F_EVT_ARGS || id == F_EVT_INFO || id == F_EVT_BUFFER;
}

static struct str hide(const struct shown_event *s, enum field_id id, struct str text)
{
    struct strbuf b = {}, dots = {};
    struct str rest = text, word;
    bool is_hidden = false;
    for (bool is_first = true; has_dots(id) && str_split(&rest, ' ', &word); is_first = false) {
        if (!is_first)
            strbuf_addc(&dots, ' ');
        is_hidden |= argument_add_line(&dots, word, '.');
    }
    is_hidden |= argument_add_line(&b, has_dots(id) ? strbuf_str(&dots) : text, ' ');
    if (is_hidden)
        text = arena_str(s->arena, strbuf_str(&b));
    strbuf_done(&b);
    strbuf_done(&dots);
    return text;
}

static void hide_list(const struct shown_event *s, enum field_id id, struct value *v)
{
    struct value *list = arena_array(s->arena, struct value, v->list.n);
    for (size_t i = 0; i < v->list.n; i++) {
        list[i] = v->list.v[i];
        if (list[i].type == VALUE_STRING)
            list[i].s = hide(s, id, list[i].s);
    }
    v->list.v = list;
}

static int get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    const struct shown_event *s = (const struct shown_event *)e;
    const int r = event_get(s->inner, ref, ret);
    if (r != 1 || !may_hold_secrets(ref->id))
        return r;
    if (ret->type == VALUE_STRING || ret->type == VALUE_BYTES)
        ret->s = hide(s, ref->id, ret->s);
    else if (ret->type == VALUE_LIST)
        hide_list(s, ref->id, ret);
    return r;
}

void shown_event_init(struct shown_event *s, const struct event *inner, struct arena *arena)
{
    static const struct event_ops ops = {.get = get};
    *s = (struct shown_event){.event = *inner, .inner = inner, .arena = arena};
    s->event.ops = &ops;
}
