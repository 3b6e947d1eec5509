// SPDX-License-Identifier: Apache-2.0
/* Instructions of one function body: how many of which sort, and which loops mix bits. */
#include "base/vec.h"
#include "inspect/wasm.h"

bool wasm_u32(struct str s, size_t *at, uint32_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (*at >= s.n)
            return false;
        uint8_t b = (uint8_t)s.p[(*at)++];
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *ret = (uint32_t)v;
            return v <= UINT32_MAX;
        }
    }
    return false;
}

static bool wasm_s64(struct str s, size_t *at, int64_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (*at >= s.n)
            return false;
        uint8_t b = (uint8_t)s.p[(*at)++];
        v |= (uint64_t)(b & 0x7f) << (shift < 63 ? shift : 63);
        if (b & 0x80)
            continue;
        if (b & 0x40 && shift + 7 < 64)
            v |= ~0ull << (shift + 7);
        *ret = (int64_t)v;
        return true;
    }
    return false;
}

/* A block: what stands in it and in the blocks within. */
struct block {
    uint64_t ops, numeric, bitwise, xors, shifts;
    bool is_loop, has_loop;
};

struct walk {
    struct str s;
    size_t at;
    struct wasm_ops *ops;
    struct wasm_constants *constants;
    VEC(struct block) blocks; /* the body itself first */
};

static struct block *innermost(struct walk *w)
{
    return &w->blocks.v[w->blocks.n - 1];
}

static bool skip_u32(struct walk *w, unsigned count)
{
    uint32_t ignored;
    while (count--)
        if (!wasm_u32(w->s, &w->at, &ignored))
            return false;
    return true;
}

static bool skip(struct walk *w, uint64_t n)
{
    if (n > w->s.n - w->at)
        return false;
    w->at += n;
    return true;
}

/* A vector of indices, each `width` numbers. */
static bool skip_vector(struct walk *w, unsigned width)
{
    uint32_t n;
    if (!wasm_u32(w->s, &w->at, &n) || n > w->s.n)
        return false;
    while (n--)
        if (!skip_u32(w, width))
            return false;
    return true;
}

/* Alignment, whose bit 6 says that the memory's number follows, and offset. */
static bool skip_memarg(struct walk *w)
{
    uint32_t align;
    return wasm_u32(w->s, &w->at, &align) && skip_u32(w, align & 0x40 ? 2 : 1);
}

static bool open_block(struct walk *w, bool is_loop)
{
    if (w->blocks.n >= WASM_BLOCKS_MAX)
        return false;
    vec_add(&w->blocks, (struct block){.is_loop = is_loop});
    return true;
}

/* A third of the arithmetic is bitwise; moving values between locals is no arithmetic. */
static bool mixes_bits(const struct block *b)
{
    return b->is_loop && !b->has_loop && b->ops >= WASM_LOOP_OPS_MIN && b->xors >= WASM_LOOP_MIXES_MIN &&
           b->shifts >= WASM_LOOP_MIXES_MIN && b->bitwise * 3 >= b->numeric;
}

/* False when the body ends. */
static bool close_block(struct walk *w)
{
    struct block b = *innermost(w);
    w->ops->hash_loops += mixes_bits(&b);
    if (--w->blocks.n == 0)
        return false;
    struct block *around = innermost(w);
    around->ops += b.ops;
    around->numeric += b.numeric;
    around->bitwise += b.bitwise;
    around->xors += b.xors;
    around->shifts += b.shifts;
    around->has_loop |= b.is_loop || b.has_loop;
    return true;
}

static void count_numeric(struct walk *w, uint8_t op)
{
    struct block *b = innermost(w);
    bool wide = op >= 0x79 && op <= 0x8a;
    unsigned i = wide ? op - 0x79u : op - 0x67u; /* clz ctz popcnt add sub mul div×2 rem×2 and or xor shl shr×2 rotl rotr */
    w->ops->numeric++;
    w->ops->wide += wide;
    b->numeric++;
    if (i < 10)
        return;
    w->ops->bitwise++;
    w->ops->rotations += i >= 16;
    b->bitwise++;
    b->xors += i == 12;
    b->shifts += i >= 13;
}

