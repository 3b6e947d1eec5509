// SPDX-License-Identifier: Apache-2.0
/*
 * The walker: from registries and lists to the images that they hold. It writes what it found every second, and where it stands with it, in
 * one transaction, so that a walk that was killed goes on behind the last repository that is whole. What a registry refuses is noted and never ends a walk.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/day.h"
#include "base/file.h"
#include "base/glob.h"
#include "base/intl.h"
#include "base/stop.h"
#include "cmd/hunt.h"
#include "image/platform.h"
#include "image/registry/catalog.h"

enum {
    COMMIT_NS = 1'000'000'000,
    BATCH_MAX = 256,     /* images that wait to be written */
    PATIENCE_FIRST = 5,  /* seconds */
    PATIENCE_MOST = 60,
};

/* What waits to be written: an image that was found, or (`why`) a reference that led to none. */
struct noted {
    struct hunt_plan plan;
    struct str why;
};

struct walk {
    const struct hunt_options *options;
    struct client_options client;
    struct str rules;
    struct hunt_store *store;
    struct hunt_source source;
    struct arena place; /* of source.page and .last */
    VEC(struct noted) batch;
    struct arena batch_arena;
    uint64_t committed_ns, asked_ns;
    bool is_partly; /* something that was named led to no image */
};

/* A tag that counts, and what it means. */
struct tagged {
    struct str tag;
    struct registry_found found;
};

static void sleep_seconds(double s)
{
    struct timespec t = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};
    (void)nanosleep(&t, NULL);
}

/* ---- the store ---- */

static int write_batch(struct walk *w, struct error *err)
{
    bool is_new;
    int r = hunt_store_begin(w->store, err);
    if (r < 0)
        return r;
    vec_each(n, &w->batch)
    {
        r = n->why.n ? hunt_store_lost(w->store, w->source.id, n->plan.reference, n->plan.repository, n->plan.now_ns, n->why, err)
                     : hunt_store_plan(w->store, &n->plan, &is_new, err);
        if (r < 0)
            break;
    }
    if (!r)
        r = hunt_store_set_source(w->store, &w->source, err);
    if (!r)
        r = hunt_store_commit(w->store, err);
    if (r < 0)
        hunt_store_rollback(w->store);
    return r;
}

/* A server that went away is waited for: nothing that was found is lost. */
static int commit(struct walk *w, struct error *err)
{
    int r = 0;
    for (unsigned waited = 0;; waited++) {
        if (!w->store)
            r = hunt_store_open(hunt_store_of(w->options), HUNT_WRITE, &w->store, err);
        if (!r)
            r = write_batch(w, err);
        if (r != -ENOTCONN || waited >= HUNT_AWAY_SECONDS || stop_signal())
            break;
        w->store = hunt_store_close(w->store);
        sleep_seconds(1);
        r = 0;
    }
    vec_clear(&w->batch);
    arena_reset(&w->batch_arena);
    w->committed_ns = clock_ns(CLOCK_REALTIME);
    return r;
}

static int commit_sometimes(struct walk *w, struct error *err)
{
    return clock_ns(CLOCK_REALTIME) - w->committed_ns > COMMIT_NS || w->batch.n >= BATCH_MAX ? commit(w, err) : 0;
}

static int lost(struct walk *w, struct str reference, struct str repository, const struct error *why, struct error *err)
{
    struct arena *a = &w->batch_arena;
    vec_add(&w->batch, (struct noted){.plan = {.reference = arena_str(a, reference), .repository = arena_str(a, repository), .now_ns = clock_ns(CLOCK_REALTIME)},
                                      .why = arena_str(a, str_from(why->text))});
    return commit_sometimes(w, err);
}

static void set_place(struct walk *w, struct str page, struct str last)
{
    struct arena old = w->place;
    w->place = (struct arena){};
    w->source.page = arena_str(&w->place, page);
    w->source.last = arena_str(&w->place, last);
    arena_done(&old);
}

/* ---- patience ---- */

/* A registry that is away or overloaded is not what is wrong with one image. */
static bool is_away(int code)
{
    return code == -EBUSY || code == -ECONNREFUSED || code == -ECONNRESET || code == -ETIMEDOUT || code == -EHOSTUNREACH;
}

