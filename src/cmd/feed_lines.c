// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "cmd/feed_lines.h"
#include "store/feed_entry.h"

enum { LINE_MAX_BYTES = 16 << 10 }; /* a digest and a path */

/* `<hex>  file`, `<hex> *file`, `\<hex>  odd\nfile`, `SHA256 (file) = <hex>`, or a digest alone. */
static bool line_digest(struct str line, uint8_t digest[SHA256_BYTES], struct str *ret_name)
{
    static const struct str bsd = {"SHA256 (", 8};
    const char *end = line.n ? memrchr(line.p, ')', line.n) : NULL;
    if (str_starts(line, bsd) && end) {
        struct str rest = str_sub(line, (size_t)(end - line.p) + 1, line.n);
        *ret_name = str_sub(line, bsd.n, (size_t)(end - line.p));
        return str_starts(rest, STR(" = ")) && feed_digest_parse(str_sub(rest, 3, rest.n), digest);
    }
    if (line.n && line.p[0] == '\\')
        line = str_sub(line, 1, line.n);
    const char *blank = line.n ? memchr(line.p, ' ', line.n) : NULL;
    size_t n = blank ? (size_t)(blank - line.p) : line.n;
    struct str name = str_sub(line, n + 1, line.n);
    *ret_name = name.n && (name.p[0] == ' ' || name.p[0] == '*') ? str_sub(name, 1, name.n) : name;
    return feed_digest_parse(str_sub(line, 0, n), digest);
}

static void take_line(const struct feed_lines *l, struct str line, size_t number)
{
    uint8_t digest[SHA256_BYTES];
    struct str name = STR_NULL;
    line = str_trim(line);
    if (!line.n || line.p[0] == '#')
        return;
    if (line_digest(line, digest, &name))
        l->digest(l->ctx, digest, name.n ? name : line);
    else
        l->bad(l->ctx, number);
}

int feed_lines_read(const struct feed_lines *l)
{
    _cleanup_free_ char *line = xalloc(LINE_MAX_BYTES);
    bool whole = true; /* the last piece ended its line */
    for (size_t number = 0; fgets(line, LINE_MAX_BYTES, stdin);) {
        bool starts = whole;
        struct str s = str_from(line);
        whole = s.n && s.p[s.n - 1] == '\n';
        number += starts;
        if (starts) /* a digest stands in front: of a longer line the rest of the name is lost */
            take_line(l, s, number);
    }
    return ferror(stdin) ? errno ? -errno : -EIO : 0;
}
