// SPDX-License-Identifier: Apache-2.0
#include "context/jot.h"

#include <arpa/inet.h>
#include <stdalign.h>

static void add_digits(struct jot *j, uint64_t u, unsigned base, const char *digits)
{
    char room[64], *p = room + sizeof(room);
    do {
        *--p = digits[u % base];
        u /= base;
    } while (u);
    jot_add(j, str_n(p, (size_t)(room + sizeof(room) - p)));
}

void jot_u64(struct jot *j, uint64_t u)
{
    add_digits(j, u, 10, "0123456789");
}

void jot_i64(struct jot *j, int64_t i)
{
    if (i < 0)
        jot_char(j, '-');
    jot_u64(j, i < 0 ? 0 - (uint64_t)i : (uint64_t)i);
}

void jot_hex(struct jot *j, uint64_t u)
{
    add_digits(j, u, 16, "0123456789abcdef");
}

void jot_upper_hex(struct jot *j, uint64_t u)
{
    add_digits(j, u, 16, "0123456789ABCDEF");
}

void jot_octal(struct jot *j, uint64_t u)
{
    if (u)
        jot_char(j, '0');
    add_digits(j, u, 8, "01234567");
}

void jot_words(struct jot *j, struct str words, char with)
{
    if (words.n && !words.p[words.n - 1])
        words.n--;
    size_t from = jot_begin(j);
    jot_add(j, words);
    for (char *p = j->p + from; (p = memchr(p, 0, (size_t)(j->p + j->used - p))); p++)
        *p = with;
}

static void *take(struct jot *j, size_t n, size_t align)
{
    size_t from = (j->used + align - 1) & ~(align - 1);
    if (from > j->size || n > j->size - from)
        return NULL;
    j->used = from + n;
    return j->p + from;
}

struct value *jot_values(struct jot *j, size_t n)
{
    return take(j, n * sizeof(struct value), alignof(struct value));
}

struct net *jot_net(struct jot *j)
{
    return take(j, sizeof(struct net), alignof(struct net));
}

static void add_ipv4(struct jot *j, const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++) {
        if (i)
            jot_char(j, '.');
        jot_u64(j, bytes[i]);
    }
}

void jot_address(struct jot *j, const uint8_t *bytes, bool v6)
{
    char text[INET6_ADDRSTRLEN];
    if (!v6)
        add_ipv4(j, bytes);
    else if (inet_ntop(AF_INET6, bytes, text, sizeof(text)))
        jot_add(j, str_from(text));
}

void jot_endpoint(struct jot *j, const uint8_t *bytes, bool v6, uint16_t port)
{
    jot_address(j, bytes, v6);
    jot_char(j, ':');
    jot_u64(j, port);
}
