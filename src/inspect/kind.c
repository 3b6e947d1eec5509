// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "inspect/archive_asar.h"
#include "inspect/media.h"

static const struct kind_row {
    const char *name, *extensions;
} KINDS[KIND__N] = {
#define FILE_KIND(id, name, extensions) [KIND_##id] = {name, extensions},
#include "inspect/kind.def"
#undef FILE_KIND
};

/* Signatures at a fixed offset that need no second look. */
static const struct magic {
    enum file_kind kind;
    unsigned offset;
    struct str bytes;
} MAGIC[] = {
    {KIND_ELF,
     0,
     {"\x7f"
      "ELF",
      4}},
    {KIND_WASM, 0, {"\0asm", 4}},
    {KIND_GIF, 0, {"GIF87a", 6}},
    {KIND_GIF, 0, {"GIF89a", 6}},
    {KIND_PNG, 0, {"\x89PNG\r\n\x1a\n", 8}},
    {KIND_JPEG, 0, {"\xff\xd8\xff", 3}},
    {KIND_PDF, 0, {"%PDF-", 5}},
    {KIND_ZIP, 0, {"PK\3\4", 4}},
    {KIND_ZIP, 0, {"PK\5\6", 4}},
    {KIND_GZIP, 0, {"\x1f\x8b\x08", 3}},
    {KIND_BZIP2, 0, {"BZh", 3}},
    {KIND_XZ,
     0,
     {"\xfd"
      "7zXZ\0",
      6}},
    {KIND_ZSTD, 0, {"\x28\xb5\x2f\xfd", 4}},
    {KIND_LZ4, 0, {"\x04\x22\x4d\x18", 4}},
    {KIND_SEVENZIP, 0, {"7z\xbc\xaf\x27\x1c", 6}},
    {KIND_AR, 0, {"!<arch>\n", 8}},
    {KIND_AR, 0, {"!<thin>\n", 8}},
    {KIND_RPM, 0, {"\xed\xab\xee\xdb", 4}},
    {KIND_RAR, 0, {"Rar!\x1a\7\0", 7}},
    {KIND_RAR, 0, {"Rar!\x1a\7\1\0", 8}},
    {KIND_CAB, 0, {"MSCF\0\0\0\0", 8}},
    {KIND_ISO, 32769, {"CD001\1", 6}},
    {KIND_SQUASHFS, 0, {"hsqs", 4}},
    {KIND_SQUASHFS, 0, {"sqsh", 4}},
    {KIND_ZIP, 0, {"PK\7\10PK\3\4", 8}},
    {KIND_ZIP, 0, {"PK00PK\3\4", 8}},
    {KIND_SQLITE, 0, {"SQLite format 3\0", 16}},
    {KIND_MACHO, 0, {"\xfe\xed\xfa\xce", 4}},
    {KIND_MACHO, 0, {"\xfe\xed\xfa\xcf", 4}},
    {KIND_MACHO, 0, {"\xce\xfa\xed\xfe", 4}},
    {KIND_MACHO, 0, {"\xcf\xfa\xed\xfe", 4}},
};

