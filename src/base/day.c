// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "base/day.h"

enum { SECONDS_A_DAY = 86400 };

bool day_parse(struct str s, uint16_t *ret)
{
    static const uint8_t at[] = {0, 1, 2, 3, 5, 6, 8, 9};
    int v[3] = {};
    if (s.n < 10 || s.p[4] != '-' || s.p[7] != '-' || (s.n > 10 && s.p[10] >= '0' && s.p[10] <= '9'))
        return false;
    for (size_t i = 0; i < sizeof(at); i++) {
        char c = s.p[at[i]];
        int *part = &v[i < 4 ? 0 : i < 6 ? 1 : 2];
        if (c < '0' || c > '9')
            return false;
        *part = *part * 10 + (c - '0');
    }
    struct tm tm = {.tm_year = v[0] - 1900, .tm_mon = v[1] - 1, .tm_mday = v[2], .tm_hour = 12};
    time_t t = timegm(&tm);
    if (t <= 0 || tm.tm_mon != v[1] - 1 || tm.tm_mday != v[2])
        return false;
    *ret = (uint16_t)(t / SECONDS_A_DAY < UINT16_MAX ? t / SECONDS_A_DAY : UINT16_MAX);
    return true;
}

struct str day_text(struct arena *a, uint16_t day)
{
    time_t t = (time_t)day * SECONDS_A_DAY;
    struct tm tm;
    if (!gmtime_r(&t, &tm))
        return STR_NULL;
    return arena_printf(a, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

uint16_t day_of(uint64_t ns_since_epoch)
{
    uint64_t day = ns_since_epoch / 1'000'000'000U / SECONDS_A_DAY;
    return (uint16_t)(day < UINT16_MAX ? day : UINT16_MAX);
}
