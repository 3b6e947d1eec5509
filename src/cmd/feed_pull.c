// SPDX-License-Identifier: Apache-2.0
/* davy feed pull and forget: feeds of others, verified and merged in one transaction each, or not at all. */
#include <errno.h>

#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "cmd/feed_fetch.h"
#include "store/feed_folder.h"
#include "store/feed_followed.h"

static const char PULL[] = "davy feed pull", FORGET[] = "davy feed forget";
enum { NAMED_MAX = 20 }; /* withdrawn entries that are told one by one */

struct pull {
    const struct feed_options *o;
    struct feed_place place;
    struct arena arena;
    struct str where;
    struct feed_head head;
    struct feed_followed known;
    bool is_known;
    struct feed_store *store;
    int log;         /* the file that the log was fetched into */
    bool from_start; /* it holds all of it, else what stands from `from` on */
    uint64_t from;
    struct strbuf withdrawn; /* the lines that tell of them */
    json_t *json_withdrawn;
    uint64_t added, changed, removed, common;
    struct error *err;
};

static void pull_done(struct pull *p)
{
    (void)feed_store_close(p->store);
    if (p->log >= 0)
        (void)close(p->log);
    strbuf_done(&p->withdrawn);
    json_decref(p->json_withdrawn);
    arena_done(&p->arena);
}

static int same_place(void *ctx, const struct feed_followed *f)
{
    struct pull *p = ctx;
    if (f->role != FEED_PULLED || !str_eq(f->url, p->where) || !memcmp(f->id, p->head.id, sizeof(f->id)))
        return 0;
    return error_set(p->err, -ESTALE,
                     "another feed than before stands at this place: `%.*s` was there; ask its publisher, and where that is right, `davy feed "
                     "forget` the old one first",
                     STR_ARG(f->name));
}

/* Whom the puller trusts: the key of last time, or on the first pull the one that the command line names. */
static int find_trust(struct pull *p, uint8_t ret[SHA256_BYTES])
{
    uint8_t given[SHA256_BYTES] = {}, current[SHA256_BYTES];
    int r = feed_followed_get(p->store, p->head.id, FEED_PULLED, &p->arena, &p->known, p->err);
    if (!r)
        p->is_known = true;
    else if (r == 1)
        r = feed_followed_each(p->store, same_place, p, p->err);
    if (r < 0)
        return r;
    feed_public_fingerprint(&p->head.key, current);
    if (p->o->key)
        (void)feed_digest_parse(str_from(p->o->key), given); /* feed_pull() has seen that it is one */
    if (p->is_known) {
        feed_public_fingerprint(&p->known.seen.key, ret);
        if (p->o->key && memcmp(given, ret, sizeof(given)) && memcmp(given, current, sizeof(given)))
            return error_set(p->err, -EKEYREJECTED, "the feed is known by another key, %s; `davy feed forget` it first, if it has to be",
                             feed_digest_text(&p->arena, ret).p);
        return 0;
    }
    if (!p->o->key)
        return error_set(p->err, -EKEYREJECTED,
                         "the feed `%.*s` is new here, and signed by the key %s; ask its publisher in another way whether that is right, and "
                         "say so once: --key %s",
                         STR_ARG(p->head.name), feed_digest_text(&p->arena, current).p, feed_digest_text(&p->arena, current).p);
    memcpy(ret, given, sizeof(given));
    return 0;
}

static void tell_withdrawn(struct pull *p, const struct feed_line *l)
{
    struct str digest = feed_digest_text(&p->arena, l->entry.digest);
    json_t *j = json_object();
    if (p->removed++ < NAMED_MAX) {
        strbuf_printf(&p->withdrawn, "  %s\n    ", digest.p);
        text_add_safe(&p->withdrawn, l->entry.reason);
        strbuf_addc(&p->withdrawn, '\n');
    }
    (void)json_object_set_new(j, "digest", json_stringn(digest.p, digest.n));
    (void)json_object_set_new(j, "reason", json_stringn(l->entry.reason.n ? l->entry.reason.p : "", l->entry.reason.n));
    (void)json_object_set_new(j, "approved_by", json_stringn(l->entry.approved_by.n ? l->entry.approved_by.p : "", l->entry.approved_by.n));
    (void)json_array_append_new(p->json_withdrawn, j);
}

