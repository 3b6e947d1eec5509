// SPDX-License-Identifier: Apache-2.0
/* The search over one content: which rules are due, over which texts. */
#include "base/text.h"
#include "inspect/secret_search.h"

enum { MERGE_BYTES = 256 }; /* places of a keyword nearer than this are one range */

static void hits_done(struct secret_hits *h, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vec_done(&h->seen[i].ranges);
    free(h->seen);
    vec_done(&h->touched);
}

static void hits_clear(struct secret_hits *h)
{
    for (size_t i = 0; i < h->touched.n; i++)
        vec_clear(&h->seen[h->touched.v[i]].ranges);
    vec_clear(&h->touched);
}

static void hits_add(struct secret_hits *h, unsigned keyword, size_t length, size_t end)
{
    struct secret_seen *seen = &h->seen[keyword];
    size_t n = seen->ranges.n;
    if (n && end - seen->ranges.v[n - 1].to <= MERGE_BYTES) {
        seen->ranges.v[n - 1].to = end;
        return;
    }
    if (!n)
        vec_add(&h->touched, keyword);
    vec_add(&seen->ranges, (struct secret_range){end - length, end});
}

struct secret_search *secret_search_new(const struct secret_rules *rules)
{
    struct secret_search *s = xnew(struct secret_search);
    s->rules = rules;
    s->hits.seen = xalloc((rules->keywords.n + 1) * sizeof(*s->hits.seen));
    s->inner.seen = xalloc((rules->keywords.n + 1) * sizeof(*s->inner.seen));
    s->due = xalloc(rules->rules.n + 1);
    s->paths = xalloc(rules->rules.n + 1);
    s->sets = xalloc(rules->sets.n + 1);
    return s;
}

void secret_search_leaked(struct secret_search *s, const struct intel *intel)
{
    s->intel = intel_has_leaked(intel) ? intel : NULL;
}

struct secret_search *secret_search_free(struct secret_search *s)
{
    if (!s)
        return NULL;
    hits_done(&s->hits, s->rules->keywords.n);
    hits_done(&s->inner, s->rules->keywords.n);
    literals_free(s->keywords);
    free(s->due);
    free(s->paths);
    free(s->sets);
    vec_done(&s->queue);
    vec_done(&s->slices);
    vec_done(&s->fragments);
    vec_done(&s->odd);
    vec_done(&s->present);
    vec_done(&s->found);
    strbuf_done(&s->clean);
    strbuf_done(&s->lower);
    secret_decode_done(&s->decoding);
    map_done(&s->decoded);
    vec_done(&s->places);
    arena_done(&s->decoded_arena);
    arena_done(&s->arena);
    free(s);
    return NULL;
}

void secret_search_hit(struct secret_search *s, unsigned keyword, size_t end)
{
    hits_add(&s->hits, keyword, s->rules->keywords.v[keyword].text.n, end);
}

static void queue_rule(struct secret_search *s, unsigned rule)
{
    if (s->due[rule])
        return;
    s->due[rule] = true;
    vec_add(&s->queue, rule);
}

static int on_keyword(void *ctx, unsigned number, size_t end)
{
    struct secret_search *s = ctx;
    hits_add(&s->inner, number, s->rules->keywords.v[number].text.n, end);
    return 0;
}

static int on_present(void *ctx, unsigned number, size_t end)
{
    struct secret_search *s = ctx;
    (void)end;
    s->presence[number / 64] |= 1ULL << number % 64;
    return 0;
}

int secret_search_prepare(struct secret_search *s, struct cache *cache, struct error *err)
{
    if (s->keywords)
        return 0;
    s->keywords = literals_new();
    for (size_t i = 0; i < s->rules->keywords.n; i++)
        (void)literals_add(s->keywords, s->rules->keywords.v[i].text, true, false);
    return literals_compile_cached(s->keywords, cache, err);
}

/* Keywords in texts that nobody has looked through for us. */
static bool find_keywords(struct secret_search *s, struct str text, literals_hit *hit)
{
    if (secret_search_prepare(s, NULL, NULL) < 0)
        return false;
    return literals_scan(s->keywords, text, hit, s) >= 0;
}

static bool is_in(const struct secret_hits *hits, unsigned keyword, struct secret_range f)
{
    vec_each(r, &hits->seen[keyword].ranges) if (r->from < f.to && r->to > f.from) return true;
    return false;
}

/* Looks for fragments in which Go's lower case tells more than ours. */
static void note_odd(struct secret_search *s, const struct secret_pass *p)
{
    size_t words = s->rules->keywords.n / 64 + 1;
    vec_clear(&s->odd);
    vec_clear(&s->present);
    for (size_t i = 0; p->c->is_text && i < p->n_fragments; i++) {
        struct secret_range f = p->fragments[i];
        struct secret_odd odd = {.is_wide = is_in(p->hits, 0, f) || is_in(p->hits, 1, f), .bits = s->present.n};
        odd.is_odd = odd.is_wide || is_in(p->hits, 2, f) || s->rules->any_wide;
        vec_add(&s->odd, odd);
        if (!odd.is_odd)
            continue;
        for (size_t k = 0; k < words; k++)
            vec_add(&s->present, 0);
        s->presence = s->present.v + odd.bits;
        strbuf_clear(&s->lower);
        secret_lower(&s->lower, str_sub(p->text, f.from, f.to));
        if (!find_keywords(s, strbuf_str(&s->lower), on_present))
            memset(s->presence, 0xff, words * sizeof(*s->presence)); /* no memory: too much is not wrong */
    }
}

