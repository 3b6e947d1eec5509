// SPDX-License-Identifier: Apache-2.0
#include "inspect/media.h"

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p + 2) << 16 | le16(p);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Sub-blocks: a length byte and so many bytes, until length 0. Gives the offset behind them, 0 when they do
 * not end. */
static size_t gif_blocks(const uint8_t *p, size_t n, size_t at)
{
    while (at < n) {
        size_t length = p[at++];
        if (!length)
            return at;
        at += length;
    }
    return 0;
}

static size_t gif_table(uint8_t flags)
{
    return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0;
}

static size_t gif_end(const uint8_t *p, size_t n)
{
    if (n < 14)
        return 0;
    size_t at = 13 + gif_table(p[10]);
    while (at && at < n) {
        switch (p[at]) {
        case 0x3b: /* trailer */
            return at + 1;
        case 0x21: /* extension: label, blocks */
            at = gif_blocks(p, n, at + 2);
            break;
        case 0x2c: /* image: place and size, colours, code size, blocks */
            at = at + 10 < n ? gif_blocks(p, n, at + 11 + gif_table(p[at + 9])) : 0;
            break;
        default:
            return 0;
        }
    }
    return 0;
}

static size_t png_end(const uint8_t *p, size_t n)
{
    for (size_t at = 8; at + 12 <= n;) {
        size_t length = be32(p + at);
        bool is_end = !memcmp(p + at + 4, "IEND", 4);
        if (length > n - at - 12)
            return 0;
        at += length + 12;
        if (is_end)
            return at;
    }
    return 0;
}

static size_t jpeg_end(const uint8_t *p, size_t n)
{
    size_t at = 2;
    while (at + 2 <= n) {
        if (p[at] != 0xff)
            return 0;
        uint8_t marker = p[at + 1];
        if (marker == 0xff) { /* fill byte */
            at++;
            continue;
        }
        at += 2;
        if (marker == 0xd9)
            return at;
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8))
            continue;
        if (at + 2 > n)
            return 0;
        size_t length = (size_t)p[at] << 8 | p[at + 1];
        if (length < 2)
            return 0;
        at += length;
        if (marker != 0xda)
            continue;
        /* Compressed picture: ends at a marker other than a restart; 0xff00 stands for the byte 0xff. */
        while (at + 2 <= n) {
            const uint8_t *ff = memchr(p + at, 0xff, n - 1 - at);
            if (!ff)
                return 0;
            at = (size_t)(ff - p);
            if (p[at + 1] && p[at + 1] != 0xff && (p[at + 1] < 0xd0 || p[at + 1] > 0xd7))
                break;
            at += p[at + 1] == 0xff ? 1 : 2;
        }
    }
    return 0;
}

static size_t bmp_end(const uint8_t *p, size_t n)
{
    if (n < 34 || le32(p + 14) < 40)
        return 0;
    uint64_t declared = le32(p + 2), data = le32(p + 10), width = le32(p + 18), bits = le16(p + 28);
    uint32_t height = le32(p + 22), compression = le32(p + 30);
    height = height >> 31 ? 0u - height : height; /* negative: rows from the top */
    if (compression == 0 || compression == 3) {
        uint64_t end = data + (width * bits + 31) / 32 * 4 * height;
        if (width < 1u << 20 && height < 1u << 20 && bits <= 64 && end <= n)
            return declared > end && declared <= n && declared - end < 4 ? declared : end;
        return 0;
    }
    return declared > data && declared <= n ? declared : 0;
}

static size_t webp_end(const uint8_t *p, size_t n)
{
    uint64_t size = n < 12 ? 0 : le32(p + 4);
    size += size & 1;
    return size >= 4 && size + 8 <= n ? size + 8 : 0;
}

static ptrdiff_t find_last(struct str s, struct str needle, size_t from)
{
    ptrdiff_t last = -1;
    for (ptrdiff_t at = (ptrdiff_t)from; (at = str_find(s, needle, (size_t)at)) >= 0; at++)
        last = at;
    return last;
}

/* The last end mark that follows a cross-reference offset: files grow by appending whole new ends. */
static size_t pdf_end(struct str s)
{
    size_t end = 0;
    for (ptrdiff_t at = 0; (at = str_find(s, STR("%%EOF"), (size_t)at)) >= 0; at += 5) {
        struct str before = str_sub(s, at > 48 ? (size_t)at - 48 : 0, (size_t)at);
        if (!str_has(before, STR("startxref")))
            continue;
        end = (size_t)at + 5;
        if (end < s.n && s.p[end] == '\r')
            end++;
        if (end < s.n && s.p[end] == '\n')
            end++;
    }
    return end;
}

/* The end record stands within its largest comment of the end; the central directory that it names must come
 * before it. */
static size_t zip_end(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    size_t from = s.n > 64 << 20 ? s.n - (64 << 20) : 0;
    ptrdiff_t at = find_last(s, STR("PK\5\6"), from);
    if (at < 0 || s.n - (size_t)at < 22)
        return 0;
    uint64_t size = le32(p + at + 12), offset = le32(p + at + 16);
    size_t end = (size_t)at + 22 + le16(p + at + 20);
    return end <= s.n && (offset == UINT32_MAX || size + offset <= (uint64_t)at) ? end : 0;
}

size_t media_end(enum file_kind kind, struct str data)
{
    const uint8_t *p = (const uint8_t *)data.p;
    switch (kind) {
    case KIND_GIF:
        return gif_end(p, data.n);
    case KIND_PNG:
        return png_end(p, data.n);
    case KIND_JPEG:
        return jpeg_end(p, data.n);
    case KIND_BMP:
        return bmp_end(p, data.n);
    case KIND_WEBP:
        return webp_end(p, data.n);
    case KIND_PDF:
        return pdf_end(data);
    case KIND_ZIP:
        return zip_end(data);
    default:
        return 0;
    }
}