static int merge(void *ctx, const struct feed_line *l)
{
    struct pull *p = ctx;
    bool was = false, is_new = false;
    int r = 0;
    if (p->is_known && l->n < p->known.seen.length)
        return 0;
    if (l->op == FEED_OP_LIST && feed_digest_is_common(l->entry.digest)) {
        p->common++;
    } else if (l->op == FEED_OP_LIST) {
        r = feed_pulled_put(p->store, p->head.id, &l->entry, &is_new, p->err);
        p->added += !r && is_new;
        p->changed += !r && !is_new;
    } else if (l->op == FEED_OP_WITHDRAW) {
        r = feed_pulled_remove(p->store, p->head.id, l->entry.digest, &was, p->err);
        if (!r && was)
            tell_withdrawn(p, l);
    }
    return r;
}

static int walk(struct pull *p, const uint8_t fingerprint[SHA256_BYTES])
{
    const struct feed_seen *seen = p->is_known ? &p->known.seen : NULL;
    struct feed_chain c;
    if (!p->from_start && (!seen || seen->bytes != p->from))
        return error_set(p->err, -EAGAIN, "another program pulled the same feed at this moment; try again");
    if (p->from_start)
        feed_chain_init(&c, fingerprint, seen);
    else
        feed_chain_resume(&c, p->head.id, seen);
    int r = feed_log_walk(p->log, &c, p->head.bytes, merge, p, p->err);
    return r ? r : feed_chain_end(&c, &p->head, p->err);
}

static int remember(struct pull *p)
{
    struct feed_followed f = {.role = FEED_PULLED, .name = p->head.name, .url = p->where, .expires_s = p->head.expires_s};
    f.seen = (struct feed_seen){.length = p->head.length, .bytes = p->head.bytes, .time_s = p->head.time_s, .key = p->head.key};
    memcpy(f.id, p->head.id, sizeof(f.id));
    memcpy(f.seen.hash, p->head.hash, sizeof(f.seen.hash));
    int r = feed_followed_put(p->store, &f, p->err);
    return r ? r : feed_store_commit(p->store, p->err);
}

static int pull_head(struct pull *p)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = feed_fetch_head(&p->place, &text, p->err);
    return r ? r : feed_head_parse(strbuf_str(&text), &p->arena, &p->head, p->err);
}

/* Whether the head may be taken, by what the store remembers now. */
static int check_head(struct pull *p, uint8_t ret_fingerprint[SHA256_BYTES])
{
    p->is_known = false;
    int r = find_trust(p, ret_fingerprint);
    return r ? r : feed_head_check(&p->head, p->is_known ? &p->known.seen : NULL, p->o->now_s, p->err);
}

/* Everything that comes over the network, before the store is kept from others. */
static int fetch(struct pull *p)
{
    uint8_t fingerprint[SHA256_BYTES];
    const char *path = cmd_feed_path(p->o->feed);
    int r = pull_head(p);
    if (!r)
        r = feed_store_open(path, FEED_READ, p->o->now_s, &p->store, p->err);
    if (r == -ENOENT && p->head.length) /* the first feed of this machine */
        r = feed_store_open(path, FEED_WRITE, p->o->now_s, &p->store, p->err);
    if (!r)
        r = check_head(p, fingerprint);
    p->store = feed_store_close(p->store);
    if (r < 0)
        return r;
    const bool resumes = p->is_known && !p->o->full && feed_place_is_remote(&p->place) && p->head.bytes > FEED_FETCH_WHOLE;
    p->from = resumes ? p->known.seen.bytes : 0;
    return feed_fetch_log(&p->place, p->from, p->head.bytes, &p->log, &p->from_start, p->err);
}

