// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/alloc.h"
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

/* The packed side. While the unpacker is at it nobody else is. */
struct packed {
    struct part part;
    struct digest_aside *aside; /* NULL: the digest is taken by whoever reads */
    struct sha256 *hash;
    uint64_t at; /* bytes read */
    uint64_t problems;
    uint8_t *in; /* one place, or PLACES where digests are taken aside. NULL: plain */
    unsigned in_place;
    struct marks in_marks;
    struct codec_state *codec; /* NULL: plain */
};

struct stream {
    struct packed packed;
    struct stream_options options;
    enum codec kind;
    struct unpack_aside *unpacker; /* NULL: not at it, or no more */
    struct sha256 *unpacked_hash;
    uint64_t at; /* packed bytes read for what was given */
    uint64_t unpacked;
    uint64_t problems; /* met for what was given */
    struct marks out_marks;
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
    if (str_starts(s, STR("\x04\x22\x4d\x18")))
        return CODEC_LZ4;
    return CODEC_PLAIN;
}

static void take_packed(struct packed *s, const uint8_t *p, size_t n)
{
    if (s->aside)
        digest_aside_add(s->aside, s->hash, p, n);
    else
        sha256_later(s->hash, p, n);
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
            sha256_settle(s->unpacked_hash, s->packed.hash);
        return;
    }
    if (s->was_released)
        settle_all(s);
    settle_turn(aside, &s->out_marks);
    s->has_held |= s->out.is_held;
    s->was_released = false;
}

/* Up to `most` of the next bytes as they are stored, into `to`; 0, 1 at the end, negative. */
static int refill(struct packed *s, uint8_t *to, size_t most, size_t *ret_n)
{
    size_t n;
    if (s->hash && !s->aside)
        sha256_settle(s->hash, NULL);
    int r = part_read(&s->part, s->at, to, most, &n);
    if (r < 0) {
        s->problems |= IMAGE_PROBLEM_MASK(UNREADABLE);
        return r;
    }
    *ret_n = n;
    s->at += n;
    if (s->hash && n)
        take_packed(s, to, n);
    if (!n && s->at < s->part.size)
        s->problems |= IMAGE_PROBLEM_MASK(TRUNCATED); /* the file shrank under us */
    return n ? 0 : 1;
}

/* Where the next packed bytes go. */
static uint8_t *next_in(struct packed *s)
{
    if (!s->aside)
        return s->in;
    settle_turn(s->aside, &s->in_marks);
    s->in_place = (s->in_place + 1) % PLACES;
    return s->in + (size_t)s->in_place * IMAGE_IO_BYTES;
}

static int more_input(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct packed *s = ctx;
    uint8_t *to = next_in(s);
    *ret = to;
    return refill(s, to, IMAGE_IO_BYTES, ret_n);
}

/* An unpack_source. */
static void unpack(void *ctx, uint8_t *out, size_t n, struct unpack_piece *ret)
{
    struct packed *s = ctx;
    ret->ended = s->codec ? codec_next(s->codec, out, n, &ret->n, &s->problems) : refill(s, out, n, &ret->n);
    ret->packed = s->at;
    ret->problems = s->problems;
}

int stream_open(const struct part *part, const struct stream_options *options, struct stream **ret)
{
    uint8_t magic[8];
    size_t n;
    int r = part_read(part, 0, magic, sizeof(magic), &n);
    if (r < 0)
        return r;
    struct stream *s = xnew(struct stream);
    struct packed *p = &s->packed;
    p->part = *part;
    p->part.owns_fd = false;
    s->options = *options;
    landing_init(&s->out, options->aside ? PLACES : 1, options->most_held);
    s->kind = options->as_stored ? CODEC_PLAIN : codec_sniff(magic, n);
    if (s->kind != CODEC_PLAIN && !part->view) /* what another stream unpacks belongs to whoever reads that */
        s->unpacker = options->unpacker;
    p->aside = s->unpacker ? NULL : options->aside;
    if (s->kind != CODEC_PLAIN) {
        p->in = xalloc((p->aside ? PLACES : 1) * (size_t)IMAGE_IO_BYTES);
        p->codec = codec_new(s->kind, more_input, p);
    }
    if (options->hash_packed)
        p->hash = sha256_new();
    /* what is stored plain has one digest for both sides */
    if (options->hash_unpacked && (p->codec || !options->hash_packed))
        s->unpacked_hash = sha256_new();
    if (s->unpacker)
        unpack_aside_start(s->unpacker, unpack, p);
    *ret = s;
    return 0;
}

/* From here on the packed side is ours. */
static void stop_unpacker(struct stream *s)
{
    if (s->unpacker)
        unpack_aside_stop(s->unpacker);
    s->unpacker = NULL;
}

struct stream *stream_free(struct stream *s)
{
    if (!s)
        return NULL;
    stop_unpacker(s);
    settle_all(s);
    codec_free(s->packed.codec);
    sha256_free(s->packed.hash);
    sha256_free(s->unpacked_hash);
    free(s->packed.in);
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
    stop_unpacker(s);
    s->ended = r;
    return r;
}

/* The next unpacked bytes, n at most, into `to`; as stream_next(). */
static int next_piece(struct stream *s, uint8_t *to, size_t *n)
{
    struct unpack_piece piece = {};
    if (s->unpacker)
        unpack_aside_next(s->unpacker, to, *n, &piece);
    else
        unpack(&s->packed, to, *n, &piece);
    s->at = piece.packed;
    s->problems |= piece.problems;
    *n = piece.n;
    return piece.ended;
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
    int r = n ? next_piece(s, to, &n) : -ENOBUFS;
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

struct sha256 *stream_digest(const struct stream *s)
{
    return s->options.aside ? NULL : s->unpacked_hash ? s->unpacked_hash : s->packed.hash;
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
        sha256_settle(s->unpacked_hash, s->packed.hash);
    if (s->packed.hash)
        sha256_settle(s->packed.hash, NULL);
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
    struct packed *p = &s->packed;
    size_t n, most;
    int r = 0;
    stop_unpacker(s);
    if (p->hash) {
        landing_release(&s->out);
        settle_all(s);
        uint8_t *to = landing_next(&s->out, &most);
        if (p->in) {
            to = p->in;
            most = IMAGE_IO_BYTES;
        }
        while (!r) {
            r = refill(p, to, most, &n);
            settle_all(s);
        }
    }
    s->at = p->at;
    s->problems |= p->problems;
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
    return digest_of(&s->packed.hash, a);
}
struct str stream_unpacked_digest(struct stream *s, struct arena *a)
{
    settle_all(s);
    return s->ended == 1 ? digest_of(&s->unpacked_hash, a) : STR_NULL;
}
