// SPDX-License-Identifier: Apache-2.0
/* Tables (log/csv.h), answers of queries (log/rows.h), packed strings (log/packed.h): what comes out is JSON. The first byte chooses. */
#include <stdlib.h>

#include "log/csv.h"
#include "log/limits.h"
#include "log/packed.h"
#include "log/parser.h"
#include "log/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_parser *parser;

static void must_parse(struct strbuf *b, enum node_kind kind)
{
    struct node root;
    const char *why;
    const size_t n = b->n;
    strbuf_pad(b, 0, LOG_PADDING);
    const int e = json_parser_run(parser, str_n(b->p, n), &root, &why);
    if (e < 0 ? e != -84 /* EILSEQ: no UTF-8, as it came */ : node_kind(root) != kind)
        abort();
}

static void table(struct str bytes)
{
    struct csv_names names = {};
    struct strbuf b = {};
    (void)csv_is(bytes);
    while (bytes.n) {
        size_t used = 0;
        const enum log_next got = csv_next(&names, bytes, true, &used, &b);
        if (got == LOG_RECORD)
            must_parse(&b, NODE_OBJECT);
        if (used > bytes.n)
            abort();
        bytes = str_sub(bytes, used ? used : bytes.n, bytes.n);
    }
    strbuf_done(&b);
    csv_done(&names);
}

static void rows(struct str bytes)
{
    struct strbuf in = {}, out = {};
    struct node root;
    const char *why;
    static struct json_parser *other;
    other = other ? other : json_parser_new(1 << 17);
    strbuf_add(&in, bytes);
    strbuf_pad(&in, 0, LOG_PADDING);
    if (!json_parser_run(other, str_n(in.p, bytes.n), &root, &why)) {
        if (rows_is_lake(root)) {
            rows_add_lake(root, &out);
            must_parse(&out, NODE_OBJECT);
        } else if (rows_is_athena(root)) {
            rows_add_athena(root, &out);
            must_parse(&out, NODE_ARRAY);
        }
    }
    strbuf_done(&in);
    strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 1 << 16)
        return 0;
    parser = parser ? parser : json_parser_new(LOG_RECORD_MAX);
    const struct str bytes = str_n(data + 1, size - 1);
    if (data[0] % 3 == 0) {
        table(bytes);
    } else if (data[0] % 3 == 1) {
        rows(bytes);
    } else {
        struct arena a = {};
        struct str s;
        if (log_unpack(&a, bytes, &s) && (!s.n || s.n > LOG_RECORD_MAX + (1 << 17)))
            abort();
        arena_done(&a);
    }
    return 0;
}
