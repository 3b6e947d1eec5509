// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/day.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/scan_feed.h"
#include "store/feed_store.h"

enum { NS_A_SECOND = 1'000'000'000 };

/* Entries as lines of JSON, which is one of the forms of a list. */
struct lines_of_feed {
    struct strbuf bad, unwanted, leaked;
};

static void put(json_t *j, const char *key, struct str s)
{
    s = text_cut(s, LIST_TEXT_MAX);
    (void)json_object_set_new(j, key, json_stringn(s.n ? s.p : "", s.n));
}

static struct str last_day(struct arena *a, const struct feed_entry *e)
{
    uint64_t s = e->expires_s - 1;
    return day_text(a, day_of(s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX));
}

static int take(void *ctx, const struct feed_entry *e)
{
    struct lines_of_feed *l = ctx;
    _cleanup_(arena_done) struct arena a = {};
    if (!feed_verdict_is_bad(e->verdict))
        return 0;
    json_t *j = json_object();
    put(j, "digest", feed_digest_text(&a, e->digest));
    put(j, "reason", e->reason);
    put(j, "source", e->feed.n ? arena_printf(&a, "feed %.*s: %.*s", STR_ARG(e->feed), STR_ARG(e->source))
                               : arena_printf(&a, "feed: %.*s", STR_ARG(e->source)));
    if (e->expires_s)
        put(j, "expires", last_day(&a, e));
    struct strbuf *b = e->type == FEED_SECRET ? &l->leaked : e->verdict == FEED_MALICIOUS ? &l->bad : &l->unwanted;
    json_add(b, j, JSON_COMPACT);
    strbuf_addc(b, '\n');
    json_decref(j);
    return 0;
}

/* The names decide what being on the list means: as ClamAV's, .hsu holds what is unwanted. */
static int add_lines(struct intel *in, const char *path, const struct lines_of_feed *l, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    int r = 0;
    if (l->bad.n)
        r = intel_add_digests_text(in, arena_printf(&a, "%s (malicious).hsb", path).p, strbuf_str(&l->bad), err);
    if (!r && l->unwanted.n)
        r = intel_add_digests_text(in, arena_printf(&a, "%s (unwanted).hsu", path).p, strbuf_str(&l->unwanted), err);
    if (!r && l->leaked.n)
        r = intel_add_leaked_text(in, arena_printf(&a, "%s (leaked)", path).p, strbuf_str(&l->leaked), err);
    return r;
}

int scan_feed_add(void *ctx, struct intel *in, struct error *err)
{
    const struct scan_feed *f = ctx;
    const char *path = cmd_feed_path(f->path);
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct lines_of_feed l = {};
    if (!f->path && (!*path || access(path, F_OK) < 0))
        return 0;
    struct error why = ERROR_NULL;
    int r = feed_store_open(path, FEED_READ, f->now_ns / NS_A_SECOND, &s, &why);
    if (r == -ENOENT && !f->path) /* made, and nothing was ever put into it */
        return 0;
    if (r < 0)
        return error_set(err, r, "%s", why.text);
    r = feed_store_each(s, take, &l, err);
    if (!r)
        r = add_lines(in, path, &l, err);
    strbuf_done(&l.bad);
    strbuf_done(&l.unwanted);
    strbuf_done(&l.leaked);
    return r;
}