/* The rules that a text may concern. */
static void queue_rules(struct secret_search *s, const struct secret_pass *p)
{
    const struct secret_rules *rules = s->rules;
    for (size_t i = 0; i < s->queue.n; i++)
        s->due[s->queue.v[i]] = false;
    vec_clear(&s->queue);
    for (size_t i = 0; i < p->hits->touched.n; i++) {
        const struct secret_keyword *k = &rules->keywords.v[p->hits->touched.v[i]];
        for (size_t j = 0; j < k->rules.n; j++)
            queue_rule(s, k->rules.v[j]);
    }
    for (size_t i = 0; i < rules->unkeyed.n; i++)
        queue_rule(s, rules->unkeyed.v[i]);
    for (unsigned k = 0; s->present.n && k < rules->keywords.n; k++)
        for (size_t i = 0; i < s->odd.n; i++)
            if (s->odd.v[i].is_odd && s->present.v[s->odd.v[i].bits + k / 64] >> k % 64 & 1) {
                for (size_t j = 0; j < rules->keywords.v[k].rules.n; j++)
                    queue_rule(s, rules->keywords.v[k].rules.v[j]);
                break;
            }
}

/* Go matches a byte that is no UTF-8 as a character of its own, RE2 never does: here it becomes one that is as little in
 * any class, with the same place. */
static struct str clean(struct secret_search *s, struct str data)
{
    if (text_is_utf8(data))
        return data;
    strbuf_clear(&s->clean);
    while (data.n) {
        uint32_t rune;
        size_t n = text_decode(data, &rune);
        if (n)
            strbuf_add(&s->clean, str_sub(data, 0, n));
        else
            strbuf_addc(&s->clean, 0x7f);
        data = str_sub(data, n ? n : 1, data.n);
    }
    return strbuf_str(&s->clean);
}

static void run_pass(struct secret_search *s, struct secret_pass *p)
{
    note_odd(s, p);
    queue_rules(s, p);
    if (s->queue.n && p->c->is_text)
        p->text = clean(s, p->text);
    for (size_t i = 0; i < s->queue.n && s->found.n < SECRET_FOUND_MAX; i++) {
        const struct secret_rule *rule = &s->rules->rules.v[s->queue.v[i]];
        if (rule->skip_report)
            continue;
        if (rule->required.n)
            secret_run_composite(s, p, rule, &s->found);
        else
            secret_run_rule(s, p, rule, false, &s->found);
    }
}

static void add_fragment(void *ctx, size_t from, size_t to)
{
    struct secret_search *s = ctx;
    vec_add(&s->fragments, (struct secret_range){from, to});
}

/* Decodes a fragment again and again, and looks at what comes out each time. */
static void run_decoded(struct secret_search *s, const struct content *c, size_t number)
{
    struct secret_range f = s->fragments.v[number];
    struct str text = str_sub(c->data, f.from, f.to);
    secret_decode_reset(&s->decoding);
    while (s->decoding.depth < s->rules->decode_depth && s->found.n < SECRET_FOUND_MAX &&
           secret_decode(&s->decoding, text, &text)) {
        hits_clear(&s->inner);
        if (!find_keywords(s, text, on_keyword))
            return;
        struct secret_range all = {0, text.n};
        struct secret_pass p = {
            .c = c,
            .text = text,
            .hits = &s->inner,
            .fragments = &all,
            .n_fragments = 1,
            .decoding = &s->decoding,
            .offset = f.from,
            .fragment = number,
        };
        run_pass(s, &p);
    }
}

static void run_text(struct secret_search *s, const struct content *c)
{
    secret_fragments(c->data, add_fragment, s);
    struct secret_pass p = {
        .c = c,
        .text = c->data,
        .hits = &s->hits,
        .fragments = s->fragments.v,
        .n_fragments = s->fragments.n,
    };
    run_pass(s, &p);
    for (size_t i = 0; i < s->fragments.n; i++)
        run_decoded(s, c, i);
}

static void run_binary(struct secret_search *s, const struct content *c)
{
    struct secret_range all = {0, c->data.n};
    struct secret_pass p = {.c = c, .text = c->data, .hits = &s->hits, .fragments = &all, .n_fragments = 1};
    run_pass(s, &p);
}

static void run_path_rules(struct secret_search *s, const struct content *c, struct facts *facts)
{
    const struct secret_rules *rules = s->rules;
    if (!c->data.n && !c->size) /* like gitleaks: an empty file holds no secret, whatever it is called */
        return;
    for (size_t i = 0; i < rules->path_only.n; i++) {
        const struct secret_rule *rule = &rules->rules.v[rules->path_only.v[i]];
        if (rule->skip_report || !secret_path_matches(rule->path, c->path) ||
            secret_set_allowed(&rules->sets.v[rule->set], c->path) || secret_rule_path_allowed(rules, rule, c->path))
            continue;
        facts_add(facts, F_SECRET_KINDS, rule->id);
        facts_count(facts, F_SECRET_COUNT);
        facts_count(facts, F_SECRET_LIVE);
        facts_note(facts, &(struct note){.field = F_SECRET_KINDS, .value = rule->id});
    }
}

void secret_search_find(struct secret_search *s, const struct content *c)
{
    memset(s->paths, 0, s->rules->rules.n);
    memset(s->sets, 0, s->rules->sets.n);
    if (c->is_text)
        run_text(s, c);
    else
        run_binary(s, c);
}

void secret_search_run(struct secret_search *s, const struct content *c, struct facts *facts)
{
    secret_search_find(s, c);
    secret_state_all(s, c, facts);
    if (c->first && !c->depth)
        run_path_rules(s, c, facts);
    hits_clear(&s->hits);
    vec_clear(&s->fragments);
    vec_clear(&s->found);
    arena_reset(&s->arena);
}
