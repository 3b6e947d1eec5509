// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <errno.h>
#include <hs/hs.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "base/vec.h"
#include "config.h"
#include "inspect/literals.h"

struct literals {
    struct arena arena;
    struct map known; /* case rule + string → number */
    VEC(const char *) strings;
    VEC(size_t) lengths;
    VEC(unsigned) flags;
    hs_database_t *db;
    hs_scratch_t *scratch;
};

struct literals *literals_new(void)
{
    return xnew(struct literals);
}

struct literals *literals_free(struct literals *l)
{
    if (!l)
        return NULL;
    hs_free_scratch(l->scratch);
    hs_free_database(l->db);
    vec_done(&l->strings);
    vec_done(&l->lengths);
    vec_done(&l->flags);
    map_done(&l->known);
    arena_done(&l->arena);
    free(l);
    return NULL;
}

unsigned literals_add(struct literals *l, struct str s, bool nocase, bool once)
{
    assert(!l->db && s.n);
    struct str key = arena_printf(&l->arena, "%c%.*s", nocase ? 'i' : 'c', STR_ARG(s));
    if (key.n != s.n + 1) { /* a NUL inside: printf stopped there */
        char *p = arena_alloc(&l->arena, s.n + 2);
        p[0] = nocase ? 'i' : 'c';
        memcpy(p + 1, s.p, s.n);
        key = str_n(p, s.n + 1);
    }
    bool new;
    struct map_entry *e = map_put(&l->known, key, &new);
    unsigned flags = nocase ? HS_FLAG_CASELESS : 0;
    if (new) {
        e->u64 = l->strings.n;
        vec_add(&l->strings, key.p + 1);
        vec_add(&l->lengths, s.n);
        vec_add(&l->flags, flags | (once ? HS_FLAG_SINGLEMATCH : 0));
    } else if (!once) {
        l->flags.v[e->u64] = flags;
    }
    return (unsigned)e->u64;
}

static int build(struct literals *l, struct error *err)
{
    VEC(unsigned) ids = {};
    for (unsigned i = 0; i < l->strings.n; i++)
        vec_add(&ids, i);
    hs_compile_error_t *failure = NULL;
    hs_error_t r = hs_compile_lit_multi(l->strings.v, l->flags.v, ids.v, l->lengths.v, (unsigned)l->strings.n,
                                        HS_MODE_BLOCK, NULL, &l->db, &failure);
    vec_done(&ids);
    if (r == HS_SUCCESS)
        return 0;
    int code = error_set(err, -EINVAL, "the string database cannot be built: %s",
                         failure ? failure->message : "vectorscan gives no reason");
    hs_free_compile_error(failure);
    return code;
}

/* What the database depends on: the strings, the library, and the instructions that this processor has. */
static void digest_of(const struct literals *l, uint8_t ret[SHA256_BYTES])
{
    struct sha256 *h = sha256_new();
    hs_platform_info_t platform = {};
    (void)hs_populate_platform(&platform);
    sha256_add(h, DAVY_VERSION, sizeof(DAVY_VERSION));
    sha256_add(h, hs_version(), strlen(hs_version()) + 1);
    cache_add_library(h, (const void *)hs_version);
    sha256_add(h, &platform, sizeof(platform));
    for (size_t i = 0; i < l->strings.n; i++) {
        uint64_t head[] = {l->flags.v[i], l->lengths.v[i]};
        sha256_add(h, head, sizeof(head));
        sha256_add(h, l->strings.v[i], l->lengths.v[i]);
    }
    sha256_end(h, ret);
    sha256_free(h);
}

static bool load(struct literals *l, struct cache *cache, const uint8_t key[SHA256_BYTES])
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    return cache_get(cache, "strings", key, &b) && hs_deserialize_database(b.p, b.n, &l->db) == HS_SUCCESS;
}

static void store(const struct literals *l, struct cache *cache, const uint8_t key[SHA256_BYTES])
{
    char *p = NULL;
    size_t n = 0;
    if (cache && hs_serialize_database(l->db, &p, &n) == HS_SUCCESS) {
        cache_put(cache, "strings", key, str_n(p, n));
        free(p);
    }
}

int literals_compile_cached(struct literals *l, struct cache *cache, struct error *err)
{
    uint8_t key[SHA256_BYTES] = {};
    if (!l->strings.n)
        return 0;
    if (cache)
        digest_of(l, key);
    if (!load(l, cache, key)) {
        int r = build(l, err);
        if (r < 0)
            return r;
        store(l, cache, key);
    }
    if (hs_alloc_scratch(l->db, &l->scratch) != HS_SUCCESS)
        return error_set(err, -ENOMEM, "not enough memory to search for %zu strings", l->strings.n);
    return 0;
}

int literals_compile(struct literals *l, struct error *err)
{
    return literals_compile_cached(l, NULL, err);
}

struct scan {
    literals_hit *hit;
    void *ctx;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    (void)from;
    (void)flags;
    struct scan *s = ctx;
    return s->hit(s->ctx, id, (size_t)to);
}

int literals_scan(struct literals *l, struct str data, literals_hit *hit, void *ctx)
{
    if (!l->db || !data.n)
        return 0;
    if (data.n > UINT32_MAX)
        return -EIO;
    struct scan s = {.hit = hit, .ctx = ctx};
    hs_error_t r = hs_scan(l->db, data.p, (unsigned)data.n, 0, l->scratch, on_match, &s);
    return r == HS_SUCCESS ? 0 : r == HS_SCAN_TERMINATED ? 1 : -EIO;
}
