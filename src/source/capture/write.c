// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/strbuf.h"
#include "config.h"
#include "event/record_write.h"
#include "source/capture/keep.h"
#include "source/capture/write.h"

enum {
    DROPS_BYTES = 1024, /* kept free in a frame for the record about lost ones */
    LEVEL = 1, /* records shrink to an eighth; higher levels cost more than they save */
};

/* What the thread has: the file. */
struct store {
    struct capture_options options;
    char *path;
    struct capture_header header;
    int fd;
    bool is_regular, is_full;
    uint64_t written; /* bytes of this file */
    ZSTD_CCtx *zstd;
    char *room; /* for one compressed frame */
    struct kept_set *kept; /* what the files that follow begin with; NULL: there will be none */
    struct strbuf begin;   /* records of a beginning, gathered */
    atomic_uint_fast64_t bytes, stored, lost; /* stored, lost: records */
};

struct capture_writer {
    struct outlet *outlet;
    struct store *store;  /* belongs to the outlet */
    struct strbuf frame;  /* struct frame_head, then records */
    uint64_t records, lost; /* taken, and lost here for want of room */
    uint64_t untold, told;  /* lost ones: not told in the capture yet, and told in the frame at hand */
    struct record_writer drops;
};

struct frame_head {
    uint32_t n_records, pad; /* those that were taken; not what tells of lost ones */
};

/* ---- the file ---- */

static int add_bytes(struct store *s, const void *p, size_t n)
{
    int r = io_write(s->fd, str_n(p, n));
    if (r < 0 && s->is_regular && (ftruncate(s->fd, (off_t)s->written) < 0 || lseek(s->fd, 0, SEEK_END) < 0))
        return -errno; /* half a frame stays: readers step over it */
    if (!r) {
        s->written += n;
        atomic_fetch_add(&s->bytes, n);
    }
    return r;
}

/* Compresses records into `room`; the number of bytes. A frame's bound is small enough that this cannot fail. */
static size_t compress(struct store *s, struct str records)
{
    size_t n = ZSTD_compress2(s->zstd, s->room, CAPTURE_STORED_BYTES, records.p, records.n);
    return ZSTD_isError(n) ? 0 : n;
}

static int flush_beginning(struct store *s)
{
    size_t n = s->begin.n ? compress(s, strbuf_str(&s->begin)) : 0;
    int r = n ? add_bytes(s, s->room, n) : 0;
    strbuf_clear(&s->begin);
    return r;
}

static int give_beginning(void *ctx, const struct record *r)
{
    struct store *s = ctx;
    int done = s->begin.n + r->size > CAPTURE_FRAME_BYTES ? flush_beginning(s) : 0;
    if (!done && s->written > s->options.bytes / 2)
        return -EFBIG;
    strbuf_add(&s->begin, str_n(r, r->size));
    return done;
}

/* At most half of a file, so that there is room for what happens. */
static int add_beginning(struct store *s)
{
    int r = kept_set_give(s->kept, give_beginning, s);
    if (r == -EFBIG) {
        strbuf_clear(&s->begin);
        return 0;
    }
    return r ? r : flush_beginning(s);
}

static int begin_file(struct store *s)
{
    struct stat st;
    int fd = open(s->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return -errno;
    s->fd = fd;
    s->written = 0;
    s->is_regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    int r = add_bytes(s, &s->header, sizeof(s->header));
    return !r && s->kept ? add_beginning(s) : r;
}

/* PATH becomes PATH.1, that PATH.2 …; the last goes. */
static int rotate(struct store *s)
{
    struct strbuf from = {}, to = {};
    int r = 0;
    for (unsigned i = s->options.files - 1; i > 0 && !r; i--) {
        strbuf_clear(&from);
        strbuf_clear(&to);
        strbuf_printf(&to, "%s.%u", s->path, i);
        strbuf_adds(&from, s->path);
        if (i > 1)
            strbuf_printf(&from, ".%u", i - 1);
        if (rename(from.p, to.p) < 0 && errno != ENOENT)
            r = -errno;
    }
    strbuf_done(&from);
    strbuf_done(&to);
    if (r < 0)
        return r;
    (void)close(s->fd);
    s->fd = -1;
    return begin_file(s);
}

static int make_room(struct store *s, size_t n, struct error *err)
{
    const uint64_t most = s->options.bytes;
    if (!most || s->written + n <= most)
        return 0;
    if (s->options.files > 1) {
        int r = rotate(s);
        return r < 0 ? error_errno(err, r, "cannot begin the next %s", s->path) : 0;
    }
    s->is_full = true;
    return error_set(err, -EFBIG, "%s is full: it has its %llu bytes; --capture-files keeps several", s->path,
                     (unsigned long long)most);
}

/* What these records tell holds from the next ones on. */
static void keep(struct store *s, struct str records)
{
    for (size_t at = 0; s->kept && at < records.n;) {
        const struct record *r = (const struct record *)(records.p + at);
        kept_set_see(s->kept, r);
        at += r->size;
    }
}

static int store_write(void *ctx, struct str message, unsigned attempt, bool is_last, unsigned *wait_ms, struct error *err)
{
    struct store *s = ctx;
    const struct frame_head *head = (const struct frame_head *)message.p;
    struct str records = str_sub(message, sizeof(*head), message.n);
    (void)attempt;
    (void)is_last;
    (void)wait_ms;
    int r = s->fd < 0 && !s->is_full ? begin_file(s) : 0;
    if (!r && s->is_full)
        r = error_set(err, -EFBIG, "%s is full", s->path);
    size_t n = r < 0 ? 0 : compress(s, records);
    if (!r && (r = make_room(s, n, err)) == 0 && s->kept)
        n = compress(s, records); /* the beginning of another file took the room */
    if (!r && (r = add_bytes(s, s->room, n)) < 0)
        (void)error_errno(err, r, "cannot write %s", s->path);
    atomic_fetch_add(r < 0 ? &s->lost : &s->stored, head->n_records);
    keep(s, records);
    return r;
}

static void store_done(void *ctx)
{
    struct store *s = ctx;
    if (s->fd >= 0)
        (void)close(s->fd);
    ZSTD_freeCCtx(s->zstd);
    kept_set_free(s->kept);
    strbuf_done(&s->begin);
    free(s->room);
    free(s->path);
    free(s);
}

static const struct outlet_ops OPS = {.write = store_write, .done = store_done};

/* ---- the writer ---- */

static void set_text(char *to, size_t size, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n < size ? n : size - 1);
}

