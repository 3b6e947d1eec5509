// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_zip.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/vec.h"

enum {
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    CENTRAL_SIZE = 46,
    LOCAL_SIZE = 30,
    COMMENT_MAX = 0xffff,
    SEARCHED = 128 << 10, /* from the end: a comment is at most 64 KiB, and as much again may trail */
    DESCRIPTOR_MAX = 24,  /* signature, checksum and two sizes of eight bytes */
    FLAG_ENCRYPTED = 1,
    FLAG_DESCRIPTOR = 8,
};

static uint16_t le16(const char *s)
{
    const uint8_t *p = (const uint8_t *)s;
    return (uint16_t)(p[0] | p[1] << 8);
}
static uint32_t le32(const char *s)
{
    return le16(s) | (uint32_t)le16(s + 2) << 16;
}
static uint64_t le64(const char *s)
{
    return le32(s) | (uint64_t)le32(s + 4) << 32;
}

struct directory {
    size_t end;      /* offset of the record that ends the directory */
    size_t start;    /* offset of its first entry */
    size_t size;
    uint64_t entries;
    uint64_t stated; /* offset of the first entry as the record says */
    bool multi_volume;
};

/* The zip64 record that a locator in front of the end record points to; false when there is none. */
static bool read_end64(struct str d, size_t end, struct directory *ret)
{
    if (end < LOCATOR_SIZE + END64_SIZE || memcmp(d.p + end - LOCATOR_SIZE, "PK\6\7", 4))
        return false;
    /* With something in front of the zip the stated offset is off: the record stands right before its locator. */
    uint64_t at = le64(d.p + end - LOCATOR_SIZE + 8);
    if (at > end - LOCATOR_SIZE - END64_SIZE || memcmp(d.p + at, "PK\6\6", 4))
        at = end - LOCATOR_SIZE - END64_SIZE;
    if (memcmp(d.p + at, "PK\6\6", 4))
        return false;
    uint64_t size = le64(d.p + at + 40);
    if (size > at)
        return false;
    *ret = (struct directory){
        .end = end,
        .start = at - size,
        .size = size,
        .entries = le64(d.p + at + 32),
        .stated = le64(d.p + at + 48),
        .multi_volume = le32(d.p + at + 16) || le32(d.p + at + 20),
    };
    return true;
}

static bool read_end(struct str d, size_t at, struct directory *ret)
{
    const char *p = d.p + at;
    if (memcmp(p, "PK\5\6", 4) || le16(p + 20) > d.n - at - END_SIZE)
        return false;
    if (read_end64(d, at, ret))
        return true;
    uint32_t size = le32(p + 12);
    if (size > at)
        return false;
    *ret = (struct directory){
        .end = at,
        .start = at - size,
        .size = size,
        .entries = le16(p + 10),
        .stated = le32(p + 16),
        .multi_volume = le16(p + 4) || le16(p + 6),
    };
    return ret->stated <= ret->start && (!size || !memcmp(d.p + ret->start, "PK\1\2", 4));
}

static bool find_end(struct str d, struct directory *ret)
{
    if (d.n < END_SIZE)
        return false;
    size_t lowest = d.n > SEARCHED ? d.n - SEARCHED : 0;
    for (size_t at = d.n - END_SIZE;; at--) {
        const char *p = memrchr(d.p + lowest, 'P', at - lowest + 1);
        if (!p)
            return false;
        at = (size_t)(p - d.p);
        if (read_end(d, at, ret))
            return true;
        if (at == lowest)
            return false;
    }
}

bool zip_ends(struct str data)
{
    struct directory dir;
    return find_end(data, &dir) && dir.entries;
}

struct extent {
    uint64_t from, to;
    bool has_descriptor;
};

