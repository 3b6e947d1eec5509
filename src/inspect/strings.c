// SPDX-License-Identifier: Apache-2.0
/*
 * Three subjects that begin with fixed strings: keywords of secret rules, signs of miners and flooders, marks of miner
 * configurations. The pass that all analyzers share tells the places; the subjects then look closer there and only
 * there.
 */
#include "inspect/kind.h"
#include "inspect/miner.h"
#include "inspect/patterns.h"
#include "inspect/secret.h"
#include "inspect/signs.h"

struct place {
    unsigned sign;
    size_t end;
};

struct strings {
    struct secret_rules *rules;
    struct secret_search *search;
    struct signs signs;
    struct miner_search miner;
    VEC(struct place) places; /* of signs, in the content that is looked at */
};

static void strings_done(void *state)
{
    struct strings *s = state;
    if (!s)
        return;
    vec_done(&s->places);
    secret_search_free(s->search);
    secret_rules_free(s->rules);
    signs_done(&s->signs);
    miner_search_done(&s->miner);
    free(s);
}

static int load(struct strings *s, const struct inspect_options *options, struct error *err)
{
    int r = 0;
    s->rules->regexes = regex_known_new(options->cache);
    for (const char *const *p = options->secret_paths; !r && p && *p; p++) {
        r = secret_rules_add_file(s->rules, *p, err);
        if (!r && (size_t)(p - options->secret_paths) < options->secret_own)
            secret_rules_own(s->rules);
    }
    s->rules->regexes = regex_known_free(s->rules->regexes);
    if (r < 0)
        return r;
    for (const char *const *p = options->sign_paths; p && *p; p++) {
        r = signs_add_file(&s->signs, *p, err);
        if (r < 0)
            return r;
    }
    if (options->secret_decode_depth)
        s->rules->decode_depth = options->secret_decode_depth < 0 ? 0 : (unsigned)options->secret_decode_depth;
    s->search = secret_search_new(s->rules);
    secret_search_leaked(s->search, options->intel);
    return options->cache ? secret_search_prepare(s->search, options->cache, err) : 0;
}

static int strings_init(const struct inspect_options *options, void **ret, struct error *err)
{
    struct strings *s = xnew(struct strings);
    s->rules = secret_rules_new();
    int r = load(s, options, err);
    if (r < 0) {
        strings_done(s);
        return r;
    }
    *ret = s;
    return 0;
}

static void on_keyword(void *state, unsigned keyword, const struct content *c, size_t end)
{
    (void)c;
    secret_search_hit(((struct strings *)state)->search, keyword, end);
}

static void on_sign(void *state, unsigned sign, const struct content *c, size_t end)
{
    (void)c;
    vec_add(&((struct strings *)state)->places, (struct place){sign, end});
}

static void on_mark(void *state, unsigned mark, const struct content *c, size_t end)
{
    (void)mark;
    (void)c;
    miner_search_hit(&((struct strings *)state)->miner, end);
}

static void strings_subscribe(void *state, struct patterns *patterns)
{
    struct strings *s = state;
    for (size_t i = 0; i < s->rules->keywords.n; i++)
        patterns_add(patterns, s->rules->keywords.v[i].text, true, false, on_keyword, s, (unsigned)i);
    for (size_t i = 0; i < s->signs.v.n; i++)
        patterns_add(patterns, s->signs.v.v[i].text, s->signs.v.v[i].nocase, true, on_sign, s, (unsigned)i);
    for (size_t i = 0; MINER_MARKS[i]; i++)
        patterns_add(patterns, str_from(MINER_MARKS[i]), true, false, on_mark, s, (unsigned)i);
}

/* Browser miners matter where a browser could load them; lists of their names are in every ad blocker and
 * virus scanner. */
static bool sign_belongs(const struct sign *sign, const struct content *c)
{
    if (sign->field != F_WEBMINER_SIGNS)
        return true;
    /* What was decoded in a page is text without a beginning that tells. */
    enum file_kind kind = c->depth && c->kind == KIND_TEXT ? kind_expected(c->path) : c->kind;
    return kind == KIND_HTML || kind == KIND_JAVASCRIPT || kind == KIND_WASM || kind == KIND_SCRIPT;
}

static void see_sign(const struct sign *sign, const struct content *c, struct facts *facts, size_t end)
{
    if (!sign_belongs(sign, c))
        return;
    size_t before =
        facts_get(facts, sign->field)->type == VALUE_LIST ? facts_get(facts, sign->field)->list.n : 0;
    inspection_see(facts, sign->field, sign->text, c, end - sign->text.n, end);
    if (facts_get(facts, sign->field)->list.n > before)
        facts_count(facts, signs_count_field(sign->field));
}

static int strings_look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    struct strings *s = state;
    vec_each(place, &s->places) see_sign(&s->signs.v.v[place->sign], c, facts, place->end);
    vec_clear(&s->places);
    miner_search_run(&s->miner, c, facts);
    secret_search_run(s->search, c, facts);
    return 0;
}

static void strings_info(const void *state, struct inspector_info *info)
{
    const struct strings *s = state;
    vec_each(rule, &s->rules->rules) info->secret_rules += !rule->gone;
    info->warnings = s->rules->warnings.v;
    info->n_warnings = s->rules->warnings.n;
    info->signs += s->signs.v.n;
}

const struct analyzer analyzer_strings = {
    .name = "strings",
    .init = strings_init,
    .done = strings_done,
    .subscribe = strings_subscribe,
    .look = strings_look,
    .info = strings_info,
};
