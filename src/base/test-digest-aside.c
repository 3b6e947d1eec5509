// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/alloc.h"
#include "base/digest_aside.h"
#include "harness/test.h"

enum { BYTES = 1 << 20, DIGESTS = 3 };

static uint8_t data[BYTES];

static uint32_t any(uint32_t *state)
{
    return (*state = *state * 1664525 + 1013904223) >> 8;
}

static void fill(void)
{
    uint32_t state = 7;
    for (size_t i = 0; i < BYTES; i++)
        data[i] = (uint8_t)any(&state);
}

TEST(digests_aside_are_those_of_the_same_bytes)
{
    struct digest_aside *a = digest_aside_new();
    struct sha256 *h[DIGESTS];
    uint32_t state = 99;
    CHECK(a);
    fill();
    for (size_t i = 0; i < DIGESTS; i++)
        h[i] = sha256_new();
    for (unsigned round = 0; round < 300; round++) {
        size_t n[DIGESTS] = {};
        uint8_t is[SHA256_BYTES], want[SHA256_BYTES];
        for (size_t i = 0; i < DIGESTS; i++)
            sha256_reset(h[i]);
        for (unsigned step = any(&state) % 60; step; step--) {
            size_t i = any(&state) % DIGESTS, m = any(&state) % (any(&state) % 8 ? 300 : 60'000);
            if (n[i] + m > BYTES)
                continue;
            (any(&state) % 2 ? digest_aside_later : digest_aside_add)(a, h[i], data + n[i], m);
            n[i] += m;
            if (any(&state) % 16 == 0)
                digest_aside_wait(a, digest_aside_mark(a));
        }
        digest_aside_wait(a, digest_aside_mark(a));
        for (size_t i = 0; i < DIGESTS; i++) {
            sha256_end(h[i], is);
            sha256_once(data, n[i], want);
            CHECK(!memcmp(is, want, sizeof(is)));
        }
    }
    digest_aside_free(a);
    for (size_t i = 0; i < DIGESTS; i++)
        sha256_free(h[i]);
}

/* Behind the wait for a mark the bytes before it may be written over, whatever is still under way behind it. */
TEST(bytes_are_free_behind_their_mark)
{
    enum { PIECE = 64 << 10, PIECES = 200 };
    struct digest_aside *a = digest_aside_new();
    struct sha256 *one = sha256_new(), *two = sha256_new();
    static uint8_t place[2][PIECE];
    uint64_t before = 0;
    uint8_t is[SHA256_BYTES], want[SHA256_BYTES], all[PIECE];
    struct sha256 *check = sha256_new();
    for (unsigned i = 0; i < PIECES; i++) {
        uint8_t *p = place[i % 2];
        uint64_t now = digest_aside_mark(a);
        digest_aside_wait(a, before);
        before = now;
        memset(p, (int)i, PIECE);
        digest_aside_later(a, one, p, PIECE);
        digest_aside_add(a, two, p + 100, i % 3 ? PIECE - 100 : 10);
        memset(all, (int)i, PIECE);
        sha256_add(check, all, PIECE);
    }
    digest_aside_wait(a, digest_aside_mark(a));
    sha256_end(one, is);
    sha256_end(check, want);
    CHECK(!memcmp(is, want, sizeof(is)));
    digest_aside_free(a);
    sha256_free(one);
    sha256_free(two);
    sha256_free(check);
}

TEST(nothing_given_is_nothing_to_wait_for)
{
    struct digest_aside *a = digest_aside_new();
    CHECK_INT(digest_aside_mark(a), 0);
    digest_aside_wait(a, 0);
    digest_aside_free(a);
    CHECK(!digest_aside_free(NULL));
}
