// SPDX-License-Identifier: Apache-2.0
/* Compressed content, by the kept libraries; the output is bounded by the caller's room, whatever the headers
 * promise. */
#include <archive.h>
#include <zlib.h>

#include "inspect/unwrap.h"

enum { CHUNK = 64 << 10 };

static bool is_supported(struct archive *a, enum file_kind kind)
{
    /* Only what libarchive decodes itself: for some formats it would start a program. */
    switch (kind) {
    case KIND_GZIP:
        return archive_read_support_filter_gzip(a) == ARCHIVE_OK;
    case KIND_BZIP2:
        return archive_read_support_filter_bzip2(a) == ARCHIVE_OK;
    case KIND_XZ:
        return archive_read_support_filter_xz(a) == ARCHIVE_OK;
    case KIND_ZSTD:
        return archive_read_support_filter_zstd(a) == ARCHIVE_OK;
    case KIND_LZ4:
        return archive_read_support_filter_lz4(a) == ARCHIVE_OK;
    default:
        return false;
    }
}

bool unwrap_inflate(enum file_kind kind, struct str packed, size_t room, struct strbuf *out, bool *ret_more)
{
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    *ret_more = false;
    strbuf_clear(out);
    if (a && is_supported(a, kind) && archive_read_support_format_raw(a) == ARCHIVE_OK &&
        archive_read_open_memory(a, packed.p, packed.n) == ARCHIVE_OK &&
        archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        while (out->n <= room) {
            size_t left = room + 1 - out->n, want = left < CHUNK ? left : CHUNK;
            strbuf_reserve(out, want);
            la_ssize_t n = archive_read_data(a, out->p + out->n, want);
            if (n <= 0)
                break; /* the end, or damage: what came out until there counts */
            out->n += (size_t)n;
        }
        *ret_more = out->n > room;
        out->n = out->n < room ? out->n : room;
    }
    archive_read_free(a);
    return out->n > 0;
}

bool unwrap_is_zlib(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    return s.n >= 8 && p[0] == 0x78 && (p[1] == 0x01 || p[1] == 0x5e || p[1] == 0x9c || p[1] == 0xda);
}

static bool inflate_all(struct str packed, int window, size_t room, struct strbuf *out)
{
    z_stream z = {.next_in = (z_const Bytef *)packed.p,
                  .avail_in = (uInt)(packed.n < UINT32_MAX ? packed.n : UINT32_MAX)};
    strbuf_clear(out);
    if (inflateInit2(&z, window) != Z_OK)
        return false;
    int r = Z_OK;
    while (r == Z_OK && out->n < room) {
        size_t want = room - out->n < CHUNK ? room - out->n : CHUNK;
        strbuf_reserve(out, want);
        z.next_out = (Bytef *)out->p + out->n;
        z.avail_out = (uInt)want;
        r = inflate(&z, Z_NO_FLUSH);
        size_t got = want - z.avail_out;
        out->n += got;
        if (!got)
            break;
    }
    inflateEnd(&z);
    return out->n >= 8;
}

bool unwrap_zlib(struct str packed, size_t room, struct strbuf *out)
{
    return inflate_all(packed, MAX_WBITS, room, out);
}

bool unwrap_deflate(struct str packed, size_t room, struct strbuf *out)
{
    return inflate_all(packed, -MAX_WBITS, room, out);
}