/* Whether to ask again; waits before, and says so once. */
static bool wait_for(struct walk *w, int code, const struct error *why, unsigned *waited)
{
    struct error ignored = ERROR_NULL;
    if (!is_away(code) || *waited >= HUNT_AWAY_SECONDS || stop_signal())
        return false;
    unsigned seconds = PATIENCE_FIRST + *waited < PATIENCE_MOST ? PATIENCE_FIRST + *waited : PATIENCE_MOST;
    if (!*waited)
        cmd_error(HUNT, "%s; it is asked again for %d minutes", why->text, HUNT_AWAY_SECONDS / 60);
    (void)commit(w, &ignored);
    for (unsigned i = 0; i < seconds && !stop_signal(); i++)
        sleep_seconds(1);
    *waited += seconds;
    return true;
}

/* --rate: so many references a minute. */
static void keep_rate(struct walk *w)
{
    const uint64_t now = clock_ns(CLOCK_REALTIME), gap = w->options->rate ? 60'000'000'000U / w->options->rate : 0;
    if (w->asked_ns + gap > now)
        sleep_seconds((double)(w->asked_ns + gap - now) / 1e9);
    w->asked_ns = clock_ns(CLOCK_REALTIME);
}

/* ---- images ---- */

static void note_image(struct walk *w, const struct reference *r, struct str tag, const struct registry_image *image)
{
    struct arena *a = &w->batch_arena;
    struct hunt_layer *layers = arena_array(a, struct hunt_layer, image->n_layers);
    struct str repository = arena_printf(a, "%.*s/%.*s", STR_ARG(r->registry), STR_ARG(r->repository));
    struct str named = tag.n ? arena_printf(a, "%.*s:%.*s", STR_ARG(repository), STR_ARG(tag)) : repository;
    for (size_t i = 0; i < image->n_layers; i++)
        layers[i] = (struct hunt_layer){arena_str(a, image->layers[i].digest), image->layers[i].size};
    vec_add(&w->batch, (struct noted){.plan = {
                                          .source = w->source.id,
                                          .reference = tag.n ? named : arena_printf(a, "%.*s@%.*s", STR_ARG(repository), STR_ARG(r->digest)),
                                          .repository = repository,
                                          .platform = arena_str(a, image->platform),
                                          .digest = arena_str(a, image->digest),
                                          .rules = w->rules,
                                          .pull = arena_printf(a, "%.*s@%.*s", STR_ARG(named), STR_ARG(image->digest)),
                                          .now_ns = clock_ns(CLOCK_REALTIME),
                                          .layers = layers,
                                          .n_layers = image->n_layers,
                                          .bytes = image->bytes < INT64_MAX ? image->bytes : INT64_MAX,
                                      }});
}

static int plan_found(struct walk *w, const struct reference *r, struct str tag, const struct registry_found *found, struct error *err)
{
    for (size_t i = 0; i < found->images.n; i++)
        note_image(w, r, tag, &found->images.v[i]);
    w->source.tags++;
    return commit_sometimes(w, err);
}

/* 1: it cannot be had, which is noted. */
static int find_tag(struct walk *w, struct client *c, const struct reference *repository, struct str tag, struct registry_found *ret, struct error *err)
{
    struct error why = ERROR_NULL;
    struct reference r = *repository;
    unsigned waited = 0;
    int e;
    const struct registry_wanted wanted = {.platform = w->options->platform, .all_platforms = w->options->all_platforms, .with_created = w->options->newest};
    if (tag.n)
        r.tag = tag;
    for (;;) {
        keep_rate(w);
        e = registry_find(c, &r, &wanted, ret, &why);
        if (!e || !wait_for(w, e, &why, &waited))
            break;
        registry_found_done(ret);
    }
    if (!e)
        return 0;
    _cleanup_(arena_done) struct arena a = {};
    struct str name = arena_printf(&a, "%.*s/%.*s", STR_ARG(r.registry), STR_ARG(r.repository));
    struct str whole = r.tag.n ? arena_printf(&a, "%.*s:%.*s", STR_ARG(name), STR_ARG(r.tag)) : arena_printf(&a, "%.*s@%.*s", STR_ARG(name), STR_ARG(r.digest));
    registry_found_done(ret);
    e = lost(w, whole, name, &why, err);
    return e ? e : 1;
}

/* ---- tags ---- */

static bool is_wanted_tag(const struct hunt_options *o, struct str tag)
{
    bool is_wanted = !o->tags.n;
    for (size_t i = 0; !is_wanted && i < o->tags.n; i++)
        is_wanted = glob_match(str_from(o->tags.v[i]), tag, false);
    return is_wanted;
}

