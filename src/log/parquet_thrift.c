// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_thrift.h"

static uint8_t take(struct thrift *t)
{
    if (t->w.bad || !t->w.left.n) {
        t->w.bad = true;
        return 0;
    }
    const uint8_t c = (uint8_t)t->w.left.p[0];
    t->w.left = str_sub(t->w.left, 1, t->w.left.n);
    return c;
}

static void pass(struct thrift *t, size_t n)
{
    if (n > t->w.left.n)
        t->w.bad = true;
    t->w.left = str_sub(t->w.left, n, t->w.left.n);
}

int64_t thrift_int(struct thrift *t)
{
    const uint64_t u = wire_u64(&t->w); /* zigzag: the sign is the lowest bit */
    return (int64_t)(u >> 1 ^ (0 - (u & 1)));
}

struct str thrift_str(struct thrift *t)
{
    return wire_str(&t->w);
}

bool thrift_next(struct thrift *t, struct thrift_field *f)
{
    const uint8_t head = take(t);
    f->type = head & 15;
    if (f->type == THRIFT_STOP || t->w.bad)
        return false;
    const int64_t id = head >> 4 ? f->id + (head >> 4) : thrift_int(t);
    if (id < INT16_MIN || id > INT16_MAX)
        t->w.bad = true;
    f->id = (int16_t)id;
    return !t->w.bad;
}

size_t thrift_list(struct thrift *t, uint8_t *ret_type)
{
    const uint8_t head = take(t);
    uint64_t n = head >> 4;
    if (n == 15)
        n = wire_u64(&t->w);
    *ret_type = head & 15;
    if (n > t->w.left.n)
        t->w.bad = true;
    return t->w.bad ? 0 : (size_t)n;
}

static void skip(struct thrift *t, uint8_t type, bool is_element, unsigned depth)
{
    enum { DOUBLE = 8 };
    struct thrift_field f = {};
    uint8_t of;
    if (depth > THRIFT_DEPTH)
        t->w.bad = true;
    if (t->w.bad)
        return;
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        pass(t, is_element);
        break;
    case THRIFT_I8:
        pass(t, 1);
        break;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        (void)wire_u64(&t->w);
        break;
    case THRIFT_DOUBLE:
        pass(t, DOUBLE);
        break;
    case THRIFT_BINARY:
        (void)wire_str(&t->w);
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        for (size_t n = thrift_list(t, &of); n && !t->w.bad; n--)
            skip(t, of, true, depth + 1);
        break;
    case THRIFT_MAP: {
        const uint64_t n = wire_u64(&t->w);
        of = n ? take(t) : 0;
        if (n > t->w.left.n)
            t->w.bad = true;
        for (uint64_t i = 0; i < n && !t->w.bad; i++) {
            skip(t, of >> 4, true, depth + 1);
            skip(t, of & 15, true, depth + 1);
        }
        break;
    }
    case THRIFT_STRUCT:
        while (thrift_next(t, &f))
            skip(t, f.type, false, depth + 1);
        break;
    default:
        t->w.bad = true;
    }
}

void thrift_skip(struct thrift *t, uint8_t type)
{
    skip(t, type, false, 0);
}