const char *kind_name(enum file_kind kind)
{
    return KINDS[kind].name;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* A tar header's checksum counts its own eight bytes as blanks: the test that also knows archives without
 * "ustar". */
static bool is_tar(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (s.n < 512 || !p[0])
        return false;
    uint32_t want = 0, sum = 8 * ' ';
    size_t i = 148;
    while (i < 155 && p[i] == ' ')
        i++;
    if (p[i] < '0' || p[i] > '7')
        return false;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++)
        want = want << 3 | (uint32_t)(p[i] - '0');
    for (i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? 0 : p[i];
    return sum == want;
}

/* The header of a cpio archive is text: 13 numbers in hex, or as many octal digits in the older form. */
static bool is_cpio(struct str s)
{
    bool hex = str_starts(s, STR("070701")) || str_starts(s, STR("070702"));
    size_t n = hex ? 110 : 76;
    if (s.n < n || (!hex && !str_starts(s, STR("070707"))))
        return false;
    for (size_t i = 6; i < n; i++)
        if (!strchr(hex ? "0123456789abcdefABCDEF" : "01234567", s.p[i]) || !s.p[i])
            return false;
    return true;
}

static bool is_pe(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (s.n < 64 || p[0] != 'M' || p[1] != 'Z')
        return false;
    uint32_t at = le32(p + 60);
    return at <= s.n - 4 && !memcmp(p + at, "PE\0\0", 4);
}

/* 0xcafebabe is Java's and also a Mach-O for several machines; the latter counts them (few), the former has a
 * version (45 up). */
static enum file_kind cafebabe(struct str s)
{
    return s.n >= 8 && be32((const uint8_t *)s.p + 4) < 40 ? KIND_MACHO : KIND_CLASS;
}

/* Icon or cursor: 0, 1 or 2, how many, and entries whose reserved byte is 0 and that lie behind the table. */
static bool is_ico(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (s.n < 22 || p[0] || p[1] || (p[2] != 1 && p[2] != 2) || p[3] || !p[4] || p[5] || p[9])
        return false;
    uint32_t size = le32(p + 14), at = le32(p + 18);
    return size >= 40 && at >= 6 + 16u * p[4] && at < 1u << 20;
}

/* A tag with a version, or two frames of MPEG audio layer III one behind the other. */
static bool is_mp3(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (s.n >= 10 && !memcmp(p, "ID3", 3))
        return p[3] >= 2 && p[3] <= 4 && !((p[6] | p[7] | p[8] | p[9]) & 0x80);
    return s.n >= 4 && p[0] == 0xff && (p[1] & 0xfe) == 0xfa && (p[2] >> 4) != 15 && (p[2] >> 4) && (p[2] >> 2 & 3) != 3 &&
           media_end(KIND_MP3, s);
}

static enum file_kind sniff_text(struct str s, struct str path)
{
    struct str head = str_trim(str_sub(s, 0, 4096));
    if (str_starts(head, STR("\xef\xbb\xbf")))
        head = str_trim(str_sub(head, 3, head.n));
    if (str_starts(head, STR("<?php")) || str_starts(head, STR("<?=")))
        return KIND_SCRIPT;
    if (str_find_nocase(str_sub(head, 0, 1024), STR("<!doctype html"), 0) >= 0 ||
        str_find_nocase(str_sub(head, 0, 1024), STR("<html"), 0) >= 0)
        return KIND_HTML;
    if (str_starts(head, STR("<svg")) ||
        ((str_starts(head, STR("<?xml")) || str_starts(head, STR("<!"))) && str_has(head, STR("<svg"))))
        return KIND_SVG;
    if (head.n >= 2 && (head.p[0] == '{' || head.p[0] == '[')) {
        struct str rest = str_trim(str_sub(head, 1, head.n));
        const char *starts = head.p[0] == '{' ? "\"}" : "\"{[]-0123456789tfn";
        if (rest.n && strchr(starts, rest.p[0]))
            return KIND_JSON;
    }
    enum file_kind promised = kind_expected(path);
    if (promised == KIND_JAVASCRIPT || promised == KIND_HTML || promised == KIND_JSON ||
        promised == KIND_SCRIPT)
        return promised;
    return KIND_TEXT;
}

enum file_kind kind_sniff(struct str s, bool is_text, struct str path)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (!s.n)
        return KIND_EMPTY;
    for (const struct magic *m = MAGIC; m < MAGIC + ARRAY_SIZE(MAGIC); m++)
        if (s.n >= m->offset + m->bytes.n && !memcmp(s.p + m->offset, m->bytes.p, m->bytes.n))
            return m->kind;
    if (asar_begins(s))
        return KIND_ASAR;
    if (s.n >= 4 && be32(p) == 0xcafebabe)
        return cafebabe(s);
    if (s.n >= 12 && !memcmp(p, "RIFF", 4) && !memcmp(p + 8, "WEBP", 4))
        return KIND_WEBP;
    if (s.n >= 12 && !memcmp(p, "RIFF", 4) && !memcmp(p + 8, "WAVE", 4))
        return KIND_WAV;
    if (is_ico(s))
        return KIND_ICO;
    if (is_mp3(s))
        return KIND_MP3;
    if (s.n >= 26 && p[0] == 'B' && p[1] == 'M' && le32(p + 14) >= 12 && le32(p + 14) <= 124 &&
        le32(p + 10) < 1u << 16)
        return KIND_BMP;
    if (s.n >= 12 && !memcmp(p + 4, "ftyp", 4)) /* one container for films and pictures, told by its brand */
        return !memcmp(p + 8, "heic", 4) || !memcmp(p + 8, "mif1", 4) || !memcmp(p + 8, "avif", 4) ? KIND_HEIF
                                                                                                   : KIND_MP4;
    if (is_pe(s))
        return KIND_PE;
    if (is_tar(s))
        return KIND_TAR;
    if (is_cpio(s))
        return KIND_CPIO;
    /* CPython: two bytes of version, then CR LF. */
    if (s.n >= 16 && p[2] == '\r' && p[3] == '\n' && !is_text)
        return KIND_PYC;
    if (s.n >= 3 && p[0] == '#' && p[1] == '!' && (p[2] == '/' || p[2] == ' '))
        return KIND_SCRIPT;
    return is_text ? sniff_text(s, path) : KIND_DATA;
}

