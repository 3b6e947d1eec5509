// SPDX-License-Identifier: Apache-2.0
#include <endian.h>

#include "log/record.h"

#define NS UINT64_C(1000000000)

/* Exactly `n` digits. */
static bool digits(struct str *s, size_t n, unsigned *ret)
{
    unsigned u = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        u = u * 10 + (unsigned)(s->p[i] - '0');
    }
    *s = str_sub(*s, n, s->n);
    *ret = u;
    return true;
}

static bool one_of(struct str *s, const char *chars)
{
    if (!s->n || !strchr(chars, s->p[0]) || !s->p[0])
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

/* Days since 1970-01-01 of a day of the Gregorian calendar. */
static int64_t days(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    const int64_t era = y / 400;
    const unsigned yoe = (unsigned)(y - era * 400), doy = (153 * (m + (m > 2 ? -3U : 9U)) + 2) / 5 + d - 1;
    return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static uint64_t fraction(struct str *s)
{
    uint64_t ns = 0, unit = NS / 10;
    if (!one_of(s, ".,"))
        return 0;
    while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        ns += unit * (uint64_t)(s->p[0] - '0');
        unit /= 10;
        *s = str_sub(*s, 1, s->n);
    }
    return ns;
}

/* Eight bytes of a time, the first one lowest: digits where `form` has a 0, else what it has. */
struct part {
    uint64_t form, above; /* above: what lifts a digit above 9, and anything else above 0, to the highest bit of its byte */
};
static const struct part YEAR_MONTH = {UINT64_C(0x2d30302d30303030), UINT64_C(0x7f76767f76767676)}, /* 0000-00- */
                         DAY_MINUTE = {UINT64_C(0x30303a3030543030), UINT64_C(0x76767f76767f7676)}, /* 00T00:00 */
                         SECOND = {UINT64_C(0x30303a30303a3030), UINT64_C(0x76767f76767f7676)};     /* 00:00:00 */

/* *ret: at the place of a digit the number that it and the next one make. */
static bool read_part(const char *p, const struct part *part, uint64_t *ret)
{
    uint64_t x;
    memcpy(&x, p, sizeof(x));
    x = le64toh(x) ^ part->form;
    *ret = x * 10 + (x >> 8);
    return !((x | (x + part->above)) & UINT64_C(0x8080808080808080));
}

static unsigned byte_of(uint64_t u, unsigned i)
{
    return u >> (8 * i) & 0xff;
}

/* The same of the years 2000 to 2199, one of which is divided by four and no leap year. */
static int64_t days_since_2000(unsigned century, unsigned year, unsigned m, unsigned d)
{
    static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const unsigned years = (century - 20) * 100 + year, leaps = (years + 3) / 4 - (years > 100);
    const bool is_leap = years % 4 == 0 && years != 100;
    return 10957 + years * 365 + leaps + before[m - 1] + (m > 2 && is_leap) + d - 1;
}

/* As clouds write it: 2024-07-31T14:23:46Z. 0: it is written otherwise. */
static uint64_t usual_time(const char *p)
{
    uint64_t a, b, c;
    if (!read_part(p, &YEAR_MONTH, &a) || !read_part(p + 8, &DAY_MINUTE, &b) || !read_part(p + 11, &SECOND, &c) || p[19] != 'Z')
        return 0;
    const unsigned century = byte_of(a, 0), month = byte_of(a, 5), day = byte_of(b, 0), h = byte_of(b, 3), min = byte_of(b, 6), sec = byte_of(c, 6);
    if ((century != 20 && century != 21) || !month || month > 12 || !day || day > 31 || h > 23 || min > 59 || sec > 59)
        return 0;
    return (uint64_t)(days_since_2000(century, byte_of(a, 2), month, day) * 86400 + (int64_t)(h * 3600 + min * 60 + sec)) * NS;
}

/* 1/9/2007 9:41:00 AM +01:00, the month first: how Azure writes times in some exports. */
static bool american(struct str *s, unsigned *ret_y, unsigned *ret_mon, unsigned *ret_d)
{
    struct str rest = *s, month, day, year;
    uint64_t mon, d, y;
    if (!str_split(&rest, '/', &month) || !str_split(&rest, '/', &day) || !str_split(&rest, ' ', &year) || year.n != 4 || !str_to_u64(month, &mon) || !str_to_u64(day, &d) ||
        !str_to_u64(year, &y) || mon > 12 || d > 31)
        return false;
    *ret_mon = (unsigned)mon;
    *ret_d = (unsigned)d;
    *ret_y = (unsigned)y;
    *s = rest;
    return true;
}

static bool skip_word(struct str *s, struct str word)
{
    if (!str_starts(*s, word))
        return false;
    *s = str_trim(str_sub(*s, word.n, s->n));
    return true;
}

/* Seconds until the year 2286, and so on: the ranges do not meet. */
static uint64_t since_1970(uint64_t u)
{
    const uint64_t e10 = 10'000'000'000;
    return u < e10 ? u * NS : u < e10 * 1000 ? u * (NS / 1000) : u < e10 * 1'000'000 ? u * 1000 : u;
}

/* "1772445600", "1772445600123", "1772445600.5": what others write who keep times as numbers. */
static uint64_t of_digits(struct str s)
{
    enum { LEAST = 9, MOST = 19 };
    const ptrdiff_t dot = str_find(s, STR("."), 0);
    const struct str whole = dot < 0 ? s : str_sub(s, 0, (size_t)dot);
    uint64_t u;
    if (whole.n < LEAST || whole.n > MOST || !str_to_u64(whole, &u))
        return 0;
    struct str rest = str_sub(s, whole.n, s.n);
    const uint64_t ns = dot < 0 ? 0 : fraction(&rest);
    return rest.n ? 0 : u < 10'000'000'000 ? u * NS + ns : since_1970(u);
}

uint64_t log_time(struct str s)
{
    enum { USUAL = 20 };
    unsigned y, mon, d, h = 0, min = 0, sec = 0, zone_h = 0, zone_m = 0;
    int sign = 0;
    const uint64_t usual = s.n == USUAL ? usual_time(s.p) : 0;
    if (usual)
        return usual;
    s = str_trim(s);
    size_t n = 0; /* digits it begins with; a year has four */
    while (n < s.n && n < 5 && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    if (n == 5)
        return of_digits(s);
    const bool is_american = american(&s, &y, &mon, &d);
    if (!is_american && (!digits(&s, 4, &y) || !one_of(&s, "-/") || !digits(&s, 2, &mon) || !one_of(&s, "-/") || !digits(&s, 2, &d)))
        return 0;
    if (y < 1970 || y > 2261 || mon < 1 || mon > 12 || d < 1 || d > 31)
        return 0;
    uint64_t ns = 0;
    if (is_american || one_of(&s, "Tt ")) {
        if (!(digits(&s, 2, &h) || digits(&s, 1, &h)) || !one_of(&s, ":") || !digits(&s, 2, &min))
            return 0;
        if (one_of(&s, ":") && !digits(&s, 2, &sec))
            return 0;
        ns = fraction(&s);
        s = str_trim(s);
        if (skip_word(&s, STR("PM")))
            h = h % 12 + 12;
        else if (skip_word(&s, STR("AM")))
            h %= 12;
        (void)skip_word(&s, STR("GMT"));
        if (s.n && (s.p[0] == '+' || s.p[0] == '-')) {
            sign = s.p[0] == '-' ? -1 : 1;
            s = str_sub(s, 1, s.n);
            if (!digits(&s, 2, &zone_h))
                return 0;
            (void)one_of(&s, ":");
            (void)digits(&s, 2, &zone_m);
        }
    }
    if (h > 24 || min > 59 || sec > 60 || zone_h > 23 || zone_m > 59)
        return 0;
    const int64_t t = days(y, mon, d) * 86400 + (int64_t)(h * 3600 + min * 60 + sec) - sign * (int64_t)(zone_h * 3600 + zone_m * 60);
    return t < 0 ? 0 : (uint64_t)t * NS + ns;
}

/* Mon Mar  2 10:15:30 2026, as ctime(3) writes it. */
static uint64_t of_ctime(struct str s)
{
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    enum { WHOLE = 24, MONTH = 4, DAY = 8, HOUR = 11, YEAR = 20 };
    char iso[] = "0000-00-00T00:00:00Z";
    if (s.n != WHOLE || s.p[3] != ' ' || s.p[YEAR - 1] != ' ')
        return 0;
    for (unsigned m = 0; m < 12; m++) {
        if (memcmp(s.p + MONTH, MONTHS + 3 * (size_t)m, 3) != 0)
            continue;
        memcpy(iso, s.p + YEAR, 4);
        iso[5] = (char)('0' + (m + 1) / 10);
        iso[6] = (char)('0' + (m + 1) % 10);
        iso[8] = s.p[DAY] == ' ' ? '0' : s.p[DAY];
        iso[9] = s.p[DAY + 1];
        memcpy(iso + 11, s.p + HOUR, 8);
        return log_time(str_n(iso, sizeof(iso) - 1));
    }
    return 0;
}

uint64_t log_node_time(struct node n)
{
    const struct str s = node_str(n);
    uint64_t u;
    if (s.n > 4 && s.p[3] == ' ' && s.p[0] >= 'A')
        return of_ctime(s);
    if (s.n > 4 && (s.p[4] == '-' || s.p[4] == '/' || s.p[1] == '/' || s.p[2] == '/'))
        return log_time(s);
    if (node_kind(n) == NODE_DOUBLE) {
        const double d = node_double(n);
        if (d > 0 && d < 1e10)
            return (uint64_t)(d * 1e3) * (NS / 1000);
    }
    if (!node_u64(n, &u) || !u)
        return of_digits(s);
    return since_1970(u);
}
