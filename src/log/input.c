// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <poll.h>
#include <stddef.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "log/archived.h"
#include "log/input.h"
#include "log/limits.h"
#include "log/utf16.h"

enum { PACKED = 128 << 10, WAIT_MS = 200 /* for a pipe: signals are answered that often */ };

struct log_unpacker {
    bool is_between; /* members of gzip */
    ZSTD_DStream *zstd;
    bool is_frame_open;
    enum utf16_order order;
    bool is_first; /* nothing was read behind what begin() read */
    size_t at, n; /* packed bytes at hand */
    uint8_t packed[PACKED];
    struct inflate_state gzip;
};

static void unpacker_free(struct log_unpacker *u)
{
    if (u)
        (void)ZSTD_freeDStream(u->zstd);
    free(u);
}

int log_input_open(struct log_input *in, const char *path, struct error *err)
{
    struct stat st;
    *in = (struct log_input){.fd = -1};
    const bool is_stdin = !strcmp(path, "-");
    const int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, -errno, "cannot open %s", path);
    if (fstat(fd, &st) < 0) {
        const int r = -errno;
        (void)close(fd);
        return error_errno(err, r, "cannot look at %s", path);
    }
    if (!is_stdin && S_ISREG(st.st_mode))
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    /* non-blocking was for the opening of a pipe that nobody writes to */
    if (!is_stdin && !S_ISREG(st.st_mode))
        (void)fcntl(fd, F_SETFL, 0);
    in->fd = fd;
    in->is_file = S_ISREG(st.st_mode);
    in->size = in->is_file ? (uint64_t)st.st_size : 0;
    in->dev = st.st_dev;
    in->ino = st.st_ino;
    in->limit = LOG_UNPACKED;
    in->capacity = LOG_WINDOW;
    in->buffer = xrealloc(NULL, in->capacity + LOG_PADDING, 1); /* what nothing was read to is read by nobody, but for the padding */
    memset(in->buffer + in->capacity, 0, LOG_PADDING);
    return 0;
}

void log_input_close(struct log_input *in)
{
    if (in->fd >= 0)
        (void)close(in->fd);
    unpacker_free(in->unpacker);
    in->archive = log_archive_free(in->archive);
    free(in->buffer);
    *in = (struct log_input){.fd = -1};
}

void log_input_consume(struct log_input *in, size_t n)
{
    in->start += n;
    in->offset += n;
}

/* Bytes of the file, or of the member at hand; 0 at its end; -EAGAIN when a pipe has none now; of an archive -errno with text. */
static ssize_t read_some(struct log_input *in, void *to, size_t n, struct error *err)
{
    ssize_t got;
    if (in->archive) {
        got = log_archive_read(in->archive, to, n, err);
        in->raw = log_archive_raw(in->archive);
        return got;
    }
    if (!in->is_file && poll(&(struct pollfd){.fd = in->fd, .events = POLLIN}, 1, WAIT_MS) <= 0)
        return -EAGAIN;
    while ((got = read(in->fd, to, n)) < 0 && errno == EINTR)
        ;
    if (got > 0)
        in->raw += (uint64_t)got;
    return got < 0 ? -errno : got;
}

static int make_room(struct log_input *in)
{
    enum { MOST = LOG_RECORD_MAX + LOG_RECORD_MAX / 2 };
    const size_t n = in->end - in->start;
    if (in->start && in->capacity - in->end < in->capacity / 2) {
        memmove(in->buffer, in->buffer + in->start, n);
        in->start = 0;
        in->end = n;
    }
    if (in->end < in->capacity)
        return 0;
    if (in->capacity >= MOST)
        return -ENOBUFS;
    const size_t more = in->capacity * 2 > MOST ? MOST : in->capacity * 2;
    in->buffer = xrealloc(in->buffer, more + LOG_PADDING, 1);
    memset(in->buffer + more, 0, LOG_PADDING);
    in->capacity = more;
    return 0;
}

/* Packed bytes at hand: 0; 1 at the end of the file. */
static int more_packed(struct log_input *in, struct error *err)
{
    struct log_unpacker *u = in->unpacker;
    if (u->at < u->n)
        return 0;
    const ssize_t got = read_some(in, u->packed, sizeof(u->packed), err);
    if (got < 0)
        return (int)got;
    u->is_first = false;
    u->at = 0;
    u->n = (size_t)got;
    return got == 0;
}

