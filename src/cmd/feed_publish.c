// SPDX-License-Identifier: Apache-2.0
/*
 * davy feed publish and withdraw: what stands in the feed of this machine goes into a log that only grows. Nothing is published
 * that nobody has approved, and what was published can only be withdrawn by an entry that says so.
 */
#include <errno.h>
#include <limits.h>

#include "base/intl.h"
#include "base/map.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "store/feed_folder.h"
#include "store/feed_followed.h"

static const char PUBLISH[] = "davy feed publish", WITHDRAW[] = "davy feed withdraw";
enum { SHOWN_MAX = 50, NS_A_SECOND = 1'000'000'000 };

/* What the log says of a digest. */
struct published {
    struct feed_entry entry;
    bool is_withdrawn;
};

struct publisher {
    const struct feed_options *o;
    const char *program, *path;
    struct feed_key *key, *new_key;
    struct feed_store *store;
    struct feed_folder *folder;
    struct feed_followed memory;
    struct arena arena;
    struct map by_digest; /* -> struct published, in the arena */
    struct map wanted;    /* digests that the command line names */
    VEC(struct feed_entry) pending;
    size_t changed, common;
    struct error err;
};

static void publisher_done(struct publisher *p)
{
    (void)feed_folder_close(p->folder);
    (void)feed_store_close(p->store);
    (void)feed_key_free(p->key);
    (void)feed_key_free(p->new_key);
    map_done(&p->by_digest);
    map_done(&p->wanted);
    vec_done(&p->pending);
    arena_done(&p->arena);
}

static struct feed_entry copy_entry(struct arena *a, struct feed_entry e)
{
    struct str *const texts[] = {&e.categories, &e.reason, &e.source, &e.rules, &e.engine, &e.image, &e.approved_by, &e.basis, &e.scope, &e.notified, &e.feed};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = arena_str(a, *texts[i]);
    return e;
}

static int take_line(void *ctx, const struct feed_line *l)
{
    struct publisher *p = ctx;
    if (l->op != FEED_OP_LIST && l->op != FEED_OP_WITHDRAW)
        return 0;
    struct map_entry *m = map_put(&p->by_digest, feed_digest_text(&p->arena, l->entry.digest), NULL);
    m->ptr = m->ptr ? m->ptr : arena_new(&p->arena, struct published);
    struct published *x = m->ptr;
    x->is_withdrawn = l->op == FEED_OP_WITHDRAW;
    if (!x->is_withdrawn)
        x->entry = copy_entry(&p->arena, l->entry);
    return 0;
}

/* Whether the log says what this machine says now. */
static bool is_same(const struct feed_entry *a, const struct feed_entry *b)
{
    return a->type == b->type && a->verdict == b->verdict && str_eq(a->categories, b->categories) && str_eq(a->reason, b->reason) &&
           str_eq(a->source, b->source) && a->expires_s == b->expires_s && a->size == b->size && str_eq(a->image, b->image);
}

static int take_entry(void *ctx, const struct feed_entry *e)
{
    struct publisher *p = ctx;
    struct str digest = feed_digest_text(&p->arena, e->digest);
    const struct map_entry *m = map_get(&p->by_digest, digest);
    const struct published *x = m ? m->ptr : NULL;
    const bool named = map_has(&p->wanted, digest);
    if (e->feed.n || !feed_entry_is_bad(e, p->o->now_s) || (p->wanted.n && !named))
        return 0;
    if (x && (x->is_withdrawn ? !named : is_same(&x->entry, e)))
        return 0; /* what was withdrawn comes back when somebody names it */
    if (feed_digest_is_common(e->digest)) {
        p->common++;
        return 0;
    }
    struct feed_entry own = copy_entry(&p->arena, *e);
    own.approved_by = str_from(p->o->approved_by);
    own.basis = str_from(p->o->basis);
    own.scope = str_from(p->o->scope);
    own.notified = str_from(p->o->notified);
    vec_add(&p->pending, own);
    p->changed += x != NULL;
    return 0;
}

static int take_digests(struct publisher *p, char **operands, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t digest[SHA256_BYTES];
        if (!feed_digest_parse(str_from(operands[i]), digest)) {
            cmd_error(p->program, "`%s` is no SHA-256: 64 digits of hex, with sha256: before them or not", operands[i]);
            return EXIT_USAGE;
        }
        (void)map_put(&p->wanted, feed_digest_text(&p->arena, digest), NULL);
    }
    return 0;
}

