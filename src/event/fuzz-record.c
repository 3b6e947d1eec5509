// SPDX-License-Identifier: Apache-2.0
/* A record from a stranger's capture: whatever passes the check can be read to its last byte. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "event/record_read.h"
#include "event/record_write.h"

static uint64_t sum(struct str s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (unsigned char)s.p[i];
    return n;
}

/* Written again block by block, a sound record gives the same bytes. */
static void write_again(const struct record *r)
{
    struct record_writer w = {};
    *record_begin(&w, r->kind) = *r;
    w.record->size = sizeof(*r);
    record_each(b, r)
        record_add(&w, b->tag, b->value, record_text(b).p, b->size, STR_NULL);
    assert(w.record->size <= r->size);
    if (!(w.record->flags & RECORD_CUT))
        assert(w.record->size == r->size && !memcmp(w.record, r, r->size));
    record_writer_done(&w);
}

static void read_all(const struct record *r)
{
    struct record_index index;
    volatile uint64_t seen = 0;
    struct str name = {};
    record_index(r, &index);
    record_each(b, r) {
        seen += sum(record_text(b)) + record_number(b);
        assert((const char *)(b + 1) + b->size <= (const char *)r + r->size);
    }
    for (size_t i = 0; i < RECORD_TAGS__N; i++)
        assert(index.v[i] == record_find(r, (enum record_tag)i));
    const struct record_fd *fd = record_fd(index.v[RECORD_FD], &name);
    if (fd)
        seen += fd->ino + sum(name);
    const struct record_exe *exe = record_exe(index.v[RECORD_EXE], &name);
    if (exe)
        seen += exe->pidns_start_ns + sum(name);
    for (unsigned i = 0; i < 3; i++)
        if (record_stdio(r, i, &name))
            seen += sum(name);
    const struct record_drop *drop = record_drop(index.v[RECORD_DROP]);
    if (drop)
        seen += drop->reason;
    (void)seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly that size, so that a sanitizer sees the first byte that is read beyond it. */
    char *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    for (size_t at = 0;;) {
        const char *why = NULL;
        size_t need = 0;
        int r = record_check(copy + at, size - at, &need, &why);
        if (r) {
            assert(r == -ENODATA ? need > size - at && need <= RECORD_BYTES_MAX : r == -EBADMSG && why);
            break;
        }
        const struct record *record = (const struct record *)(copy + at);
        read_all(record);
        write_again(record);
        at += record->size;
    }
    free(copy);
    return 0;
}
