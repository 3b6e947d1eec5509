// SPDX-License-Identifier: Apache-2.0
#include "log/parquet_text.h"

#include <inttypes.h>
#include <math.h>

#include "base/json_string.h"
#include "base/text.h"
#include "log/node.h"
#include "log/parser.h"

#define SECOND_NS UINT64_C(1000000000)
#define DAY_S UINT64_C(86400)

static void add_number(struct strbuf *b, uint64_t u, bool is_negative)
{
    enum { DIGITS = 20 };
    char text[DIGITS + 1], *at = text + sizeof(text);
    do
        *--at = (char)('0' + u % 10);
    while (u /= 10);
    if (is_negative)
        *--at = '-';
    strbuf_add(b, str_n(at, (size_t)(text + sizeof(text) - at)));
}

static void add_int(struct strbuf *b, int64_t i)
{
    add_number(b, i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0);
}

static void add_double(struct strbuf *b, double d)
{
    const double whole_max = 1e15; /* beyond, digits alone would be a whole number that no reader takes */
    char room[32];
    if (!isfinite(d)) {
        strbuf_adds(b, "null");
        return;
    }
    const struct str text = str_n(room, json_double_text(d, room));
    strbuf_add(b, text);
    if (fabs(d) >= whole_max && !memchr(text.p, 'e', text.n) && !memchr(text.p, '.', text.n))
        strbuf_adds(b, ".0");
}

static void add_hex(struct strbuf *b, struct str s)
{
    static const char digits[] = "0123456789abcdef";
    strbuf_addc(b, '"');
    strbuf_reserve(b, 2 * s.n);
    for (size_t i = 0; i < s.n; i++) {
        b->p[b->n++] = digits[(uint8_t)s.p[i] >> 4];
        b->p[b->n++] = digits[s.p[i] & 15];
    }
    strbuf_addc(b, '"');
}

/* Nanoseconds since 1970; a fraction only where there is one, so that it reads as clouds write it. */
static void add_time(struct strbuf *b, uint64_t ns, unsigned digits, bool is_utc)
{
    strbuf_addc(b, '"');
    text_add_time(b, ns, ns % SECOND_NS ? digits : 0);
    if (!is_utc)
        b->n--; /* the Z */
    strbuf_addc(b, '"');
}

static uint64_t unit_of(unsigned digits)
{
    return digits == 3 ? SECOND_NS / 1000 : digits == 6 ? SECOND_NS / 1'000'000 : 1;
}

static void add_timestamp(struct strbuf *b, const struct parquet_node *node, int64_t i)
{
    uint64_t ns;
    if (i < 0 || __builtin_mul_overflow((uint64_t)i, unit_of(node->digits), &ns))
        add_int(b, i);
    else
        add_time(b, ns, node->digits, node->is_utc);
}

static void add_time_of_day(struct strbuf *b, const struct parquet_node *node, int64_t i)
{
    enum { AT_TIME = 11 }; /* 1970-01-01T */
    uint64_t ns;
    if (i < 0 || __builtin_mul_overflow((uint64_t)i, unit_of(node->digits), &ns) || ns >= DAY_S * SECOND_NS) {
        add_int(b, i);
        return;
    }
    struct strbuf text = {};
    text_add_time(&text, ns, ns % SECOND_NS ? node->digits : 0);
    strbuf_addc(b, '"');
    strbuf_add(b, str_sub(strbuf_str(&text), AT_TIME, text.n - 1));
    strbuf_addc(b, '"');
    strbuf_done(&text);
}