static int fail(struct publisher *p)
{
    cmd_error(p->program, "%s", p->err.text);
    return EXIT_CANNOT;
}

const char *feed_key_path(const struct feed_options *o, struct arena *a)
{
    if (o->key_file)
        return o->key_file;
    struct str folder = str_dirname(str_from(cmd_feed_path(o->feed)));
    return folder.n ? arena_printf(a, "%.*s/feed-key.pem", STR_ARG(folder)).p : "feed-key.pem";
}

/* The folder may not be older than what was signed last: signing on top of it would fork the feed. */
static int check_memory(struct publisher *p)
{
    const struct feed_head *h = feed_folder_head(p->folder);
    int r = h->length ? feed_followed_get(p->store, h->id, FEED_PUBLISHED, &p->arena, &p->memory, &p->err) : 1;
    if (r)
        return r < 0 ? r : 0;
    if (h->length < p->memory.seen.length || (h->length == p->memory.seen.length && memcmp(h->hash, p->memory.seen.hash, sizeof(h->hash))))
        return error_set(&p->err, -ESTALE,
                         "%s holds an older or another log than was published last (%llu entries, %llu then); put the newest copy there, for "
                         "whoever pulled the newer one takes no other any more",
                         p->path, (unsigned long long)h->length, (unsigned long long)p->memory.seen.length);
    return 0;
}

static int begin(struct publisher *p, char **operands, size_t n)
{
    static const char *const WHAT[] = {N_("name the folder of the feed")};
    if (!n) {
        cmd_error(p->program, "%s", _(WHAT[0]));
        return EXIT_USAGE;
    }
    p->path = operands[0];
    int code = take_digests(p, operands + 1, n - 1);
    if (code)
        return code;
    struct feed_entry texts = {.approved_by = str_from(p->o->approved_by), .basis = str_from(p->o->basis), .scope = str_from(p->o->scope),
                               .reason = str_from(p->o->reason), .notified = str_from(p->o->notified)};
    if (feed_entry_check(&texts, &p->err) < 0) {
        cmd_error(p->program, "%s", p->err.text);
        return EXIT_USAGE;
    }
    if (feed_key_load(feed_key_path(p->o, &p->arena), &p->key, &p->err) < 0 ||
        (p->o->new_key && feed_key_load(p->o->new_key, &p->new_key, &p->err) < 0))
        return fail(p);
    if ((code = feed_open(p->o, p->program, FEED_WRITE, &p->store)))
        return code;
    const struct feed_folder_options f = {.path = p->path, .key = p->key, .name = str_from(p->o->name), .now_s = p->o->now_s, .take = take_line,
                                          .ctx = p};
    if (feed_folder_open(&f, &p->folder, &p->err) < 0 || check_memory(p) < 0)
        return fail(p);
    return 0;
}

static int finish(struct publisher *p)
{
    const struct feed_head *h = feed_folder_head(p->folder);
    char path[PATH_MAX];
    if (feed_folder_sign(p->folder, p->o->days ? p->o->days : FEED_HEAD_DAYS, &p->err) < 0)
        return fail(p);
    struct feed_followed f = {.role = FEED_PUBLISHED, .name = h->name, .url = str_from(realpath(p->path, path) ? path : p->path),
                              .expires_s = h->expires_s,
                              .seen = {.length = h->length, .bytes = h->bytes, .time_s = h->time_s, .key = h->key}};
    memcpy(f.id, h->id, sizeof(f.id));
    memcpy(f.seen.hash, h->hash, sizeof(f.seen.hash));
    if (feed_followed_put(p->store, &f, &p->err) < 0 || feed_store_commit(p->store, &p->err) < 0)
        return fail(p);
    return 0;
}

static void add_end(struct publisher *p, struct strbuf *b)
{
    const struct feed_head *h = feed_folder_head(p->folder);
    uint8_t fingerprint[SHA256_BYTES];
    feed_public_fingerprint(&h->key, fingerprint);
    strbuf_printf(b, _("%.*s: %llu entries in the log, signed until "), STR_ARG(h->name), (unsigned long long)h->length);
    text_add_time(b, h->expires_s * NS_A_SECOND, 0);
    strbuf_printf(b, _("\nkey %s\n"), feed_digest_text(&p->arena, fingerprint).p);
}

