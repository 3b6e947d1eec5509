// SPDX-License-Identifier: Apache-2.0
#include <endian.h>
#include <errno.h>
#include <unistd.h>

#include "base/io.h"
#include "source/container/bolt.h"

enum {
    MAGIC = (int)0xED0CDAED,
    VERSION = 2,
    HEADER = 16, /* of a page: number, kind, count of elements, pages that it overflows into */
    ELEMENT =
        16, /* of branches (place, length of key, page) and leaves (kind, place, lengths of key and value) */
    BUCKET = 16, /* page of its root, or 0 and a page within the value; a counter */
    META = 64,
    PAGE_BRANCH = 1,
    PAGE_LEAF = 2,
    PAGE_META = 4,
    LEAF_BUCKET = 1,
    PAGE_SIZE_MIN = 1024,
    PAGE_SIZE_MAX = 64 << 10,
};

static uint64_t u64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}

static uint32_t u32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return le32toh(v);
}

static uint16_t u16(const char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return le16toh(v);
}

static int read_at(int fd, uint64_t at, size_t n, struct strbuf *out)
{
    if (at > INT64_MAX - n)
        return -EBADMSG;
    strbuf_clear(out);
    strbuf_reserve(out, n);
    const int r = io_read_at(fd, out->p, n, at);
    if (r)
        return r > 0 ? -EBADMSG : r;
    out->n = n;
    return 0;
}

/* ---- the two pages that name the last state ---- */

static uint64_t fnv(const char *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)p[i]) * 0x100000001b3;
    return h;
}

static bool is_meta(const char *page)
{
    const char *m = page + HEADER;
    uint32_t size = u32(m + 8);
    return u16(page + 8) == PAGE_META && u32(m) == (uint32_t)MAGIC && u32(m + 4) == VERSION &&
           size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && !(size & (size - 1)) &&
           u64(m + META - 8) == fnv(m, META - 8);
}

static bool take_meta(struct bolt *b, uint64_t at, struct strbuf *page)
{
    if (read_at(b->fd, at, HEADER + META, page) || !is_meta(page->p))
        return false;
    const char *m = page->p + HEADER;
    if (u64(m + 48) >= b->state || !b->page_size) {
        b->page_size = u32(m + 8);
        b->root = u64(m + 16);
        b->state = u64(m + 48);
    }
    return true;
}

int bolt_open(struct bolt *b, int fd)
{
    *b = (struct bolt){.fd = fd};
    bool has = take_meta(b, 0, &b->page);
    /* the second lies behind the first page, whose size only a sound first one tells */
    for (uint32_t size = has ? b->page_size : PAGE_SIZE_MIN;
         size <= (has ? b->page_size : (uint32_t)PAGE_SIZE_MAX); size *= 2)
        if (take_meta(b, size, &b->page) && !has)
            has = b->page_size == size;
    return has ? 0 : -EBADMSG;
}

void bolt_done(struct bolt *b)
{
    strbuf_done(&b->page);
    strbuf_done(&b->held);
}

bool bolt_is_same(const struct bolt *b)
{
    struct bolt now;
    bool is = !bolt_open(&now, b->fd) && now.state == b->state;
    bolt_done(&now);
    return is;
}

/* ---- pages ---- */

static int read_page(struct bolt *b, uint64_t number, struct strbuf *out)
{
    uint64_t at;
    if (__builtin_mul_overflow(number, (uint64_t)b->page_size, &at))
        return -EBADMSG;
    int r = read_at(b->fd, at, HEADER, out);
    if (r)
        return r;
    uint64_t size = ((uint64_t)u32(out->p + 12) + 1) * b->page_size;
    if (u64(out->p) != number || size > BOLT_PAGE_MAX || size > BOLT_READ_MAX - b->bytes)
        return -EBADMSG;
    b->bytes += size;
    return read_at(b->fd, at, (size_t)size, out);
}

struct element {
    struct str key, value; /* value: of leaves */
    uint64_t page;         /* of branches */
    bool is_bucket;
};

static int element(struct str page, bool is_leaf, size_t i, struct element *ret)
{
    size_t at = HEADER + i * ELEMENT;
    if (at + ELEMENT > page.n)
        return -EBADMSG;
    const char *e = page.p + at;
    uint64_t place = u32(e + (is_leaf ? 4 : 0)), key = u32(e + (is_leaf ? 8 : 4)),
             value = is_leaf ? u32(e + 12) : 0;
    if (at + place + key + value > page.n)
        return -EBADMSG;
    *ret = (struct element){
        .key = str_n(e + place, (size_t)key),
        .value = str_n(e + place + key, (size_t)value),
        .page = is_leaf ? 0 : u64(e + 8),
        .is_bucket = is_leaf && u32(e) & LEAF_BUCKET,
    };
    return 0;
}

