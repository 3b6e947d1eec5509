// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/cleanup.h"
#include "event/feed_path.h"
#include "rule/index.h"
#include "rule/prefilter_feed.h"

static const struct feed {
    enum field_id first, last;
    enum event_type type;
    uint64_t facts;
    enum feed_place place;
} FEEDS[] = {
#define FEED(first, last, type, facts, place) {F_##first, F_##last, EVENT_##type, facts, place},
#include "event/feed.def"
#undef FEED
};

/* Whether a field needs the bytes that were read or written; parameters as a whole print them too. */
static bool needs_data(const struct field_ref *ref)
{
    const bool is_arg = ref->id == F_EVT_ARG || ref->id == F_EVT_RAWARG;
    return ref->id == F_EVT_BUFFER || ref->id == F_DATA_PROTOCOL || (ref->id >= F_TLS_SNI && ref->id <= F_TLS_IS_NAME_ASKED) || (is_arg && (ref->arg_is_index || str_is(ref->arg, "data")));
}

static void note_fields(const struct operand *o, bool *is_read, bool *ret_data)
{
    if (o->transformer == TR_NONE && !o->is_literal && o->ref.id >= 0) {
        is_read[o->ref.id] = true;
        *ret_data |= needs_data(&o->ref);
    }
    for (size_t i = 0; i < o->n_args; i++)
        note_fields(o->args[i], is_read, ret_data);
}

/* True: it asks for data. */
static bool note_rule(const struct program *p, const struct program_range *r, bool *is_read)
{
    bool needs = false;
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        if (op != OPCODE_JT && op != OPCODE_JF)
            continue;
        const struct leaf *l = &p->leaves[code_leaf(r->code[pc])];
        note_fields(&p->operands[l->left], is_read, &needs);
        if (l->right != PROGRAM_NONE)
            note_fields(&p->operands[l->right], is_read, &needs);
    }
    return needs;
}

static void want_data(const struct program *p, size_t rule, struct pack_kind *kinds)
{
    uint64_t types[TYPE_WORDS];
    index_types(p, rule, types);
    for (unsigned t = 0; t < EVENT__N; t++)
        kinds[t].wants_data |= types[t / 64] >> (t % 64) & 1;
}

static uint32_t files_of(struct spots *s, enum feed_place place)
{
    struct spot spots[FEED_PATHS_N];
    size_t n = 0;
    if (place == FEED_ANYWHERE)
        return SPOTS_ANY;
    for (const struct feed_path *f = FEED_PATHS; f < FEED_PATHS + FEED_PATHS_N; f++)
        if (f->place == place)
            spots[n++] = (struct spot){f->fit, f->text, (uint32_t)f->text.n};
    return spots_set(s, spots, n);
}

static bool reads_any(const bool *is_read, const struct feed *f)
{
    for (int id = f->first; id <= (int)f->last; id++)
        if (is_read[id])
            return true;
    return false;
}

void feed_add(const struct program *p, const bool *is_on, struct spots *spots, struct pack_kind *kinds)
{
    _cleanup_free_ bool *is_read = xalloc(FIELD__N * sizeof(*is_read));
    for (size_t r = 0; r < p->n_rules; r++)
        if (is_on[r] && note_rule(p, &p->rules[r], is_read) && p->rules[r].source == SOURCE_SYSCALL)
            want_data(p, r, kinds);
    for (size_t i = 0; i < ARRAY_SIZE(FEEDS); i++) {
        struct pack_kind *k = &kinds[FEEDS[i].type];
        if (reads_any(is_read, &FEEDS[i]) && k->kind < FILTER_KINDS && !dnf_is_always(&k->terms))
            dnf_add(&k->terms, spots, (struct term){.yes = FEEDS[i].facts, .spots = files_of(spots, FEEDS[i].place)});
    }
}
