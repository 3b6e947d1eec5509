// SPDX-License-Identifier: Apache-2.0
#include "inspect/yara_code.h"

#include <yara/re.h>

#include "base/cleanup.h"

enum {
    SIDE = 64,      /* elements looked at in each direction when bytes are chosen */
    NOT_FIXED = -1, /* an element that several bytes fit */
};

/* One element of the straight beginning of a code. */
struct element {
    const uint8_t *set; /* of a class: 32 bytes of bits, NULL otherwise */
    bool negated;
    uint8_t value, mask;
};

/* The next element; false at a branch, an assertion or the end. */
static bool next(const uint8_t **code, struct element *ret)
{
    const uint8_t *p = *code;
    *ret = (struct element){};
    switch (*p) {
    case RE_OPCODE_LITERAL:
        *ret = (struct element){.value = p[1], .mask = 0xff};
        *code = p + 2;
        return true;
    case RE_OPCODE_MASKED_LITERAL:
        *ret = (struct element){.value = p[1], .mask = p[2]};
        *code = p + 3;
        return true;
    case RE_OPCODE_CLASS:
        *ret = (struct element){.set = p + 2, .negated = p[1]};
        *code = p + 1 + sizeof(RE_CLASS);
        return true;
    case RE_OPCODE_ANY:
    case RE_OPCODE_WORD_CHAR:
    case RE_OPCODE_NON_WORD_CHAR:
    case RE_OPCODE_SPACE:
    case RE_OPCODE_NON_SPACE:
    case RE_OPCODE_DIGIT:
    case RE_OPCODE_NON_DIGIT:
        *code = p + 1; /* any byte: a superset will do */
        return true;
    default:
        return false;
    }
}

static uint8_t other_case(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c ^ 0x20 : c;
}

static bool has(const struct element *e, uint8_t c)
{
    return (e->set[c / 8] >> c % 8 & 1) != e->negated;
}

static bool fits(const struct element *e, uint8_t c, bool nocase)
{
    if (e->set)
        return has(e, c) || (nocase && has(e, other_case(c)));
    return (c & e->mask) == e->value || (nocase && (other_case(c) & e->mask) == e->value);
}

bool yara_code_agrees(const uint8_t *code, struct str data, size_t at, bool backwards, unsigned step, bool nocase)
{
    struct element e;
    while (next(&code, &e)) {
        if (backwards ? at < step : data.n < step || at > data.n - step)
            return false;
        if (backwards)
            at -= step;
        if (!fits(&e, (uint8_t)data.p[at], nocase) || (step == 2 && data.p[at + 1]))
            return false;
        if (!backwards)
            at += step;
    }
    return true;
}

/* Operands of libyara's repeats, as they stand in the code: two counts; of those with a body, how far away its other end is. */
enum { COUNTS_BYTES = 4, REPEAT_BYTES = COUNTS_BYTES + 4, SPLIT_NUMBER = 1, REPEATS_MAX = 16 /* one in another */ };

static size_t most_of(const uint8_t *counts)
{
    uint16_t most;
    memcpy(&most, counts + sizeof(most), sizeof(most));
    return most;
}

static bool goes_back(const uint8_t *jump)
{
    int16_t by;
    memcpy(&by, jump, sizeof(by));
    return by < 0;
}

/*
 * Every way through the code passes each instruction once, other than those within repeats: so all of them together are no less
 * than the longest way. Loops without a count go back by a jump.
 */
