// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "event/record_read.h"
#include "source/capture/read.h"

enum {
    ROOM = CAPTURE_STORED_BYTES, /* bytes of the file that are held: from the start of the frame at hand */
    READ_BYTES = 128 << 10,
    /*
     * Work spent on what turns out damaged, in bytes decoded: a file may be made so that a frame seems to begin at every
     * fourth byte. An honest one loses a few frames of CAPTURE_FRAME_BYTES.
     */
    WASTED_MAX = 64 << 20, WASTED_FACTOR = 16, ATTEMPT_COST = 256,
};

struct capture {
    struct source source;
    const char *const *paths;
    size_t n_paths, next;
    const char *name; /* of the file at hand */
    int fd;           /* -1: the next is to be opened */
    bool is_regular, has_header, at_end;
    struct capture_header header;
    /* The file from the frame at hand on: bytes[0 … n), of which the decoder took `taken`. */
    uint8_t *bytes;
    size_t n, taken;
    uint64_t offset; /* in the file, of bytes[0] */
    ZSTD_DCtx *zstd;
    bool in_frame, is_damaged; /* is_damaged: no good frame since the last bad place */
    uint64_t wasted;
    /* Records of the frame at hand: all of it when `is_whole`. */
    uint8_t *records;
    size_t n_records, given; /* bytes */
    bool is_whole;
    struct source_stats stats;
    struct capture_trouble trouble;
};

static struct capture *of(struct source *s)
{
    return (struct capture *)s;
}

/* ---- damage ---- */

static void note(struct capture *c, uint64_t offset, const char *why)
{
    if (!c->trouble.first[0])
        (void)snprintf(c->trouble.first, sizeof(c->trouble.first), "%s: byte %llu: %s", c->name, (unsigned long long)offset, why);
}

static void drop_bytes(struct capture *c, size_t n)
{
    memmove(c->bytes, c->bytes + n, c->n - n);
    c->n -= n;
    c->taken = c->taken > n ? c->taken - n : 0;
    c->offset += n;
}

/* Steps over what is no frame, to where the next one may begin; 0, or -EBADMSG when that has cost more than it may bring. */
static int step_over(struct capture *c, const char *why, struct error *err)
{
    static const uint8_t MAGIC[] = {0x28, 0xb5, 0x2f, 0xfd};
    size_t at = 1;
    while (at < c->n && memcmp(c->bytes + at, MAGIC, c->n - at < sizeof(MAGIC) ? c->n - at : sizeof(MAGIC)) != 0)
        at++;
    note(c, c->offset, why);
    c->trouble.places += !c->is_damaged; /* one place, however many attempts it takes */
    c->trouble.bytes += at;
    c->is_damaged = true;
    c->wasted += c->n_records + ATTEMPT_COST;
    drop_bytes(c, at);
    c->taken = 0;
    c->in_frame = false;
    c->n_records = c->given = 0;
    (void)ZSTD_DCtx_reset(c->zstd, ZSTD_reset_session_only);
    return c->wasted > WASTED_MAX + WASTED_FACTOR * c->offset ? error_set(err, -EBADMSG, "%s is damaged all over", c->name) : 0;
}

/* ---- files ---- */

static void set_fd(struct capture *c, int fd, const char *name)
{
    struct stat st;
    c->fd = fd;
    c->name = name;
    c->is_regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    c->has_header = c->at_end = false;
    c->n = c->taken = 0;
    c->offset = c->wasted = 0;
    c->in_frame = c->is_damaged = false;
}

static int open_next(struct capture *c, struct error *err)
{
    const char *path = c->paths[c->next];
    int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return error_errno(err, -errno, "cannot read %s", path);
    c->next++;
    set_fd(c, fd, strcmp(path, "-") != 0 ? path : _("standard input"));
    return 0;
}

/* 1: more bytes are there; 0: none came in time; -ENODATA: there will be no more in this file. */
static int fill(struct capture *c, int timeout_ms, struct error *err)
{
    if (!c->is_regular) {
        int ready = poll(&(struct pollfd){.fd = c->fd, .events = POLLIN}, 1, timeout_ms);
        if (ready <= 0)
            return ready < 0 ? -errno : 0;
    }
    size_t room = ROOM - c->n < READ_BYTES ? ROOM - c->n : READ_BYTES;
    ssize_t n = read(c->fd, c->bytes + c->n, room);
    if (n < 0)
        return errno == EINTR ? -EINTR : errno == EAGAIN ? 0 : error_errno(err, -errno, "cannot read %s", c->name);
    c->n += (size_t)n;
    return n ? 1 : -ENODATA;
}

