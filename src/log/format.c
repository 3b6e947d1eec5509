// SPDX-License-Identifier: Apache-2.0
#include "log/format.h"

#include "log/known.h"

#define FORMAT(id, name, ops) extern const struct log_format_ops ops;
#include "log/format.def"
#undef FORMAT

static const struct {
    const char *name;
    const struct log_format_ops *ops;
} FORMATS[LOG_FORMAT__N] = {
#define FORMAT(id, name, ops) [LOG_##id] = {name, &ops},
#include "log/format.def"
#undef FORMAT
};

const struct log_format_ops *log_format_ops(enum log_format f)
{
    return FORMATS[f].ops;
}

const char *log_format_name(enum log_format f)
{
    return FORMATS[f].name;
}

enum log_format log_format_sniff(struct str head)
{
    enum log_format best = LOG_FORMAT__NONE;
    unsigned sure = 0;
    for (int f = 0; f < LOG_FORMAT__N; f++) {
        const unsigned n = FORMATS[f].ops->sniff ? FORMATS[f].ops->sniff(head) : 0;
        if (n > sure) {
            sure = n;
            best = (enum log_format)f;
        }
    }
    return best;
}

enum log_format log_format_among(struct node root, uint64_t formats)
{
    for (; formats; formats &= formats - 1) {
        const int f = __builtin_ctzll(formats);
        if (f < LOG_FORMAT__N && FORMATS[f].ops->is_json && FORMATS[f].ops->is_json(root))
            return (enum log_format)f;
    }
    return LOG_FORMAT__NONE;
}

enum log_format log_format_of(struct node root)
{
    return log_format_among(root, known_names(root).formats);
}

enum log_next log_take_line(struct str bytes, bool is_end, size_t *ret_used, struct str *ret_line)
{
    const char *end = bytes.n ? memchr(bytes.p, '\n', bytes.n) : NULL;
    if (!end && !is_end)
        return LOG_MORE;
    struct str line = {bytes.p, end ? (size_t)(end - bytes.p) : bytes.n};
    *ret_used = line.n + (end != NULL);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    *ret_line = line;
    return LOG_RECORD;
}