/* All tags that the patterns want, in the arena. 1: they cannot be had, which is noted. */
static int list_tags(struct walk *w, struct client *c, const struct reference *r, struct arena *a, struct hunt_strings *ret, struct error *err)
{
    struct str next = STR_NULL;
    unsigned waited = 0;
    for (;;) {
        struct error why = ERROR_NULL;
        struct registry_names page;
        int e = registry_tags(c, r, next, &page, &why);
        vec_each(t, &page.names) if (ret->n < HUNT_TAGS_MAX && is_wanted_tag(w->options, *t)) vec_add(ret, arena_str(a, *t).p);
        if (!e)
            next = arena_str(a, page.next);
        registry_names_done(&page);
        if (e && wait_for(w, e, &why, &waited))
            continue; /* the same page again */
        if (e) {
            struct str name = arena_printf(a, "%.*s/%.*s", STR_ARG(r->registry), STR_ARG(r->repository));
            e = lost(w, name, name, &why, err);
            return e ? e : 1;
        }
        if (!next.n || ret->n >= HUNT_TAGS_MAX || stop_signal())
            return 0;
    }
}

/* Newest first; those that do not say when they were made come last, by name. */
static int by_created(const void *a, const void *b)
{
    const struct tagged *x = a, *y = b;
    struct str s = x->found.images.n ? x->found.images.v[0].created : STR_NULL, t = y->found.images.n ? y->found.images.v[0].created : STR_NULL;
    int c = str_cmp(t, s); /* RFC 3339 in UTC, as every builder writes it, sorts as text */
    return c ? c : str_cmp(x->tag, y->tag);
}

static int plan_newest(struct walk *w, struct client *c, const struct reference *r, const struct hunt_strings *tags, struct error *err)
{
    VEC(struct tagged) all = {};
    int e = 0;
    for (size_t i = 0; e >= 0 && i < tags->n && !stop_signal(); i++) {
        struct tagged t = {.tag = str_from(tags->v[i])};
        e = find_tag(w, c, r, t.tag, &t.found, err);
        if (!e)
            vec_add(&all, t);
    }
    if (all.n)
        qsort(all.v, all.n, sizeof(*all.v), by_created);
    for (size_t i = 0; e >= 0 && i < all.n && i < w->options->newest; i++)
        e = plan_found(w, r, all.v[i].tag, &all.v[i].found, err);
    vec_each(t, &all) registry_found_done(&t->found);
    vec_done(&all);
    return e < 0 ? e : 0;
}

static int plan_all(struct walk *w, struct client *c, const struct reference *r, const struct hunt_strings *tags, struct error *err)
{
    int e = 0;
    for (size_t i = 0; e >= 0 && i < tags->n && !stop_signal(); i++) {
        struct registry_found found = {};
        e = find_tag(w, c, r, str_from(tags->v[i]), &found, err);
        if (!e) {
            e = plan_found(w, r, str_from(tags->v[i]), &found, err);
            registry_found_done(&found);
        }
    }
    return e < 0 ? e : 0;
}

static int walk_repository(struct walk *w, const struct reference *r, struct error *err)
{
    _cleanup_(client_freep) struct client *c = NULL;
    struct arena a = {};
    struct hunt_strings tags = {};
    int e = client_new(r, &w->client, &c, err);
    if (!e)
        e = list_tags(w, c, r, &a, &tags, err);
    if (!e)
        e = w->options->newest ? plan_newest(w, c, r, &tags, err) : plan_all(w, c, r, &tags, err);
    vec_done(&tags);
    arena_done(&a);
    return e < 0 ? e : 0;
}

static int walk_reference(struct walk *w, const struct reference *r, struct error *err)
{
    _cleanup_(client_freep) struct client *c = NULL;
    struct registry_found found = {};
    int e = client_new(r, &w->client, &c, err);
    if (!e)
        e = find_tag(w, c, r, STR_NULL, &found, err);
    if (e)
        return e < 0 ? e : 0;
    e = plan_found(w, r, r->tag, &found, err);
    registry_found_done(&found);
    return e;
}

/* ---- registries ---- */

