// SPDX-License-Identifier: Apache-2.0
/*
 * Changes of JSON that stay JSON, for targets that read parsed records: a value takes another one's place, or that of a constant; a member
 * goes. Every fourth time bytes change as libFuzzer likes.
 */
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

enum { VALUES_MAX = 2048, DEPTH_MAX = 64 };
struct span {
    size_t from, to;
};
struct values {
    const uint8_t *p;
    size_t n, at, count;
    struct span v[VALUES_MAX];
};

static void space(struct values *s)
{
    while (s->at < s->n && strchr(" \t\r\n", s->p[s->at]))
        s->at++;
}

static int string(struct values *s)
{
    for (s->at++; s->at < s->n && s->p[s->at] != '"'; s->at++)
        s->at += s->p[s->at] == '\\';
    return s->at < s->n ? (s->at++, 1) : 0;
}

static int value(struct values *s, unsigned depth)
{
    space(s);
    const size_t from = s->at;
    if (s->at >= s->n || depth > DEPTH_MAX)
        return 0;
    const uint8_t c = s->p[s->at];
    if (c == '"') {
        if (!string(s))
            return 0;
    } else if (c == '{' || c == '[') {
        const uint8_t end = c == '{' ? '}' : ']';
        for (s->at++, space(s); s->at < s->n && s->p[s->at] != end; space(s)) {
            if (s->p[s->at] == ',') {
                s->at++;
                continue;
            }
            if (c == '{') {
                if (s->p[s->at] != '"' || !string(s))
                    return 0;
                space(s);
                if (s->at >= s->n || s->p[s->at++] != ':')
                    return 0;
            }
            if (!value(s, depth + 1))
                return 0;
        }
        if (s->at++ >= s->n)
            return 0;
    } else {
        while (s->at < s->n && !strchr(",]} \t\r\n", s->p[s->at]))
            s->at++;
        if (s->at == from)
            return 0;
    }
    if (s->count < VALUES_MAX)
        s->v[s->count++] = (struct span){from, s->at};
    return 1;
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static const char *const constants[] = {"null", "{}", "[]", "\"\"", "0", "-1", "18446744073709551615", "1e308", "true", "false", "\"x\"", "[[]]", "[{}]", "[null,{\"a\":[]}]", "\"\\u0000\"",
                                            "\"true\"", "\"7\"", "\"203.0.113.9\"", "\"2026-03-02T10:00:00Z\"", "\"/a/b/c/\"", "\"{\\\"a\\\":1}\"", "{\"value\":\"x\",\"localizedValue\":\"y\"}", "-9223372036854775808", "0.5"};
    static struct values s;
    static uint8_t copy[1 << 16];
    uint32_t r = seed;
    s.p = data;
    s.n = size;
    s.at = s.count = 0;
    if (next(&r) % 4 == 0 || !size || size >= sizeof(copy) || !value(&s, 0) || !s.count)
        return LLVMFuzzerMutate(data, size, max);
    memcpy(copy, data, size);
    const struct span to = s.v[next(&r) % s.count], from = s.v[next(&r) % s.count];
    const char *constant = constants[next(&r) % (sizeof(constants) / sizeof(constants[0]))];
    const int takes_constant = next(&r) % 2;
    const uint8_t *with = takes_constant ? (const uint8_t *)constant : copy + from.from;
    const size_t n = takes_constant ? strlen(constant) : from.to - from.from, rest = size - to.to;
    if (to.from + n + rest > max || to.from + n + rest > sizeof(copy))
        return LLVMFuzzerMutate(data, size, max);
    memcpy(data + to.from, with, n);
    memcpy(data + to.from + n, copy + to.to, rest);
    return to.from + n + rest;
}
