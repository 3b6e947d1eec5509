// SPDX-License-Identifier: Apache-2.0
/* The tables, and the whole as bytes: magic, version, keys of the digests, then of each table the size of its entries and those in use. */
#include "log/state.h"

#include <errno.h>
#include <math.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/wire.h"
#include "log/state_private.h"

enum { VERSION = 4 };
static const char MAGIC[] = "davy habits";

struct log_state *log_state_new(void)
{
    struct log_state *s = xnew(struct log_state);
    uint64_t keys[2] = {};
    if (getrandom(keys, sizeof(keys), 0) == (ssize_t)sizeof(keys)) {
        s->k0 = keys[0];
        s->k1 = keys[1];
    }
    return s;
}

struct log_state *log_state_free(struct log_state *s)
{
    free(s);
    return NULL;
}

uint64_t log_state_bytes(void)
{
    return sizeof(struct log_state);
}

uint64_t log_state_forgotten(const struct log_state *s)
{
    return s->forgotten;
}

void log_now_reset(struct log_now *now)
{
    /* the texts need no clearing: they are told of only where a flag says so */
    now->habit.is = now->account.is = now->spend.is = now->volume.is = now->zone.is = now->names.is = now->gap.is = false;
    now->has_other = now->has_person = false;
    now->at_once = now->neighbours = now->countries_at_once = now->asns_at_once = 0;
    now->other_country[0] = 0;
    now->other_asn = 0;
    now->agent[0] = 0;
}

#define LOG_TABLE(member, type, count) _Static_assert((count) && !((count) & ((count) - 1)), "a power of two, in which keys find their place");
LOG_TABLES
#undef LOG_TABLE

struct log_head *log_look_up(struct log_state *s, void *table, size_t size, size_t n, uint64_t key, bool makes, uint64_t now_ns)
{
    char *set = (char *)table + (key & (n / LOG_STATE_WAYS - 1)) * LOG_STATE_WAYS * size;
    struct log_head *oldest = (struct log_head *)set;
    for (size_t i = 0; i < LOG_STATE_WAYS; i++) {
        struct log_head *h = (struct log_head *)(set + i * size);
        if (h->key == key) {
            h->seen_ns = h->seen_ns > now_ns ? h->seen_ns : now_ns;
            return h;
        }
        if (oldest->key && (!h->key || h->seen_ns < oldest->seen_ns))
            oldest = h;
    }
    if (!makes)
        return NULL;
    s->forgotten += oldest->key != 0;
    memset(oldest, 0, size);
    *oldest = (struct log_head){key, now_ns};
    return oldest;
}

uint64_t log_digest(const struct log_state *s, struct str a)
{
    return hash_quick(a.n ? a.p : "", a.n, s->k0, s->k1);
}

uint64_t log_state_digest(const struct log_state *s, const struct str *words, size_t n)
{
    return hash_quick_all(words, n, s->k0, s->k1);
}

uint64_t log_join(const struct log_state *s, unsigned what, uint64_t a, uint64_t b)
{
    const uint64_t h = hash_mix(hash_mix(a ^ s->k0, s->k1 ^ (what + 1)) ^ b, s->k0 ^ UINT64_C(0xd6e8feb86659fd93));
    return h ? h : 1;
}

uint64_t log_key(const struct log_state *s, unsigned what, struct str a, struct str b, struct str c)
{
    return log_join(s, what, log_join(s, what, log_digest(s, a), log_digest(s, b)), log_digest(s, c));
}

/* ---- as bytes ---- */

static void save_table(struct strbuf *b, const void *table, size_t size, size_t n)
{
    uint64_t used = 0;
    for (size_t i = 0; i < n; i++)
        used += ((const struct log_head *)((const char *)table + i * size))->key != 0;
    wire_add_u64(b, size);
    wire_add_u64(b, used);
    for (size_t i = 0; i < n; i++) {
        const char *entry = (const char *)table + i * size;
        if (((const struct log_head *)entry)->key)
            strbuf_add(b, str_n(entry, size));
    }
}

void log_state_save(const struct log_state *s, struct strbuf *ret)
{
    wire_add_str(ret, STR(MAGIC));
    wire_add_u64(ret, VERSION);
    wire_add_u64(ret, s->k0);
    wire_add_u64(ret, s->k1);
    wire_add_u64(ret, s->forgotten);
#define LOG_TABLE(member, type, count) save_table(ret, s->member, sizeof(s->member[0]), ARRAY_SIZE(s->member));
    LOG_TABLES
#undef LOG_TABLE
}

static bool restore_table(struct log_state *s, struct wire *w, void *table, size_t size, size_t n)
{
    if (wire_u64(w) != size)
        return false;
    const uint64_t used = wire_below(w, n + 1);
    if (w->bad || used * size > w->left.n)
        return false;
    for (uint64_t i = 0; i < used; i++) {
        struct log_head head;
        memcpy(&head, w->left.p, sizeof(head));
        if (!head.key)
            return false;
        memcpy(log_look_up(s, table, size, n, head.key, true, head.seen_ns), w->left.p, size);
        w->left = str_sub(w->left, size, w->left.n);
    }
    return true;
}

/* What is counted or counted with must make sense, whoever wrote the file. */
static bool entries_make_sense(struct log_state *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(s->actors); i++)
        for (size_t j = 0; j < ARRAY_SIZE(s->actors[i].recent); j++)
            if (s->actors[i].recent[j].ip.prefix > 128 || s->actors[i].recent[j].ip.v6 > 1)
                return false;
    for (size_t i = 0; i < ARRAY_SIZE(s->records); i++)
        if (!memchr(s->records[i].value, 0, sizeof(s->records[i].value)))
            return false;
    for (size_t i = 0; i < ARRAY_SIZE(s->volumes); i++)
        for (size_t h = 0; h < 24; h++)
            if (s->volumes[i].n[h] > LOG_VOLUME_DAYS || s->volumes[i].next[h] >= LOG_VOLUME_DAYS || !isfinite(s->volumes[i].bytes))
                return false;
    for (size_t i = 0; i < ARRAY_SIZE(s->spenders); i++)
        for (size_t m = 0; m < LOG_SPEND_MINUTES; m++)
            if (!isfinite(s->spenders[i].usd[m]))
                return false;
    return true;
}

int log_state_restore(struct log_state *s, struct str bytes, struct error *err)
{
    struct wire w = {.left = bytes};
    bool is = str_is(wire_str(&w), MAGIC) && wire_u64(&w) == VERSION;
    const uint64_t k0 = s->k0, k1 = s->k1;
    s->k0 = wire_u64(&w);
    s->k1 = wire_u64(&w);
    s->forgotten = wire_u64(&w);
#define LOG_TABLE(member, type, count) is = is && restore_table(s, &w, s->member, sizeof(s->member[0]), ARRAY_SIZE(s->member));
    LOG_TABLES
#undef LOG_TABLE
    if (is && !w.bad && !w.left.n && entries_make_sense(s))
        return 0;
    memset(s, 0, sizeof(*s));
    s->k0 = k0;
    s->k1 = k1;
    return error_set(err, -EINVAL, "not what logs add up to, or of another version");
}
