// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/digest.h"
#include "base/json_string.h"
#include "base/text.h"
#include "sink/json_object.h"

/* jansson fails only when there is no memory; a report with holes would be a lie. */
void json_put_new(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) < 0)
        abort();
}

void json_add_new(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        abort();
}

json_t *json_text(struct str s)
{
    struct strbuf b = {};
    (void)json_string_make_utf8(&b, s);
    json_t *j = json_stringn(strbuf_str(&b).p, b.n);
    strbuf_done(&b);
    return j;
}

void json_put(json_t *object, const char *key, struct str s)
{
    if (text_is_utf8(s)) {
        json_put_new(object, key, json_stringn(s.n ? s.p : "", s.n));
        return;
    }
    struct arena a = {};
    char exact_key[64];
    json_put_new(object, key, json_text(s));
    struct str exact = base64_encode_unpadded(&a, s.p, s.n);
    (void)snprintf(exact_key, sizeof(exact_key), "%s_base64", key);
    json_put_new(object, exact_key, json_stringn(exact.p, exact.n));
    arena_done(&a);
}

void json_put_any(json_t *object, const char *key, struct str s)
{
    if (s.n)
        json_put(object, key, s);
}

void json_put_count(json_t *object, const char *key, uint64_t n)
{
    json_put_new(object, key, json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

void json_put_bool(json_t *object, const char *key, bool b)
{
    json_put_new(object, key, json_boolean(b));
}

void json_put_list(json_t *object, const char *key, const struct str *v, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_add_new(list, json_text(v[i]));
    json_put_new(object, key, list);
}

void json_put_time(json_t *object, const char *key, uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 9);
    json_put(object, key, strbuf_str(&b));
    strbuf_done(&b);
}
