// SPDX-License-Identifier: Apache-2.0
/* Names of folders, which whoever packs an archive chooses: what they add to a row is JSON again. */
#include <errno.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "log/limits.h"
#include "log/parser.h"
#include "log/partition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has(void *ctx, struct str name)
{
    (void)ctx;
    return str_is(name, "id");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser;
    struct partition p = {};
    struct strbuf row = {};
    struct node root;
    const char *why;
    if (!parser)
        parser = json_parser_new(LOG_RECORD_MAX);
    partition_read(&p, str_n(data, size), has, NULL);
    strbuf_adds(&row, "{}");
    partition_add(&p, &row);
    const size_t n = row.n;
    strbuf_pad(&row, 0, LOG_PADDING);
    const int r = json_parser_run(parser, str_n(row.p, n), &root, &why);
    if (r < 0 && r != -EILSEQ) /* names may be in a foreign encoding, as records may */
        abort();
    if (!r) {
        unsigned members = 0;
        for (struct node_each e = node_each(root); node_next(&e); members++)
            if (str_is(e.name, "id") || e.name.n > LOG_PARTITION_NAME || e.value.tape == NULL)
                abort();
        if (members > LOG_PARTITIONS_MAX)
            abort();
    }
    strbuf_done(&row);
    partition_done(&p);
    return 0;
}
