// SPDX-License-Identifier: Apache-2.0
#include "log/partition.h"

#include "base/json_string.h"
#include "log/limits.h"
#include "log/node.h"

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* %2F and its like; what is no such thing stays as it is. */
static void decode(struct str s, struct strbuf *ret)
{
    strbuf_clear(ret);
    for (size_t i = 0; i < s.n; i++) {
        const int high = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = high >= 0 ? hex(s.p[i + 2]) : -1;
        strbuf_addc(ret, low >= 0 ? (char)(high << 4 | low) : s.p[i]);
        i += low >= 0 ? 2 : 0;
    }
}

static bool is_among(const struct str *names, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq_nocase(names[i], name))
            return true;
    return false;
}

void partition_read(struct partition *p, struct str path, bool (*has)(void *ctx, struct str name), void *ctx)
{
    struct str folders = str_dirname(path), names[LOG_PARTITIONS_MAX];
    struct strbuf name = {}, value = {};
    size_t n = 0;
    strbuf_clear(&p->members);
    p->is_known = true;
    /* the innermost first: of two of one name it is the nearer */
    for (; folders.n && n < LOG_PARTITIONS_MAX; folders = str_dirname(folders)) {
        const struct str folder = str_basename(folders);
        const ptrdiff_t is = str_find(folder, STR("="), 0);
        if (is > 0 && is <= LOG_PARTITION_NAME && folder.n <= LOG_PARTITION_VALUE) {
            const struct str written = str_sub(folder, (size_t)is + 1, folder.n);
            decode(str_sub(folder, 0, (size_t)is), &name);
            decode(written, &value);
            if (written.n && !str_is(written, "__HIVE_DEFAULT_PARTITION__") && !is_among(names, n, str_sub(folder, 0, (size_t)is)) && !has(ctx, strbuf_str(&name))) {
                names[n] = str_sub(folder, 0, (size_t)is);
                if (n++)
                    strbuf_addc(&p->members, ',');
                json_string_add_bytes(&p->members, strbuf_str(&name));
                strbuf_addc(&p->members, ':');
                json_string_add_bytes(&p->members, strbuf_str(&value));
            }
        }
        if (folder.n == folders.n || str_is(folders, "/"))
            break;
    }
    strbuf_done(&name);
    strbuf_done(&value);
}

void partition_add(const struct partition *p, struct strbuf *row)
{
    if (!p->members.n || row->n < 2 || row->p[row->n - 1] != '}')
        return;
    row->n--;
    if (row->p[row->n - 1] != '{')
        strbuf_addc(row, ',');
    strbuf_add(row, strbuf_str(&p->members));
    strbuf_addc(row, '}');
}

void partition_done(struct partition *p)
{
    strbuf_done(&p->members);
    p->is_known = false;
}