static int walk_page(struct walk *w, const struct hunt_target *t, struct registry_names *page, struct error *err)
{
    struct str at = w->source.page;
    bool is_behind = !w->source.last.n;
    int r = 0;
    /* a name that is gone since then: the page from its beginning, which costs questions and nothing else */
    if (!is_behind) {
        bool is_there = false;
        vec_each(n, &page->names) is_there |= str_eq(*n, w->source.last);
        is_behind = !is_there;
    }
    vec_each(name, &page->names)
    {
        if (r || stop_signal() || w->source.repositories >= HUNT_REPOSITORIES_MAX)
            break;
        if (!is_behind) {
            is_behind = str_eq(*name, w->source.last);
            continue;
        }
        struct reference one = t->reference;
        one.repository = *name;
        if (t->pattern.n && !glob_match(t->pattern, *name, false))
            continue;
        r = walk_repository(w, &one, err);
        if (r || stop_signal())
            break; /* it may not be whole */
        w->source.repositories++;
        set_place(w, at, *name);
        at = w->source.page;
        r = commit_sometimes(w, err);
    }
    return r;
}

/* 1: the registry does not tell; `why` says why. */
static int walk_registry(struct walk *w, const struct hunt_target *t, struct error *why, struct error *err)
{
    _cleanup_(client_freep) struct client *c = NULL;
    unsigned waited = 0;
    int r = client_new(&t->reference, &w->client, &c, why);
    if (r)
        return 1;
    for (;;) {
        struct registry_names page;
        r = registry_repositories(c, &t->reference, w->source.page, &page, why);
        if (r) {
            registry_names_done(&page);
            if (wait_for(w, r, why, &waited))
                continue;
            return 1;
        }
        waited = 0;
        r = walk_page(w, t, &page, err);
        bool is_last = !page.next.n || str_eq(page.next, w->source.page) || w->source.repositories >= HUNT_REPOSITORIES_MAX;
        if (!r && !is_last && !stop_signal())
            set_place(w, page.next, STR_NULL);
        registry_names_done(&page);
        if (r || is_last || stop_signal())
            return r;
    }
}

/* ---- sources ---- */

struct finding_source {
    struct walk *w;
    int64_t id;
};

static int take_source(void *ctx, const struct hunt_source *s)
{
    const struct finding_source *f = ctx;
    if (s->id != f->id)
        return 0;
    f->w->source = *s;
    set_place(f->w, s->page, s->last);
    f->w->source.name = f->w->source.error = STR_NULL;
    return 0;
}

/* Takes up a walk that was not ended, or begins a new one. */
static int begin_source(struct walk *w, struct str name, struct error *err)
{
    struct finding_source f = {.w = w};
    int r = hunt_store_source(w->store, name, clock_ns(CLOCK_REALTIME), &f.id, err);
    if (!r)
        r = hunt_store_sources(w->store, take_source, &f, err);
    if (!r && w->source.state != HUNT_WALKING) {
        set_place(w, STR_NULL, STR_NULL);
        w->source = (struct hunt_source){.id = f.id, .state = HUNT_WALKING, .started_ns = clock_ns(CLOCK_REALTIME), .page = w->source.page, .last = w->source.last};
    }
    if (!r)
        r = hunt_store_set_source(w->store, &w->source, err);
    return r;
}

static int end_source(struct walk *w, int r, const struct error *why, struct error *err)
{
    if (r < 0 || stop_signal())
        return r < 0 ? r : commit(w, err);
    w->source.state = r ? HUNT_WALK_FAILED : HUNT_WALKED;
    w->source.ended_ns = clock_ns(CLOCK_REALTIME);
    w->source.error = r ? str_from(why->text) : STR_NULL;
    r = commit(w, err);
    w->source.error = STR_NULL;
    return r;
}

/* A name that leads to no image is a slip more often than meant; the study has what there is. */
static int say_nothing_found(struct walk *w, struct str name, int r)
{
    if (r < 0 || w->source.tags || stop_signal())
        return r;
    w->is_partly = true;
    if (!r)
        cmd_error(HUNT, "%.*s led to no image", STR_ARG(name));
    return r;
}