/* Zeros behind a member are padding; anything else begins another one. */
static bool skip_padding(struct log_unpacker *u)
{
    while (u->at < u->n && !u->packed[u->at])
        u->at++;
    return u->at < u->n;
}

static int unpack_gzip(struct log_input *in, size_t *ret_n, struct error *err)
{
    struct log_unpacker *u = in->unpacker;
    for (;;) {
        int r = more_packed(in, err);
        if (r < 0)
            return r;
        if (r)
            return u->is_between ? 1 : -ENODATA;
        if (u->is_between) {
            if (!skip_padding(u))
                continue;
            isal_inflate_init(&u->gzip);
            u->gzip.crc_flag = ISAL_GZIP;
            u->is_between = false;
        }
        u->gzip.next_in = u->packed + u->at;
        u->gzip.avail_in = (uint32_t)(u->n - u->at);
        u->gzip.next_out = (uint8_t *)in->buffer + in->end;
        u->gzip.avail_out = (uint32_t)(in->capacity - in->end);
        const uint32_t room = u->gzip.avail_out;
        r = isal_inflate(&u->gzip);
        u->at = u->n - u->gzip.avail_in;
        if (r != ISAL_DECOMP_OK)
            return -EBADMSG;
        if (u->gzip.block_state == ISAL_BLOCK_FINISH)
            u->is_between = true;
        *ret_n = room - u->gzip.avail_out;
        if (*ret_n)
            return 0;
    }
}

static int unpack_zstd(struct log_input *in, size_t *ret_n, struct error *err)
{
    struct log_unpacker *u = in->unpacker;
    for (;;) {
        ZSTD_outBuffer out = {in->buffer + in->end, in->capacity - in->end, 0};
        int r = more_packed(in, err);
        if (r < 0)
            return r;
        if (r && !u->is_frame_open)
            return 1;
        ZSTD_inBuffer packed = {u->packed, u->n, u->at};
        const size_t left = ZSTD_decompressStream(u->zstd, &out, &packed);
        if (ZSTD_isError(left))
            return -EBADMSG;
        u->at = packed.pos;
        u->is_frame_open = left != 0;
        *ret_n = out.pos;
        if (out.pos)
            return 0;
        if (r)
            return -ENODATA;
    }
}

static int unpack_utf16(struct log_input *in, size_t *ret_n, struct error *err)
{
    struct log_unpacker *u = in->unpacker;
    for (;;) {
        size_t used;
        *ret_n = utf16_to_utf8(u->order, str_n((const char *)u->packed + u->at, u->n - u->at), in->buffer + in->end, in->capacity - in->end, &used);
        u->at += used;
        if (*ret_n)
            return 0;
        if (u->at == u->n || u->n - u->at < 4) { /* half of a character waits for the rest */
            memmove(u->packed, u->packed + u->at, u->n - u->at);
            u->n -= u->at;
            u->at = 0;
            const ssize_t got = read_some(in, u->packed + u->n, sizeof(u->packed) - u->n, err);
            if (got < 0)
                return (int)got;
            if (!got)
                return u->n ? -ENODATA : 1;
            u->n += (size_t)got;
        } else {
            return -ENOBUFS;
        }
    }
}

/* What was taken for a file is an archive: from here on the bytes are those of its members. */
static int begin_archive(struct log_input *in, struct str front, bool is_whole_front, struct error *err)
{
    int r = log_archive_open(in->fd, front, is_whole_front, in->limit, &in->archive, err);
    if (r == 0)
        r = log_input_next_member(in, err);
    return r < 0 ? r : r == 0;
}

/* Beginnings of one member of gzip or frame of zstd, unpacked far enough to see whether a tar is in it. */
static int look_inside(struct log_input *in, struct error *err)
{
    const struct log_unpacker *u = in->unpacker;
    if (in->archive || !log_archive_is_tar(log_input_bytes(in)))
        return 0;
    _cleanup_free_ char *front = xrealloc(NULL, u->n + 1, 1);
    memcpy(front, u->packed, u->n);
    return begin_archive(in, str_n(front, u->n), u->is_first, err);
}

