// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <time.h>

#include "rule/time_part.h"

bool time_part(enum transformer part, int64_t seconds, struct value *ret)
{
    const time_t t = (time_t)seconds;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
        return false;
    /* A week belongs to the year that its Thursday lies in. */
    const int thursday = tm.tm_yday + 3 - (tm.tm_wday + 6) % 7;
    const time_t in_week = t + (time_t)(thursday - tm.tm_yday) * 86'400;
    struct tm of_week;
    if (!gmtime_r(&in_week, &of_week))
        return false;
    const int value = part == TR_MINUTE  ? tm.tm_min
                      : part == TR_HOUR  ? tm.tm_hour
                      : part == TR_DAY   ? tm.tm_mday
                      : part == TR_WEEK  ? of_week.tm_yday / 7 + 1
                      : part == TR_MONTH ? tm.tm_mon + 1
                                         : tm.tm_year + 1900;
    *ret = VALUE_OF_UINT((uint64_t)value);
    return true;
}

/* Exactly n digits. */
static bool take_digits(struct str *s, size_t n, int *ret)
{
    int v = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = str_sub(*s, n, s->n);
    *ret = v;
    return true;
}

static bool take(struct str *s, char c)
{
    if (!s->n || s->p[0] != c)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

/* The offset from UTC at the end, in seconds. */
static bool take_offset(struct str *s, int *ret)
{
    int h, m = 0;
    *ret = 0;
    if (!s->n || take(s, 'Z') || take(s, 'z'))
        return !s->n;
    const int sign = s->p[0] == '-' ? -1 : 1;
    if ((!take(s, '+') && !take(s, '-')) || !take_digits(s, 2, &h))
        return false;
    (void)take(s, ':');
    if (s->n && !take_digits(s, 2, &m))
        return false;
    *ret = sign * (h * 3600 + m * 60);
    return !s->n && h < 24 && m < 60;
}

bool time_part_of_text(enum transformer part, struct str s, struct value *ret)
{
    struct tm tm = {};
    int year, month, offset;
    if (!take_digits(&s, 4, &year) || !take(&s, '-') || !take_digits(&s, 2, &month) || !take(&s, '-') || !take_digits(&s, 2, &tm.tm_mday))
        return false;
    if (s.n && ((!take(&s, 'T') && !take(&s, 't') && !take(&s, ' ')) || !take_digits(&s, 2, &tm.tm_hour) || !take(&s, ':') ||
                !take_digits(&s, 2, &tm.tm_min)))
        return false;
    if (take(&s, ':') && !take_digits(&s, 2, &tm.tm_sec))
        return false;
    if (take(&s, '.') || take(&s, ','))
        while (s.n && s.p[0] >= '0' && s.p[0] <= '9')
            s = str_sub(s, 1, s.n);
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    if (!take_offset(&s, &offset) || month < 1 || month > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 60)
        return false;
    return time_part(part, (int64_t)timegm(&tm) - offset, ret);
}
