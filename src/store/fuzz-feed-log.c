// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a head and the log behind it (after two line breaks): every refusal says why, what is taken can be written and
 * reads the same again, and nothing but a log that was signed as a whole passes.
 */
#include "store/feed_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct feed_line *l, struct arena *a)
{
    _cleanup_(strbuf_done) struct strbuf once = {}, twice = {};
    struct feed_line again;
    struct error err = ERROR_NULL;
    feed_line_write(&once, l);
    if (feed_line_parse(str_sub(strbuf_str(&once), 0, once.n - 1), a, &again, &err) < 0)
        abort();
    feed_line_write(&twice, &again);
    if (!str_eq(strbuf_str(&once), strbuf_str(&twice)))
        abort();
}

static void read_lines(struct str rest, struct arena *a)
{
    struct feed_chain c;
    struct feed_line l;
    struct str line;
    feed_chain_init(&c, NULL, NULL);
    while (str_split(&rest, '\n', &line)) {
        struct error err = ERROR_NULL, other = ERROR_NULL;
        if (feed_line_parse(line, a, &l, &other) >= 0)
            check_line(&l, a);
        else if (!other.code)
            abort();
        if (feed_chain_line(&c, line, a, &l, &err) < 0 && !err.code)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(arena_done) struct arena a = {};
    struct str all = str_n(data, size);
    struct feed_head h;
    struct error err = ERROR_NULL;
    ptrdiff_t gap = str_find(all, STR("\n\n"), 0);
    size_t at = gap < 0 ? 0 : (size_t)gap + 1;
    if (feed_head_parse(str_sub(all, 0, at), &a, &h, &err) < 0 && !err.code)
        abort();
    read_lines(str_sub(all, gap < 0 ? 0 : at + 1, all.n), &a);
    return 0;
}