bool yara_code_length(const uint8_t *code, unsigned step, size_t *ret)
{
    size_t sums[REPEATS_MAX + 1] = {}; /* of what is read, and of the bodies within which it stands */
    size_t times[REPEATS_MAX + 1] = {1};
    unsigned depth = 0;
    for (struct element e; *code != RE_OPCODE_MATCH;) {
        if (next(&code, &e)) {
            sums[depth] += step;
            continue;
        }
        switch (*code) {
        case RE_OPCODE_MATCH_AT_END:
        case RE_OPCODE_MATCH_AT_START:
        case RE_OPCODE_WORD_BOUNDARY:
        case RE_OPCODE_NON_WORD_BOUNDARY:
            code++;
            break;
        case RE_OPCODE_REPEAT_ANY_GREEDY:
        case RE_OPCODE_REPEAT_ANY_UNGREEDY:
            sums[depth] += most_of(code + 1) * step;
            code += 1 + COUNTS_BYTES;
            break;
        case RE_OPCODE_SPLIT_A:
        case RE_OPCODE_SPLIT_B:
            if (goes_back(code + 1 + SPLIT_NUMBER))
                return false;
            code += 1 + SPLIT_NUMBER + 2;
            break;
        case RE_OPCODE_JUMP:
            if (goes_back(code + 1))
                return false;
            code += 1 + 2;
            break;
        case RE_OPCODE_REPEAT_START_GREEDY:
        case RE_OPCODE_REPEAT_START_UNGREEDY:
            if (depth == REPEATS_MAX)
                return false;
            times[++depth] = most_of(code + 1);
            sums[depth] = 0;
            code += 1 + REPEAT_BYTES;
            break;
        case RE_OPCODE_REPEAT_END_GREEDY:
        case RE_OPCODE_REPEAT_END_UNGREEDY:
            if (!depth) /* the code begins within the body */
                return false;
            sums[depth - 1] += sums[depth] * times[depth];
            depth--;
            code += 1 + REPEAT_BYTES;
            break;
        default:
            return false;
        }
        if (sums[depth] > YR_RE_SCAN_LIMIT)
            return false;
    }
    *ret = sums[0];
    return !depth;
}

/* How much a byte tells: fillers of programs and texts stand everywhere, and so do runs of one byte. */
static unsigned worth(const int *v, size_t i, size_t from)
{
    if (i > from && v[i] == v[i - 1])
        return 1;
    switch (v[i]) {
    case 0x00:
    case 0xff:
    case 0x20:
    case 0x90:
    case 0xcc:
        return 1;
    default:
        return 4;
    }
}

/* The best run of fixed values in v; false when none has two bytes. */
static bool choose(const int *v, size_t n, unsigned step, size_t *ret_from, size_t *ret_to)
{
    unsigned best = 0;
    for (size_t from = 0; from < n; from++) {
        unsigned sum = 0;
        if (v[from] <= 0) /* vectorscan takes no literal that begins with NUL */
            continue;
        for (size_t to = from; to < n && v[to] != NOT_FIXED && to - from < YARA_CODE_BYTES_MAX; to++) {
            sum += worth(v, to, from);
            if (sum > best && (to > from || step == 2)) {
                best = sum;
                *ret_from = from;
                *ret_to = to + 1;
            }
        }
    }
    return best > 0;
}

static void spell(const int *v, size_t from, size_t to, unsigned step, struct yara_code_bytes *ret)
{
    ret->n = 0;
    for (size_t i = from; i < to; i++) {
        ret->p[ret->n++] = (char)v[i];
        if (step == 2)
            ret->p[ret->n++] = 0;
    }
}

bool yara_code_bytes(const uint8_t *forward, const uint8_t *backward, unsigned step, struct yara_code_bytes *ret)
{
    int v[2 * SIDE];
    size_t n = SIDE, start = SIDE, from, to;
    struct element e;
    while (backward && start > 0 && next(&backward, &e))
        v[--start] = e.mask == 0xff && !e.set ? e.value : NOT_FIXED;
    while (n < ARRAY_SIZE(v) && next(&forward, &e))
        v[n++] = e.mask == 0xff && !e.set ? e.value : NOT_FIXED;
    if (!choose(v + start, n - start, step, &from, &to))
        return false;
    spell(v + start, from, to, step, ret);
    ret->end = ((ptrdiff_t)(start + to) - SIDE) * (ptrdiff_t)step;
    return true;
}

bool yara_text_bytes(struct str text, unsigned step, struct yara_code_bytes *ret)
{
    int v[SIDE];
    size_t n = text.n < SIDE ? text.n : SIDE, from, to;
    for (size_t i = 0; i < n; i++)
        v[i] = (uint8_t)text.p[i];
    if (!choose(v, n, step, &from, &to))
        return false;
    spell(v, from, to, step, ret);
    ret->end = (ptrdiff_t)(to * step);
    return true;
}

bool yara_text_agrees(struct str text, struct str data, size_t at, unsigned step, bool nocase, bool xored)
{
    if (at > data.n || data.n - at < text.n * step)
        return false;
    uint8_t key = xored ? (uint8_t)(data.p[at] ^ text.p[0]) : 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)data.p[at + i * step] ^ key, want = (uint8_t)text.p[i];
        if ((c != want && !(nocase && other_case(c) == want)) ||
            (step == 2 && (uint8_t)data.p[at + i * 2 + 1] != key))
            return false;
    }
    return true;
}
