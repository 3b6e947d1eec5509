// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/json.h"

/* jansson recurses up to a depth fixed when it was built (2048); this keeps the stack small, and the
 * memory that many empty values take. */
enum excess { FITS, TOO_DEEP, TOO_MANY };

static enum excess measure(struct str s)
{
    size_t depth = 0, values = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            values++;
            if (++depth > JSON_DEPTH)
                return TOO_DEEP;
        } else if (c == ',') {
            values++;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return values > JSON_VALUES ? TOO_MANY : FITS;
}

int json_parse(struct str text, json_t **ret, struct error *err)
{
    enum excess excess = measure(text);
    if (excess == TOO_DEEP)
        return error_set(err, -EINVAL, "nested deeper than %d brackets", JSON_DEPTH);
    if (excess == TOO_MANY)
        return error_set(err, -EINVAL, "over %d values", JSON_VALUES);
    json_error_t e;
    json_t *j = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &e);
    if (!j)
        return error_set(err, -EINVAL, "%d:%d: %s", e.line, e.column, e.text);
    *ret = j;
    return 0;
}

static struct str copy(struct arena *a, const json_t *s)
{
    return arena_str(a, str_n(json_string_value(s), json_string_length(s)));
}

struct str json_get_str(const json_t *o, const char *key, struct arena *a, size_t *wrong)
{
    const json_t *v = json_object_get(o, key);
    if (json_is_string(v))
        return copy(a, v);
    *wrong += v && !json_is_null(v);
    return STR_NULL;
}

size_t json_get_list(const json_t *o, const char *key, struct arena *a, const struct str **ret, size_t *wrong)
{
    const json_t *v = json_object_get(o, key);
    size_t n = 0;
    if (json_is_string(v)) {
        struct str *one = arena_new(a, struct str);
        *one = copy(a, v);
        *ret = one;
        return 1;
    }
    if (!json_is_array(v)) {
        *wrong += v && !json_is_null(v);
        return 0;
    }
    struct str *list = arena_array(a, struct str, json_array_size(v));
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *s = json_array_get(v, i);
        if (json_is_string(s))
            list[n++] = copy(a, s);
        else
            ++*wrong;
    }
    *ret = list;
    return n;
}

size_t json_get_names(const json_t *o, const char *key, bool with_values, struct arena *a,
                      const struct str **ret, size_t *wrong)
{
    json_t *v = json_object_get(o, key), *value;
    const char *name;
    size_t n = 0;
    if (!json_is_object(v)) {
        *wrong += v && !json_is_null(v);
        return 0;
    }
    struct str *list = arena_array(a, struct str, json_object_size(v));
    json_object_foreach(v, name, value)
    {
        *wrong += with_values && !json_is_string(value);
        struct str text =
            json_is_string(value) ? str_n(json_string_value(value), json_string_length(value)) : STR_NULL;
        list[n++] =
            with_values ? arena_printf(a, "%s=%.*s", name, STR_ARG(text)) : arena_str(a, str_from(name));
    }
    *ret = list;
    return n;
}

static int append(const char *text, size_t n, void *ctx)
{
    strbuf_add(ctx, str_n(text, n));
    return 0;
}

void json_add(struct strbuf *b, const json_t *tree, size_t flags)
{
    if (json_dump_callback(tree, append, b, flags) < 0)
        abort();
}
