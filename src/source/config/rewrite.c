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
    };
    for (size_t i = 0; i < ARRAY_SIZE(FORMATS); i++)
        if (s.n > FORMATS[i].at && str_starts(str_sub(s, FORMATS[i].at, s.n), FORMATS[i].magic))
            return true;
    return false;
}

bool rewrite_look(struct str s, struct rewrite_fact *ret)
{
    if (s.n < REWRITE_LEAST)
        return false;
    const double entropy = entropy_of(s);
    /* Of so few bytes even random ones are not quite even: Miller's and Madow's correction, and as much again for chance. */
    const double expected = 8 - 255 / (2 * M_LN2 * (double)s.n);
    *ret = (struct rewrite_fact){entropy, entropy >= expected - (8 - expected) * 0.5 && !is_known_format(s)};
    return true;
}
