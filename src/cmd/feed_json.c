// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "cmd/feed_json.h"

/* One past the end of the string whose opening quote stands before `i`; line breaks do not stand in strings. */
static size_t skip_string(struct str text, size_t i)
{
    while (i < text.n && text.p[i] != '"')
        i += text.p[i] == '\\' ? 2 : 1;
    return i + 1;
}

static int measure(const char *name, struct str text, struct error *err)
{
    size_t depth = 0, values = 0, line = 1, line_start = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '"') {
            i = skip_string(text, i + 1) - 1;
        } else if (c == '\n') {
            line++;
            line_start = i + 1;
        } else if (c == '[' || c == '{') {
            depth++;
            values++;
        } else if (c == ']' || c == '}') {
            depth -= depth > 0;
        } else if (c == ',' || c == ':') {
            values++;
        }
        if (depth > FEED_JSON_DEPTH)
            return error_set(err, -EFBIG, "%s:%zu:%zu: nests deeper than %d; no report does", name, line, i - line_start + 1,
                             FEED_JSON_DEPTH);
        if (values > FEED_JSON_VALUES)
            return error_set(err, -EFBIG, "%s:%zu:%zu: more than %d values; scan fewer targets at once", name, line,
                             i - line_start + 1, FEED_JSON_VALUES);
    }
    return 0;
}

int feed_json_parse(const char *name, struct str text, json_t **ret, struct error *err)
{
    json_error_t e;
    int r = measure(name, text, err);
    if (r < 0)
        return r;
    json_t *j = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
    if (!j)
        return error_set(err, -EINVAL, "%s:%d:%d: %s", name, e.line, e.column, e.text);
    *ret = j;
    return 0;
}

struct str feed_json_str(const json_t *object, const char *key)
{
    const json_t *j = json_object_get(object, key);
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
}
