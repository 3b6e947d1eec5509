// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/alloc.h"
#include "image/ahead.h"
#include "image/codec.h"
#include "image/landing.h"
#include "image/limits.h"
#include "image/stream.h"

enum { PLACES = LANDING_PLACES_MAX };

/* Where digests are taken aside: what was given when each of the last pieces came. */
struct marks {
    uint64_t v[PLACES - 1];
    unsigned next;
};

struct stream {
    struct part part;
    struct stream_options options;
    struct codec_state *codec; /* NULL: plain */
    struct ahead ahead;
    enum codec kind;
    struct sha256 *packed_hash, *unpacked_hash;
    uint64_t at; /* packed bytes read */
    uint64_t unpacked;
    uint64_t problems;
    uint8_t *in; /* packed bytes: one place, or PLACES where digests are taken aside. NULL: plain */
    unsigned in_place;
    struct marks in_marks, out_marks;
    bool has_held, was_released; /* pieces lie where they do not land in turns; the next may land there */
    struct landing out;
    const uint8_t *given;  /* the piece handed out last */
    size_t given_n, again; /* bytes at its end that were given back */
    int ended;             /* what every later stream_next() returns: 1 or negative; 0 while there is more */
};

const char *codec_name(enum codec c)
{
    static const char *const NAMES[] = {[CODEC_PLAIN] = "plain",
                                        [CODEC_GZIP] = "gzip",
                                        [CODEC_ZSTD] = "zstd",
                                        [CODEC_XZ] = "xz",
                                        [CODEC_BZIP2] = "bzip2", [CODEC_LZ4] = "lz4"};
    return NAMES[c];
}

enum codec codec_sniff(const uint8_t *p, size_t n)
{
    struct str s = str_n(p, n);
    if (str_starts(s, STR("\x1f\x8b")))
        return CODEC_GZIP;
    if (str_starts(s, STR("\x28\xb5\x2f\xfd")) ||
        (n >= 4 && (p[0] & 0xf0) == 0x50 && !memcmp(p + 1, "\x2a\x4d\x18", 3)))
        return CODEC_ZSTD;
    if (str_starts(s, STR("\xfd\x37zXZ\0")))
        return CODEC_XZ;
    if (n >= 4 && !memcmp(p, "BZh", 3) && p[3] >= '1' && p[3] <= '9')
        return CODEC_BZIP2;
    return CODEC_PLAIN;
}

static void take_packed(struct stream *s, const uint8_t *p, size_t n)
{
    if (s->options.aside)
        digest_aside_add(s->options.aside, s->packed_hash, p, n);
    else
        sha256_later(s->packed_hash, p, n);
}

static void take_unpacked(struct stream *s)
{
    if (s->options.aside)
        digest_aside_later(s->options.aside, s->unpacked_hash, s->given, s->given_n);
    else
        sha256_later(s->unpacked_hash, s->given, s->given_n);
}

static void settle_all(struct stream *s)
{
    if (s->options.aside)
        digest_aside_wait(s->options.aside, digest_aside_mark(s->options.aside));
}

/* Waits until nobody reads the place any more that the next piece takes in its turn. */
static void settle_turn(struct digest_aside *aside, struct marks *m)
{
    digest_aside_wait(aside, m->v[m->next]);
    m->v[m->next] = digest_aside_mark(aside);
    m->next = (m->next + 1) % ARRAY_SIZE(m->v);
}

/* Before a piece lands: what lies there was taken by the digests. */
static void settle_unpacked(struct stream *s)
{
    struct digest_aside *aside = s->options.aside;
    if (!aside) {
        if (s->unpacked_hash)
            sha256_settle(s->unpacked_hash, s->packed_hash);
        return;
    }
    if (s->was_released)
        settle_all(s);
    settle_turn(aside, &s->out_marks);
    s->has_held |= s->out.is_held;
    s->was_released = false;
}

/* Up to `most` of the next bytes as they are stored, into `to`; 0, 1 at the end, negative. */
static int refill(struct stream *s, uint8_t *to, size_t most, size_t *ret_n)
{
    size_t n;
    if (s->packed_hash && !s->options.aside)
        sha256_settle(s->packed_hash, NULL);
    int r = part_read(&s->part, s->at, to, most, &n);
    if (r < 0) {
        s->problems |= IMAGE_PROBLEM_MASK(UNREADABLE);
        return r;
    }
    *ret_n = n;
    s->at += n;
    if (s->packed_hash && n)
        take_packed(s, to, n);
    if (!n && s->at < s->part.size)
        s->problems |= IMAGE_PROBLEM_MASK(TRUNCATED); /* the file shrank under us */
    return n ? 0 : 1;
}

/* Where the next packed bytes go. */
static uint8_t *next_in(struct stream *s)
{
    struct digest_aside *aside = s->options.aside;
    if (!aside)
        return s->in;
    settle_turn(aside, &s->in_marks);
    s->in_place = (s->in_place + 1) % PLACES;
    return s->in + (size_t)s->in_place * IMAGE_IO_BYTES;
}

static int more_input(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct stream *s = ctx;
    uint8_t *to = next_in(s);
    *ret = to;
    return refill(s, to, IMAGE_IO_BYTES, ret_n);
}

