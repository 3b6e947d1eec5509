// SPDX-License-Identifier: Apache-2.0
/* From the rows of the store to the study. */
#include "cmd/hunt_study.h"

#include <errno.h>
#include <stdlib.h>

#include "inspect/imitate.h"

/* The rule's categories without a word of a finding, by its number. */
struct gathering {
    struct study *study;
    struct map rules; /* index into study->spoke by rule number */
    int64_t image;
    uint64_t bits; /* of the image so far */
    const struct imitate *names;
    struct facts facts;
};

void study_done(struct study *s)
{
    vec_done(&s->categories);
    vec_done(&s->verdicts);
    vec_done(&s->sources);
    vec_done(&s->spoke);
    vec_done(&s->worst);
    vec_done(&s->shared);
    vec_done(&s->shared_bad);
    vec_done(&s->look_alikes);
    vec_done(&s->failures);
    arena_done(&s->arena);
}

static int take_source(void *ctx, const struct hunt_source *x)
{
    struct study *s = ctx;
    struct hunt_source own = *x;
    own.name = arena_str(&s->arena, x->name);
    own.error = arena_str(&s->arena, x->error);
    own.page = own.last = STR_NULL;
    vec_add(&s->sources, own);
    return 0;
}

static int take_verdict(void *ctx, struct str verdict, uint64_t images, uint64_t bytes)
{
    struct study *s = ctx;
    vec_add(&s->verdicts, (struct study_verdict){arena_str(&s->arena, verdict), images, bytes});
    s->not_clean += str_is(verdict, "clean") ? 0 : images;
    return 0;
}

/* The gravest first. */
static int by_verdict(const void *a, const void *b)
{
    const struct study_verdict *x = a, *y = b;
    return hunt_verdict_rank(y->word) - hunt_verdict_rank(x->word);
}

static int take_rule(void *ctx, const struct hunt_rule *x)
{
    struct gathering *g = ctx;
    struct study *s = g->study;
    struct hunt_rule own = *x;
    own.name = arena_str(&s->arena, x->name);
    own.kind = arena_str(&s->arena, x->kind);
    own.tags = arena_str(&s->arena, x->tags);
    map_put(&g->rules, arena_str(&s->arena, str_n(&x->id, sizeof(x->id))), NULL)->u64 = s->spoke.n;
    vec_add(&s->spoke, own);
    return 0;
}

static void count_image(struct gathering *g)
{
    for (size_t i = 0; i < g->study->categories.n; i++)
        g->study->categories.v[i].images += g->bits >> i & 1;
    g->bits = 0;
}

static int take_spoke(void *ctx, int64_t image, int64_t rule, struct str verdict, struct str detail)
{
    struct gathering *g = ctx;
    const struct map_entry *e = map_get(&g->rules, str_n(&rule, sizeof(rule)));
    (void)verdict;
    if (image != g->image)
        count_image(g);
    g->image = image;
    if (e)
        g->bits |= study_bits(g->study, &g->study->spoke.v[e->u64], detail);
    return 0;
}

static int take_worst(void *ctx, const struct hunt_repository *x)
{
    struct study *s = ctx;
    struct hunt_repository own = *x;
    own.name = arena_str(&s->arena, x->name);
    own.purposes = arena_str(&s->arena, x->purposes);
    own.example = arena_str(&s->arena, x->example);
    vec_add(&s->worst, own);
    return 0;
}

static bool reads_alike(struct str how)
{
    return str_is(how, "homoglyph") || str_is(how, "separator") || str_is(how, "order");
}

/*
 * Where anybody may push, a name of an official image is worth a row by itself; elsewhere (a registry of one's own is full of such) only
 * one that is written to be read as another.
 */
static int take_look_alike(void *ctx, const struct hunt_repository *x)
{
    struct gathering *g = ctx;
    struct study *s = g->study;
    struct image_name name;
    facts_reset(&g->facts, EVENT_IMAGE, 0);
    imitate_look(g->names, x->name, &g->facts);
    struct str like = facts_get_str(&g->facts, F_IMAGE_IMITATES), how = facts_get_str(&g->facts, F_IMAGE_IMITATES_HOW);
    if (!like.n && image_name_parse(x->name, &name) && !str_is(name.registry, "docker.io")) {
        struct str there = arena_printf(&s->arena, "docker.io/%.*s%s%.*s", STR_ARG(name.ns), name.ns.n ? "/" : "", STR_ARG(name.repository));
        facts_reset(&g->facts, EVENT_IMAGE, 0);
        imitate_look(g->names, there, &g->facts);
        how = facts_get_str(&g->facts, F_IMAGE_IMITATES_HOW);
        like = reads_alike(how) ? facts_get_str(&g->facts, F_IMAGE_IMITATES) : STR_NULL;
    }
    if (!like.n || str_is(how, "own-project") || s->look_alikes.n >= STUDY_REPOSITORIES_MAX)
        return 0;
    vec_add(&s->look_alikes, (struct study_look_alike){.name = arena_str(&s->arena, x->name), .like = arena_str(&s->arena, like),
                                                       .how = arena_str(&s->arena, how), .images = x->images, .malicious = x->malicious});
    return 0;
}