/* The first bytes tell how the file is packed; they go to the unpacker when there is one. 0; 1: it has ended; -errno. */
static int begin(struct log_input *in, struct error *err)
{
    enum { WINDOW_LOG = 23 /* what zstd takes by itself up to -19; --long files would take 128 MiB */ };
    static const uint8_t GZIP[] = {0x1f, 0x8b}, ZSTD[] = {0x28, 0xb5, 0x2f, 0xfd};
    enum { MAGIC = sizeof(ZSTD) };
    while (in->end < MAGIC || (in->is_file && !in->archive && in->end < ARCHIVE_HEAD)) {
        const ssize_t got = read_some(in, in->buffer + in->end, PACKED - in->end, err);
        if (got < 0)
            return (int)got;
        if (!got)
            break;
        in->end += (size_t)got;
    }
    in->has_begun = true;
    const struct str head = log_input_bytes(in);
    if (!in->archive && log_archive_is(head)) {
        _cleanup_free_ char *front = xrealloc(NULL, head.n + 1, 1);
        memcpy(front, head.p, head.n);
        return begin_archive(in, str_n(front, head.n), true, err);
    }
    const enum utf16_order order = utf16_order_of(head);
    if (head.n < MAGIC)
        return !head.n;
    if (!memcmp(in->buffer, GZIP, sizeof(GZIP)))
        in->packing = LOG_GZIP;
    else if (!memcmp(in->buffer, ZSTD, sizeof(ZSTD)))
        in->packing = LOG_ZSTD;
    else if (order != UTF16_NONE)
        in->packing = LOG_UTF16;
    if (in->packing == LOG_PLAIN)
        return 0;
    struct log_unpacker *u = in->unpacker = xrealloc(NULL, sizeof(*u), 1);
    memset(u, 0, offsetof(struct log_unpacker, packed)); /* to clear all 200 KB took an eighth of the time of files of 4 KB */
    u->is_first = true;
    u->order = order;
    if (in->packing == LOG_GZIP) {
        isal_inflate_init(&u->gzip);
        u->gzip.crc_flag = ISAL_GZIP;
    } else if (in->packing == LOG_ZSTD) {
        if (!(u->zstd = ZSTD_createDStream()))
            return -ENOMEM;
        (void)ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG);
    }
    u->n = in->end;
    memcpy(u->packed, in->buffer, u->n);
    in->end = 0;
    return 0;
}

int log_input_next_member(struct log_input *in, struct error *err)
{
    if (!in->archive)
        return 0;
    unpacker_free(in->unpacker);
    in->unpacker = NULL;
    in->packing = LOG_PLAIN;
    in->start = in->end = 0;
    in->offset = 0;
    in->has_begun = false;
    return log_archive_next(in->archive, &in->member, err);
}

static int unpack(struct log_input *in, size_t *ret_n, struct error *err)
{
    return in->packing == LOG_GZIP ? unpack_gzip(in, ret_n, err) : in->packing == LOG_ZSTD ? unpack_zstd(in, ret_n, err) : unpack_utf16(in, ret_n, err);
}

int log_input_fill(struct log_input *in, struct error *err)
{
    size_t n = 0;
    *err = ERROR_NULL;
    int r = make_room(in);
    if (r < 0)
        return r;
    while (!in->has_begun) { /* again when the file turns out to be an archive: for its first member */
        r = begin(in, err);
        if (r < 0)
            return r == -EAGAIN || (err->text[0] != 0) ? r : error_errno(err, r, "cannot be read");
        if (r)
            return 1;
        if (in->end > in->start)
            return 0;
    }
    const bool is_start = !in->offset && in->start == in->end;
    if (in->packing == LOG_PLAIN) {
        const ssize_t got = read_some(in, in->buffer + in->end, in->capacity - in->end, err);
        r = got < 0 ? (int)got : got == 0;
        n = got > 0 ? (size_t)got : 0;
    } else {
        r = unpack(in, &n, err);
    }
    in->end += n;
    in->unpacked += n;
    if (n && (in->unpacker || in->archive) && log_archive_is_bomb(in->unpacked, in->raw, in->limit)) {
        if (in->archive)
            log_archive_stop(in->archive);
        return log_archive_say_bomb(err);
    }
    if (r == 0 && is_start && in->unpacker && in->packing != LOG_UTF16) {
        r = look_inside(in, err);
        if (in->archive && r == 0 && !in->has_begun)
            return log_input_fill(in, err);
    }
    if (r < 0 && (err->text[0] != 0))
        return r;
    if (r == -ENODATA)
        return error_set(err, r, "the file is cut: what is packed in it does not end");
    if (r == -EBADMSG)
        return error_set(err, r, "what is packed in the file is damaged");
    return r < 0 && r != -EAGAIN && r != -ENOBUFS ? error_errno(err, r, "cannot be read") : r;
}
