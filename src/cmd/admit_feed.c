// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "cmd/admit_feed.h"
#include "image/reference.h"
#include "store/feed_followed.h"

/* A name as people write it, made the one that is compared: with registry, namespace and tag. Empty when it is none. */
static struct str full_name(struct arena *a, struct str image)
{
    struct reference r;
    if (!image.n || reference_parse(image, a, &r, NULL) < 0 || !r.tag.n)
        return STR_NULL;
    r.digest = STR_NULL;
    return reference_name(&r, a);
}

void admit_feed_add(struct admit_feed *f, const struct feed_entry *e)
{
    vec_add(&f->entries, *e);
    struct str digest = arena_str(&f->arena, str_n(e->digest, sizeof(e->digest)));
    struct str name = e->type == FEED_MANIFEST ? full_name(&f->arena, e->image) : STR_NULL;
    map_put(&f->by_digest, digest, NULL)->u64 = f->entries.n;
    if (name.n)
        map_put(&f->by_image, name, NULL)->u64 = f->entries.n;
}

static int take(void *ctx, const struct feed_entry *e)
{
    struct admit_feed *f = ctx;
    struct feed_entry own = *e;
    if (!feed_verdict_is_bad(e->verdict))
        return 0;
    own.reason = arena_str(&f->arena, e->reason);
    own.source = arena_str(&f->arena, e->source);
    own.feed = arena_str(&f->arena, e->feed);
    own.image = arena_str(&f->arena, e->image);
    own.categories = own.rules = own.engine = own.approved_by = own.basis = own.scope = STR_NULL;
    admit_feed_add(f, &own);
    return 0;
}

static int take_followed(void *ctx, const struct feed_followed *followed)
{
    struct admit_feed *f = ctx;
    f->stale += followed->role == FEED_PULLED && followed->expires_s <= f->loaded_s;
    return 0;
}

int admit_feed_load(const char *path, uint64_t now_s, struct admit_feed *ret, struct error *err)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    ret->loaded_s = now_s;
    int r = feed_store_open(path, FEED_READ, now_s, &s, err);
    if (!r)
        r = feed_store_each(s, FEED_ANY_ORDER, take, ret, err);
    return r ? r : feed_followed_each(s, take_followed, ret, err);
}

void admit_feed_done(struct admit_feed *f)
{
    vec_done(&f->entries);
    map_done(&f->by_digest);
    map_done(&f->by_image);
    arena_done(&f->arena);
    *f = (struct admit_feed){};
}

static const struct feed_entry *entry_of(const struct admit_feed *f, const struct map_entry *m, uint64_t now_s)
{
    const struct feed_entry *e = m ? &f->entries.v[m->u64 - 1] : NULL;
    return e && feed_entry_is_bad(e, now_s) ? e : NULL;
}

const struct feed_entry *admit_feed_digest(const struct admit_feed *f, const uint8_t digest[SHA256_BYTES], uint64_t now_s)
{
    return entry_of(f, map_get(&f->by_digest, str_n(digest, SHA256_BYTES)), now_s);
}

const struct feed_entry *admit_feed_image(const struct admit_feed *f, struct str image, uint64_t now_s)
{
    return entry_of(f, map_get(&f->by_image, image), now_s);
}
