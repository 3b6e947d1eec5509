// SPDX-License-Identifier: Apache-2.0
#include "base/wire.h"

void wire_add_u64(struct strbuf *b, uint64_t v)
{
    char bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (char)(v | 0x80);
    bytes[n++] = (char)v;
    strbuf_add(b, str_n(bytes, n));
}

void wire_add_str(struct strbuf *b, struct str s)
{
    wire_add_u64(b, s.n);
    strbuf_add(b, s);
}

void wire_add_double(struct strbuf *b, double v)
{
    strbuf_add(b, str_n(&v, sizeof(v)));
}

static void give_up(struct wire *w)
{
    w->bad = true;
    w->left = STR_NULL;
}

uint64_t wire_u64(struct wire *w)
{
    uint64_t v = 0;
    for (size_t i = 0; i < w->left.n && i < 10; i++) {
        uint64_t bits = (uint8_t)w->left.p[i] & 0x7f;
        if (i == 9 && bits > 1)
            break;
        v |= bits << (7 * i);
        if (!((uint8_t)w->left.p[i] & 0x80)) {
            w->left = str_sub(w->left, i + 1, w->left.n);
            return v;
        }
    }
    give_up(w);
    return 0;
}

struct str wire_str(struct wire *w)
{
    uint64_t n = wire_u64(w);
    if (n > w->left.n) {
        give_up(w);
        return STR_NULL;
    }
    struct str s = str_sub(w->left, 0, n);
    w->left = str_sub(w->left, n, w->left.n);
    return s;
}

double wire_double(struct wire *w)
{
    double v = 0;
    if (w->left.n < sizeof(v)) {
        give_up(w);
        return 0;
    }
    memcpy(&v, w->left.p, sizeof(v));
    w->left = str_sub(w->left, sizeof(v), w->left.n);
    return v;
}

uint64_t wire_below(struct wire *w, uint64_t end)
{
    uint64_t v = wire_u64(w);
    if (v < end)
        return v;
    give_up(w);
    return 0;
}
