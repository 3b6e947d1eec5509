// SPDX-License-Identifier: Apache-2.0
/* Whatever is unpacked before it is asked for, a stream gives the same bytes and tells the same of them. */
#include "harness/test.h"
#include "image/limits.h"
#include "image/stream.h"
#include "image/test-build.h"

enum { BYTES = 5 << 20 };

static unsigned any(uint32_t *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 8;
}

struct outcome {
    struct strbuf bytes;
    int ended;
    uint64_t problems;
    size_t n_ahead; /* calls that unpacked something */
};

/* Reads a stream to its end; with a seed, parts of it are held, and others unpacked ahead, by chance. */
static void read_all(struct str packed, uint32_t seed, struct outcome *ret)
{
    const struct part part = part_memory(packed.p, packed.n);
    const struct stream_options options = {.limits = &IMAGE_LIMITS_DEFAULT, .left = UINT64_MAX, .hash_packed = true, .hash_unpacked = true, .most_held = 2 << 20};
    _cleanup_(stream_freep) struct stream *s = NULL;
    const uint8_t *p, *held = NULL;
    size_t n, n_held = 0, from = 0;
    *ret = (struct outcome){};
    CHECK_INT(stream_open(&part, &options, &s), 0);
    for (;;) {
        for (unsigned i = seed ? any(&seed) % 40 : 0; i; i--)
            ret->n_ahead += stream_ahead(s);
        ret->ended = stream_next(s, &p, &n);
        if (ret->ended)
            break;
        if (held && n_held + n > 1 << 20) {
            CHECK(!memcmp(held, ret->bytes.p + from, n_held)); /* what is held stays as it was */
            stream_release(s);
            held = NULL;
        } else if (held) {
            CHECK(p == held + n_held);
            n_held += n;
        } else if (seed && any(&seed) % 4 == 0 && stream_hold(s, 1 << 20)) {
            held = p;
            n_held = n;
            from = ret->bytes.n;
        }
        strbuf_add(&ret->bytes, str_n(p, n));
        if (!held && seed && any(&seed) % 8 == 0) {
            size_t back = any(&seed) % n;
            stream_unread(s, back);
            ret->bytes.n -= back;
        }
    }
    ret->problems = stream_problems(s);
}

static void check_same(struct str packed, uint64_t problems)
{
    struct outcome plain;
    size_t n_ahead = 0;
    read_all(packed, 0, &plain);
    CHECK_INT(plain.problems, problems);
    for (uint32_t seed = 1; seed < 20; seed++) {
        struct outcome mixed;
        read_all(packed, seed, &mixed);
        CHECK(str_eq(strbuf_str(&mixed.bytes), strbuf_str(&plain.bytes)));
        CHECK_INT(mixed.ended, plain.ended);
        CHECK_INT(mixed.problems, plain.problems);
        n_ahead += mixed.n_ahead;
        strbuf_done(&mixed.bytes);
    }
    CHECK(n_ahead > 0);
    strbuf_done(&plain.bytes);
}

static void fill(struct strbuf *b)
{
    uint32_t state = 5;
    for (size_t i = 0; i < BYTES; i++)
        strbuf_addc(b, (char)(any(&state) % 8 ? 'a' + i / 1000 % 26 : any(&state)));
}

TEST(what_is_unpacked_ahead_is_given_in_its_turn)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, z = {};
    fill(&all);
    gzip_add(&z, strbuf_str(&all));
    check_same(strbuf_str(&z), 0);
    gzip_add(&z, STR("another member"));
    check_same(strbuf_str(&z), 0);
}

TEST(what_ends_a_codec_is_told_behind_what_it_gave)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, z = {};
    fill(&all);
    gzip_add(&z, strbuf_str(&all));
    check_same(str_sub(strbuf_str(&z), 0, z.n / 2), IMAGE_PROBLEM_MASK(TRUNCATED));
    strbuf_adds(&z, "no member");
    check_same(strbuf_str(&z), IMAGE_PROBLEM_MASK(TRAILING_DATA));
    memset(z.p + z.n / 2, 0xff, 4000);
    check_same(strbuf_str(&z), IMAGE_PROBLEM_MASK(CORRUPT));
}

TEST(nothing_is_unpacked_ahead_of_what_is_plain)
{
    const struct part part = part_memory("plain bytes", 11);
    _cleanup_(stream_freep) struct stream *s = NULL;
    CHECK_INT(stream_open(&part, &(struct stream_options){.limits = &IMAGE_LIMITS_DEFAULT, .left = 100}, &s), 0);
    CHECK(!stream_ahead(s));
}
