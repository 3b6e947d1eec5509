// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_open.h"

#include <archive.h>

bool archive_is(enum file_kind kind)
{
    switch (kind) {
    case KIND_ZIP:
    case KIND_TAR:
    case KIND_AR:
    case KIND_CPIO:
    case KIND_RPM:
    case KIND_GZIP:
    case KIND_BZIP2:
    case KIND_XZ:
    case KIND_ZSTD:
    case KIND_LZ4:
    case KIND_SEVENZIP:
    case KIND_RAR:
    case KIND_CAB:
    case KIND_ISO:
    case KIND_SQUASHFS:
    case KIND_ASAR:
        return true;
    default:
        return false;
    }
}

bool archive_streams(enum file_kind kind)
{
    return kind != KIND_SEVENZIP && kind != KIND_SQUASHFS;
}

bool archive_is_container(enum file_kind kind)
{
    return kind == KIND_SEVENZIP || kind == KIND_RAR || kind == KIND_CAB || kind == KIND_ISO;
}

enum codec archive_codec(enum file_kind kind)
{
    switch (kind) {
    case KIND_GZIP:
        return CODEC_GZIP;
    case KIND_BZIP2:
        return CODEC_BZIP2;
    case KIND_XZ:
        return CODEC_XZ;
    case KIND_ZSTD:
        return CODEC_ZSTD;
    case KIND_LZ4:
        return CODEC_LZ4;
    default:
        return CODEC_PLAIN;
    }
}

bool archive_packs(enum file_kind kind)
{
    return archive_codec(kind) != CODEC_PLAIN;
}

static void support_tar(struct archive *a)
{
    (void)archive_read_support_format_tar(a);
    /* Packages of Alpine Linux are three archives one behind the other, and so may anything be. */
    (void)archive_read_set_format_option(a, "tar", "read_concatenated_archives", "1");
}

void archive_support(struct archive *a, enum file_kind kind, bool streams)
{
    switch (kind) {
    case KIND_ZIP:
        (void)(streams ? archive_read_support_format_zip_streamable(a) : archive_read_support_format_zip_seekable(a));
        break;
    case KIND_TAR:
        support_tar(a);
        break;
    case KIND_AR:
        (void)archive_read_support_format_ar(a);
        break;
    case KIND_CPIO:
        (void)archive_read_support_format_cpio(a);
        break;
    case KIND_SEVENZIP:
        (void)archive_read_support_format_7zip(a);
        break;
    case KIND_RAR:
        (void)archive_read_support_format_rar(a);
        (void)archive_read_support_format_rar5(a);
        break;
    case KIND_CAB:
        (void)archive_read_support_format_cab(a);
        break;
    case KIND_ISO:
        (void)archive_read_support_format_iso9660(a);
        break;
    default:
        break;
    }
}

uint64_t archive_xz_dictionary(struct str d)
{
    enum { STREAM_HEADER = 12, FILTER_LZMA2 = 0x21 };
    const uint8_t *p = (const uint8_t *)d.p;
    if (d.n < STREAM_HEADER + 8)
        return 0;
    size_t at = STREAM_HEADER, end = at + ((size_t)p[at] + 1) * 4, filters = (p[at + 1] & 3u) + 1;
    unsigned sizes = (p[at + 1] >> 6 & 1u) + (p[at + 1] >> 7 & 1u);
    if (end > d.n)
        return 0;
    for (at += 2; sizes && at < end; at++)
        sizes -= !(p[at] & 0x80);
    for (; filters && at + 2 < end; filters--) {
        if (p[at] == FILTER_LZMA2 && p[at + 1] == 1) {
            unsigned bits = p[at + 2] & 63u;
            return bits >= 40 ? UINT32_MAX : (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
        }
        at += 2u + p[at + 1];
    }
    return 0;
}
