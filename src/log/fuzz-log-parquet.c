// SPDX-License-Identifier: Apache-2.0
/* A table in Parquet: whatever its bytes, each row is an object of JSON of the size of a record, and memory stays bounded. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log/limits.h"
#include "log/parquet.h"
#include "log/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
