// SPDX-License-Identifier: Apache-2.0
/* States what the search found, and takes it out of what other analyzers have stated. */
#include "base/hash.h"
#include "base/text.h"
#include "inspect/secret_search.h"
#include "inspect/secret_valid.h"

enum {
    EXCERPT_BEFORE = 48,    /* bytes shown before the secret */
    NOTE_REACH = 512,       /* a note's excerpt shows bytes at most so far from its offset */
    AROUND_BYTES = 4 << 10, /* looked at on both sides for whom a secret is for */
    DECODED_MAX = 8192,     /* secrets of one file that are remembered, so that no second decoder states them again */
};

static bool is_printable(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static int by_secret(const void *a, const void *b)
{
    const struct secret_found *x = a, *y = b;
    if (x->secret.from != y->secret.from)
        return x->secret.from < y->secret.from ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth < y->depth ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->match.from > y->match.from) - (x->match.from < y->match.from);
}

static bool is_one_line(struct str data, size_t a, size_t b)
{
    return a < b ? !memchr(data.p + a, '\n', b - a) : !memchr(data.p + b, '\n', a - b);
}

/* Whether one of two findings is the text that the other is decoded from. */
static bool is_encoded(const struct secret_found *a, const struct secret_found *b)
{
    return a->depth != b->depth && a->secret.from < b->secret.to && b->secret.from < a->secret.to;
}

/* Whether the secret of one is part of the other's; the empty one is part of each, as in gitleaks. */
static bool is_part(const struct secret_found *f, const struct secret_found *of)
{
    return f->is_void || (!of->is_void && str_has(of->text, f->text));
}

/*
 * Whether another finding of the same file tells this secret better: one of a rule that yields less, and has it on the same
 * line; of a rule that says itself that it yields, also one that decodes it or is its encoding, the decoded one first.
 */
static bool is_told_better(const struct secret_found *f, const struct secret_found *o, const struct content *c)
{
    if (o->rule->set != f->rule->set || o->hidden || o->is_waived || o->fragment != f->fragment)
        return false;
    if (o->rule->yields < f->rule->yields && is_part(f, o) && is_one_line(c->data, o->match.from, f->match.from))
        return true;
    return f->rule->yields == 1 && is_encoded(f, o) &&
           (o->rule->yields < 1 || (o->rule->yields == 1 && o->depth > f->depth));
}

static bool gives_way(const struct secret_search *s, size_t number, const struct content *c)
{
    enum { NEIGHBOURS = 256 }; /* findings on one line that are compared, either way */
    const struct secret_found *f = &s->found.v[number];
    if (!f->rule->yields)
        return false;
    for (size_t i = number > NEIGHBOURS ? number - NEIGHBOURS : 0; i < s->found.n && i < number + NEIGHBOURS; i++)
        if (i != number && is_told_better(f, &s->found.v[i], c))
            return true;
    return false;
}

