// SPDX-License-Identifier: Apache-2.0
/* Miner configurations in JSON: xmrig's own shape, and any object that names a pool and who is paid. */
#include <jansson.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "inspect/json_lax.h"
#include "inspect/miner.h"

enum {
    DEPTH_MAX = 16,
    MEMBERS_MAX = 20000, /* looked at in one document */
    WITHIN_TRIES = 16,   /* braces that may begin a document within a text */
    WITHIN_BYTES_MAX = 2 << 20, /* of such texts */
};

struct walk {
    const struct content *c;
    struct facts *facts;
    unsigned left; /* members that may still be looked at */
    size_t within; /* bytes of texts that were read as documents of their own */
};

static struct str text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

/* Where a value stands in the content; 0 when it is written with escapes. */
static size_t place(const struct walk *w, struct str value)
{
    ptrdiff_t at = value.n ? str_find(w->c->data, value, 0) : -1;
    return at < 0 ? 0 : (size_t)at;
}

static void see_algo(const struct walk *w, struct str s)
{
    if (!miner_is_algo(s) && !miner_is_coin(s))
        return;
    size_t at = place(w, s);
    inspection_see(w->facts, F_MINER_ALGOS, s, w->c, at, at + s.n <= w->c->data.n ? at + s.n : at);
}

static struct str payee_of(const json_t *object)
{
    static const char *const keys[] = {"user",  "wallet",   "wallet_address", "walletAddress",
                                       "login", "username", "address"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct str s = text_of(object, keys[i]);
        if (s.n)
            return s;
    }
    return STR_NULL;
}

/* Whether an object names a pool and who is paid there; states both. `is_miner`: what is around it is a miner's configuration. */
static bool look_at_pool(const struct walk *w, const json_t *object, bool in_pools, bool is_miner, bool *ret_sure,
                         size_t *ret_at)
{
    static const char *const keys[] = {"url",      "pool",   "pool_address", "poolAddress",
                                       "pool_url", "server", "stratum",      "host"};
    struct miner_pool pool;
    struct str payee = payee_of(object), algo = text_of(object, "algo"), coin = text_of(object, "coin"),
               value = {};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(keys) && !n; i++) {
        value = text_of(object, keys[i]);
        if (!miner_pool_read(value, &pool, &n))
            n = 0;
    }
    bool wallet = miner_is_wallet(payee), named = miner_is_algo(algo) || miner_is_coin(coin);
    if (!n)
        return false;
    /* Other programs have lists of pools with users too, of databases and of services: something must be a miner's own. */
    bool is_page = str_starts(value, STR("http://")) || str_starts(value, STR("https://"));
    *ret_sure = in_pools && payee.n && !is_page && (pool.is_stratum || named || is_miner || text_of(object, "pass").n);
    if (!*ret_sure && !wallet && !(payee.n && (pool.is_stratum || named)))
        return false;
    *ret_at = place(w, value);
    miner_see_pool(w->c, w->facts, &pool, *ret_at, *ret_at + n <= w->c->data.n ? *ret_at + n : *ret_at);
    see_algo(w, algo);
    see_algo(w, coin);
    return true;
}

static bool has_any(const json_t *object, const char *const *keys)
{
    for (; *keys; keys++)
        if (json_object_get(object, *keys))
            return true;
    return false;
}

static void look_at(struct walk *w, const json_t *v, unsigned depth);

static void look_at_object(struct walk *w, const json_t *v, unsigned depth)
{
    static const char *const xmrig_only[] = {"donate-level", "randomx", "donate-over-proxy", "rig-id", "cn/0",
                                             "rx/0",         NULL};
    static const char *const xmrig_too[] = {"cpu",  "autosave",   "opencl",     "cuda",    "api",
                                            "http", "background", "print-time", "retries", NULL};
    static const char *const pool_only[] = {"rig-id",      "nicehash",        "keepalive", "daemon",
                                            "self-select", "tls-fingerprint", NULL};
    const json_t *pools = json_object_get(v, "pools");
    for (size_t i = 0; i < json_array_size(pools) && w->left; i++, w->left--) {
        const json_t *p = json_array_get(pools, i);
        bool sure = false;
        size_t at = 0;
        bool is_miner = has_any(v, xmrig_only) || has_any(p, pool_only);
        if (!json_is_object(p) || !look_at_pool(w, p, true, is_miner, &sure, &at))
            continue;
        bool is_xmrig = has_any(v, xmrig_only) || has_any(v, xmrig_too) || has_any(p, pool_only) ||
                        json_object_size(v) == 1;
        miner_see_config(w->c, w->facts, is_xmrig ? "xmrig" : "generic-json", at);
        if (json_is_object(json_object_get(v, "randomx")))
            see_algo(w, STR("randomx"));
    }
    bool sure;
    size_t at;
    if (look_at_pool(w, v, false, false, &sure, &at))
        miner_see_config(w->c, w->facts, has_any(v, xmrig_only) ? "xmrig" : "generic-json", at);
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)v, key, member)
    {
        if (member != pools)
            look_at(w, member, depth + 1);
    }
}

/* A text that holds a configuration itself: a label, a variable, a command that writes a file. */
static void look_within(struct walk *w, struct str text, unsigned depth)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    if (!text.n || !memchr(text.p, '{', text.n) || !memchr(text.p, '"', text.n) || w->within + text.n > WITHIN_BYTES_MAX)
        return;
    w->within += text.n;
    strbuf_add(&b, text);
    json_make_strict(b.p, b.n);
    for (unsigned tries = 0; tries < WITHIN_TRIES; tries++) {
        const char *begin = memchr(b.p, '{', b.n);
        if (!begin)
            return;
        json_error_t why;
        size_t at = (size_t)(begin - b.p);
        _cleanup_(json_decrefp) json_t *root = json_loadb(begin, b.n - at, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &why);
        if (root)
            look_at(w, root, depth + 1);
        /* behind what was read, or behind the brace that begins nothing */
        memset(b.p, ' ', root && why.position > 0 ? at + (size_t)why.position : at + 1);
    }
}

static void look_at(struct walk *w, const json_t *v, unsigned depth)
{
    if (!w->left || depth > DEPTH_MAX)
        return;
    w->left--;
    if (json_is_object(v))
        look_at_object(w, v, depth);
    if (json_is_string(v))
        look_within(w, str_n(json_string_value(v), json_string_length(v)), depth);
    for (size_t i = 0; i < json_array_size(v) && w->left; i++)
        look_at(w, json_array_get(v, i), depth + 1);
}

void miner_look_json(const struct content *c, struct facts *facts)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    json_error_t why;
    strbuf_add(&text, c->data);
    json_make_strict(text.p, text.n);
    size_t bom = str_starts(strbuf_str(&text), STR("\xef\xbb\xbf")) ? 3 : 0;
    json_t *root = json_loadb(text.p + bom, text.n - bom, JSON_ALLOW_NUL, &why);
    if (!root)
        return;
    struct walk w = {.c = c, .facts = facts, .left = MEMBERS_MAX};
    look_at(&w, root, 0);
    json_decref(root);
}
