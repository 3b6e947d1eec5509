// SPDX-License-Identifier: Apache-2.0
/* What pictures carry beside their pixels: comments, text, chunks that no specification knows. */
#include "inspect/media.h"

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Types of the PNG specification (third edition), its registered extensions, and those that well-known editors write. */
static const char PNG_TYPES[] = " IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi tEXt zTXt iTXt bKGD "
                                "hIST pHYs sPLT eXIf tIME acTL fcTL fdAT oFFs pCAL sCAL gIFg gIFt gIFx sTER dSIG exIf zxIf "
                                "iDOT CgBI vpAg caNv orNT caBX prVW mkBF mkTS mkBS mkBT npTc npOl npLb skMf skRf JDAT JHDR "
                                "MHDR MEND msOG meTa tpNG acTC fdEC iDOx raNd pHYx spAL ";

static bool is_known_chunk(const uint8_t *type)
{
    char key[7] = {' ', (char)type[0], (char)type[1], (char)type[2], (char)type[3], ' ', 0};
    return strstr(PNG_TYPES, key);
}

static bool next_png(struct str s, size_t *at, struct media_part *ret)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (!*at)
        *at = 8;
    while (*at + 12 <= s.n) {
        size_t i = *at, length = be32(p + i);
        const uint8_t *type = p + i + 4;
        if (length > s.n - i - 12)
            return false;
        *at = i + length + 12;
        struct str data = str_sub(s, i + 8, i + 8 + length);
        bool text = !memcmp(type, "tEXt", 4) || !memcmp(type, "iTXt", 4), packed = !memcmp(type, "zTXt", 4);
        if (text || packed) {
            const char *keyword = data.n ? memchr(data.p, 0, data.n) : NULL;
            size_t skip = keyword ? (size_t)(keyword - data.p) + 1 : 0;
            /* iTXt: two flags, then language and keyword in it; a flag says that its text is packed as zTXt's is. */
            if (type[0] == 'i' && skip + 2 <= data.n) {
                packed = data.p[skip] == 1;
                skip += 2;
                for (int k = 0; k < 2; k++) {
                    const char *zero = skip < data.n ? memchr(data.p + skip, 0, data.n - skip) : NULL;
                    skip = zero ? (size_t)(zero - data.p) + 1 : skip;
                }
            }
            skip += type[0] == 'z';
            *ret = (struct media_part){.how = "text", .data = str_sub(data, skip, data.n), .is_deflated = packed};
            return true;
        }
        if (!memcmp(type, "eXIf", 4)) {
            *ret = (struct media_part){.how = "exif", .data = data};
            return true;
        }
        if (!is_known_chunk(type)) {
            *ret = (struct media_part){.how = "chunk", .data = data, .name = str_n(type, 4)};
            return true;
        }
        if (!memcmp(type, "IEND", 4))
            return false;
    }
    return false;
}

static bool next_jpeg(struct str s, size_t *at, struct media_part *ret)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (!*at)
        *at = 2;
    while (*at + 4 <= s.n && p[*at] == 0xff) {
        uint8_t marker = p[*at + 1];
        size_t i = *at + 2, length = (size_t)p[i] << 8 | p[i + 1];
        if (marker == 0xff) {
            (*at)++;
            continue;
        }
        if (marker == 0xda || marker == 0xd9 || length < 2 || length > s.n - i)
            return false;
        *at = i + length;
        struct str data = str_sub(s, i + 2, i + length);
        if (marker == 0xfe || marker == 0xe1) {
            *ret = (struct media_part){.how = marker == 0xfe ? "comment" : "exif", .data = data};
            return true;
        }
    }
    return false;
}

/* Comment extensions, by their mark: what stands between is skipped block by block. */
static bool next_gif(struct str s, size_t *at, struct media_part *ret)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (!*at) {
        if (s.n < 14)
            return false;
        *at = 13 + (p[10] & 0x80 ? 3u << ((p[10] & 7) + 1) : 0);
    }
    while (*at + 2 < s.n) {
        size_t i = *at;
        bool comment = p[i] == 0x21 && p[i + 1] == 0xfe;
        if (p[i] == 0x21)
            i += 2;
        else if (p[i] == 0x2c && i + 11 < s.n)
            i += 11 + (p[i + 9] & 0x80 ? 3u << ((p[i + 9] & 7) + 1) : 0);
        else
            return false;
        size_t from = i;
        while (i < s.n && p[i])
            i += p[i] + 1u;
        *at = i + 1;
        if (comment && i <= s.n) {
            *ret = (struct media_part){.how = "comment", .data = str_sub(s, from, i)};
            return true;
        }
    }
    return false;
}

bool media_next_part(enum file_kind kind, struct str data, size_t *at, struct media_part *ret)
{
    switch (kind) {
    case KIND_PNG:
        return next_png(data, at, ret);
    case KIND_JPEG:
        return next_jpeg(data, at, ret);
    case KIND_GIF:
        return next_gif(data, at, ret);
    default:
        return false;
    }
}