static void add_date(struct strbuf *b, int64_t day)
{
    enum { DATE = 10, LAST = 213'502 /* what nanoseconds of 64 bits reach: the year 2554 */ };
    if (day < 0 || day > LAST) {
        add_int(b, day);
        return;
    }
    strbuf_addc(b, '"');
    const size_t at = b->n;
    text_add_time(b, (uint64_t)day * DAY_S * SECOND_NS, 0);
    b->n = at + DATE;
    strbuf_addc(b, '"');
}

/* Nanoseconds of a day, and the day as astronomers count them. */
static void add_int96(struct strbuf *b, struct str s)
{
    enum { EPOCH = 2'440'588, LAST = 213'502 };
    uint64_t ns;
    uint32_t day;
    memcpy(&ns, s.p, sizeof(ns));
    memcpy(&day, s.p + sizeof(ns), sizeof(day));
    if (day < EPOCH || day - EPOCH > LAST || ns >= DAY_S * SECOND_NS)
        add_hex(b, s);
    else
        add_time(b, (uint64_t)(day - EPOCH) * DAY_S * SECOND_NS + ns, 9, true);
}

static void add_decimal(struct strbuf *b, const struct parquet_node *node, const struct parquet_value *v)
{
    enum { BYTES_MAX = 16, DIGITS_MAX = 40 };
    unsigned __int128 u = (unsigned __int128)(__int128)v->i;
    if (node->type == PARQUET_BYTES || node->type == PARQUET_FIXED) {
        if (!v->s.n || v->s.n > BYTES_MAX) {
            add_hex(b, v->s);
            return;
        }
        u = v->s.p[0] & 0x80 ? ~(unsigned __int128)0 : 0;
        for (size_t i = 0; i < v->s.n; i++)
            u = u << 8 | (uint8_t)v->s.p[i];
    }
    const bool is_negative = u >> 127;
    u = is_negative ? 0 - u : u;
    char text[2 * DIGITS_MAX + 8];
    size_t at = sizeof(text), n = 0;
    const size_t scale = (size_t)node->scale > DIGITS_MAX ? DIGITS_MAX : (size_t)node->scale;
    do {
        if (n && n == scale)
            text[--at] = '.';
        text[--at] = (char)('0' + (unsigned)(u % 10));
        u /= 10;
    } while (++n <= scale || u);
    strbuf_addc(b, '"');
    if (is_negative)
        strbuf_addc(b, '-');
    strbuf_add(b, str_n(text + at, sizeof(text) - at));
    strbuf_addc(b, '"');
}

static void add_uuid(struct strbuf *b, struct str s)
{
    const size_t at = b->n;
    add_hex(b, s);
    char hex[40];
    memcpy(hex, b->p + at + 1, 2 * s.n);
    b->n = at;
    strbuf_printf(b, "\"%.8s-%.4s-%.4s-%.4s-%.12s\"", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static double half(struct str s)
{
    const unsigned u = (uint8_t)s.p[0] | (unsigned)(uint8_t)s.p[1] << 8, exponent = u >> 10 & 31, fraction = u & 1023;
    const double d = exponent == 31 ? (fraction ? NAN : INFINITY) : exponent ? ldexp(1024 + fraction, (int)exponent - 25) : ldexp(fraction, -24);
    return u & 0x8000 ? -d : d;
}

static void add_bytes(struct strbuf *b, const struct parquet_node *node, struct str s)
{
    if (node->sense == PARQUET_UUID)
        add_uuid(b, s);
    else if (node->sense == PARQUET_FLOAT16)
        add_double(b, half(s));
    else if (node->sense == PARQUET_TEXT || text_is_utf8(s))
        json_string_add_bytes(b, s);
    else
        add_hex(b, s);
}

void parquet_add_value(struct strbuf *b, const struct parquet_node *node, const struct parquet_value *v)
{
    if (node->sense == PARQUET_DECIMAL) {
        add_decimal(b, node, v);
        return;
    }
    switch (node->type) {
    case PARQUET_BOOLEAN:
        strbuf_adds(b, v->i ? "true" : "false");
        break;
    case PARQUET_INT32:
    case PARQUET_INT64:
        if (node->sense == PARQUET_DATE)
            add_date(b, v->i);
        else if (node->sense == PARQUET_TIMESTAMP)
            add_timestamp(b, node, v->i);
        else if (node->sense == PARQUET_TIME)
            add_time_of_day(b, node, v->i);
        else if (node->sense == PARQUET_UNSIGNED)
            add_number(b, node->type == PARQUET_INT32 ? (uint32_t)(uint64_t)v->i : (uint64_t)v->i, false);
        else
            add_int(b, v->i);
        break;
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        add_double(b, v->d);
        break;
    case PARQUET_INT96:
        add_int96(b, v->s);
        break;
    default:
        add_bytes(b, node, v->s);
    }
}