static int walk_target(struct walk *w, const struct hunt_target *t, struct error *err)
{
    struct error why = ERROR_NULL;
    int r = begin_source(w, t->name, err);
    if (r)
        return r;
    switch (t->kind) {
    case HUNT_REGISTRY:
        r = walk_registry(w, t, &why, err);
        if (!r && !w->source.repositories && !stop_signal()) {
            r = 1;
            if (t->pattern.n)
                (void)error_set(&why, -ENOENT, "%.*s: no repository's name matches", STR_ARG(t->name));
            else
                (void)error_set(&why, -ENOENT, "%.*s: it has no repositories", STR_ARG(t->name));
        }
        if (r > 0)
            cmd_error(HUNT, "%s", why.text);
        break;
    case HUNT_REPOSITORY:
        r = walk_repository(w, &t->reference, err);
        w->source.repositories = 1;
        break;
    case HUNT_REFERENCE:
        r = walk_reference(w, &t->reference, err);
        break;
    }
    return end_source(w, say_nothing_found(w, t->name, r), &why, err);
}

/* A line of the list; its number is what the walk remembers. */
static int walk_line(struct walk *w, struct str line, uint64_t number, struct error *err)
{
    struct error why = ERROR_NULL;
    struct arena a = {};
    struct hunt_target t;
    int r = hunt_target_parse(line, &a, &t, &why);
    if (!r && t.kind == HUNT_REGISTRY)
        r = error_set(&why, -EINVAL, "a registry as a whole stands on the command line, not in a list");
    if (r) {
        (void)error_wrap(&why, r, "%s:%llu", w->options->list, (unsigned long long)number);
        r = lost(w, line, line, &why, err);
    } else {
        r = t.kind == HUNT_REPOSITORY ? walk_repository(w, &t.reference, err) : walk_reference(w, &t.reference, err);
    }
    arena_done(&a);
    return r;
}

/* A line of the list without its comment. */
static struct str named_by(struct str line)
{
    const ptrdiff_t comment = str_find(line, STR("#"), 0);
    return str_trim(str_sub(line, 0, comment < 0 ? line.n : (size_t)comment));
}

static bool names_something(struct str rest)
{
    struct str line;
    while (str_split(&rest, '\n', &line))
        if (named_by(line).n)
            return true;
    return false;
}

static int walk_list(struct walk *w, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {}, name = {};
    uint64_t done = 0, number = 0;
    int r = file_read(w->options->list, HUNT_LIST_MAX, &text, err);
    if (!r && !names_something(strbuf_str(&text)))
        return error_set(err, -ENODATA, "%s names nothing to hunt: a repository or reference a line", w->options->list);
    strbuf_printf(&name, "list:%s", w->options->list);
    if (!r)
        r = begin_source(w, strbuf_str(&name), err);
    (void)str_to_u64(w->source.last, &done);
    struct str rest = strbuf_str(&text), line;
    while (!r && !stop_signal() && str_split(&rest, '\n', &line)) {
        number++;
        line = named_by(line);
        if (number <= done || !line.n)
            continue;
        r = walk_line(w, line, number, err);
        if (r || stop_signal())
            break;
        char at[24];
        (void)snprintf(at, sizeof(at), "%llu", (unsigned long long)number);
        set_place(w, STR_NULL, str_from(at));
        r = commit_sometimes(w, err);
    }
    return r < 0 && !w->source.id ? r : end_source(w, say_nothing_found(w, str_from(w->options->list), r), &(struct error){}, err);
}

int hunt_walk(const struct hunt_options *o, struct str rules)
{
    struct error err = ERROR_NULL;
    struct arena a = {};
    const char *ca = o->ca ? o->ca : getenv("SSL_CERT_FILE");
    struct walk w = {.options = o, .rules = rules, .client = {.auth_file = o->auth, .ca_file = ca && *ca ? ca : NULL}};
    int r = hunt_store_open(hunt_store_of(o), HUNT_WRITE, &w.store, &err);
    for (size_t i = 0; !r && i < o->operands.n && !stop_signal(); i++) {
        struct hunt_target t;
        r = hunt_target_parse(str_from(o->operands.v[i]), &a, &t, &err);
        if (!r)
            r = walk_target(&w, &t, &err);
    }
    if (!r && o->list && !stop_signal())
        r = walk_list(&w, &err);
    if (r < 0)
        cmd_error(HUNT, "%s", err.text);
    hunt_store_close(w.store);
    vec_done(&w.batch);
    arena_done(&w.batch_arena);
    arena_done(&w.place);
    arena_done(&a);
    return r < 0 ? EXIT_CANNOT : w.is_partly ? HUNT_PARTLY : EXIT_NOTHING;
}