bool kind_is_text(struct str data, const struct histogram *h)
{
    uint64_t control = h->n[0x7f], high = 0;
    if (!h->total || h->n[0])
        return false;
    for (unsigned v = 1; v < 32; v++)
        if (!strchr("\b\t\n\v\f\r\x1b", (int)v))
            control += h->n[v];
    if (control > h->total / 256)
        return false;
    for (unsigned v = 128; v < 256; v++)
        high += h->n[v];
    return !high || high <= h->total / 3 || text_is_utf8(data);
}

enum file_kind kind_expected(struct str path)
{
    struct str name = str_basename(path), ext = STR_NULL;
    for (size_t i = name.n; i-- > 1;)
        if (name.p[i] == '.') {
            ext = str_sub(name, i + 1, name.n);
            break;
        }
    if (!ext.n || ext.n > 8)
        return KIND_DATA;
    for (enum file_kind k = 0; k < KIND__N; k++) {
        struct str list = str_from(KINDS[k].extensions), word;
        while (str_split(&list, ' ', &word))
            if (str_eq_nocase(word, ext))
                return k;
    }
    return KIND_DATA;
}

static bool is_text_kind(enum file_kind k)
{
    return k == KIND_TEXT || k == KIND_SCRIPT || k == KIND_JSON || k == KIND_HTML || k == KIND_JAVASCRIPT || k == KIND_SVG;
}

bool kind_mismatch(enum file_kind expected, enum file_kind is, struct str data)
{
    if (expected == KIND_DATA || expected == is || is == KIND_EMPTY)
        return false;
    if (is_text_kind(expected))
        return !is_text_kind(is) && is != KIND_DATA;
    if (expected == KIND_ZIP && is == KIND_GZIP) /* packages of Alpine Linux are .apk too */
        return false;
    if (expected == KIND_SQLITE) /* .db has many other owners */
        return is != KIND_DATA && !is_text_kind(is);
    if (expected == KIND_ELF && is_text_kind(is)) {
        struct str head = str_sub(data, 0, 4096);
        return !str_has(head, STR("GROUP")) && !str_has(head, STR("INPUT")) &&
               !str_has(head, STR("OUTPUT_FORMAT"));
    }
    return true;
}
