// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "intel/digests.h"

enum { SMALL_RUN = 24 }; /* entries that insertion sorts faster */

static struct digest_table *table_of(struct digests *d, enum digest_kind kind, bool is_sized)
{
    struct digest_table *t = &d->tables[kind][is_sized];
    if (!t->stride)
        *t = (struct digest_table){
            .kind = kind,
            .is_sized = is_sized,
            .stride = digest_bytes(kind) + sizeof(struct digest_meta) + (is_sized ? sizeof(uint64_t) : 0),
        };
    return t;
}

/* Lists give the same reason line after line: it is kept once. */
static int add_note(struct digests *d, const struct digest_given *given, uint32_t *ret)
{
    *ret = 0;
    if (!given->name.n && !given->source.n)
        return 0;
    if (!d->notes.n)
        strbuf_addc(&d->notes, 0);
    const char *last = d->notes.p + d->last_note;
    size_t n = d->last_note ? strlen(last) : 0;
    if (d->last_note && str_eq(str_n(last, n), given->name) && str_is(given->source, last + n + 1)) {
        *ret = d->last_note;
        return 0;
    }
    if (d->notes.n + given->name.n + given->source.n + 2 > UINT32_MAX)
        return -EFBIG;
    *ret = d->last_note = (uint32_t)d->notes.n;
    strbuf_add(&d->notes, given->name);
    strbuf_addc(&d->notes, 0);
    strbuf_add(&d->notes, given->source);
    strbuf_addc(&d->notes, 0);
    return 0;
}

int digests_add(struct digests *d, const struct digest_given *given)
{
    struct digest_table *t = table_of(d, given->kind, given->size != DIGEST_ANY_SIZE);
    struct digest_meta meta = {.list = given->list, .expires = given->expires};
    if (t->n >= DIGESTS_MAX || add_note(d, given, &meta.note) < 0)
        return -EFBIG;
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? t->capacity + t->capacity / 2 : 64;
        t->v = xrealloc(t->v, t->capacity, t->stride);
    }
    uint8_t *at = t->v + t->n++ * t->stride;
    size_t n = digest_bytes(given->kind);
    memcpy(at, given->bytes, n);
    memcpy(at + n, &meta, sizeof(meta));
    if (t->is_sized)
        memcpy(at + n + sizeof(meta), &given->size, sizeof(given->size));
    return 0;
}

static uint8_t *entry(const struct digest_table *t, size_t i)
{
    return t->v + i * t->stride;
}

static void sort_small(const struct digest_table *t, size_t from, size_t to)
{
    uint8_t held[DIGEST_BYTES_MAX + sizeof(struct digest_meta) + sizeof(uint64_t)];
    size_t n = digest_bytes(t->kind);
    for (size_t i = from + 1; i < to; i++) {
        size_t k = i;
        while (k > from && memcmp(entry(t, k - 1), entry(t, i), n) > 0)
            k--;
        if (k == i)
            continue;
        memcpy(held, entry(t, i), t->stride);
        memmove(entry(t, k + 1), entry(t, k), (i - k) * t->stride);
        memcpy(entry(t, k), held, t->stride);
    }
}

/*
 * Sorts entries [from, to) by the bytes from `byte` on, which those before it share: counts, then swaps each entry to the
 * pile of its byte. In place, as there may be gigabytes; at most one level for each byte of a digest.
 */
static void sort_range(const struct digest_table *t, size_t from, size_t to, size_t byte)
{
    size_t start[257] = {}, next[256];
    uint8_t held[DIGEST_BYTES_MAX + sizeof(struct digest_meta) + sizeof(uint64_t)];
    if (byte == digest_bytes(t->kind))
        return;
    if (to - from <= SMALL_RUN) {
        sort_small(t, from, to);
        return;
    }
    for (size_t i = from; i < to; i++)
        start[entry(t, i)[byte] + 1]++;
    for (size_t b = 0; b < 256; b++) {
        start[b + 1] += start[b];
        next[b] = from + start[b];
    }
    for (size_t b = 0; b < 256; b++)
        while (next[b] < from + start[b + 1]) {
            uint8_t *p = entry(t, next[b]), pile = p[byte];
            if (pile == b) {
                next[b]++;
                continue;
            }
            uint8_t *q = entry(t, next[pile]++);
            memcpy(held, q, t->stride);
            memcpy(q, p, t->stride);
            memcpy(p, held, t->stride);
        }
    for (size_t b = 0; b < 256; b++)
        if (start[b + 1] - start[b] > 1)
            sort_range(t, from + start[b], from + start[b + 1], byte + 1);
}