static int kind_of(struct str page, size_t *ret_count)
{
    if (page.n < HEADER)
        return -EBADMSG;
    int kind = u16(page.p + 8);
    *ret_count = u16(page.p + 10);
    return kind == PAGE_BRANCH || kind == PAGE_LEAF ? kind : -EBADMSG;
}

/* The last element whose key is not behind `key`: 0 with its place, 1 when all are. */
static int search_page(struct str page, bool is_leaf, size_t count, struct str key, size_t *ret)
{
    size_t from = 0, to = count;
    while (from < to) {
        struct element e;
        size_t middle = from + (to - from) / 2;
        if (element(page, is_leaf, middle, &e))
            return -EBADMSG;
        if (str_cmp(e.key, key) <= 0)
            from = middle + 1;
        else
            to = middle;
    }
    *ret = from - 1;
    return !from;
}

/* ---- trees ---- */

/* Where a bucket's tree begins: a page, or bytes within its value, which are then held. */
struct tree {
    uint64_t root;
    struct str within; /* root 0 */
};

static int find(struct bolt *b, const struct tree *t, struct str key, struct element *ret)
{
    struct str page = t->within;
    uint64_t number = t->root;
    for (int depth = 0; depth < BOLT_DEPTH; depth++) {
        size_t count, i;
        if (number) {
            int r = read_page(b, number, &b->page);
            if (r)
                return r;
            page = strbuf_str(&b->page);
        }
        int kind = kind_of(page, &count);
        if (kind < 0)
            return kind;
        int r = search_page(page, kind == PAGE_LEAF, count, key, &i);
        if (r < 0 || (r > 0 && (kind == PAGE_LEAF || !count)))
            return r;
        /* a key before all others can only be below the first */
        r = element(page, kind == PAGE_LEAF, r ? 0 : i, ret);
        if (r)
            return r;
        if (kind == PAGE_LEAF)
            return str_eq(ret->key, key) ? 0 : 1;
        number = ret->page;
        if (!number)
            return -EBADMSG;
    }
    return -EBADMSG;
}

/* Turns *t to the bucket of that name in it. */
static int enter(struct bolt *b, struct tree *t, struct str name)
{
    struct element e;
    int r = find(b, t, name, &e);
    if (r || !e.is_bucket)
        return r ? r : 1;
    if (e.value.n < BUCKET)
        return -EBADMSG;
    t->root = u64(e.value.p);
    if (t->root)
        return 0;
    struct strbuf copy = {};
    strbuf_add(&copy, str_sub(e.value, BUCKET, e.value.n));
    strbuf_done(&b->held);
    b->held = copy;
    t->within = strbuf_str(&b->held);
    return 0;
}

static int enter_all(struct bolt *b, const struct str *path, size_t n, struct tree *ret)
{
    int r = 0;
    *ret = (struct tree){.root = b->root};
    for (size_t i = 0; i < n && !r; i++)
        r = enter(b, ret, path[i]);
    return r;
}

int bolt_get(struct bolt *b, const struct str *path, size_t n, struct strbuf *value)
{
    struct tree t;
    struct element e;
    int r = enter_all(b, path, n - 1, &t);
    if (!r)
        r = find(b, &t, path[n - 1], &e);
    if (r || e.is_bucket)
        return r ? r : 1;
    strbuf_add(value, e.value);
    return 0;
}

struct visit {
    void (*fn)(void *ctx, struct str key, struct str value);
    void *ctx;
    size_t seen;
};

static int walk(struct bolt *b, struct str page, uint64_t number, int depth, struct visit *v)
{
    struct strbuf own = {};
    size_t count = 0;
    int r = depth < BOLT_DEPTH ? 0 : -EBADMSG;
    if (!r && number) {
        r = read_page(b, number, &own);
        page = strbuf_str(&own);
    }
    int kind = r ? r : kind_of(page, &count);
    r = kind < 0 ? kind : 0;
    for (size_t i = 0; i < count && !r; i++) {
        struct element e;
        r = element(page, kind == PAGE_LEAF, i, &e);
        if (!r && ++v->seen > BOLT_KEYS_MAX)
            r = -E2BIG;
        if (!r && kind == PAGE_BRANCH)
            r = e.page ? walk(b, STR_NULL, e.page, depth + 1, v) : -EBADMSG;
        else if (!r && !e.is_bucket)
            v->fn(v->ctx, e.key, e.value);
    }
    strbuf_done(&own);
    return r;
}

int bolt_each(struct bolt *b, const struct str *path, size_t n,
              void (*fn)(void *ctx, struct str key, struct str value), void *ctx)
{
    struct tree t;
    struct visit v = {fn, ctx, 0};
    int r = enter_all(b, path, n, &t);
    return r ? r : walk(b, t.within, t.root, 0, &v);
}
