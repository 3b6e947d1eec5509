// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <time.h>

#include "base/json.h"
#include "base/text.h"
#include "store/feed_json.h"
#include "store/feed_log.h"

enum { NS_A_SECOND = 1'000'000'000, TIME_CHARACTERS = 20 };

int feed_get_object(struct str text, size_t max, json_t **ret, struct error *err)
{
    json_error_t e;
    if (text.n > max)
        return error_set(err, -EFBIG, "longer than %zu bytes", max);
    json_t *j = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
    if (!j)
        return error_set(err, -EINVAL, "%d: %s", e.column, e.text);
    if (!json_is_object(j)) {
        json_decref(j);
        return error_set(err, -EINVAL, "no JSON object");
    }
    *ret = j;
    return 0;
}

struct str feed_get_str(const json_t *j, const char *key, struct arena *a)
{
    const json_t *v = json_object_get(j, key);
    return json_is_string(v) ? arena_str(a, str_n(json_string_value(v), json_string_length(v))) : STR_NULL;
}

static bool two_digits(struct str s, size_t at, int most, int *ret)
{
    char tens = s.p[at], ones = s.p[at + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9')
        return false;
    *ret = (tens - '0') * 10 + (ones - '0');
    return *ret <= most;
}

bool feed_get_time(const json_t *j, const char *key, struct arena *a, uint64_t *ret_s)
{
    struct str s = feed_get_str(j, key, a);
    uint16_t day;
    int h, m, sec;
    if (s.n != TIME_CHARACTERS || !day_parse(str_sub(s, 0, 10), &day) || s.p[10] != 'T' || s.p[13] != ':' || s.p[16] != ':' || s.p[19] != 'Z' ||
        !two_digits(s, 11, 23, &h) || !two_digits(s, 14, 59, &m) || !two_digits(s, 17, 59, &sec))
        return false;
    *ret_s = (uint64_t)day * FEED_DAY_S + (uint64_t)(h * 3600 + m * 60 + sec);
    return true;
}

bool feed_get_hash(const json_t *j, const char *key, struct arena *a, uint8_t ret[SHA256_BYTES])
{
    struct str s = feed_get_str(j, key, a);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'F')
            return false;
    return s.n == SHA256_HEX && hex_decode(s, ret);
}

bool feed_get_number(const json_t *j, const char *key, uint64_t *ret)
{
    const json_t *v = json_object_get(j, key);
    if (v && (!json_is_integer(v) || json_integer_value(v) < 0))
        return false;
    *ret = v ? (uint64_t)json_integer_value(v) : 0;
    return true;
}

bool feed_name_is_good(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!memchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", name.p[i], 65))
            return false;
    return name.n && name.n <= FEED_NAME_MAX;
}

void feed_put_str(json_t *j, const char *key, struct str s)
{
    (void)json_object_set_new(j, key, json_stringn(s.n ? s.p : "", s.n));
}

void feed_put_time(json_t *j, const char *key, uint64_t s)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_time(&b, s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX, 0);
    feed_put_str(j, key, strbuf_str(&b));
}

struct str feed_last_day(struct arena *a, uint64_t expires_s)
{
    uint64_t s = expires_s - 1;
    return day_text(a, day_of(s < UINT64_MAX / NS_A_SECOND ? s * NS_A_SECOND : UINT64_MAX));
}

void feed_put_end(struct strbuf *b, json_t *j)
{
    json_add(b, j, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(j);
}