static int by_offset(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

struct entry {
    uint16_t flags, method;
    uint64_t packed, size, at;
    struct str name;
};

/* Sizes and offset that do not fit 32 bits stand in the extra field 1, in this order, only those that are needed. */
static void read_zip64(struct str extra, struct entry *e)
{
    while (extra.n >= 4) {
        size_t n = le16(extra.p + 2);
        struct str body = str_sub(extra, 4, 4 + n);
        if (le16(extra.p) == 1) {
            uint64_t *const wanted[] = {&e->size, &e->packed, &e->at};
            for (size_t i = 0; i < 3; i++)
                if (*wanted[i] == UINT32_MAX && body.n >= 8) {
                    *wanted[i] = le64(body.p);
                    body = str_sub(body, 8, body.n);
                }
            return;
        }
        extra = str_sub(extra, 4 + n, extra.n);
    }
}

/* Takes the next entry off the directory. */
static bool next_entry(struct str *rest, struct entry *ret)
{
    const char *p = rest->p;
    if (rest->n < CENTRAL_SIZE || memcmp(p, "PK\1\2", 4))
        return false;
    size_t name = le16(p + 28), extra = le16(p + 30), comment = le16(p + 32);
    if (rest->n - CENTRAL_SIZE < name + extra + comment)
        return false;
    *ret = (struct entry){
        .flags = le16(p + 8),
        .method = le16(p + 10),
        .packed = le32(p + 20),
        .size = le32(p + 24),
        .at = le32(p + 42),
        .name = str_n(p + CENTRAL_SIZE, name),
    };
    read_zip64(str_n(p + CENTRAL_SIZE + name, extra), ret);
    *rest = str_sub(*rest, CENTRAL_SIZE + name + extra + comment, rest->n);
    return true;
}

/* Compares the header in front of the member with the directory's entry; gives the bytes that both take. */
static bool read_local(struct str d, const struct entry *e, uint64_t prefix, struct zip_shape *shape, struct extent *ret)
{
    uint64_t at = e->at + prefix;
    if (at < e->at || at > d.n || d.n - at < LOCAL_SIZE || memcmp(d.p + at, "PK\3\4", 4))
        return false;
    const char *p = d.p + at;
    size_t name = le16(p + 26), extra = le16(p + 28);
    if (d.n - at - LOCAL_SIZE < name + extra)
        return false;
    struct entry local = {.packed = le32(p + 18), .size = le32(p + 22)};
    read_zip64(str_n(p + LOCAL_SIZE + name, extra), &local);
    uint16_t flags = le16(p + 6);
    bool later = flags & FLAG_DESCRIPTOR; /* sizes follow the member */
    if (!str_eq(str_n(p + LOCAL_SIZE, name), e->name) || le16(p + 8) != e->method ||
        (flags ^ e->flags) & FLAG_ENCRYPTED ||
        ((!later || local.packed) && (local.packed != e->packed || local.size != e->size)))
        shape->differs = true;
    uint64_t from = at + LOCAL_SIZE + name + extra;
    if (e->packed > d.n - from) {
        shape->truncated = true;
        return false;
    }
    *ret = (struct extent){.from = at, .to = from + e->packed, .has_descriptor = later};
    return true;
}

static void add_gap(struct str d, uint64_t from, uint64_t to, bool behind_descriptor, struct zip_shape *shape)
{
    struct str gap = str_sub(d, from, to);
    if (!gap.n || (behind_descriptor && gap.n <= DESCRIPTOR_MAX))
        return;
    ptrdiff_t at = str_find(gap, STR("PK\3\4"), 0);
    if (at >= 0 && gap.n - (size_t)at >= LOCAL_SIZE) {
        shape->is_whole = false;
        if (shape->n_gaps < ZIP_GAPS_MAX)
            shape->gaps[shape->n_gaps++] = str_sub(gap, (size_t)at, gap.n);
        return;
    }
    /* Alignment and signature blocks (of Android packages) lie between members and directory; data as well may. */
    if (gap.n > DESCRIPTOR_MAX)
        shape->is_whole = false;
}

static void compare(struct str d, const struct directory *dir, struct zip_shape *shape)
{
    VEC(struct extent) extents = {};
    struct map names = {};
    struct str rest = str_sub(d, dir->start, dir->start + dir->size);
    uint64_t prefix = dir->start - dir->stated;
    struct entry e;
    while (shape->entries < ZIP_ENTRIES_MAX && next_entry(&rest, &e)) {
        struct extent x;
        bool is_new;
        shape->entries++;
        map_put(&names, e.name, &is_new);
        shape->duplicate |= !is_new;
        if (read_local(d, &e, prefix, shape, &x))
            vec_add(&extents, x);
        else
            shape->truncated = true;
    }
    shape->truncated |= rest.n > 0 && shape->entries < ZIP_ENTRIES_MAX;
    if (extents.n)
        qsort(extents.v, extents.n, sizeof(*extents.v), by_offset);
    uint64_t at = 0;
    bool descriptor = false;
    vec_each(x, &extents)
    {
        shape->overlap |= x->from < at;
        if (x == extents.v)
            shape->prepended = x->from > 0;
        if (x->from > at)
            add_gap(d, at, x->from, descriptor, shape);
        at = x->to > at ? x->to : at;
        descriptor = x->has_descriptor;
    }
    shape->overlap |= at > dir->start;
    if (dir->start > at && shape->entries < ZIP_ENTRIES_MAX)
        add_gap(d, at, dir->start, descriptor, shape);
    vec_done(&extents);
    map_done(&names);
}

void zip_shape(struct str data, struct zip_shape *ret)
{
    struct directory dir;
    *ret = (struct zip_shape){.body = data};
    if (!find_end(data, &dir))
        return;
    ret->has_directory = ret->is_whole = true;
    ret->multi_volume = dir.multi_volume;
    ret->body = str_sub(data, 0, dir.end + END_SIZE);
    size_t end = dir.end + END_SIZE + le16(data.p + dir.end + 20);
    ret->trailing = str_sub(data, end, data.n);
    if (ret->trailing.n)
        ret->is_whole = false;
    compare(data, &dir, ret);
    if (ret->overlap || ret->differs || ret->prepended || ret->truncated)
        ret->is_whole = false;
}