/* ---- the header ---- */

static int check_header(struct capture *c, struct error *err)
{
    const struct capture_header *h = (const struct capture_header *)c->bytes;
    size_t n = c->n < sizeof(h->magic) ? c->n : sizeof(h->magic);
    if (memcmp(c->bytes, CAPTURE_MAGIC, n) != 0)
        return error_set(err, -EPROTO, "%s is no capture of davy watch", c->name);
    if (c->n < sizeof(*h))
        return 0;
    if (h->order != CAPTURE_LITTLE_ENDIAN || h->bytes != CAPTURE_HEADER_BYTES)
        return error_set(err, -EPROTO, "%s was made on a machine of another kind", c->name);
    if (h->version != CAPTURE_VERSION || h->record_bytes != sizeof(struct record))
        return error_set(err, -EPROTO, "%s has form %u (records of %u bytes), this davy reads form %u (%zu bytes); use the davy that "
                         "made it, or a later one", c->name, h->version, h->record_bytes, CAPTURE_VERSION, sizeof(struct record));
    c->header = *h;
    c->header.hostname[sizeof(h->hostname) - 1] = c->header.kernel[sizeof(h->kernel) - 1] = 0;
    c->header.machine[sizeof(h->machine) - 1] = c->header.writer[sizeof(h->writer) - 1] = 0;
    c->has_header = true;
    drop_bytes(c, sizeof(*h));
    return 0;
}

/* ---- frames ---- */

/* Decodes what is there of the frame at hand. */
static int decode(struct capture *c, struct error *err)
{
    static const char LARGE[] = "a frame is larger than any that davy writes";
    ZSTD_inBuffer in = {c->bytes, c->n, c->taken};
    ZSTD_outBuffer out = {c->records, CAPTURE_FRAME_BYTES + 1, c->n_records};
    c->in_frame = true;
    while (in.pos < in.size) {
        size_t r = ZSTD_decompressStream(c->zstd, &out, &in);
        c->taken = in.pos;
        c->n_records = out.pos;
        if (ZSTD_isError(r))
            return step_over(c, ZSTD_getErrorName(r), err);
        if (out.pos == out.size)
            return step_over(c, LARGE, err);
        if (!r) {
            c->is_whole = true;
            return 0;
        }
    }
    return c->n == ROOM ? step_over(c, LARGE, err) : 0;
}

/* The frame is given away, or what is left of it cannot be. */
static void end_frame(struct capture *c)
{
    drop_bytes(c, c->taken);
    c->in_frame = c->is_whole = c->is_damaged = false;
    c->n_records = c->given = 0;
    (void)ZSTD_DCtx_reset(c->zstd, ZSTD_reset_session_only);
}

/* Gives the records of the frame; how many, or what the function returned. `is_cut`: the last may be there in part. */
static int give(struct capture *c, bool is_cut, source_record_fn fn, void *ctx)
{
    int n = 0;
    while (c->given < c->n_records) {
        const struct record *r = (const struct record *)(c->records + c->given);
        size_t left = c->n_records - c->given;
        const char *why = "a record is damaged";
        int bad = record_check(r, left, NULL, &why);
        if (bad) {
            if (!(is_cut && bad == -ENODATA)) {
                c->trouble.places++;
                c->trouble.bytes += left;
                note(c, c->offset, why);
            }
            c->given = c->n_records;
            break;
        }
        c->given += r->size;
        c->stats.delivered++;
        c->stats.bytes += r->size;
        n++;
        int stop = fn(ctx, r);
        if (stop)
            return stop;
    }
    return n;
}

/* The file ends: what is there of its last frame is good. */
static int end_file(struct capture *c, source_record_fn fn, void *ctx, struct error *err)
{
    if (!c->has_header)
        return c->n ? error_set(err, -EPROTO, "%s ends within its header", c->name)
                    : error_set(err, -EPROTO, "%s is empty", c->name);
    int n = 0;
    if (c->n || c->n_records) {
        n = give(c, true, fn, ctx);
        if (n < 0)
            return n;
        c->trouble.cut++;
        note(c, c->offset + c->n, "the file ends in the middle of a frame");
    }
    end_frame(c);
    (void)close(c->fd);
    c->fd = -1;
    return n;
}

