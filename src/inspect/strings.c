// SPDX-License-Identifier: Apache-2.0
/*
 * The fixed strings of all subjects in one pass: keywords of secret rules, signs of miners and flooders,
 * marks of miner configurations. Each place goes to the subject that asked for the string; the subjects then
 * look closer there and only there.
 */
#include "inspect/kind.h"
#include "inspect/literals.h"
#include "inspect/miner.h"
#include "inspect/secret.h"
#include "inspect/signs.h"

enum owner {
    OWNER_SECRET,
    OWNER_SIGN,
    OWNER_MINER,
};

struct subscription {
    enum owner owner;
    unsigned number; /* the owner's: keyword, sign */
};

struct strings {
    struct literals *literals;
    VEC(struct subscriptions { VEC(struct subscription) v; }) by_literal;
    struct secret_rules *rules;
    struct secret_search *search;
    struct signs signs;
    struct miner_search miner;
    /* during a look */
    const struct content *content;
    struct facts *facts;
};

static void strings_done(void *state)
{
    struct strings *s = state;
    if (!s)
        return;
    vec_each(subs, &s->by_literal) vec_done(&subs->v);
    vec_done(&s->by_literal);
    secret_search_free(s->search);
    secret_rules_free(s->rules);
    signs_done(&s->signs);
    miner_search_done(&s->miner);
    literals_free(s->literals);
    free(s);
}

static void subscribe(struct strings *s, struct str text, bool nocase, bool once, enum owner owner,
                      size_t number)
{
    unsigned literal = literals_add(s->literals, text, nocase, once);
    while (s->by_literal.n <= literal)
        (void)vec_push(&s->by_literal);
    vec_add(&s->by_literal.v[literal].v, (struct subscription){owner, (unsigned)number});
}

static int load(struct strings *s, const struct inspect_options *options, struct error *err)
{
    for (const char *const *p = options->secret_paths; p && *p; p++) {
        int r = secret_rules_add_file(s->rules, *p, err);
        if (r < 0)
            return r;
    }
    for (const char *const *p = options->sign_paths; p && *p; p++) {
        int r = signs_add_file(&s->signs, *p, err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < s->rules->keywords.n; i++)
        subscribe(s, s->rules->keywords.v[i].text, true, false, OWNER_SECRET, i);
    for (size_t i = 0; i < s->signs.v.n; i++)
        subscribe(s, s->signs.v.v[i].text, s->signs.v.v[i].nocase, true, OWNER_SIGN, i);
    for (size_t i = 0; MINER_MARKS[i]; i++)
        subscribe(s, str_from(MINER_MARKS[i]), true, false, OWNER_MINER, i);
    if (options->secret_decode_depth)
        s->rules->decode_depth = options->secret_decode_depth < 0 ? 0 : (unsigned)options->secret_decode_depth;
    s->search = secret_search_new(s->rules);
    return literals_compile(s->literals, err);
}

static int strings_init(const struct inspect_options *options, void **ret, struct error *err)
{
    struct strings *s = xnew(struct strings);
    s->literals = literals_new();
    s->rules = secret_rules_new();
    int r = load(s, options, err);
    if (r < 0) {
        strings_done(s);
        return r;
    }
    *ret = s;
    return 0;
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

static void see_sign(struct strings *s, const struct sign *sign, size_t end)
{
    const struct content *c = s->content;
    if (!sign_belongs(sign, c))
        return;
    size_t before =
        facts_get(s->facts, sign->field)->type == VALUE_LIST ? facts_get(s->facts, sign->field)->list.n : 0;
    inspection_see(s->facts, sign->field, sign->text, c, end - sign->text.n, end);
    if (facts_get(s->facts, sign->field)->list.n > before)
        facts_count(s->facts, signs_count_field(sign->field));
}

static int on_hit(void *ctx, unsigned literal, size_t end)
{
    struct strings *s = ctx;
    vec_each(sub, &s->by_literal.v[literal].v)
    {
        switch (sub->owner) {
        case OWNER_SECRET:
            secret_search_hit(s->search, sub->number, end);
            break;
        case OWNER_SIGN:
            see_sign(s, &s->signs.v.v[sub->number], end);
            break;
        case OWNER_MINER:
            miner_search_hit(&s->miner, end);
            break;
        }
    }
    return 0;
}

static int strings_look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    struct strings *s = state;
    s->content = c;
    s->facts = facts;
    int r = literals_scan(s->literals, c->data, on_hit, s);
    miner_search_run(&s->miner, c, facts);
    secret_search_run(s->search, c, facts);
    return r < 0 ? r : 0;
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
    .look = strings_look,
    .info = strings_info,
};
