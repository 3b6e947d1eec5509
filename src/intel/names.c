// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "intel/names.h"

enum { HEAD = 5 }; /* bytes of a record before the name */

struct name_slot {
    uint32_t record; /* offset plus one, 0: free */
    uint32_t tag;    /* of the hash, so that most misses touch no record */
};

/* A record read back. */
struct record {
    uint16_t list;
    uint8_t scope, exempt;
    struct str name;
};

size_t name_normal(struct str s, char ret[NAME_BYTES_MAX])
{
    size_t label = 0, dots = 0;
    bool letter = false;
    if (s.n && s.p[s.n - 1] == '.')
        s.n--;
    if (!s.n || s.n > NAME_BYTES_MAX)
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
        if (c == '.') {
            if (!label)
                return 0;
            label = 0;
            letter = false;
            dots++;
        } else {
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
                return 0;
            letter |= c >= 'a' && c <= 'z';
            if (++label > 63)
                return 0;
        }
        ret[i] = c;
    }
    return label && letter && dots ? s.n : 0; /* a last label of digits belongs to an address */
}

int names_add(struct names *s, struct str name, enum name_scope scope, bool exempt, uint16_t list)
{
    char head[HEAD] = {(char)(list & 0xff), (char)(list >> 8), (char)scope, (char)exempt, (char)name.n};
    if (s->n >= NAMES_MAX || s->records.n + HEAD + name.n >= UINT32_MAX)
        return -EFBIG;
    strbuf_add(&s->records, str_n(head, sizeof(head)));
    strbuf_add(&s->records, name);
    s->n++;
    return 0;
}

static struct record record_at(const struct names *s, size_t at)
{
    const uint8_t *p = (const uint8_t *)s->records.p + at;
    return (struct record){
        .list = (uint16_t)(p[0] | p[1] << 8),
        .scope = p[2],
        .exempt = p[3],
        .name = str_n(p + HEAD, p[4]),
    };
}

static bool is_same(const struct record *a, const struct record *b)
{
    return a->list == b->list && a->scope == b->scope && a->exempt == b->exempt && str_eq(a->name, b->name);
}

/* Puts the record into the table; false when an equal one is there. */
static bool insert(struct names *s, size_t at)
{
    struct record r = record_at(s, at);
    uint64_t h = hash_str(r.name);
    size_t i = h & (s->n_slots - 1);
    for (; s->slots[i].record; i = (i + 1) & (s->n_slots - 1)) {
        if (s->slots[i].tag != (uint32_t)(h >> 32))
            continue;
        struct record other = record_at(s, s->slots[i].record - 1);
        if (is_same(&r, &other))
            return false;
    }
    s->slots[i] = (struct name_slot){(uint32_t)at + 1, (uint32_t)(h >> 32)};
    return true;
}

void names_seal(struct names *s)
{
    size_t slots = 16, n = 0;
    while (slots < s->n + s->n / 2)
        slots *= 2;
    free(s->slots);
    s->slots = xrealloc(NULL, slots, sizeof(*s->slots));
    memset(s->slots, 0, slots * sizeof(*s->slots));
    s->n_slots = slots;
    for (size_t at = 0; at < s->records.n; at += HEAD + (uint8_t)s->records.p[at + HEAD - 1])
        n += insert(s, at);
    s->n = n;
}

void names_done(struct names *s)
{
    strbuf_done(&s->records);
    free(s->slots);
    *s = (struct names){};
}

/* What is gathered for one host. */
struct search {
    uint16_t *hits;
    size_t n_hits;
    uint16_t exempt[NAMES_HITS_MAX];
    size_t n_exempt;
};

static bool has(const uint16_t *v, size_t n, uint16_t list)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] == list)
            return true;
    return false;
}

static void gather(const struct names *s, struct search *f, struct str name, bool is_whole)
{
    uint64_t h = hash_str(name);
    uint16_t here[NAMES_HITS_MAX];
    size_t n = 0;
    for (size_t i = h & (s->n_slots - 1); s->slots[i].record; i = (i + 1) & (s->n_slots - 1)) {
        if (s->slots[i].tag != (uint32_t)(h >> 32))
            continue;
        struct record r = record_at(s, s->slots[i].record - 1);
        if (!str_eq(r.name, name) || (r.scope == NAME_EXACT && !is_whole) || (r.scope == NAME_BELOW && is_whole))
            continue;
        if (r.exempt && f->n_exempt < NAMES_HITS_MAX)
            f->exempt[f->n_exempt++] = r.list;
        else if (!r.exempt && n < NAMES_HITS_MAX)
            here[n++] = r.list;
    }
    for (size_t i = 0; i < n && f->n_hits < NAMES_HITS_MAX; i++)
        if (!has(f->exempt, f->n_exempt, here[i]) && !has(f->hits, f->n_hits, here[i]))
            f->hits[f->n_hits++] = here[i];
}

size_t names_find(const struct names *s, struct str host, uint16_t ret[NAMES_HITS_MAX])
{
    struct search f = {.hits = ret};
    struct str name = host;
    if (!s->n)
        return 0;
    for (bool is_whole = true;; is_whole = false) {
        const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
        if (!dot)
            return f.n_hits;
        gather(s, &f, name, is_whole);
        name = str_sub(name, (size_t)(dot - name.p) + 1, name.n);
    }
}