static void fill_header(struct capture_header *h, const struct capture_options *o)
{
    struct utsname u;
    *h = (struct capture_header){
        .magic = {'D', 'A', 'V', 'Y', 'C', 'A', 'P', '\n'},
        .version = CAPTURE_VERSION,
        .bytes = CAPTURE_HEADER_BYTES,
        .record_bytes = sizeof(struct record),
        .order = CAPTURE_LITTLE_ENDIAN,
        .started_ns = o->started_ns,
        .boot_ns = o->boot_ns,
    };
    set_text(h->writer, sizeof(h->writer), "davy " DAVY_VERSION);
    if (uname(&u) < 0)
        return;
    set_text(h->hostname, sizeof(h->hostname), u.nodename);
    set_text(h->kernel, sizeof(h->kernel), u.release);
    set_text(h->machine, sizeof(h->machine), u.machine);
}

static void begin_frame(struct capture_writer *w)
{
    const struct frame_head head = {};
    strbuf_clear(&w->frame);
    strbuf_add(&w->frame, str_n(&head, sizeof(head)));
}

int capture_create(const struct capture_options *o, struct capture_writer **ret, struct error *err)
{
    struct store *s = xnew(struct store);
    s->options = *o;
    s->path = xstrdup(o->path);
    s->fd = -1;
    s->zstd = ZSTD_createCCtx();
    s->room = xalloc(CAPTURE_STORED_BYTES);
    fill_header(&s->header, o);
    if (o->bytes && o->files > 1)
        s->kept = kept_set_new();
    int r = !s->zstd ? -ENOMEM : 0;
    if (!r) {
        (void)ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, LEVEL);
        (void)ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1);
        r = begin_file(s);
    }
    if (r < 0) {
        store_done(s);
        return error_errno(err, r, "cannot write the capture %s", o->path);
    }
    struct capture_writer *w = xnew(struct capture_writer);
    w->store = s;
    w->outlet = outlet_new(&(struct outlet_options){
        .ops = &OPS, .ctx = s, .bytes = o->queue ? o->queue : CAPTURE_QUEUE_DEFAULT});
    strbuf_reserve(&w->frame, sizeof(struct frame_head) + CAPTURE_FRAME_BYTES);
    begin_frame(w);
    *ret = w;
    return 0;
}

/* How many records are missing before the next one, in the stream itself. */
static void tell_lost(struct capture_writer *w, uint64_t time_ns)
{
    struct record *r = record_begin(&w->drops, RECORD_DROPS);
    r->time_ns = time_ns;
    record_add(&w->drops, RECORD_DROP, 0, &(struct record_drop){.count = w->untold, .kind = UINT32_MAX, .reason = RECORD_DROP_FULL},
               sizeof(struct record_drop), STR_NULL);
    w->told += w->untold;
    w->untold = 0;
    strbuf_add(&w->frame, str_n(w->drops.record, w->drops.record->size));
}

void capture_flush(struct capture_writer *w)
{
    const uint32_t n = ((const struct frame_head *)w->frame.p)->n_records;
    if (!n)
        return;
    if (!outlet_put(w->outlet, strbuf_str(&w->frame))) {
        w->lost += n;
        w->untold += n + w->told;
    }
    w->told = 0;
    begin_frame(w);
}

void capture_write(struct capture_writer *w, const struct record *r)
{
    if (w->frame.n + r->size > sizeof(struct frame_head) + CAPTURE_FRAME_BYTES - DROPS_BYTES)
        capture_flush(w);
    if (w->untold)
        tell_lost(w, r->time_ns);
    w->records++;
    strbuf_add(&w->frame, str_n(r, r->size));
    ((struct frame_head *)w->frame.p)->n_records++;
}

void capture_stats(struct capture_writer *w, struct capture_stats *ret)
{
    struct outlet_stats o;
    outlet_stats(w->outlet, &o);
    *ret = (struct capture_stats){.records = w->records,
                                  .lost = w->lost + atomic_load(&w->store->lost),
                                  .bytes = atomic_load(&w->store->bytes),
                                  .last = o.last};
    if (w->lost && !ret->last.code)
        (void)error_set(&ret->last, -ENOBUFS, "%s is slower than what happens", w->store->path);
}

uint64_t capture_close(struct capture_writer *w, unsigned timeout_ms)
{
    if (!w)
        return 0;
    capture_flush(w);
    (void)outlet_drain(w->outlet, timeout_ms);
    const uint64_t lost = w->records - atomic_load(&w->store->stored);
    strbuf_done(&w->frame);
    record_writer_done(&w->drops);
    (void)outlet_free(w->outlet, 0);
    free(w);
    return lost;
}