int stream_open(const struct part *part, const struct stream_options *options, struct stream **ret)
{
    uint8_t magic[8];
    size_t n;
    int r = part_read(part, 0, magic, sizeof(magic), &n);
    if (r < 0)
        return r;
    struct stream *s = xnew(struct stream);
    s->part = *part;
    s->part.owns_fd = false;
    s->options = *options;
    landing_init(&s->out, options->aside ? PLACES : 1, options->most_held);
    s->kind = options->as_stored ? CODEC_PLAIN : codec_sniff(magic, n);
    if (s->kind != CODEC_PLAIN) {
        s->in = xalloc((options->aside ? PLACES : 1) * (size_t)IMAGE_IO_BYTES);
        s->codec = codec_new(s->kind, more_input, s);
    }
    if (options->hash_packed)
        s->packed_hash = sha256_new();
    /* what is stored plain has one digest for both sides */
    if (options->hash_unpacked && (s->codec || !options->hash_packed))
        s->unpacked_hash = sha256_new();
    *ret = s;
    return 0;
}

struct stream *stream_free(struct stream *s)
{
    if (!s)
        return NULL;
    settle_all(s);
    codec_free(s->codec);
    ahead_done(&s->ahead);
    sha256_free(s->packed_hash);
    sha256_free(s->unpacked_hash);
    free(s->in);
    landing_done(&s->out);
    free(s);
    return NULL;
}

bool stream_is_bomb(const struct stream *s, uint64_t holes)
{
    const struct image_limits *l = s->options.limits;
    uint64_t given = s->unpacked + holes;
    if (given > l->layer_bytes || given > s->options.left)
        return true;
    return given > IMAGE_BOMB_FLOOR && given / l->ratio > s->at;
}

static int stop(struct stream *s, int r)
{
    s->ended = r;
    return r;
}

int stream_next(struct stream *s, const uint8_t **ret, size_t *ret_n)
{
    if (s->again) {
        *ret = s->given + s->given_n - s->again;
        *ret_n = s->again;
        s->again = 0;
        return 0;
    }
    if (s->ended)
        return s->ended;
    size_t n;
    settle_unpacked(s);
    uint8_t *to = landing_next(&s->out, &n);
    int r = n ? 0 : -ENOBUFS;
    if (!r)
        r = s->codec ? ahead_next(&s->ahead, s->codec, to, n, &n, &s->problems) : refill(s, to, n, &n);
    if (r)
        return stop(s, r); /* the last piece stays: it may still be given back */
    landing_take(&s->out, n);
    s->given = to;
    s->given_n = n;
    s->unpacked += s->given_n;
    if (stream_is_bomb(s, 0)) {
        s->problems |= IMAGE_PROBLEM_MASK(BOMB);
        return stop(s, -EFBIG);
    }
    if (s->unpacked_hash)
        take_unpacked(s);
    *ret = s->given;
    *ret_n = s->given_n;
    return 0;
}

bool stream_ahead(struct stream *s)
{
    return s->codec && !s->ended && ahead_fill(&s->ahead, s->codec);
}

struct sha256 *stream_digest(const struct stream *s)
{
    return s->options.aside ? NULL : s->unpacked_hash ? s->unpacked_hash : s->packed_hash;
}

void stream_unread(struct stream *s, size_t n)
{
    s->again = n < s->given_n ? n : s->given_n;
}

bool stream_hold(struct stream *s, uint64_t n)
{
    return landing_hold(&s->out, n);
}

/* Whoever takes digests reads no piece any more. */
static void settle_now(struct stream *s)
{
    settle_all(s);
    if (s->options.aside)
        return;
    if (s->unpacked_hash)
        sha256_settle(s->unpacked_hash, s->packed_hash);
    if (s->packed_hash)
        sha256_settle(s->packed_hash, NULL);
}

void stream_release(struct stream *s)
{
    if (landing_is_large(&s->out))
        settle_now(s);
    landing_release(&s->out);
    s->was_released |= s->has_held;
    s->has_held = false;
}

int stream_finish(struct stream *s)
{
    size_t n, most;
    int r = 0;
    if (!s->packed_hash)
        return 0;
    landing_release(&s->out);
    settle_all(s);
    uint8_t *to = landing_next(&s->out, &most);
    if (s->in) {
        to = s->in;
        most = IMAGE_IO_BYTES;
    }
    while (!r) {
        r = refill(s, to, most, &n);
        settle_all(s);
    }
    return r < 0 ? r : 0;
}

enum codec stream_codec(const struct stream *s)
{
    return s->kind;
}
uint64_t stream_problems(const struct stream *s)
{
    return s->problems;
}
uint64_t stream_packed(const struct stream *s)
{
    return s->at;
}
uint64_t stream_unpacked(const struct stream *s)
{
    return s->unpacked;
}

static struct str digest_of(struct sha256 **h, struct arena *a)
{
    if (!*h)
        return STR_NULL;
    struct str hex = sha256_end_hex(*h, a);
    *h = sha256_free(*h);
    return arena_printf(a, "sha256:%.*s", STR_ARG(hex));
}

struct str stream_packed_digest(struct stream *s, struct arena *a)
{
    settle_all(s);
    return digest_of(&s->packed_hash, a);
}
struct str stream_unpacked_digest(struct stream *s, struct arena *a)
{
    settle_all(s);
    return s->ended == 1 ? digest_of(&s->unpacked_hash, a) : STR_NULL;
}
