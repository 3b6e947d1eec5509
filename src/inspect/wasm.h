// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * WebAssembly modules: what they import and export, what their functions are called, and what their code is made of. The
 * profile of operations and the constants of hash functions stay when names are stripped (Konoth et al., MineSweeper, CCS
 * 2018). Format: WebAssembly Core Specification 2.0, with the opcodes of the threads, tail call and exception proposals.
 */
#include "base/cleanup.h"
#include "base/str.h"

enum {
    WASM_FUNCTIONS_MAX = 200000, /* bodies looked at; the largest programs that npm ships have about 60,000 */
    WASM_BLOCKS_MAX = 65536,     /* nesting in a body: Go nests a block for each basic block; deeper ends the look */
    WASM_LOOP_OPS_MIN = 64,      /* a shorter loop copies, counts or adds up a checksum */
    WASM_LOOP_MIXES_MIN = 8,     /* exclusive ors and shifts in a loop: a checksum has one or two */
};

/* Hash functions and ciphers that leave constants. */
enum wasm_primitive {
#define WASM_PRIMITIVE(id, word) WASM_##id,
#include "inspect/wasm.def"
#undef WASM_PRIMITIVE
    WASM_PRIMITIVE__N,
};
/* The word of wasm.primitives; static. */
const char *wasm_primitive_name(enum wasm_primitive p);

/* Which constants were seen; zeroed is ready. */
struct wasm_constants {
    uint64_t seen; /* bit per row of the table in wasm_constants.c */
};
/* A constant in code, or four or eight bytes of data in either order of bytes. */
void wasm_constants_add32(struct wasm_constants *c, uint32_t value);
void wasm_constants_add64(struct wasm_constants *c, uint64_t value);
/* All constants that stand in a data segment. Linear. */
void wasm_constants_data(struct wasm_constants *c, struct str data);
/* Whether enough constants of that function were seen. */
bool wasm_constants_has(const struct wasm_constants *c, enum wasm_primitive p);

/* What code is made of. */
struct wasm_ops {
    uint64_t total;     /* instructions */
    uint64_t bitwise;   /* and, or, xor, shifts, rotations */
    uint64_t rotations; /* among them, written as such */
    uint64_t memory;    /* loads and stores */
    uint64_t numeric;   /* all integer arithmetic, bitwise among it */
    uint64_t wide;      /* of numeric: on 64 bits */
    uint64_t hash_loops; /* innermost loops that mix bits: a third of their arithmetic is bitwise */
    uint64_t bodies, bad_bodies;
};
/* Adds one function body: its bytes behind the size, locals first. Unknown opcodes end the look at it. */
void wasm_body(struct str body, struct wasm_ops *ops, struct wasm_constants *constants);

/* LEB128, at most `bits` wide. False at the end of the bytes or when too long. */
bool wasm_u32(struct str s, size_t *at, uint32_t *ret);
