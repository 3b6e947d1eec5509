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

static size_t riff_end(const uint8_t *p, size_t n)
{
    uint64_t size = n < 12 ? 0 : le32(p + 4);
    size += size & 1;
    return size >= 4 && size + 8 <= n ? size + 8 : 0;
}

/* Boxes one behind the other (ISO 14496-12): size with the header, and a type of four printable bytes. What follows the last
 * one of them is no film. */
static size_t boxes_end(const uint8_t *p, size_t n)
{
    size_t at = 0;
    while (n - at >= 8) {
        uint64_t size = be32(p + at), header = 8;
        for (size_t i = 4; i < 8; i++)
            if (p[at + i] < 0x20 || (p[at + i] >= 0x7f && p[at + i] != 0xa9))
                return at;
        if (size == 1 && n - at >= 16) {
            size = (uint64_t)be32(p + at + 8) << 32 | be32(p + at + 12);
            header = 16;
        }
        if (!size) /* to the end of the file */
            return n;
        if (size < header || size > n - at)
            return at ? at : 0;
        at += (size_t)size;
    }
    return at;
}

/* Entries of 16 bytes name size and offset of each picture. */
static size_t ico_end(const uint8_t *p, size_t n)
{
    size_t count = n < 22 ? 0 : le16(p + 4), end = 6 + 16 * count;
    if (end > n)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t last = (size_t)le32(p + 6 + 16 * i + 8) + le32(p + 6 + 16 * i + 12);
        end = last > end ? last : end;
    }
    return count && end <= n ? end : 0;
}

/* Bytes of an MPEG audio frame by its header (ISO 11172-3, 13818-3), 0 when it is none. */
static size_t mp3_frame(const uint8_t *p)
{
    static const uint16_t RATES[2][15] = {
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
    };
    static const uint16_t HERTZ[3] = {44100, 48000, 32000};
    unsigned version = p[1] >> 3 & 3, layer = p[1] >> 1 & 3, rate = p[2] >> 4, hertz = p[2] >> 2 & 3;
    if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0 || version == 1 || layer != 1 || !rate || rate == 15 || hertz == 3)
        return 0;
    bool first = version == 3;
    unsigned per_second = HERTZ[hertz] >> (first ? 0 : version == 2 ? 1 : 2);
    return (first ? 144000u : 72000u) * RATES[!first][rate] / per_second + (p[2] >> 1 & 1);
}

/* Tags in front, frames one behind the other, tags at the end. */
static size_t mp3_end(const uint8_t *p, size_t n)
{
    size_t at = 0, frames = 0;
    if (n >= 10 && !memcmp(p, "ID3", 3))
        at = 10 + ((size_t)(p[6] & 0x7f) << 21 | (size_t)(p[7] & 0x7f) << 14 | (size_t)(p[8] & 0x7f) << 7 | (p[9] & 0x7f));
    while (at + 4 <= n) {
        size_t length = mp3_frame(p + at);
        if (!length)
            break;
        at += length;
        frames++;
    }
    if (frames < 3 || at > n)
        return 0;
    if (n - at >= 32 && !memcmp(p + at, "APETAGEX", 8))
        at += (size_t)le32(p + at + 12) + 32;
    if (at <= n && n - at >= 128 && !memcmp(p + at, "TAG", 3))
        at += 128;
    return at <= n ? at : 0;
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

static size_t svg_end(struct str s)
{
    ptrdiff_t at = find_last(s, STR("</svg>"), 0);
    return at >= 0 ? (size_t)at + 6 : 0;
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
    case KIND_WAV:
        return riff_end(p, data.n);
    case KIND_MP4:
    case KIND_HEIF:
        return boxes_end(p, data.n);
    case KIND_ICO:
        return ico_end(p, data.n);
    case KIND_MP3:
        return mp3_end(p, data.n);
    case KIND_SVG:
        return svg_end(data);
    case KIND_PDF:
        return pdf_end(data);
    case KIND_ZIP:
        return zip_end(data);
    default:
        return 0;
    }
}
