// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "intel/nets.h"

static size_t width(bool v6)
{
    return v6 ? 16 : 4;
}

static size_t stride(bool v6)
{
    return width(v6) + 1 + sizeof(uint16_t);
}

/* Clears what lies behind the prefix. */
static void mask(uint8_t *bytes, size_t n, unsigned prefix)
{
    if (prefix / 8 < n)
        bytes[prefix / 8] &= (uint8_t)(0xff00 >> prefix % 8);
    for (size_t i = prefix / 8 + 1; i < n; i++)
        bytes[i] = 0;
}

int nets_add(struct nets *s, const struct net *net, uint16_t list)
{
    struct net_table *t = &s->families[net->v6];
    size_t n = width(net->v6);
    if (net->v6 > 1 || net->prefix > n * 8)
        return -EINVAL;
    if (t->n >= NETS_MAX)
        return -EFBIG;
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? t->capacity + t->capacity / 2 : 64;
        t->v = xrealloc(t->v, t->capacity, stride(net->v6));
    }
    uint8_t *at = t->v + t->n++ * stride(net->v6);
    memcpy(at, net->bytes, n);
    mask(at, n, net->prefix);
    at[n] = net->prefix;
    memcpy(at + n + 1, &list, sizeof(list));
    return 0;
}

/* The address after the last of a network; false when there is none. */
static bool step(uint8_t *bytes, unsigned prefix)
{
    if (!prefix)
        return false;
    unsigned add = 1U << (7 - (prefix - 1) % 8);
    for (size_t i = (prefix - 1) / 8 + 1; i-- > 0; add = 1) {
        add += bytes[i];
        bytes[i] = (uint8_t)add;
        if (add < 256)
            return true;
    }
    return false;
}

/* The last address of a network. */
static void fill_end(uint8_t *bytes, size_t n, unsigned prefix)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] |= i < prefix / 8 ? 0 : i == prefix / 8 ? (uint8_t)(0xff >> prefix % 8) : 0xff;
}

int nets_add_range(struct nets *s, const struct net *first, const struct net *last, uint16_t list)
{
    size_t n = width(first->v6);
    struct net at = *first;
    if (first->v6 != last->v6 || memcmp(first->bytes, last->bytes, n) > 0)
        return -EINVAL;
    for (;;) {
        uint8_t end[16], start[16];
        unsigned prefix = (unsigned)n * 8;
        /* the widest network that begins here and does not reach beyond the end */
        while (prefix) {
            memcpy(start, at.bytes, sizeof(start));
            mask(start, n, prefix - 1);
            memcpy(end, start, sizeof(end));
            fill_end(end, n, prefix - 1);
            if (memcmp(start, at.bytes, n) != 0 || memcmp(end, last->bytes, n) > 0)
                break;
            prefix--;
        }
        at.prefix = (uint8_t)prefix;
        int r = nets_add(s, &at, list);
        if (r < 0)
            return r;
        memcpy(end, at.bytes, sizeof(end));
        fill_end(end, n, prefix);
        if (!memcmp(end, last->bytes, n) || !step(at.bytes, prefix))
            return 0;
    }
}

/* By prefix length, network, list. */
static int compare(const uint8_t *a, const uint8_t *b, size_t n)
{
    if (a[n] != b[n])
        return a[n] < b[n] ? -1 : 1;
    int c = memcmp(a, b, n);
    return c ? c : memcmp(a + n + 1, b + n + 1, sizeof(uint16_t));
}

static int compare4(const void *a, const void *b)
{
    return compare(a, b, 4);
}

static int compare6(const void *a, const void *b)
{
    return compare(a, b, 16);
}

void nets_seal(struct nets *s)
{
    for (int v6 = 0; v6 < 2; v6++) {
        struct net_table *t = &s->families[v6];
        size_t w = width(v6), size = stride(v6), n = 0;
        if (t->n)
            qsort(t->v, t->n, size, v6 ? compare6 : compare4);
        for (size_t i = 0; i < t->n; i++)
            if (!n || memcmp(t->v + (n - 1) * size, t->v + i * size, size) != 0)
                memmove(t->v + n++ * size, t->v + i * size, size);
        t->n = n;
        for (size_t p = 0, i = 0; p < ARRAY_SIZE(t->from); p++) {
            while (i < n && t->v[i * size + w] < p)
                i++;
            t->from[p] = i;
        }
    }
}

void nets_done(struct nets *s)
{
    free(s->families[0].v);
    free(s->families[1].v);
    *s = (struct nets){};
}

static size_t add_hit(uint16_t *hits, size_t n, const uint8_t *list)
{
    uint16_t number;
    memcpy(&number, list, sizeof(number));
    for (size_t i = 0; i < n; i++)
        if (hits[i] == number)
            return n;
    if (n < NETS_HITS_MAX)
        hits[n++] = number;
    return n;
}

size_t nets_find(const struct nets *s, const struct net *address, uint16_t ret[NETS_HITS_MAX])
{
    if (address->v6 > 1)
        return 0;
    const struct net_table *t = &s->families[address->v6];
    size_t w = width(address->v6), size = stride(address->v6), hits = 0;
    for (unsigned p = (unsigned)w * 8 + 1; t->n && p-- > 0;) {
        size_t low = t->from[p], high = t->from[p + 1], end = high;
        uint8_t key[16];
        if (low == high)
            continue;
        memcpy(key, address->bytes, sizeof(key));
        mask(key, w, p);
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (memcmp(t->v + middle * size, key, w) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < end && !memcmp(t->v + low * size, key, w); low++)
            hits = add_hit(ret, hits, t->v + low * size + w + 1);
    }
    return hits;
}