static bool simd(struct walk *w)
{
    uint32_t op;
    if (!wasm_u32(w->s, &w->at, &op))
        return false;
    if (op <= 11 || op == 92 || op == 93)
        return skip_memarg(w);
    if (op == 12 || op == 13)
        return skip(w, 16);
    if (op >= 21 && op <= 34)
        return skip(w, 1);
    if (op >= 84 && op <= 91)
        return skip_memarg(w) && skip(w, 1);
    struct block *b = innermost(w);
    bool is_logic = op >= 77 && op <= 82, is_shift = op == 171 || op == 173 || op == 203 || op == 205;
    if (is_logic || is_shift) {
        w->ops->bitwise++;
        w->ops->numeric++;
        b->numeric++;
        b->bitwise++;
        b->xors += op == 81;
        b->shifts += is_shift;
    }
    return true;
}

static bool prefixed(struct walk *w)
{
    uint32_t op;
    if (!wasm_u32(w->s, &w->at, &op))
        return false;
    if (op <= 7)
        return true;
    return op <= 17 && skip_u32(w, op == 8 || op == 10 || op == 12 || op == 14 ? 2 : 1);
}

/* Skips what follows the opcode; false when it is unknown or cut. */
static bool immediates(struct walk *w, uint8_t op)
{
    int64_t v;
    uint32_t n;
    switch (op) {
    case 0x02: /* block, loop, if, try: a type or its number */
    case 0x03:
    case 0x04:
    case 0x06:
        return wasm_s64(w->s, &w->at, &v) && open_block(w, op == 0x03);
    case 0x1f: /* try_table: type, catches */
        if (!wasm_s64(w->s, &w->at, &v) || !wasm_u32(w->s, &w->at, &n) || n > w->s.n)
            return false;
        while (n--) {
            if (w->at >= w->s.n || !skip_u32(w, (uint8_t)w->s.p[w->at++] < 2 ? 2 : 1))
                return false;
        }
        return open_block(w, false);
    case 0x0b:
        return close_block(w);
    case 0x07: /* catch, throw, rethrow, br, br_if, call, return_call, delegate, … */
    case 0x08:
    case 0x09:
    case 0x0c:
    case 0x0d:
    case 0x10:
    case 0x12:
    case 0x14:
    case 0x15:
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x25:
    case 0x26:
    case 0x3f:
    case 0x40:
    case 0xd0:
    case 0xd2:
        return skip_u32(w, 1);
    case 0x18: /* delegate closes its try */
        return skip_u32(w, 1) && close_block(w);
    case 0x0e:
        return skip_vector(w, 1) && skip_u32(w, 1);
    case 0x11:
    case 0x13:
        return skip_u32(w, 2);
    case 0x1c:
        return skip_vector(w, 1);
    case 0x41:
        if (!wasm_s64(w->s, &w->at, &v))
            return false;
        wasm_constants_add32(w->constants, (uint32_t)v);
        return true;
    case 0x42:
        if (!wasm_s64(w->s, &w->at, &v))
            return false;
        wasm_constants_add64(w->constants, (uint64_t)v);
        return true;
    case 0x43:
        return skip(w, 4);
    case 0x44:
        return skip(w, 8);
    case 0xfc:
        return prefixed(w);
    case 0xfd:
        return simd(w);
    case 0xfe: /* atomics: a fence has one byte, the others an address */
        return wasm_u32(w->s, &w->at, &n) && (n == 3 ? skip(w, 1) : n <= 0x4e && skip_memarg(w));
    default:
        if (op >= 0x28 && op <= 0x3e) {
            w->ops->memory++;
            return skip_memarg(w);
        }
        return op <= 0x01 || op == 0x05 || op == 0x0a || op == 0x0f || op == 0x19 || op == 0x1a || op == 0x1b ||
               (op >= 0x45 && op <= 0xc4) || op == 0xd1;
    }
}

static bool skip_locals(struct walk *w)
{
    uint32_t locals;
    if (!wasm_u32(w->s, &w->at, &locals) || locals > w->s.n)
        return false;
    while (locals--)
        if (!skip_u32(w, 1) || !skip(w, 1))
            return false;
    return true;
}

void wasm_body(struct str body, struct wasm_ops *ops, struct wasm_constants *constants)
{
    struct walk w = {.s = body, .ops = ops, .constants = constants};
    ops->bodies++;
    if (!skip_locals(&w)) {
        ops->bad_bodies++;
        return;
    }
    (void)open_block(&w, false);
    while (w.at < body.n) {
        uint8_t op = (uint8_t)body.p[w.at++];
        ops->total++;
        innermost(&w)->ops++;
        if (op >= 0x67 && op <= 0x8a)
            count_numeric(&w, op);
        if (!immediates(&w, op))
            break;
    }
    ops->bad_bodies += w.blocks.n > 0 || w.at < body.n;
    vec_done(&w.blocks);
}