static void add_pending(struct publisher *p, struct strbuf *b)
{
    for (size_t i = 0; i < p->pending.n && i < SHOWN_MAX; i++)
        feed_show(b, &p->pending.v[i], NULL, p->o->now_s);
    if (p->pending.n > SHOWN_MAX)
        strbuf_printf(b, _("… and %zu more\n"), p->pending.n - SHOWN_MAX);
    if (p->common)
        strbuf_printf(b, _("%zu digests are of things that everybody has, such as the empty file, and are never published\n"), p->common);
}

static int propose(struct publisher *p)
{
    struct strbuf b = {};
    add_pending(p, &b);
    strbuf_printf(&b, _("nothing was published: %zu entries wait for somebody to approve them with --approved-by\n"), p->pending.n);
    return feed_print(&b);
}

static int publish(struct publisher *p)
{
    struct strbuf b = {};
    const struct feed_entry approval = {.approved_by = str_from(p->o->approved_by), .basis = str_from(p->o->basis), .scope = str_from(p->o->scope)};
    vec_each(e, &p->pending)
        feed_folder_add(p->folder, (struct feed_line){.op = FEED_OP_LIST, .entry = *e});
    if (p->new_key)
        feed_folder_change_key(p->folder, p->new_key, &approval);
    int code = finish(p);
    if (code)
        return code;
    add_pending(p, &b);
    strbuf_printf(&b, _("published: %zu new, %zu changed\n"), p->pending.n - p->changed, p->changed);
    add_end(p, &b);
    return feed_print(&b);
}

int feed_publish(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(publisher_done) struct publisher p = {.o = o, .program = PUBLISH};
    int code = begin(&p, operands, n);
    if (code)
        return code;
    if (feed_store_each(p.store, FEED_FIRST_SEEN_FIRST, take_entry, &p, &p.err) < 0)
        return fail(&p);
    const bool is_empty = !feed_folder_head(p.folder)->length;
    if (!o->approved_by && (p.pending.n || o->new_key))
        return propose(&p);
    if (is_empty && !p.pending.n) {
        cmd_error(PUBLISH, "there is nothing to begin a feed with: no entry is malicious or unwanted; `davy feed add` adds some");
        return EXIT_CANNOT;
    }
    return publish(&p);
}

int feed_withdraw(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(publisher_done) struct publisher p = {.o = o, .program = WITHDRAW};
    struct strbuf b = {};
    size_t own = 0;
    if (n < 2 || !o->reason || !o->approved_by) {
        cmd_error(WITHDRAW, "name the folder of the feed and digests, why with --reason, and who decided it with --approved-by");
        return EXIT_USAGE;
    }
    int code = begin(&p, operands, n);
    if (code)
        return code;
    for (size_t i = 0; i < p.wanted.n; i++) {
        const struct map_entry *m = map_get(&p.by_digest, p.wanted.v[i].key);
        const struct published *x = m ? m->ptr : NULL;
        struct feed_entry now, e = {.reason = str_from(o->reason), .approved_by = str_from(o->approved_by), .basis = str_from(o->basis),
                                    .scope = str_from(o->scope), .notified = str_from(o->notified)};
        if (!x || x->is_withdrawn) {
            cmd_error(WITHDRAW, x ? "%.*s was withdrawn before; nothing was done" : N_("%.*s is not in the feed; nothing was done"),
                      STR_ARG(p.wanted.v[i].key));
            return EXIT_CANNOT;
        }
        (void)feed_digest_parse(p.wanted.v[i].key, e.digest);
        own += !feed_store_get(p.store, e.digest, &p.arena, &now, NULL) && !now.feed.n && feed_entry_is_bad(&now, o->now_s);
        feed_folder_add(p.folder, (struct feed_line){.op = FEED_OP_WITHDRAW, .entry = e});
    }
    if ((code = finish(&p)))
        return code;
    strbuf_printf(&b, _("withdrawn: %zu\n"), p.wanted.n);
    if (own)
        strbuf_printf(&b, _("%zu of them still stand in the feed of this machine; `davy feed remove` takes them out\n"), own);
    add_end(&p, &b);
    return feed_print(&b);
}