/* Values that name a thing and must stay as they are, whatever a rule takes for a secret. */
static bool is_identity(const char *field)
{
    static const char *const prefixes[] = {"wallet.", "file.", "elf.", "ssh.", "yara.", "secret.", "target."};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (!strncmp(field, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

/* Takes a text out of what other analyzers have stated: whole in values, and every part of it in excerpts near it. */
static void take_out(const struct content *c, struct facts *facts, const struct secret_found *f, struct str text,
                     struct str shown)
{
    enum { PART = 6 };
    for (int id = 0; (id = facts_next(facts, id)) < FIELD__N; id++)
        if (!is_identity(FIELDS[id].name))
            facts_redact(facts, (enum field_id)id, text, shown);
    uint64_t from = c->offset + f->secret.from, to = c->offset + f->secret.to;
    for (size_t i = 0; i < facts->n_notes; i++) {
        struct note *n = &facts->notes[i];
        if (n->field == F_SECRET_KINDS || !str_eq(n->via, c->via) || n->offset > to + NOTE_REACH ||
            n->offset + NOTE_REACH < from)
            continue;
        /* An excerpt may begin or end within the secret. */
        for (size_t at = 0; at + PART <= n->excerpt.n; at++)
            if (str_has(text, str_sub(n->excerpt, at, at + PART))) {
                n->excerpt = arena_printf(&facts->arena, "%.*s…", STR_ARG(str_sub(n->excerpt, 0, at)));
                break;
            }
    }
}

/* Whether a finding is the place before it over again, as a later pass finds it: it begins within that one, on the same line. A
 * match that touches what is encoded on the next line reaches over it, and what is found there is a place of its own. */
static bool is_same_place(const struct content *c, const struct secret_range *before, uint64_t from)
{
    return from < before->to && (before->from < c->offset || is_one_line(c->data, before->from - c->offset, from - c->offset));
}

/* Whether the same secret was stated before of this place, or by another decoder of this file; remembers it. Where it stands
 * in plain it always counts, and so does each place of the file itself at which it is encoded. */
static bool is_stated(struct secret_search *s, const struct content *c, const struct secret_found *f)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "%zu:%llx:%zx", (size_t)(f->rule - s->rules->rules.v),
                     (unsigned long long)hash_str(f->text), f->text.n);
    struct str key = str_n(text, (size_t)n);
    struct map_entry *e = map_get(&s->decoded, key);
    struct secret_range place = {c->offset + f->secret.from, c->depth ? SIZE_MAX : c->offset + f->secret.to};
    if (e) {
        struct secret_range *last = &s->places.v[e->u64];
        if ((f->depth || c->depth) && (c->depth || last->to == SIZE_MAX || is_same_place(c, last, place.from)))
            return true;
        if (!c->depth)
            *last = place;
        return false;
    }
    if (s->decoded.n < DECODED_MAX) {
        map_put(&s->decoded, arena_str(&s->decoded_arena, key), NULL)->u64 = s->places.n;
        vec_add(&s->places, place);
    }
    return false;
}

static struct str via_of(const struct content *c, const struct secret_found *f, struct arena *a)
{
    static const char *const NAMES[] = {"percent", "unicode", "hex", "base64"};
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, c->via);
    for (unsigned i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (f->kinds >> i & 1) {
            strbuf_adds(&b, b.n ? ">" : "");
            strbuf_adds(&b, NAMES[i]);
        }
    return arena_str(a, strbuf_str(&b));
}

/* gitleaks' tags of decoded findings. */
static void state_decoding(const struct secret_found *f, struct facts *facts)
{
    static const char *const TAGS[] = {"decoded:percent", "decoded:unicode", "decoded:hex", "decoded:base64"};
    for (unsigned i = 0; i < ARRAY_SIZE(TAGS); i++)
        if (f->kinds >> i & 1)
            (void)facts_add(facts, F_SECRET_DECODED, str_from(TAGS[i]));
    if (f->depth)
        (void)facts_add(facts, F_SECRET_DECODED, arena_printf(&facts->arena, "decode-depth:%u", f->depth));
}

static void state_validity(const struct secret_validity *v, struct facts *facts, bool is_new, struct strbuf *words)
{
    for (enum secret_state i = 0; i < SECRET_STATE__N; i++)
        if (v->states >> i & 1) {
            (void)facts_add(facts, F_SECRET_STATES, str_from(secret_state_name(i)));
            strbuf_adds(words, words->n ? ", " : "");
            strbuf_adds(words, secret_state_name(i));
        }
    if (v->detail.n) {
        (void)facts_add(facts, F_SECRET_DETAILS, v->detail);
        strbuf_adds(words, words->n ? ", " : "");
        strbuf_add(words, v->detail);
    }
    if (!is_new)
        return;
    facts_count(facts, F_SECRET_COUNT);
    if (!secret_is_dead(v))
        facts_count(facts, F_SECRET_LIVE);
    if (secret_is_live(v))
        facts_count(facts, F_SECRET_VALID);
}

static struct secret_validity validity(const struct content *c, const struct secret_found *f, struct facts *facts,
                                       struct arena *a)
{
    struct str match = f->depth ? f->text : str_sub(c->data, f->match.from, f->match.to);
    size_t from = f->match.from > AROUND_BYTES ? f->match.from - AROUND_BYTES : 0;
    return secret_validity_of(f->text, match, str_sub(c->data, from, f->match.to + AROUND_BYTES), facts->event.time_ns, a);
}

/* The line up to the secret, then the form of it that may be shown; nothing before `floor`, where another secret ends. */
static void add_excerpt(struct strbuf *b, const struct content *c, const struct secret_found *f, size_t floor, struct str shown)
{
    size_t at = f->secret.from, start = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
    const char *nl = at > start ? memrchr(c->data.p + start, '\n', at - start) : NULL;
    if (nl)
        start = (size_t)(nl - c->data.p) + 1;
    if (start < floor)
        start = floor < at ? floor : at;
    for (; !c->is_text && at > start; at--)
        if (!is_printable((uint8_t)c->data.p[at - 1]))
            start = at;
    text_add_safe(b, str_sub(c->data, start, f->secret.from));
    strbuf_add(b, shown);
}

/* As it stands, and of a private key by its public half: lists hold hashes alone. */
static void look_up(const struct intel *intel, const struct secret_found *f, struct secret_validity *v, struct facts *facts)
{
    static const enum digest_kind KINDS[] = {DIGEST_SHA256, DIGEST_SHA1};
    struct intel_known known = {};
    uint8_t digest[DIGEST_BYTES_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++) {
        digest_once(KINDS[i], f->text.p, f->text.n, digest);
        intel_know_leaked(intel, KINDS[i], digest, &known);
    }
    for (unsigned i = 0; i < v->n_prints; i++)
        intel_know_leaked(intel, DIGEST_SHA256, v->prints[i], &known);
    if (!known.bad)
        return;
    v->states |= 1U << SECRET_LEAKED;
    for (size_t i = 0; i < known.n; i++)
        (void)facts_add(facts, F_SECRET_DETAILS, arena_printf(&facts->arena, "leaked: %.*s%s%.*s", STR_ARG(known.v[i].name), known.v[i].name.n ? ", " : "",
                                                             STR_ARG(known.v[i].source)));
}

static void state_one(struct secret_search *s, const struct content *c, const struct secret_found *f, struct facts *facts,
                      struct str shown, size_t floor, bool is_new)
{
    _cleanup_(strbuf_done) struct strbuf excerpt = {}, words = {};
    struct secret_validity v = validity(c, f, facts, &s->arena);
    if (s->intel)
        look_up(s->intel, f, &v, facts);
    add_excerpt(&excerpt, c, f, floor, shown);
    state_decoding(f, facts);
    state_validity(&v, facts, is_new, &words);
    if (words.n)
        strbuf_printf(&excerpt, " (%.*s)", STR_ARG(strbuf_str(&words)));
    struct note n = {.field = F_SECRET_KINDS,
                     .value = f->rule->id,
                     .excerpt = strbuf_str(&excerpt),
                     .via = via_of(c, f, &s->arena),
                     .offset = c->offset + f->secret.from};
    content_line(c, f->secret.from, &n.line, &n.column);
    (void)facts_add(facts, F_SECRET_KINDS, f->rule->id);
    facts_note(facts, &n);
}

static bool is_same_secret(const struct secret_found *a, const struct secret_found *b)
{
    return a->secret.to > b->secret.from && (!b->depth || str_has(a->text, b->text) || str_has(b->text, a->text));
}

void secret_state_all(struct secret_search *s, const struct content *c, struct facts *facts)
{
    size_t shown_to = 0; /* no excerpt reaches back over a secret */
    const struct secret_found *last = NULL; /* that was counted */
    if (s->found.n > 1)
        qsort(s->found.v, s->found.n, sizeof(*s->found.v), by_secret);
    if (c->first && !c->depth) {
        s->counted = 0;
        map_clear(&s->decoded);
        vec_clear(&s->places);
        arena_reset(&s->decoded_arena);
    }
    const uint64_t counted = s->counted;
    for (size_t i = 0; i < s->found.n; i++) {
        const struct secret_found *f = &s->found.v[i];
        _cleanup_(strbuf_done) struct strbuf shown = {};
        if (f->is_waived) {
            (void)is_stated(s, c, f);
            continue;
        }
        secret_redact(&shown, f->text);
        take_out(c, facts, f, f->text, strbuf_str(&shown));
        if (f->depth) /* what it is decoded from tells it as well */
            take_out(c, facts, f, str_sub(c->data, f->secret.from, f->secret.to), STR("…"));
        bool is_known = !c->depth && c->offset + f->secret.to <= counted;
        if (!f->hidden && !is_known && !gives_way(s, i, c) && !is_stated(s, c, f)) {
            bool is_new = !last || !is_same_secret(last, f);
            state_one(s, c, f, facts, strbuf_str(&shown), shown_to, is_new);
            if (is_new || f->secret.to > last->secret.to)
                last = f;
            if (!c->depth && c->offset + f->secret.to > s->counted)
                s->counted = c->offset + f->secret.to;
        }
        if (f->secret.to > shown_to)
            shown_to = f->secret.to;
    }
}