/* One step: 0 go on, >0 records were given, <0 as read(). */
static int step(struct capture *c, int timeout_ms, bool *ret_idle, source_record_fn fn, void *ctx, struct error *err)
{
    if (c->is_whole) {
        int n = give(c, false, fn, ctx);
        if (c->given == c->n_records)
            end_frame(c);
        return n;
    }
    if (c->fd < 0)
        return c->next < c->n_paths ? open_next(c, err) : -ENODATA;
    /* several captures in one stream: cat a b | davy replay - */
    if (c->has_header && !c->in_frame && c->n >= sizeof(c->header.magic) && !memcmp(c->bytes, CAPTURE_MAGIC, sizeof(c->header.magic)))
        c->has_header = false;
    if (!c->has_header && c->n) {
        int r = check_header(c, err);
        if (r < 0 || c->has_header)
            return r;
    }
    if (c->has_header && c->n > c->taken && c->n >= sizeof(c->header.magic)) {
        int r = decode(c, err);
        if (r < 0 || c->is_whole || !c->in_frame)
            return r;
    }
    int r = fill(c, timeout_ms, err);
    if (r == -ENODATA)
        return end_file(c, fn, ctx, err);
    *ret_idle = !r;
    return r < 0 ? r : 0;
}

static int capture_read(struct source *s, int timeout_ms, source_record_fn fn, void *ctx, struct error *err)
{
    struct capture *c = of(s);
    bool is_idle = false;
    int r = 0;
    while (!r && !is_idle)
        r = step(c, timeout_ms, &is_idle, fn, ctx, err);
    return r;
}

/* ---- the source ---- */

static void capture_source_stats(struct source *s, struct source_stats *ret)
{
    *ret = of(s)->stats;
    ret->seen = ret->delivered;
}

static int capture_pollable(struct source *s)
{
    const struct capture *c = of(s);
    return c->fd >= 0 && !c->is_regular ? c->fd : -1;
}

static struct source *capture_close_source(struct source *s)
{
    struct capture *c = of(s);
    if (!c)
        return NULL;
    if (c->fd >= 0)
        (void)close(c->fd);
    ZSTD_freeDCtx(c->zstd);
    free(c->bytes);
    free(c->records);
    free(c);
    return NULL;
}

static const struct source_ops OPS = {
    .name = "capture",
    .read = capture_read,
    .stats = capture_source_stats,
    .pollable = capture_pollable,
    .close = capture_close_source,
};

static struct capture *new_capture(void)
{
    struct capture *c = xnew(struct capture);
    c->source.ops = &OPS;
    c->fd = -1;
    c->zstd = ZSTD_createDCtx();
    if (!c->zstd)
        abort();
    (void)ZSTD_DCtx_setParameter(c->zstd, ZSTD_d_windowLogMax, CAPTURE_WINDOW_LOG_MAX);
    c->bytes = xalloc(ROOM);
    c->records = xalloc(CAPTURE_FRAME_BYTES + 1);
    return c;
}

int capture_open(const char *const *paths, size_t n, struct source **ret, struct error *err)
{
    for (size_t i = 0; i < n; i++) /* a mistake in the last name is told before an hour of the first */
        if (strcmp(paths[i], "-") != 0 && access(paths[i], R_OK) < 0)
            return error_errno(err, -errno, "cannot read %s", paths[i]);
    struct capture *c = new_capture();
    c->paths = paths;
    c->n_paths = n;
    *ret = &c->source;
    return 0;
}

struct source *capture_open_fd(int fd, const char *name)
{
    struct capture *c = new_capture();
    set_fd(c, fd, name);
    return &c->source;
}

const struct capture_header *capture_header(const struct source *s)
{
    const struct capture *c = (const struct capture *)s;
    return c->header.version ? &c->header : NULL;
}

void capture_trouble(const struct source *s, struct capture_trouble *ret)
{
    *ret = ((const struct capture *)s)->trouble;
}
