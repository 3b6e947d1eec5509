// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"
#include "base/digest.h"
#include "harness/test.h"

TEST(sha256_known_answers)
{
    /* FIPS 180-2, appendix B */
    struct arena a = {};
    uint8_t d[SHA256_BYTES];
    sha256_once("abc", 3, d);
    CHECK_STR(hex_encode(&a, d, sizeof(d)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct sha256 *h = sha256_new();
    sha256_add(h, "a", 1);
    sha256_add(h, "bc", 2);
    CHECK_STR(sha256_end_hex(h, &a), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_reset(h);
    CHECK_STR(sha256_end_hex(h, &a), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_free(h);
    arena_done(&a);
}

TEST(older_digests_known_answers)
{
    /* RFC 1321, appendix A.5; FIPS 180-2, appendix A */
    static const char *const wanted[] = {"900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
                                         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
    struct arena a = {};
    for (int kind = 0; kind < DIGEST__N; kind++) {
        uint8_t out[DIGEST_BYTES_MAX];
        struct digest *d = digest_new((enum digest_kind)kind);
        for (int again = 0; again < 2; again++) {
            digest_add(d, "ab", 2);
            digest_add(d, "c", 1);
            digest_end(d, out);
            CHECK_STR(hex_encode(&a, out, digest_bytes((enum digest_kind)kind)), wanted[kind]);
            digest_reset(d);
        }
        digest_free(d);
    }
    arena_done(&a);
}

static void check_two_at_once(void)
{
    enum { N = 3000 };
    static uint8_t data[N];
    struct sha256 *a = sha256_new(), *b = sha256_new();
    uint32_t state = 7;
    for (size_t i = 0; i < N; i++)
        data[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    for (unsigned round = 0; round < 4000; round++) {
        uint8_t da[SHA256_BYTES], db[SHA256_BYTES], want[SHA256_BYTES];
        size_t na = 0, nb = 0;
        sha256_reset(a);
        sha256_reset(b);
        for (unsigned step = 0; step < 6; step++) {
            size_t x = (state = state * 1664525 + 1013904223) >> 8 & 511, y = state >> 20 & 255;
            if (na + x > N || nb + y > N)
                break;
            switch (state >> 29) {
            case 0:
                sha256_add(a, data + na, x);
                sha256_add(b, data + nb, y);
                break;
            case 1:
                sha256_later(a, data + na, x);
                sha256_later(b, data + nb, y);
                sha256_settle(a, b);
                break;
            case 2:
                sha256_later(a, data + na, x);
                sha256_add_beside(b, data + nb, y, a);
                break;
            default:
                sha256_later(b, data + nb, y);
                sha256_add_beside(a, data + na, x, b);
            }
            na += x;
            nb += y;
        }
        sha256_end(a, da);
        sha256_end(b, db);
        sha256_once(data, na, want);
        CHECK(!memcmp(da, want, sizeof(want)));
        sha256_once(data, nb, want);
        CHECK(!memcmp(db, want, sizeof(want)));
    }
    sha256_free(a);
    sha256_free(b);
}

TEST(two_digests_at_once_are_the_same_as_one_after_the_other)
{
    check_two_at_once();
    cpu_allow(0);
    check_two_at_once();
    cpu_allow(CPU_ALL);
}

TEST(base64_both_ways)
{
    struct arena a = {};
    struct str out;
    static const char *const pairs[][2] = {{"", ""}, {"Zg", "f"}, {"Zm8", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg", "foob"}};
    for (size_t i = 0; i < 5; i++) {
        CHECK_STR(base64_encode_unpadded(&a, pairs[i][1], strlen(pairs[i][1])), pairs[i][0]);
        CHECK(base64_decode(&a, str_from(pairs[i][0]), &out));
        CHECK_STR(out, pairs[i][1]);
    }
    CHECK(base64_decode(&a, STR("Zm9v\nYg==\n"), &out));
    CHECK_STR(out, "foob");
    CHECK(!base64_decode(&a, STR("Z"), &out));
    CHECK(!base64_decode(&a, STR("Zm9=v"), &out));
    CHECK(!base64_decode(&a, STR("Zm9!"), &out));
    arena_done(&a);
}

TEST(hex_is_strict)
{
    uint8_t d[4];
    CHECK(hex_decode(STR("00fFa1"), d) && d[1] == 0xff && d[2] == 0xa1);
    CHECK(!hex_decode(STR("0"), d));
    CHECK(!hex_decode(STR("0g"), d));
}
