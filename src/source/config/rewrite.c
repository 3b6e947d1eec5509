// SPDX-License-Identifier: Apache-2.0
#include "source/config/rewrite.h"

#include <math.h>

#include "base/cleanup.h"
#include "base/entropy.h"

/* How such files begin, by their formats' own documents: compressed, or media. */
static bool is_known_format(struct str s)
{
    static const struct {
        size_t at;
        struct str magic;
    } FORMATS[] = {
        {0, STR("\x1f\x8b")}, {0, STR("\x28\xb5\x2f\xfd")}, {0, STR("\xfd" "7zXZ")}, {0, STR("BZh")}, {0, STR("PK\x03\x04")}, {0, STR("7z\xbc\xaf")},
        {0, STR("Rar!")}, {0, STR("\x04\x22\x4d\x18")}, {0, STR("\x5d\x00\x00")}, {0, STR("\x78\x01")}, {0, STR("\x78\x5e")}, {0, STR("\x78\x9c")},
        {0, STR("\x78\xda")}, {0, STR("\x89PNG")}, {0, STR("\xff\xd8\xff")}, {0, STR("GIF8")}, {0, STR("RIFF")}, {4, STR("ftyp")}, {0, STR("OggS")},
        {0, STR("fLaC")}, {0, STR("ID3")}, {0, STR("\xff\xfb")}, {0, STR("\xff\xf3")}, {0, STR("\x1a\x45\xdf\xa3")}, {0, STR("%PDF")}, {0, STR("wOF2")},
        {0, STR("wOFF")}, {0, STR("mozLz4")}, {0, STR("MSCF")}, {0, STR("\x7f" "ELF")}, {0, STR("hsqs")}, {0, STR("\x47\x40")}, {0, STR("PACK")},
        {0, STR("DIRC")}, {0, STR("\xed\xab\xee\xdb")}, {0, STR("!<arch>")},
        {0, STR("\xff\xf1")}, {0, STR("\xff\xf9")}, {0, STR("\xff\xf2")}, {0, STR("\xff\xfa")}, {0, STR("\xff\x0a")}, {0, STR("\x1f\x9d")}, {0, STR("\x89LZO")},
        {0, STR("LZIP")}, {0, STR("LRZI")}, {0, STR("\xff\x06\0\0sNaPpY")}, {0, STR("\x02\x21\x4c\x18")}, {0, STR("\x30\x26\xb2\x75")}, {0, STR("FLV\x01")},
        {0, STR("\0\0\x01\xba")}, {0, STR("\0\0\x01\xb3")}, {0, STR("\0\0\0\x0cjP")}, {0, STR("AT&TFORM")}, {0, STR("wvpk")}, {0, STR("\x89HDF")},
        {0, STR("QFI\xfb")}, {0, STR("KDMV")}, {0, STR("PAR1")}, {0, STR("Obj\x01")}, {0, STR("BORG_SEG")}, {0, STR("\0GITCRYPT")},
    };
    for (size_t i = 0; i < ARRAY_SIZE(FORMATS); i++)
        if (s.n > FORMATS[i].at && str_starts(str_sub(s, FORMATS[i].at, s.n), FORMATS[i].magic))
            return true;
    return false;
}

/* RFC 9580, 4.2: a packet of tag 1 (a session key for a public key, version 3 or 6) or 3 (for a password, 4 to 6), by which messages begin. */
static bool is_openpgp(struct str s)
{
    const uint8_t *b = (const uint8_t *)s.p;
    if (s.n < 16 || !(b[0] & 0x80))
        return false;
    const bool is_new = b[0] & 0x40;
    const unsigned tag = is_new ? b[0] & 0x3f : b[0] >> 2 & 0x0f, length_type = b[0] & 3;
    size_t at = 1;
    if (is_new)
        at += b[1] < 192 ? 1 : b[1] < 224 ? 2 : 5;
    else if (length_type < 3)
        at += 1U << length_type;
    /* a key for a password is short, and names its cipher behind the version */
    if (tag == 3)
        return at == 2 && b[1] < 64 && (b[2] == 4 ? b[3] >= 1 && b[3] <= 13 : b[2] == 5 || b[2] == 6);
    return tag == 1 && at < 4 && (b[at] == 3 || b[at] == 6) && (at == 2 ? b[1] >= 32 : true);
}

/* APPNOTE 4.3.7: bit 0 of the flags of the first member. */
static bool is_zip_encrypted(struct str s)
{
    return s.n > 7 && str_starts(s, STR("PK\x03\x04")) && s.p[6] & 1;
}

static const char *format_of(struct str s)
{
    static const struct {
        struct str magic;
        const char *name;
    } FORMATS[] = {
        {STR("Salted__"), "openssl"}, {STR("U2FsdGVkX1"), "openssl"}, {STR("age-encryption.org/"), "age"}, {STR("-----BEGIN AGE ENCRYPTED"), "age"},
        {STR("-----BEGIN PGP MESSAGE"), "openpgp"}, {STR("LUKS\xba\xbe"), "luks"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(FORMATS); i++)
        if (str_starts(s, FORMATS[i].magic))
            return FORMATS[i].name;
    return is_openpgp(s) ? "openpgp" : is_zip_encrypted(s) ? "zip" : NULL;
}

static bool is_text(struct str s)
{
    size_t controls = 0;
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t c = (uint8_t)s.p[i];
        if (!c)
            return false;
        controls += c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b;
    }
    return controls <= s.n / 256;
}

static bool is_random(struct str s, double *ret_entropy)
{
    *ret_entropy = entropy_of(s);
    /* Of so few bytes even random ones are not quite even: Miller's and Madow's correction, and as much again for chance. */
    const double expected = 8 - 255 / (2 * M_LN2 * (double)s.n);
    return *ret_entropy >= expected - (8 - expected) * 0.5;
}

bool rewrite_look(struct str s, struct rewrite_fact *ret)
{
    enum { FORMAT_LEAST = 16 };
    *ret = (struct rewrite_fact){.format = s.n >= FORMAT_LEAST ? format_of(s) : NULL, .is_7z = str_starts(s, STR("7z\xbc\xaf"))};
    if (s.n < REWRITE_LEAST && !ret->format)
        return false;
    ret->is_random = is_random(s, &ret->entropy);
    ret->is_random = ret->format || (ret->is_random && !is_known_format(s));
    ret->is_text = !ret->format && is_text(s);
    return true;
}

bool rewrite_is_random_piece(struct str s)
{
    double entropy;
    for (size_t at = 0; at + REWRITE_WINDOW <= s.n; at += REWRITE_WINDOW)
        if (is_random(str_sub(s, at, at + REWRITE_WINDOW), &entropy))
            return true;
    return false;
}

bool rewrite_is_7z_encrypted(struct str end)
{
    return str_find(end, STR("\x06\xf1\x07\x01"), 0) >= 0;
}