static int pull_one(struct pull *p)
{
    uint8_t fingerprint[SHA256_BYTES];
    int r = fetch(p);
    if (!r)
        r = feed_store_open(cmd_feed_path(p->o->feed), FEED_WRITE, p->o->now_s, &p->store, p->err);
    if (!r)
        r = check_head(p, fingerprint);
    if (!r)
        r = walk(p, fingerprint);
    return r ? r : remember(p);
}

static void show(struct pull *p, struct strbuf *b)
{
    strbuf_printf(b, _("%.*s: added %llu, changed %llu, withdrawn %llu; %llu entries in its log, signed until "), STR_ARG(p->head.name),
                  (unsigned long long)p->added, (unsigned long long)p->changed, (unsigned long long)p->removed, (unsigned long long)p->head.length);
    text_add_time(b, p->head.expires_s * 1'000'000'000, 0);
    strbuf_addc(b, '\n');
    if (p->removed) {
        strbuf_adds(b, _(" withdrawn, because:\n"));
        strbuf_add(b, strbuf_str(&p->withdrawn));
    }
    if (p->common)
        strbuf_printf(b, _(" left out: %llu digests of things that everybody has, such as the empty file\n"), (unsigned long long)p->common);
}

static json_t *result_json(struct pull *p)
{
    _cleanup_(strbuf_done) struct strbuf time = {};
    json_t *j = json_object();
    text_add_time(&time, p->head.expires_s * 1'000'000'000, 0);
    (void)json_object_set_new(j, "feed", json_string(hex_encode(&p->arena, p->head.id, sizeof(p->head.id)).p));
    (void)json_object_set_new(j, "name", json_stringn(p->head.name.p, p->head.name.n));
    (void)json_object_set_new(j, "url", json_stringn(p->where.p, p->where.n));
    (void)json_object_set_new(j, "length", json_integer((json_int_t)p->head.length));
    (void)json_object_set_new(j, "added", json_integer((json_int_t)p->added));
    (void)json_object_set_new(j, "changed", json_integer((json_int_t)p->changed));
    (void)json_object_set_new(j, "left_out", json_integer((json_int_t)p->common));
    (void)json_object_set_new(j, "withdrawn", json_incref(p->json_withdrawn));
    (void)json_object_set_new(j, "expires", json_stringn(time.p, time.n));
    return j;
}

static int pull_place(const struct feed_options *o, const char *where, struct strbuf *b, size_t *shown)
{
    struct error err = ERROR_NULL;
    _cleanup_(pull_done) struct pull p = {.o = o, .place = {.where = where, .ca_file = o->ca_file}, .err = &err, .log = -1, .json_withdrawn = json_array()};
    p.where = feed_place_text(&p.place, &p.arena);
    if (!*cmd_feed_path(o->feed)) {
        cmd_error(PULL, "there is no place for the feed without HOME; name one with --feed or DAVY_FEED");
        return EXIT_CANNOT;
    }
    if (pull_one(&p) < 0) {
        cmd_error(PULL, "%s: %s; nothing was changed", where, err.text);
        return EXIT_CANNOT;
    }
    if (o->format == FEED_JSON) {
        strbuf_adds(b, (*shown)++ ? ",\n" : "\n");
        feed_add_json(b, result_json(&p));
    } else {
        show(&p, b);
    }
    return 0;
}

/* The feeds that are known, gathered before the first of them is pulled. */
struct places {
    struct arena arena;
    VEC(const char *) list;
};

static int add_place(void *ctx, const struct feed_followed *f)
{
    struct places *p = ctx;
    if (f->role == FEED_PULLED)
        vec_add(&p->list, arena_str(&p->arena, f->url).p);
    return 0;
}

static int known_places(const struct feed_options *o, struct places *p)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct error err = ERROR_NULL;
    const char *path = cmd_feed_path(o->feed);
    const bool is_missing = *path && access(path, F_OK) < 0 && errno == ENOENT;
    int code = is_missing ? 0 : feed_open(o, PULL, FEED_READ, &s);
    if (code)
        return code;
    if (s && feed_followed_each(s, add_place, p, &err) < 0) {
        cmd_error(PULL, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (!p->list.n) {
        cmd_error(PULL, "no feed is followed yet; name the folder or the address of one");
        return EXIT_USAGE;
    }
    return 0;
}

int feed_pull(const struct feed_options *o, char **operands, size_t n)
{
    struct places p = {};
    _cleanup_(strbuf_done) struct strbuf b = {};
    size_t shown = 0;
    int code = 0, worst = 0;
    uint8_t ignored[SHA256_BYTES];
    if (o->key && !feed_digest_parse(str_from(o->key), ignored)) {
        cmd_error(PULL, "`%s` is no fingerprint of a key: sha256: and 64 digits of hex", o->key);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < n; i++)
        vec_add(&p.list, operands[i]);
    if (!n)
        worst = known_places(o, &p);
    if (o->format == FEED_JSON)
        strbuf_adds(&b, "{\"schema\":\"davy.feed-pull/1\",\"feeds\":[");
    for (size_t i = 0; i < p.list.n; i++)
        if ((code = pull_place(o, p.list.v[i], &b, &shown)))
            worst = code;
    if (o->format == FEED_JSON)
        strbuf_adds(&b, "]}\n");
    code = p.list.n ? feed_print(&b) : 0;
    vec_done(&p.list);
    arena_done(&p.arena);
    return worst ? worst : code;
}

/* ---- forget ---- */

struct wanted {
    struct str name;
    uint8_t id[SHA256_BYTES];
    unsigned found;
};

static int match(void *ctx, const struct feed_followed *f)
{
    struct wanted *w = ctx;
    _cleanup_(arena_done) struct arena a = {};
    if (f->role != FEED_PULLED || (!str_eq(f->name, w->name) && !str_eq(f->url, w->name) && !str_eq(hex_encode(&a, f->id, sizeof(f->id)), w->name)))
        return 0;
    memcpy(w->id, f->id, sizeof(w->id));
    w->found++;
    return 0;
}

int feed_forget(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    _cleanup_(arena_done) struct arena a = {};
    struct error err = ERROR_NULL;
    struct strbuf b = {};
    uint64_t entries = 0;
    if (n != 1) {
        cmd_error(FORGET, "name one feed, as `davy feed sources` shows it");
        return EXIT_USAGE;
    }
    struct wanted w = {.name = feed_place_text(&(struct feed_place){.where = operands[0]}, &a)};
    int code = feed_open(o, FORGET, FEED_READ, &s); /* nothing is made in order to take something out of it */
    s = feed_store_close(s);
    if (!code)
        code = feed_open(o, FORGET, FEED_WRITE, &s);
    if (code)
        return code;
    int r = feed_followed_each(s, match, &w, &err);
    if (!r && !w.found) {
        w.name = str_from(operands[0]);
        r = feed_followed_each(s, match, &w, &err);
    }
    if (!r && !w.found)
        r = error_set(&err, -ENOENT, "no feed that is followed is called `%s`; `davy feed sources` shows them", operands[0]);
    if (!r && w.found > 1)
        r = error_set(&err, -ENOTUNIQ, "%u feeds are called `%s`; name the address of one", w.found, operands[0]);
    if (!r)
        r = feed_followed_forget(s, w.id, &entries, &err);
    if (!r)
        r = feed_store_commit(s, &err);
    if (r < 0) {
        cmd_error(FORGET, "%s", err.text);
        return EXIT_CANNOT;
    }
    strbuf_printf(&b, _("forgotten, with %llu entries\n"), (unsigned long long)entries);
    return feed_print(&b);
}
