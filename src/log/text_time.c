// SPDX-License-Identifier: Apache-2.0
/* Times as logs write them. */
#include <time.h>

#include "base/cleanup.h"
#include "log/text.h"

#define SECOND_NS 1'000'000'000ULL

const struct text_clock *text_clock_now(struct text_clock *c)
{
    c->base_ns = (uint64_t)time(NULL) * SECOND_NS;
    return c;
}

#define DAY_S 86400LL

int64_t text_days(int64_t year, unsigned month, unsigned day)
{
    /* The year begins in March, so that the leap day is its last (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t of_era = year - era * 400, of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_leap(int64_t y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static unsigned month_length(int64_t year, unsigned month)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return lengths[month - 1] + (month == 2 && is_leap(year));
}

/* Exactly `digits` digits off the front. */
static bool take_digits(struct str *s, unsigned digits, unsigned *ret)
{
    unsigned v = 0;
    if (s->n < digits)
        return false;
    for (unsigned i = 0; i < digits; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s->p[i] - '0');
    }
    *ret = v;
    *s = str_sub(*s, digits, s->n);
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (!s->n || s->p[0] != c)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

struct moment {
    unsigned year, month, day, hour, minute, second;
    uint64_t fraction_ns;
};

/* hh:mm:ss and a fraction behind a point or a comma. */
static bool take_clock(struct str *s, struct moment *m)
{
    if (!take_digits(s, 2, &m->hour) || !take_char(s, ':') || !take_digits(s, 2, &m->minute) || !take_char(s, ':') || !take_digits(s, 2, &m->second) ||
        m->hour > 23 || m->minute > 59 || m->second > 60)
        return false;
    if (s->n > 1 && (s->p[0] == '.' || s->p[0] == ',') && s->p[1] >= '0' && s->p[1] <= '9') {
        uint64_t unit = SECOND_NS / 10;
        size_t i = 1;
        for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++, unit /= 10)
            m->fraction_ns += (uint64_t)(s->p[i] - '0') * unit;
        *s = str_sub(*s, i, s->n);
    }
    return true;
}

static bool take_month(struct str *s, unsigned *ret)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (s->n < 3)
        return false;
    for (unsigned i = 0; i < 12; i++) {
        if (!str_eq_nocase(str_sub(*s, 0, 3), str_n(names + 3 * (size_t)i, 3)))
            continue;
        *ret = i + 1;
        *s = str_sub(*s, 3, s->n);
        return true;
    }
    return false;
}

