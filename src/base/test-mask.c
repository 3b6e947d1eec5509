// SPDX-License-Identifier: Apache-2.0
#include "base/mask.h"

#include <string.h>

#include "harness/test.h"

static const uint8_t KEY[SHA256_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8}, OTHER[SHA256_BYTES] = {9};

TEST(twice_is_never_at_every_length)
{
    char text[64], was[64];
    for (size_t n = 0; n <= sizeof(text); n++) {
        memset(text, 'x', sizeof(text));
        memcpy(was, text, sizeof(text));
        mask_bytes(text, n, 0, KEY);
        CHECK(n < 4 || memcmp(text, was, n) != 0);
        CHECK(!memcmp(text + n, was + n, sizeof(text) - n)); /* and no byte more */
        mask_bytes(text, n, 0, KEY);
        CHECK(!memcmp(text, was, sizeof(text)));
    }
}

TEST(pieces_are_masked_as_the_whole)
{
    char whole[70] = {}, parts[70] = {};
    mask_bytes(whole, sizeof(whole), 0, KEY);
    for (size_t at = 0; at < sizeof(parts); at += 16)
        mask_bytes(parts + at, sizeof(parts) - at < 16 ? sizeof(parts) - at : 16, at, KEY);
    CHECK(!memcmp(whole, parts, sizeof(whole)));
}

TEST(no_word_and_no_run_is_left)
{
    static const char WORD[] = "stratum+tcp";
    char text[4096] = {}, other[4096];
    for (size_t i = 0; i + sizeof(WORD) < sizeof(text) / 2; i += sizeof(WORD))
        memcpy(text + i, WORD, sizeof(WORD));
    memcpy(other, text, sizeof(text));
    mask_bytes(text, sizeof(text), 0, KEY);
    mask_bytes(other, sizeof(other), 0, OTHER);
    CHECK(!memmem(text, sizeof(text), WORD, 6));
    CHECK(!memmem(text, sizeof(text), "\0\0\0\0", 4));
    CHECK(memcmp(text, other, sizeof(text)) != 0); /* each key has its own */
}
