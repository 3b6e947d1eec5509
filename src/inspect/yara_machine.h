// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * YARA's stack machine, run over values that are known, undefined or open: the byte code of a condition (yara/exec.h) is
 * followed with what is known of a content before any string was searched. Inside the room only.
 */
#include <string.h>

#include <yara.h>
#include <yara/exec.h>

#include "inspect/analyzer.h"

/* The byte code is libyara's own matter; what is known here is that of this version. */
#define YARA_MACHINE_IS_KNOWN (YR_MAJOR_VERSION == 4 && YR_MINOR_VERSION == 2)

/* What a condition is run over. All is borrowed. */
struct yara_view {
    const YR_RULES *rules;
    const struct content *c; /* NULL: nothing is known of it */
    const bool *may;         /* per string: it may be there */
    const uint64_t *open;    /* a bit per rule: it may match, as far as is known when another asks for it */
    bool stop_at_test;       /* leave at the first JFALSE, with its value */
    bool deny_first_test;    /* take the first JFALSE as if its value were 0 */
};

/* Room for values, for one condition after the other; the caller gives it back. */
struct yara_stack;
struct yara_stack *yara_stack_new(void);
struct yara_stack *yara_stack_free(struct yara_stack *s);

/*
 * Runs a condition from `begin` to its end, or its first test. True when its value is false or undefined for certain; false
 * when it may hold, or when the code cannot be followed.
 */
bool yara_machine_fails(const struct yara_view *view, struct yara_stack *stack, const uint8_t *begin);
/* Bytes of the instruction at p with its operand, 0 for one that is not known. */
size_t yara_machine_length(const uint8_t *p);

/* An operand of an instruction, as it stands in the code. */
static inline uint64_t yara_machine_u64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}
static inline int32_t yara_machine_i32(const uint8_t *p)
{
    int32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* Bit i of a list of rules. */
static inline bool yara_bit(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
