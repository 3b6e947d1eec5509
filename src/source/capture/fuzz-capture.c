// SPDX-License-Identifier: Apache-2.0
/*
 * A capture with any bytes behind its header; every second input is put into a frame first, so that records are reached.
 * Nothing may be given that is no record.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zstd.h>

#include "base/strbuf.h"
#include "event/record_read.h"
#include "source/capture/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *ctx, const struct record *r)
{
    (void)ctx;
    if (record_check(r, r->size, NULL, NULL) != 0)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf b = {};
    const struct capture_header header = {.magic = "DAVYCAP", .version = CAPTURE_VERSION, .bytes = CAPTURE_HEADER_BYTES,
                                          .record_bytes = sizeof(struct record), .order = CAPTURE_LITTLE_ENDIAN};
    if (size < 1)
        return 0;
    if (data[0] & 2)
        strbuf_add(&b, str_n(&header, sizeof(header)));
    if (data[0] & 2)
        b.p[7] = '\n';
    if (data[0] & 1) {
        size_t room = ZSTD_compressBound(size);
        strbuf_reserve(&b, room);
        size_t n = ZSTD_compress(b.p + b.n, room, data + 1, size - 1, 1);
        b.n += ZSTD_isError(n) ? 0 : n;
    } else {
        strbuf_add(&b, str_n(data + 1, size - 1));
    }
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, b.p, b.n) != (ssize_t)b.n || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    struct source *s = capture_open_fd(fd, "fuzz");
    struct error err = ERROR_NULL;
    while (s->ops->read(s, 0, take, NULL, &err) >= 0)
        ;
    s->ops->close(s);
    strbuf_done(&b);
    return 0;
}
