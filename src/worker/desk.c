// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/io.h"
#include "worker/desk.h"

enum {
    RECORD_MAX = 64 << 20, /* more than any facts can be: their lists and notes are bounded, their texts by windows */
    HEAD = 4 + 1 + 8,      /* length of what follows, kind, item */
};

void *desk_memory(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void write_all(struct outbox *o, const char *p, size_t n)
{
    if (io_write(o->fd, str_n(p, n)) < 0) /* nobody listens any more */
        _exit(0);
    atomic_fetch_add(&o->desk->beat, 1);
}

void outbox_flush(struct outbox *o)
{
    uint32_t n = atomic_load(&o->desk->ready);
    if (!n)
        return;
    write_all(o, o->desk->out, n);
    /* In this order: killed between the two, nothing is taken twice. Killed before, what arrived tells what is missing. */
    atomic_store(&o->desk->ready, 0);
    atomic_fetch_add(&o->desk->base, n);
}

static void put_head(char *p, enum record_kind kind, uint64_t item, size_t n)
{
    uint32_t length = (uint32_t)(n + HEAD - 4);
    memcpy(p, &length, 4);
    p[4] = (char)kind;
    memcpy(p + 5, &item, 8);
}

void outbox_add(struct outbox *o, enum record_kind kind, uint64_t item, struct str body)
{
    uint32_t at = atomic_load(&o->desk->ready);
    if (body.n > RECORD_MAX)
        body.n = 0; /* cannot be (above); the parent will refuse it */
    if (at + HEAD + body.n > DESK_OUT_BYTES) {
        outbox_flush(o);
        at = 0;
    }
    if (HEAD + body.n > DESK_OUT_BYTES) {
        char head[HEAD];
        put_head(head, kind, item, body.n);
        write_all(o, head, HEAD);
        write_all(o, body.p, body.n);
        atomic_fetch_add(&o->desk->base, HEAD + body.n);
        return;
    }
    put_head(o->desk->out + at, kind, item, body.n);
    if (body.n)
        memcpy(o->desk->out + at + HEAD, body.p, body.n);
    atomic_store(&o->desk->ready, at + HEAD + (uint32_t)body.n);
}

int inbox_read(struct inbox *in, size_t most)
{
    if (in->at == in->bytes.n) {
        strbuf_clear(&in->bytes);
        in->at = 0;
    } else if (in->at > most) {
        memmove(in->bytes.p, in->bytes.p + in->at, in->bytes.n - in->at);
        in->bytes.n -= in->at;
        in->at = 0;
    }
    strbuf_reserve(&in->bytes, most);
    ssize_t n;
    do
        n = read(in->fd, in->bytes.p + in->bytes.n, most);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n < 0 ? -errno : 1;
    in->bytes.n += (size_t)n;
    in->received += (uint64_t)n;
    return 0;
}

/* Length of the whole records from `at` on. */
static size_t whole(struct str bytes, size_t at)
{
    uint32_t n;
    while (bytes.n - at >= HEAD) {
        memcpy(&n, bytes.p + at, 4);
        if (n > RECORD_MAX + HEAD || bytes.n - at - 4 < n)
            break;
        at += 4 + n;
    }
    return at;
}

void inbox_salvage(struct inbox *in, const struct desk *desk)
{
    uint32_t ready = atomic_load(&desk->ready);
    uint64_t base = atomic_load(&desk->base), arrived = in->received > base ? in->received - base : 0;
    if (ready <= DESK_OUT_BYTES && arrived < ready)
        strbuf_add(&in->bytes, str_n(desk->out + arrived, ready - arrived));
    in->bytes.n = whole(strbuf_str(&in->bytes), in->at);
    in->received = 0;
}

void inbox_take_back(struct inbox *in, enum record_kind kind, uint64_t item)
{
    struct record r;
    size_t first = in->at, last = SIZE_MAX;
    for (size_t at = first; !inbox_take(in, &r); at = in->at)
        if (r.kind == kind && r.item == item)
            last = at;
    in->at = first;
    if (last != SIZE_MAX)
        in->bytes.p[last + 4] = RECORD_VOID;
}

int inbox_take(struct inbox *in, struct record *ret)
{
    struct str left = str_sub(strbuf_str(&in->bytes), in->at, in->bytes.n);
    uint32_t n;
    if (left.n < HEAD)
        return 1;
    memcpy(&n, left.p, 4);
    if (n < HEAD - 4 || n > RECORD_MAX + HEAD || (uint8_t)left.p[4] >= RECORD__N)
        return -EBADMSG;
    if (left.n - 4 < n)
        return 1;
    ret->kind = (enum record_kind)left.p[4];
    memcpy(&ret->item, left.p + 5, 8);
    ret->body = str_sub(left, HEAD, 4 + n);
    in->at += 4 + n;
    return 0;
}

void inbox_done(struct inbox *in)
{
    if (in->fd >= 0)
        (void)close(in->fd);
    in->fd = -1;
    strbuf_done(&in->bytes);
}