static bool is_sorted(const struct digest_table *t)
{
    for (size_t i = 1; i < t->n; i++)
        if (memcmp(entry(t, i - 1), entry(t, i), digest_bytes(t->kind)) > 0)
            return false;
    return true;
}

static uint64_t size_of(const struct digest_table *t, size_t i)
{
    uint64_t size;
    memcpy(&size, entry(t, i) + t->stride - sizeof(size), sizeof(size));
    return size;
}

static int compare_sizes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void gather_sizes(struct digests *d, const struct digest_table *t)
{
    if (!t->n)
        return;
    uint64_t *v = xrealloc(NULL, t->n, sizeof(*v));
    for (size_t i = 0; i < t->n; i++)
        v[i] = size_of(t, i);
    qsort(v, t->n, sizeof(*v), compare_sizes);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        if (!n || v[n - 1] != v[i])
            v[n++] = v[i];
    d->sizes[t->kind] = xrealloc(v, n, sizeof(*v));
    d->n_sizes[t->kind] = n;
}

void digests_seal(struct digests *d)
{
    for (int kind = 0; kind < DIGEST__N; kind++)
        for (int sized = 0; sized < 2; sized++) {
            struct digest_table *t = &d->tables[kind][sized];
            if (!t->n)
                continue;
            t->v = xrealloc(t->v, t->n, t->stride);
            t->capacity = t->n;
            if (!is_sorted(t))
                sort_range(t, 0, t->n, 0);
            if (sized)
                gather_sizes(d, t);
        }
}

void digests_done(struct digests *d)
{
    for (int kind = 0; kind < DIGEST__N; kind++) {
        free(d->tables[kind][0].v);
        free(d->tables[kind][1].v);
        free(d->sizes[kind]);
    }
    strbuf_done(&d->notes);
    *d = (struct digests){};
}

uint64_t digests_count(const struct digests *d)
{
    uint64_t n = 0;
    for (int kind = 0; kind < DIGEST__N; kind++)
        n += d->tables[kind][0].n + d->tables[kind][1].n;
    return n;
}

bool digests_want(const struct digests *d, enum digest_kind kind, uint64_t size)
{
    if (d->tables[kind][0].n)
        return true;
    if (!d->n_sizes[kind] || size == DIGEST_ANY_SIZE)
        return d->n_sizes[kind] > 0;
    return bsearch(&size, d->sizes[kind], d->n_sizes[kind], sizeof(size), compare_sizes);
}

static size_t find_in(const struct digests *d, const struct digest_table *t, const uint8_t *digest, uint64_t size,
                      struct digest_found *ret, size_t max)
{
    size_t low = 0, high = t->n, n = digest_bytes(t->kind), found = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(entry(t, middle), digest, n) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < t->n && found < max && !memcmp(entry(t, low), digest, n); low++) {
        struct digest_meta meta;
        if (t->is_sized && size != DIGEST_ANY_SIZE && size_of(t, low) != size)
            continue;
        memcpy(&meta, entry(t, low) + n, sizeof(meta));
        struct digest_found *f = &ret[found++];
        *f = (struct digest_found){.list = meta.list, .expires = meta.expires};
        if (meta.note) {
            f->name = str_from(d->notes.p + meta.note);
            f->source = str_from(f->name.p + f->name.n + 1);
        }
    }
    return found;
}

size_t digests_find(const struct digests *d, enum digest_kind kind, const uint8_t *digest, uint64_t size,
                    struct digest_found *ret, size_t max)
{
    size_t n = 0;
    for (int sized = 0; sized < 2; sized++)
        if (d->tables[kind][sized].n)
            n += find_in(d, &d->tables[kind][sized], digest, size, ret + n, max - n);
    return n;
}
