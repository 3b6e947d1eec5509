// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Numbers packed into bits, one after the other off a page (https://parquet.apache.org/docs/file-format/data-pages/encodings/). Nothing is unpacked
 * ahead of what is asked for, so that a page takes no memory beyond its bytes.
 */
#include "base/str.h"

/* Runs of one number, and packed numbers between them: levels, places in a dictionary, booleans. */
struct runs {
    const uint8_t *p, *end;
    unsigned width;    /* bits of a number, 0 to 32 */
    bool is_packed;    /* the run at hand: packed numbers, which begin at `packed`; else `value` again and again */
    bool is_backwards; /* one run without a head whose numbers begin at the highest bit: what old writers wrote for levels */
    uint32_t value;
    uint64_t left;     /* of the run at hand */
    uint64_t bit;      /* of the next packed number, from `packed` */
    const uint8_t *packed;
};

void runs_begin(struct runs *r, struct str bytes, unsigned width);
/* Of `n` numbers without heads, highest bit first. */
void runs_begin_backwards(struct runs *r, struct str bytes, unsigned width, uint64_t n);
/* Goes on to the next run; false when there is none, or it goes beyond the bytes. */
bool runs_more(struct runs *r);
uint32_t runs_unpack(struct runs *r);
/* The next number; false when there is none. */
static inline bool runs_next(struct runs *r, uint32_t *ret)
{
    if (!r->left && !runs_more(r))
        return false;
    r->left--;
    *ret = r->is_packed ? runs_unpack(r) : r->value;
    return true;
}

/* Differences between whole numbers, in blocks (DELTA_BINARY_PACKED). */
struct deltas {
    const uint8_t *p, *end;
    uint64_t total, given; /* numbers in all, and so far */
    uint64_t last, least;  /* the last number; the least difference of the block */
    uint32_t n_parts, part_size; /* parts of a block, numbers of a part */
    const uint8_t *widths; /* of the parts of the block at hand */
    uint32_t part, left;   /* the next part; numbers left of the one at hand */
    const uint8_t *packed;
    uint64_t bit;
    unsigned width;
};

enum { DELTAS_BLOCK_MAX = 1 << 20 }; /* numbers of a block: writers take 128 to some thousands */

/* false: the head makes no sense. */
bool deltas_begin(struct deltas *d, struct str bytes);
/* The next number, which may have gone round; false when there is none, or it is not in the bytes. */
bool deltas_next(struct deltas *d, int64_t *ret);
/* What stands behind all of them, for `d` as deltas_begin() left it; false when they do not end. */
bool deltas_end(struct deltas d, const uint8_t **ret);
