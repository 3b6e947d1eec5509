// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <unistd.h>

#include "base/intl.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/watch_feed.h"
#include "store/feed_store.h"

struct digest {
    uint8_t bytes[SHA256_BYTES];
};
struct lists {
    VEC(struct digest) manifests, configs;
    uint64_t now_s;
};

static int take(void *ctx, const struct feed_entry *e)
{
    struct lists *l = ctx;
    struct digest d;
    memcpy(d.bytes, e->digest, sizeof(d.bytes));
    if (!feed_entry_is_bad(e, l->now_s))
        return 0;
    if (e->type == FEED_MANIFEST)
        vec_add(&l->manifests, d);
    if (e->type == FEED_CONFIG)
        vec_add(&l->configs, d);
    return 0;
}

/* The newest stand last. */
static void add_list(struct strbuf *b, const char *name, const struct digest *v, size_t n, const char *before)
{
    _cleanup_(arena_done) struct arena a = {};
    strbuf_printf(b, "- list: %s\n  items:%s\n", name, n ? "" : " []");
    for (size_t i = n > WATCH_FEED_DIGESTS ? n - WATCH_FEED_DIGESTS : 0; i < n; i++)
        strbuf_printf(b, "    - \"%s%s\"\n", before, hex_encode(&a, v[i].bytes, sizeof(v[i].bytes)).p);
}

int watch_feed_load(struct ruleset *rs, const char *program, uint64_t now_s, struct diags *diags, struct strbuf *said)
{
    _cleanup_(feed_store_closep) struct feed_store *s = NULL;
    _cleanup_(strbuf_done) struct strbuf yaml = {};
    struct lists l = {.now_s = now_s};
    struct error err = ERROR_NULL;
    const char *path = cmd_feed_path(NULL);
    int r = 0;
    if (!*path || access(path, F_OK) < 0)
        return 0;
    int opened = feed_store_open(path, FEED_READ, now_s, &s, &err);
    if (opened == -ENOENT) /* made, and nothing was ever put into it */
        return 0;
    if (opened < 0 || feed_store_each(s, FEED_ANY_ORDER, take, &l, &err) < 0) {
        strbuf_printf(said, _("%s: %s; nothing is known of the feed\n"), program, err.text);
    } else {
        if (l.manifests.n > WATCH_FEED_DIGESTS || l.configs.n > WATCH_FEED_DIGESTS)
            strbuf_printf(said, _("%s: the feed lists more images than rules can name; the newest %d are known\n"), program, WATCH_FEED_DIGESTS);
        add_list(&yaml, "feed_image_digests", l.manifests.v, l.manifests.n, "sha256:");
        add_list(&yaml, "feed_image_ids", l.configs.v, l.configs.n, "");
        r = ruleset_load_memory(rs, path, strbuf_str(&yaml), diags);
    }
    vec_done(&l.manifests);
    vec_done(&l.configs);
    return r;
}
