// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "base/strbuf.h"
#include "finding/subject.h"

struct str shown_text(struct arena *a, struct str s, bool *ret_cut)
{
    bool cut = s.n > FINDING_TEXT_MAX;
    if (cut) {
        size_t n = FINDING_TEXT_MAX;
        /* Not inside a UTF-8 sequence; of bytes that are no UTF-8, at most three are lost here. */
        for (int back = 0; back < 3 && ((unsigned char)s.p[n] & 0xc0) == 0x80; back++)
            n--;
        s.n = n;
    }
    if (ret_cut)
        *ret_cut = cut;
    return arena_str(a, s);
}

static struct str copy(struct arena *a, const struct facts *facts, enum field_id id)
{
    return shown_text(a, facts_get_str(facts, id), NULL);
}

static uint64_t number(const struct facts *facts, enum field_id id)
{
    const struct value *v = facts_get(facts, id);
    return v->type == VALUE_UINT ? v->u : v->type == VALUE_INT && v->i > 0 ? (uint64_t)v->i : 0;
}

static struct str first_of(struct arena *a, const struct facts *facts, const enum field_id *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (facts_get_str(facts, ids[i]).n)
            return copy(a, facts, ids[i]);
    return STR_NULL;
}

void subject_fill(struct subject *s, const struct facts *facts, struct arena *a)
{
    s->type = facts->event.type;
    switch (s->type) {
    case EVENT_FILE:
        s->name = s->path = copy(a, facts, F_FILE_PATH);
        s->sha256 = copy(a, facts, F_FILE_SHA256);
        s->size = s->sha256.n ? number(facts, F_FILE_SIZE) : 0;
        break;
    case EVENT_PROCESS:
        s->pid = (int64_t)number(facts, F_PROC_PID);
        s->path = copy(a, facts, F_PROC_EXEPATH);
        s->sha256 = copy(a, facts, F_FILE_SHA256);
        s->name =
            arena_printf(a, "%.*s(%lld)", STR_ARG(facts_get_str(facts, F_PROC_NAME)), (long long)s->pid);
        break;
    case EVENT_ACCOUNT:
        s->name = copy(a, facts, F_ACCOUNT_NAME);
        break;
    case EVENT_IMAGE:
        s->name = first_of(a, facts, (enum field_id[]){F_IMAGE_REF, F_TARGET_NAME, F_IMAGE_DIGEST}, 3);
        break;
    default:
        s->name = first_of(a, facts, (enum field_id[]){F_HOST_NAME, F_TARGET_NAME}, 2);
        break;
    }
    s->layer = (uint32_t)number(facts, F_LAYER_INDEX);
    s->layer_count = (uint32_t)number(facts, F_LAYER_COUNT);
    s->hidden_by = (uint32_t)number(facts, F_LAYER_HIDDEN_BY);
    s->layer_digest = copy(a, facts, F_LAYER_DIGEST);
    s->layer_state = copy(a, facts, F_LAYER_STATE);
    s->created_by = copy(a, facts, F_LAYER_CREATED_BY);
}

/* Whether the rule's condition reads the field or its output prints it (a count is read, what was counted
 * printed). */
static bool is_shown(const struct rule *rule, enum field_id id)
{
    char reference[128];
    for (size_t i = 0; i < rule->n_fields; i++)
        if (rule->fields[i] == id)
            return true;
    (void)snprintf(reference, sizeof(reference), "%%%s", FIELDS[id].name);
    return str_has(rule->output, str_from(reference));
}

void shown_fill(struct finding *f, const struct facts *facts, struct arena *a)
{
    struct strbuf text = {};
    f->fields = arena_array(a, struct shown_field, f->rule->n_fields);
    for (size_t i = 0; i < f->rule->n_fields; i++) {
        struct field_ref ref = {.id = f->rule->fields[i]};
        struct value v;
        if (ref.id == F_EVT_TYPE || event_get(&facts->event, &ref, &v) != 1)
            continue; /* the subject says the type */
        strbuf_clear(&text);
        value_add_text(&text, &v);
        struct shown_field *shown = &f->fields[f->n_fields++];
        shown->field = ref.id;
        shown->text = shown_text(a, strbuf_str(&text), &shown->cut);
    }
    strbuf_done(&text);

    f->notes =
        arena_array(a, struct note, facts->n_notes < FINDING_NOTES_MAX ? facts->n_notes : FINDING_NOTES_MAX);
    for (size_t i = 0; i < facts->n_notes; i++) {
        const struct note *from = &facts->notes[i];
        if (!is_shown(f->rule, from->field))
            continue;
        if (f->n_notes_seen++ >= FINDING_NOTES_MAX)
            continue;
        struct note *n = &f->notes[f->n_notes++];
        *n = *from;
        n->value = shown_text(a, from->value, NULL);
        n->excerpt = shown_text(a, from->excerpt, NULL);
        n->via = shown_text(a, from->via, NULL);
    }
}
