// SPDX-License-Identifier: Apache-2.0
/* Whoever unpacks, a stream gives the same bytes and tells the same of them. */
#include <errno.h>

#include "harness/test.h"
#include "image/limits.h"
#include "image/stream.h"
#include "image/test-build.h"

enum { BYTES = 3 << 20 };

static struct unpack_aside *unpacker;
static struct digest_aside *digests;
static _Atomic bool busy;

static void begin(void)
{
    unpacker = unpack_aside_new(&busy);
    digests = digest_aside_new();
    CHECK(unpacker && digests);
}

static void end(void)
{
    CHECK(!atomic_load(&busy));
    unpacker = unpack_aside_free(unpacker);
    digests = digest_aside_free(digests);
}

static unsigned any(uint32_t *state)
{
    *state = *state * 1103515245 + 12345;
    return *state >> 8;
}

struct outcome {
    struct strbuf bytes;
    int ended;
    uint64_t problems, packed;
    char digests[200];
};

static struct stream *open_stream(const struct part *part, bool aside, uint64_t left)
{
    const struct stream_options options = {
        .limits = &IMAGE_LIMITS_DEFAULT, .left = left, .hash_packed = true, .hash_unpacked = true, .most_held = 2 << 20,
        .aside = aside ? digests : NULL, .unpacker = aside ? unpacker : NULL};
    struct stream *s = NULL;
    CHECK_INT(stream_open(part, &options, &s), 0);
    return s;
}

/* What is known of a stream that gave all it could. */
static void finish(struct stream *s, struct outcome *ret)
{
    _cleanup_(arena_done) struct arena a = {};
    CHECK_INT(stream_finish(s), 0);
    ret->problems = stream_problems(s);
    ret->packed = stream_packed(s);
    const struct str packed = stream_packed_digest(s, &a), unpacked = stream_unpacked_digest(s, &a);
    (void)snprintf(ret->digests, sizeof(ret->digests), "%.*s %.*s", STR_ARG(packed), STR_ARG(unpacked));
}

/* Reads a stream to its end; with a seed it is unpacked aside, and parts of it are held and given back by chance. */
static void read_all(struct str packed, uint32_t seed, struct outcome *ret)
{
    const struct part part = part_memory(packed.p, packed.n);
    _cleanup_(stream_freep) struct stream *s = open_stream(&part, seed, UINT64_MAX);
    const uint8_t *p, *held = NULL;
    size_t n, n_held = 0, from = 0;
    *ret = (struct outcome){};
    while (!(ret->ended = stream_next(s, &p, &n))) {
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
    CHECK_INT(stream_next(s, &p, &n), ret->ended); /* it says so again */
    finish(s, ret);
}

static void check_same(struct str packed, uint64_t problems)
{
    struct outcome plain;
    read_all(packed, 0, &plain);
    CHECK_INT(plain.problems, problems);
    for (uint32_t seed = 1; seed < 10; seed++) {
        struct outcome mixed;
        read_all(packed, seed, &mixed);
        CHECK(str_eq(strbuf_str(&mixed.bytes), strbuf_str(&plain.bytes)));
        CHECK_INT(mixed.ended, plain.ended);
        CHECK_INT(mixed.problems, plain.problems);
        CHECK_INT(mixed.packed, plain.packed);
        CHECK(!strcmp(mixed.digests, plain.digests));
        strbuf_done(&mixed.bytes);
    }
    strbuf_done(&plain.bytes);
}

static void fill(struct strbuf *b)
{
    uint32_t state = 5;
    for (size_t i = 0; i < BYTES; i++)
        strbuf_addc(b, (char)(any(&state) % 8 ? 'a' + i / 1000 % 26 : any(&state)));
}

TEST(what_is_unpacked_aside_is_given_in_its_turn)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, z = {};
    begin();
    fill(&all);
    gzip_add(&z, strbuf_str(&all));
    check_same(strbuf_str(&z), 0);
    gzip_add(&z, STR("another member"));
    check_same(strbuf_str(&z), 0);
    check_same(strbuf_str(&all), 0); /* plain: nothing is to be unpacked */
    end();
}

TEST(what_ends_a_codec_is_told_behind_what_it_gave)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, z = {};
    begin();
    fill(&all);
    gzip_add(&z, strbuf_str(&all));
    check_same(str_sub(strbuf_str(&z), 0, z.n / 2), IMAGE_PROBLEM_MASK(TRUNCATED));
    strbuf_adds(&z, "no member");
    check_same(strbuf_str(&z), IMAGE_PROBLEM_MASK(TRAILING_DATA));
    memset(z.p + z.n / 2, 0xff, 4000);
    check_same(strbuf_str(&z), IMAGE_PROBLEM_MASK(CORRUPT));
    end();
}

/* Whatever the thread has unpacked by then: the blob's digest covers it all, and the next stream begins at its own first byte. */
TEST(a_stream_may_be_left_at_any_place)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, z = {};
    struct outcome whole, left = {};
    const uint8_t *p;
    size_t n;
    begin();
    fill(&all);
    gzip_add(&z, strbuf_str(&all));
    read_all(strbuf_str(&z), 0, &whole);
    const struct part part = part_memory(z.p, z.n);
    for (unsigned pieces = 0; pieces < 30; pieces++) {
        struct stream *s = open_stream(&part, true, UINT64_MAX);
        for (unsigned i = 0; i < pieces && !stream_next(s, &p, &n); i++)
            if (!i)
                CHECK(!memcmp(p, all.p, n));
        finish(s, &left);
        CHECK_INT(left.packed, z.n);
        CHECK(str_starts(str_from(left.digests), str_sub(str_from(whole.digests), 0, 71)));
        s = stream_free(s);
        stream_free(open_stream(&part, true, UINT64_MAX)); /* nothing of it was asked for */
    }
    strbuf_done(&whole.bytes);
    end();
}

TEST(a_bomb_is_told_where_it_is_whoever_unpacks)
{
    _cleanup_(strbuf_done) struct strbuf all = {}, z = {};
    const uint8_t *p;
    size_t n;
    begin();
    fill(&all);
    gzip_add(&z, strbuf_str(&all));
    const struct part part = part_memory(z.p, z.n);
    uint64_t got[2] = {};
    for (unsigned i = 0; i < 2; i++) {
        struct stream *s = open_stream(&part, i, BYTES / 2);
        int r;
        while (!(r = stream_next(s, &p, &n)))
            got[i] += n;
        CHECK_INT(r, -EFBIG);
        CHECK_INT(stream_problems(s), IMAGE_PROBLEM_MASK(BOMB));
        stream_free(s);
    }
    CHECK(got[0] > BYTES / 4 && got[0] <= BYTES / 2);
    CHECK_INT(got[1], got[0]);
    end();
}
