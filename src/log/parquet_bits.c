// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_bits.h"

/* Up to 64 bits that begin `bit` bits behind `from`, the lowest first; what is beyond the end is zero. */
static uint64_t bits_at(const uint8_t *from, const uint8_t *end, uint64_t bit, unsigned width)
{
    const uint8_t *p = from + bit / 8;
    const unsigned shift = bit % 8;
    const size_t have = p < end ? (size_t)(end - p) : 0;
    uint64_t low = 0;
    if (have >= sizeof(low))
        memcpy(&low, p, sizeof(low));
    else
        memcpy(&low, p, have);
    low >>= shift;
    if (shift + width > 64 && have > sizeof(low))
        low |= (uint64_t)p[8] << (64 - shift);
    return width < 64 ? low & ((UINT64_C(1) << width) - 1) : low;
}

static bool take_number(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
    enum { GROUP = 7, SHIFT_MAX = 63 };
    uint64_t v = 0;
    for (unsigned shift = 0; *p < end && shift <= SHIFT_MAX; shift += GROUP) {
        const uint8_t c = *(*p)++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *ret = v;
            return true;
        }
    }
    return false;
}

/* ---- runs ---- */

void runs_begin(struct runs *r, struct str bytes, unsigned width)
{
    *r = (struct runs){.p = (const uint8_t *)bytes.p, .end = (const uint8_t *)bytes.p + bytes.n, .width = width};
}

void runs_begin_backwards(struct runs *r, struct str bytes, unsigned width, uint64_t n)
{
    runs_begin(r, bytes, width);
    r->is_backwards = r->is_packed = true;
    r->packed = r->p;
    r->p = r->end;
    r->left = n <= bytes.n * 8 / (width ? width : 1) ? n : 0;
}

bool runs_more(struct runs *r)
{
    enum { GROUP = 8 };
    const unsigned bytes = (r->width + 7) / 8;
    uint64_t head;
    while (!r->left) {
        if (!take_number(&r->p, r->end, &head))
            return false;
        const size_t have = (size_t)(r->end - r->p);
        r->is_packed = head & 1;
        r->left = head >> 1;
        if (r->is_packed) {
            if (r->left > UINT32_MAX)
                return false;
            /* the last group need not be whole */
            const uint64_t size = r->left * r->width, there = r->width ? have * 8 / r->width : r->left * GROUP;
            r->packed = r->p;
            r->bit = 0;
            r->p = size > have ? r->end : r->p + size;
            r->left = r->left * GROUP < there ? r->left * GROUP : there;
        } else {
            if (bytes > have)
                return false;
            r->value = 0;
            for (unsigned i = 0; i < bytes; i++)
                r->value |= (uint32_t)r->p[i] << (8 * i);
            r->p += bytes;
        }
    }
    return true;
}

uint32_t runs_unpack(struct runs *r)
{
    const uint64_t bit = r->bit;
    uint32_t v = 0;
    r->bit += r->width;
    if (!r->is_backwards)
        return (uint32_t)bits_at(r->packed, r->end, bit, r->width);
    for (uint64_t i = bit; i < bit + r->width; i++)
        v = v << 1 | (r->packed[i / 8] >> (7 - i % 8) & 1);
    return v;
}

/* ---- differences ---- */

static uint64_t unfold(uint64_t u)
{
    return u >> 1 ^ (0 - (u & 1)); /* zigzag */
}

bool deltas_begin(struct deltas *d, struct str bytes)
{
    uint64_t block, parts, total, first;
    *d = (struct deltas){.p = (const uint8_t *)bytes.p, .end = (const uint8_t *)bytes.p + bytes.n};
    if (!take_number(&d->p, d->end, &block) || !take_number(&d->p, d->end, &parts) || !take_number(&d->p, d->end, &total) || !take_number(&d->p, d->end, &first))
        return false;
    if (!block || block > DELTAS_BLOCK_MAX || !parts || parts > block || block % parts || block / parts % 8)
        return false;
    d->n_parts = d->part = (uint32_t)parts;
    d->part_size = (uint32_t)(block / parts);
    d->total = total;
    d->last = unfold(first);
    return true;
}

/* The next part, of the next block where this one is over; false when it is not there. */
static bool next_part(struct deltas *d)
{
    enum { WIDTH_MAX = 64 };
    if (d->part == d->n_parts) {
        uint64_t least;
        if (!take_number(&d->p, d->end, &least) || (size_t)(d->end - d->p) < d->n_parts)
            return false;
        d->least = unfold(least);
        d->widths = d->p;
        d->p += d->n_parts;
        d->part = 0;
    }
    d->width = d->widths[d->part++];
    const size_t size = (size_t)d->part_size / 8 * d->width;
    if (d->width > WIDTH_MAX || size > (size_t)(d->end - d->p))
        return false;
    d->packed = d->p;
    d->bit = 0;
    d->p += size;
    d->left = d->part_size;
    return true;
}

bool deltas_next(struct deltas *d, int64_t *ret)
{
    if (d->given >= d->total)
        return false;
    if (d->given++) { /* the first stands in the head */
        if (!d->left && !next_part(d))
            return false;
        d->last += d->least + bits_at(d->packed, d->end, d->bit, d->width);
        d->bit += d->width;
        d->left--;
    }
    *ret = (int64_t)d->last;
    return true;
}

bool deltas_end(struct deltas d, const uint8_t **ret)
{
    for (uint64_t passed = 1; passed < d.total; passed += d.part_size)
        if (!next_part(&d))
            return false;
    *ret = d.p;
    return true;
}
