// SPDX-License-Identifier: Apache-2.0
/*
 * A table in Parquet: whatever its bytes, each row is an object of JSON of the size of a record, and memory stays bounded. Input whose first byte is a
 * codec is a page of it: what comes in pieces is what comes at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log/limits.h"
#include "log/parquet.h"
#include "log/parquet_unpack.h"
#include "log/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *ctx, struct str piece)
{
    strbuf_add(ctx, piece);
    return true;
}

static void page(struct str bytes)
{
    enum { HEAD = 3 };
    static struct parquet_unpacker *u;
    static char whole[UINT16_MAX * 4];
    struct strbuf pieces = {};
    if (bytes.n < HEAD)
        return;
    const int64_t codec = bytes.p[0];
    const size_t n = ((size_t)(uint8_t)bytes.p[1] | (size_t)(uint8_t)bytes.p[2] << 8) * 4;
    u = u ? u : parquet_unpacker_new();
    bytes = str_sub(bytes, HEAD, bytes.n);
    const bool is_whole = parquet_unpack(u, codec, bytes, whole, n);
    if (parquet_unpack_pieces(u, codec, bytes, n, take, &pieces) && (pieces.n != n || (is_whole && n && memcmp(pieces.p, whole, n) != 0)))
        abort();
    strbuf_done(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ROWS = 2000 };
    static struct json_parser *parser;
    static int fd;
    struct error err = ERROR_NULL;
    struct parquet *p = NULL;
    struct strbuf row = {};
    const char *why = NULL;
    int got;
    if (size > 1 << 20)
        return 0;
    if (size && data[0] <= PARQUET_LZ4_RAW) {
        page(str_n(data, size));
        return 0;
    }
    parser = parser ? parser : json_parser_new(LOG_RECORD_MAX);
    fd = fd ? fd : memfd_create("parquet", MFD_CLOEXEC);
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    if (parquet_open(fd, size, &p, &err) < 0)
        return err.text[0] ? 0 : (abort(), 0);
    for (unsigned i = 0; i < ROWS && (got = parquet_next(p, &row, &why)) != 0; i++) {
        struct node root;
        if (got == 2) {
            if (!why || !*why)
                abort();
            continue;
        }
        if (got < 0 ? got != -E2BIG : got != 1)
            abort();
        if (got < 0)
            continue;
        const size_t n = row.n;
        strbuf_pad(&row, 0, LOG_PADDING);
        const int e = json_parser_run(parser, str_n(row.p, n), &root, &why);
        if (e < 0 ? e != -EILSEQ && e != -E2BIG : node_kind(root) != NODE_OBJECT)
            abort();
    }
    strbuf_done(&row);
    (void)parquet_free(p);
    return 0;
}