/* Z, +09:00, +0900, +09; false when there is none. */
static bool take_zone(struct str *s, int64_t *ret_s)
{
    unsigned hours, minutes = 0;
    if (take_char(s, 'Z') || take_char(s, 'z')) {
        *ret_s = 0;
        return true;
    }
    if (!s->n || (s->p[0] != '+' && s->p[0] != '-'))
        return false;
    struct str rest = str_sub(*s, 1, s->n);
    if (!take_digits(&rest, 2, &hours))
        return false;
    struct str more = rest;
    (void)take_char(&more, ':');
    if (take_digits(&more, 2, &minutes))
        rest = more;
    if (hours > 14 || minutes > 59)
        return false;
    *ret_s = (s->p[0] == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
    *s = rest;
    return true;
}

static bool seconds_of(const struct moment *m, int64_t offset_s, int64_t *ret)
{
    if (m->month < 1 || m->month > 12 || m->day < 1 || m->day > month_length(m->year, m->month))
        return false;
    *ret = text_days(m->year, m->month, m->day) * DAY_S + m->hour * 3600 + m->minute * 60 + m->second - offset_s;
    return true;
}

static bool moment_ns(const struct moment *m, int64_t offset_s, uint64_t *ret)
{
    /* of years that 64 bits of nanoseconds hold */
    int64_t seconds;
    if (m->year < 1970 || m->year > 2500 || !seconds_of(m, offset_s, &seconds) || seconds < 0)
        return false;
    *ret = (uint64_t)seconds * SECOND_NS + m->fraction_ns;
    return true;
}

static unsigned year_of(uint64_t ns)
{
    /* the mean year, then the neighbours: exact at both ends of a year */
    const int64_t days = (int64_t)(ns / SECOND_NS / DAY_S);
    int64_t year = 1970 + days * 400 / 146097;
    while (text_days(year + 1, 1, 1) <= days)
        year++;
    while (text_days(year, 1, 1) > days)
        year--;
    return (unsigned)year;
}

bool text_time_syslog(struct str *s, const struct text_clock *clock, uint64_t *ret_ns)
{
    struct moment m = {};
    struct str rest = *s;
    if (!take_month(&rest, &m.month) || !take_char(&rest, ' '))
        return false;
    if (take_char(&rest, ' ') ? !take_digits(&rest, 1, &m.day) : !take_digits(&rest, 2, &m.day) && !take_digits(&rest, 1, &m.day))
        return false;
    if (!take_char(&rest, ' '))
        return false;
    /* some write the year: Dec 10 2026 06:55:46 */
    struct str with_year = rest;
    const bool has_year = take_digits(&with_year, 4, &m.year) && take_char(&with_year, ' ');
    rest = has_year ? with_year : rest;
    if (!take_clock(&rest, &m))
        return false;
    const uint64_t latest = clock->base_ns + (uint64_t)DAY_S * SECOND_NS;
    uint64_t ns = 0;
    bool is = has_year && moment_ns(&m, clock->offset_s, &ns);
    /* 29 February may be eight years back */
    for (unsigned back = 0, last = year_of(latest); !has_year && back <= 8 && !is && last >= 1970 + back; back++) {
        m.year = last - back;
        is = moment_ns(&m, clock->offset_s, &ns) && ns <= latest;
    }
    if (!is)
        return false;
    *ret_ns = ns;
    *s = rest;
    return true;
}

bool text_time_iso(struct str *s, const struct text_clock *clock, uint64_t *ret_ns)
{
    struct moment m = {};
    struct str rest = *s;
    int64_t offset_s = clock ? clock->offset_s : 0;
    if (!take_digits(&rest, 4, &m.year) || !(take_char(&rest, '-') || take_char(&rest, '/')) || !take_digits(&rest, 2, &m.month) ||
        !(take_char(&rest, '-') || take_char(&rest, '/')) || !take_digits(&rest, 2, &m.day))
        return false;
    if (!take_char(&rest, 'T') && !take_char(&rest, 't') && !take_char(&rest, ' '))
        return false;
    if (!take_clock(&rest, &m))
        return false;
    (void)take_zone(&rest, &offset_s);
    if (!moment_ns(&m, offset_s, ret_ns))
        return false;
    *s = rest;
    return true;
}

bool text_time_clf(struct str *s, uint64_t *ret_ns)
{
    struct moment m = {};
    struct str rest = *s;
    int64_t offset_s = 0;
    if (!take_digits(&rest, 2, &m.day) || !take_char(&rest, '/') || !take_month(&rest, &m.month) || !take_char(&rest, '/') || !take_digits(&rest, 4, &m.year) ||
        !take_char(&rest, ':') || !take_clock(&rest, &m))
        return false;
    struct str zone = rest;
    if (take_char(&zone, ' ') && take_zone(&zone, &offset_s))
        rest = zone;
    if (!moment_ns(&m, offset_s, ret_ns))
        return false;
    *s = rest;
    return true;
}

bool text_time_any(struct str s, const struct text_clock *clock, uint64_t *ret_ns)
{
    static const struct text_clock utc = {};
    uint64_t whole, unit;
    const ptrdiff_t point = str_find(s, STR("."), 0);
    const struct str digits = point > 0 ? str_sub(s, 0, (size_t)point) : s;
    if (!str_to_u64(digits, &whole)) {
        struct str rest = s;
        clock = clock ? clock : &utc;
        return text_time_iso(&rest, clock, ret_ns) || text_time_clf(&rest, ret_ns) || text_time_syslog(&rest, clock, ret_ns);
    }
    /* until the year 2286 seconds have ten digits */
    if (whole < 100'000'000'000ULL)
        unit = SECOND_NS;
    else if (whole < 100'000'000'000'000ULL)
        unit = 1'000'000;
    else if (whole < 100'000'000'000'000'000ULL)
        unit = 1000;
    else
        unit = 1;
    uint64_t ns, fraction = 0;
    if (__builtin_mul_overflow(whole, unit, &ns))
        return false;
    for (size_t i = (size_t)point + 1; point > 0 && i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && unit >= 10; i++) {
        unit /= 10;
        fraction += (uint64_t)(s.p[i] - '0') * unit;
    }
    if (__builtin_add_overflow(ns, fraction, &ns))
        return false;
    *ret_ns = ns;
    return true;
}