/* What reads like another name before what has it and more; the worst first. */
static int by_look(const void *a, const void *b)
{
    const struct study_look_alike *x = a, *y = b;
    if (x->malicious != y->malicious)
        return x->malicious > y->malicious ? -1 : 1;
    const bool near = reads_alike(x->how), other = reads_alike(y->how);
    return near != other ? (near ? -1 : 1) : str_cmp(x->name, y->name);
}

static void add_shared(struct study *s, struct study_shared *to, const struct hunt_shared *x)
{
    struct hunt_shared own = *x;
    own.digest = arena_str(&s->arena, x->digest);
    own.rule = arena_str(&s->arena, x->rule);
    vec_add(to, own);
}

static int take_shared(void *ctx, const struct hunt_shared *x)
{
    struct study *s = ctx;
    add_shared(s, &s->shared, x);
    return 0;
}

static int take_shared_bad(void *ctx, const struct hunt_shared *x)
{
    struct study *s = ctx;
    add_shared(s, &s->shared_bad, x);
    return 0;
}

static int take_why(void *ctx, struct str why, uint64_t n, struct str example)
{
    struct study *s = ctx;
    vec_add(&s->failures, (struct study_why){arena_str(&s->arena, why), arena_str(&s->arena, example), n});
    return 0;
}

static int gather_names(struct hunt_store *store, const struct hunt_options *o, struct gathering *g, struct error *err)
{
    struct imitate *names = NULL;
    struct study *s = g->study;
    int r = imitate_new(arena_printf(&s->arena, "%s/rules/intel/official-images.txt", cmd_data_dir()).p, &names, err);
    g->names = names;
    if (!r)
        r = hunt_study_repositories(store, s->rules, 0, take_look_alike, g, err);
    if (s->look_alikes.n)
        qsort(s->look_alikes.v, s->look_alikes.n, sizeof(*s->look_alikes.v), by_look);
    s->n_look_alikes = s->look_alikes.n;
    s->look_alikes.n = s->look_alikes.n < o->top ? s->look_alikes.n : o->top;
    imitate_free(names);
    return r;
}

int study_gather(struct hunt_store *store, const struct hunt_options *o, struct study *s, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf rules = {};
    struct gathering g = {.study = s};
    facts_init(&g.facts);
    int r = study_categories(s, err);
    if (!r)
        r = hunt_study_rules(store, &rules, err);
    s->rules = arena_str(&s->arena, strbuf_str(&rules));
    if (!r)
        r = hunt_store_sources(store, take_source, s, err);
    if (!r)
        r = hunt_store_counts(store, s->rules, &s->counts, err);
    if (!r)
        r = hunt_study_totals(store, s->rules, &s->totals, err);
    if (!r)
        r = hunt_study_verdicts(store, s->rules, take_verdict, s, err);
    if (s->verdicts.n)
        qsort(s->verdicts.v, s->verdicts.n, sizeof(*s->verdicts.v), by_verdict);
    if (!r)
        r = hunt_study_rules_that_spoke(store, s->rules, take_rule, &g, err);
    if (!r)
        r = hunt_study_spoke(store, s->rules, take_spoke, &g, err);
    count_image(&g);
    if (!r)
        r = hunt_study_repositories(store, s->rules, o->top, take_worst, s, err);
    if (!r)
        r = hunt_study_shared(store, s->rules, false, o->top, take_shared, s, err);
    if (!r)
        r = hunt_study_shared(store, s->rules, true, o->top, take_shared_bad, s, err);
    if (!r)
        r = hunt_study_failures(store, s->rules, o->top, take_why, s, err);
    if (!r)
        r = gather_names(store, o, &g, err);
    map_done(&g.rules);
    facts_done(&g.facts);
    return r;
}
