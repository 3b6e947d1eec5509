// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/day.h"
#include "cmd/common.h"
#include "cmd/scan_feed.h"
#include "store/feed_store.h"

enum { NS_A_SECOND = 1'000'000'000 };

/* What being in the feed means; each is a list of its own, begun with its first entry. */
enum meaning { BAD, UNWANTED, LEAKED, MEANINGS };

struct filling {
    struct intel *in;
    const char *path;
    struct error *err;
    int list[MEANINGS]; /* -1: not begun */
};

static int list_of(struct filling *l, enum meaning m)
{
    static const struct {
        const char *word;
        enum list_role role;
    } LISTS[] = {[BAD] = {"malicious", LIST_BAD}, [UNWANTED] = {"unwanted", LIST_UNWANTED}, [LEAKED] = {"leaked", LIST_LEAKED}};
    _cleanup_(arena_done) struct arena a = {};
    if (l->list[m] < 0)
        l->list[m] = intel_begin(l->in, arena_printf(&a, "%s (%s)", l->path, LISTS[m].word).p, LISTS[m].role, l->err);
    return l->list[m];
}

static uint16_t last_day(const struct feed_entry *e)
{
    uint64_t s = e->expires_s - 1;
    return e->expires_s ? day_of(s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX) : 0;
}

static int take(void *ctx, const struct feed_entry *e)
{
    struct filling *l = ctx;
    _cleanup_(arena_done) struct arena a = {};
    if (!feed_verdict_is_bad(e->verdict))
        return 0;
    int list = list_of(l, e->type == FEED_SECRET ? LEAKED : e->verdict == FEED_MALICIOUS ? BAD : UNWANTED);
    if (list < 0)
        return list;
    return intel_tell(l->in, list, &(struct intel_told){
        .sha256 = e->digest,
        .reason = e->reason,
        .source = e->feed.n ? arena_printf(&a, "feed %.*s: %.*s", STR_ARG(e->feed), STR_ARG(e->source)) : arena_printf(&a, "feed: %.*s", STR_ARG(e->source)),
        .last_day = last_day(e),
    }, l->err);
}

int scan_feed_add(void *ctx, struct intel *in, struct error *err)
{
    const struct scan_feed *f = ctx;
    const char *path = cmd_feed_path(f->path);
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    struct filling l = {in, path, err, {-1, -1, -1}};
    if (!f->path && (!*path || access(path, F_OK) < 0))
        return 0;
    struct error why = ERROR_NULL;
    int r = feed_store_open(path, FEED_READ, f->now_ns / NS_A_SECOND, &s, &why);
    if (r == -ENOENT && !f->path) /* made, and nothing was ever put into it */
        return 0;
    if (r < 0)
        return error_set(err, r, "%s", why.text);
    return feed_store_each(s, FEED_ANY_ORDER, take, &l, err);
}
