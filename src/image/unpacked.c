// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/alloc.h"
#include "image/unpacked.h"

struct unpacked {
    struct part packed;
    const struct image_limits *limits;
    struct stream *stream;
    const uint8_t *piece; /* of the stream */
    uint64_t piece_at;    /* where it stands among the unpacked bytes */
    size_t piece_n;
    int ended;      /* what the stream said after the piece; 0 while there is more */
    uint64_t spent; /* unpacked bytes of the passes before this one */
};

struct unpacked *unpacked_new(const struct part *packed, const struct image_limits *limits)
{
    struct unpacked *u = xnew(struct unpacked);
    *u = (struct unpacked){.packed = *packed, .limits = limits};
    u->packed.owns_fd = false;
    return u;
}

struct unpacked *unpacked_free(struct unpacked *u)
{
    if (!u)
        return NULL;
    stream_free(u->stream);
    free(u);
    return NULL;
}

static int start(struct unpacked *u)
{
    if (u->stream)
        u->spent += stream_unpacked(u->stream);
    u->stream = stream_free(u->stream);
    u->piece_at = u->piece_n = 0;
    u->ended = 0;
    if (u->spent >= u->limits->total_bytes)
        return -EFBIG;
    struct stream_options options = {.limits = u->limits, .left = u->limits->total_bytes - u->spent};
    return stream_open(&u->packed, &options, &u->stream);
}

/* Brings the byte at `at` into the piece: 0, 1 behind the end, negative. */
static int move_to(struct unpacked *u, uint64_t at)
{
    int r = !u->stream || at < u->piece_at ? start(u) : 0;
    while (!r && at >= u->piece_at + u->piece_n) {
        if (u->ended)
            return u->ended;
        size_t n;
        r = stream_next(u->stream, &u->piece, &n);
        u->piece_at += u->piece_n;
        u->piece_n = r ? 0 : n;
        u->ended = r;
    }
    return r;
}

int unpacked_read(struct unpacked *u, uint64_t at, void *buffer, size_t n, size_t *ret_n)
{
    size_t got = 0;
    while (got < n) {
        int r = move_to(u, at + got);
        if (r == 1 || (r < 0 && got))
            break;
        if (r < 0)
            return r;
        size_t skip = (size_t)(at + got - u->piece_at);
        size_t take = u->piece_n - skip < n - got ? u->piece_n - skip : n - got;
        memcpy((char *)buffer + got, u->piece + skip, take);
        got += take;
    }
    *ret_n = got;
    return 0;
}

struct part unpacked_part(struct unpacked *u)
{
    return (struct part){.fd = -1, .view = u, .size = u->limits->total_bytes};
}
