// SPDX-License-Identifier: Apache-2.0
/* davy feed sources: the feeds that are followed and published here. */
#include "base/intl.h"
#include "base/text.h"
#include "cmd/feed.h"
#include "store/feed_followed.h"

static const char NAME[] = "davy feed sources";
enum { NS_A_SECOND = 1'000'000'000 };

struct listing {
    const struct feed_options *o;
    struct feed_store *store;
    struct strbuf out;
    struct error *err;
    size_t shown;
};

static void put(json_t *j, const char *key, struct str s)
{
    (void)json_object_set_new(j, key, json_stringn(s.n ? s.p : "", s.n));
}

static void put_time(json_t *j, const char *key, uint64_t s)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_time(&b, s * NS_A_SECOND, 0);
    put(j, key, strbuf_str(&b));
}

static void show_json(struct listing *l, const struct feed_followed *f, struct str key, uint64_t entries)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *j = json_object();
    put(j, "feed", hex_encode(&a, f->id, sizeof(f->id)));
    put(j, "role", f->role == FEED_PULLED ? STR("pulled") : STR("published"));
    put(j, "name", f->name);
    put(j, "url", f->url);
    put(j, "key", key);
    (void)json_object_set_new(j, "length", json_integer((json_int_t)f->seen.length));
    if (f->role == FEED_PULLED)
        (void)json_object_set_new(j, "entries", json_integer((json_int_t)entries));
    put_time(j, "time", f->seen.time_s);
    put_time(j, "expires", f->expires_s);
    (void)json_object_set_new(j, "stale", json_boolean(f->expires_s <= l->o->now_s));
    put_time(j, f->role == FEED_PULLED ? "pulled" : "published", f->pulled_s);
    strbuf_adds(&l->out, l->shown ? ",\n" : "\n");
    feed_add_json(&l->out, j);
}

static void show_text(struct listing *l, const struct feed_followed *f, struct str key, uint64_t entries)
{
    strbuf_add(&l->out, f->name);
    strbuf_adds(&l->out, f->role == FEED_PULLED ? _(", pulled from ") : _(", published to "));
    text_add_safe(&l->out, f->url);
    strbuf_adds(&l->out, "\n  ");
    if (f->role == FEED_PULLED)
        strbuf_printf(&l->out, _("%llu entries count, %llu in its log; "), (unsigned long long)entries, (unsigned long long)f->seen.length);
    else
        strbuf_printf(&l->out, _("%llu entries in its log; "), (unsigned long long)f->seen.length);
    strbuf_adds(&l->out, f->expires_s <= l->o->now_s ? _("its signature has expired: ") : _("signed until "));
    text_add_time(&l->out, f->expires_s * NS_A_SECOND, 0);
    strbuf_printf(&l->out, _("\n  key %s\n"), key.p);
}

static int take(void *ctx, const struct feed_followed *f)
{
    struct listing *l = ctx;
    _cleanup_(arena_done) struct arena a = {};
    uint8_t fingerprint[SHA256_BYTES];
    uint64_t entries = 0;
    int r = f->role == FEED_PULLED ? feed_pulled_count(l->store, f->id, &entries, l->err) : 0;
    if (r < 0)
        return r;
    feed_public_fingerprint(&f->seen.key, fingerprint);
    (l->o->format == FEED_JSON ? show_json : show_text)(l, f, feed_digest_text(&a, fingerprint), entries);
    l->shown++;
    return 0;
}

int feed_sources(const struct feed_options *o, char **operands, size_t n)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct error err = ERROR_NULL;
    if (n) {
        cmd_error(NAME, "`%s` is too much", operands[0]);
        return EXIT_USAGE;
    }
    int code = feed_open(o, NAME, FEED_READ, &s);
    if (code)
        return code;
    struct listing l = {.o = o, .store = s, .err = &err};
    if (o->format == FEED_JSON)
        strbuf_adds(&l.out, "{\"schema\":\"davy.feed-sources/1\",\"feeds\":[");
    if (feed_followed_each(s, take, &l, &err) < 0) {
        cmd_error(NAME, "%s", err.text);
        strbuf_done(&l.out);
        return EXIT_CANNOT;
    }
    if (o->format == FEED_JSON)
        strbuf_adds(&l.out, "]}\n");
    else if (!l.shown)
        strbuf_adds(&l.out, _("no feed is followed or published here\n"));
    return feed_print(&l.out);
}
