// SPDX-License-Identifier: Apache-2.0
#include "log/utf16.h"

enum utf16_order utf16_order_of(struct str head)
{
    if (head.n < 4)
        return UTF16_NONE;
    if (str_starts(head, STR("\xff\xfe")))
        return head.p[2] || head.p[3] ? UTF16_LE : UTF16_NONE; /* zeros: UTF-32, which nobody writes */
    if (str_starts(head, STR("\xfe\xff")))
        return UTF16_BE;
    const bool is_le = head.p[0] > ' ' && !head.p[1] && head.p[2] > ' ' && !head.p[3];
    const bool is_be = !head.p[0] && head.p[1] > ' ' && !head.p[2] && head.p[3] > ' ';
    return is_le ? UTF16_LE : is_be ? UTF16_BE : UTF16_NONE;
}

static uint32_t unit_at(enum utf16_order order, struct str s, size_t i)
{
    const unsigned a = (unsigned char)s.p[i], b = (unsigned char)s.p[i + 1];
    return order == UTF16_LE ? b << 8 | a : a << 8 | b;
}

static size_t add(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t utf16_to_utf8(enum utf16_order order, struct str from, char *to, size_t room, size_t *ret_used)
{
    enum { MOST = 4 };
    size_t i = 0, n = 0;
    while (i + 1 < from.n && n + MOST <= room) {
        uint32_t c = unit_at(order, from, i);
        if (c >= 0xd800 && c < 0xdc00) {
            if (i + 3 >= from.n)
                break;
            const uint32_t low = unit_at(order, from, i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            } else {
                c = '?';
            }
        } else if (c >= 0xdc00 && c < 0xe000) {
            c = '?';
        }
        i += 2;
        if (c != 0xfeff)
            n += add(c, to + n);
    }
    *ret_used = i;
    return n;
}
