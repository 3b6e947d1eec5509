// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Writes databases of bbolt page by page. */
#include <endian.h>
#include <string.h>

#include "base/strbuf.h"

enum { PAGE = 1024, BRANCH = 1, LEAF = 2, META_PAGE = 4 };

/* ---- writing ---- */

struct item {
    const char *key;
    const char *value;
    size_t n; /* of value */
    unsigned kind; /* 1: a bucket */
    uint64_t page; /* of branches */
};

static inline void put64(char *p, uint64_t v)
{
    v = htole64(v);
    memcpy(p, &v, 8);
}
static inline void put32(char *p, uint32_t v)
{
    v = htole32(v);
    memcpy(p, &v, 4);
}
static inline void put16(char *p, uint16_t v)
{
    v = htole16(v);
    memcpy(p, &v, 2);
}

static inline size_t page_into(char *to, uint64_t number, unsigned kind, const struct item *items, size_t n)
{
    put64(to, number);
    put16(to + 8, (uint16_t)kind);
    put16(to + 10, (uint16_t)n);
    size_t end = 16 + n * 16;
    for (size_t i = 0; i < n; i++) {
        char *e = to + 16 + i * 16;
        size_t key = strlen(items[i].key), place = end - (16 + i * 16);
        if (kind == LEAF) {
            put32(e, items[i].kind);
            put32(e + 4, (uint32_t)place);
            put32(e + 8, (uint32_t)key);
            put32(e + 12, (uint32_t)items[i].n);
        } else {
            put32(e, (uint32_t)place);
            put32(e + 4, (uint32_t)key);
            put64(e + 8, items[i].page);
        }
        memcpy(to + end, items[i].key, key);
        if (items[i].n)
            memcpy(to + end + key, items[i].value, items[i].n);
        end += key + items[i].n;
    }
    return end;
}

static inline void meta_into(char *to, uint64_t number, uint64_t root, uint64_t state)
{
    char *m = to + 16;
    uint64_t h = 0xcbf29ce484222325;
    put64(to, number);
    put16(to + 8, META_PAGE);
    put32(m, 0xED0CDAED);
    put32(m + 4, 2);
    put32(m + 8, PAGE);
    put64(m + 16, root);
    put64(m + 48, state);
    for (size_t i = 0; i < 56; i++)
        h = (h ^ (uint8_t)m[i]) * 0x100000001b3;
    put64(m + 56, h);
}

/* A bucket's value that holds its page itself. */
static inline struct str bucket_within(struct strbuf *b, const struct item *items, size_t n)
{
    size_t room = 16 + 16 + n * 16;
    for (size_t i = 0; i < n; i++)
        room += strlen(items[i].key) + items[i].n;
    strbuf_clear(b);
    strbuf_pad(b, 0, room);
    (void)page_into(b->p + 16, 0, LEAF, items, n);
    return strbuf_str(b);
}

/* A file of one bucket, whose page overflows as far as it must. */
static inline void file_of(struct strbuf *file, const struct item *items, size_t n)
{
    struct strbuf root = {};
    size_t size = bucket_within(&root, items, n).n - 16, pages = (size + PAGE - 1) / PAGE;
    strbuf_clear(file);
    strbuf_pad(file, 0, (3 + pages) * PAGE);
    meta_into(file->p, 0, 3, 7);
    meta_into(file->p + PAGE, 1, 3, 6);
    memcpy(file->p + 3 * PAGE, root.p + 16, size);
    put64(file->p + 3 * PAGE, 3);
    put32(file->p + 3 * PAGE + 12, (uint32_t)(pages - 1));
    strbuf_done(&root);
}
