// SPDX-License-Identifier: Apache-2.0
#include "base/regex_known.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "config.h"

enum {
    ENTRY_BYTES = SHA256_BYTES + 1, /* digest, number of groups or an answer */
    ENTRIES_MAX = 1 << 16,          /* kept between runs; beyond that only those of this run */
    GROUPS_MAX = 255,
};

struct regex_known {
    struct cache *cache;
    struct arena arena;
    struct strbuf kept;         /* what the cache had, entry after entry */
    struct map entries, used;   /* digest → groups; all, and those of this run */
    uint8_t key[SHA256_BYTES];
    bool is_new;
};

struct regex_known *regex_known_new(struct cache *cache)
{
    struct regex_known *k = xnew(struct regex_known);
    struct sha256 *h = sha256_new();
    k->cache = cache;
    sha256_add(h, DAVY_VERSION, sizeof(DAVY_VERSION));
    cache_add_library(h, regex_library());
    sha256_end(h, k->key);
    sha256_free(h);
    if (cache_get(cache, "regex", k->key, &k->kept))
        for (size_t i = 0; i + ENTRY_BYTES <= k->kept.n; i += ENTRY_BYTES)
            map_put(&k->entries, str_n(k->kept.p + i, SHA256_BYTES), NULL)->u64 = (uint8_t)k->kept.p[i + SHA256_BYTES];
    return k;
}

struct regex_known *regex_known_free(struct regex_known *k)
{
    if (!k)
        return NULL;
    if (k->is_new && k->cache) {
        const struct map *m = k->entries.n > ENTRIES_MAX ? &k->used : &k->entries;
        _cleanup_(strbuf_done) struct strbuf b = {};
        for (size_t i = 0; i < m->n; i++) {
            strbuf_add(&b, m->v[i].key);
            strbuf_addc(&b, (char)m->v[i].u64);
        }
        cache_put(k->cache, "regex", k->key, strbuf_str(&b));
    }
    map_done(&k->entries);
    map_done(&k->used);
    strbuf_done(&k->kept);
    arena_done(&k->arena);
    free(k);
    return NULL;
}

static struct str digest_of(struct regex_known *k, struct str pattern, enum regex_syntax syntax, size_t max_bytes)
{
    uint8_t *digest = arena_alloc(&k->arena, SHA256_BYTES);
    uint64_t head[] = {syntax, max_bytes};
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_add(&b, str_n(head, sizeof(head)));
    strbuf_add(&b, pattern);
    sha256_once(b.p, b.n, digest);
    return str_n(digest, SHA256_BYTES);
}

int regex_known_get(struct regex_known *k, struct str pattern, enum regex_syntax syntax, size_t max_bytes,
                    struct regex **ret, struct error *err)
{
    if (!k || !k->cache)
        return regex_new(pattern, syntax, max_bytes, ret, err);
    struct str digest = digest_of(k, pattern, syntax, max_bytes);
    const struct map_entry *e = map_get(&k->entries, digest);
    if (e) {
        map_put(&k->used, digest, NULL)->u64 = e->u64;
        *ret = regex_later(pattern, syntax, max_bytes, (unsigned)e->u64);
        return 0;
    }
    int r = regex_new(pattern, syntax, max_bytes, ret, err);
    if (!r && regex_groups(*ret) <= GROUPS_MAX) {
        map_put(&k->entries, digest, NULL)->u64 = regex_groups(*ret);
        map_put(&k->used, digest, NULL)->u64 = regex_groups(*ret);
        k->is_new = true;
    }
    return r;
}

bool regex_known_needs(struct regex_known *k, const struct regex *r, const struct str *words, size_t n)
{
    if (!k || !k->cache)
        return regex_needs(r, words, n);
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "needs");
    for (size_t i = 0; i < n; i++) {
        uint64_t length = words[i].n;
        strbuf_add(&b, str_n(&length, sizeof(length)));
        strbuf_add(&b, words[i]);
    }
    strbuf_add(&b, regex_pattern(r));
    struct str digest = digest_of(k, strbuf_str(&b), REGEX_GO, SIZE_MAX); /* no pattern has such a limit */
    const struct map_entry *e = map_get(&k->entries, digest);
    if (!e) {
        map_put(&k->entries, digest, NULL)->u64 = regex_needs(r, words, n);
        k->is_new = true;
        e = map_get(&k->entries, digest);
    }
    bool needs = e->u64 != 0;
    map_put(&k->used, digest, NULL)->u64 = needs;
    return needs;
}
