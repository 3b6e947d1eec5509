// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "cost/pressure.h"

enum {
    PROC_BYTES_MAX = 4 << 20, /* /proc/stat has a line of 100 bytes for each processor and one of 10 for each interrupt */
    NUMBER_BYTES = 32,
};

/* The number behind `name`= in a line; false when there is none. */
static bool value_after(struct str line, const char *name, double *ret)
{
    char number[NUMBER_BYTES] = "", *end;
    ptrdiff_t at = str_find(line, str_from(name), 0);
    if (at < 0)
        return false;
    struct str rest = str_sub(line, (size_t)at + strlen(name), line.n), word;
    if (!str_split(&rest, ' ', &word) || !word.n || word.n >= sizeof(number))
        return false;
    memcpy(number, word.p, word.n);
    *ret = strtod(number, &end);
    return !*end && isfinite(*ret) && *ret >= 0;
}

int cost_pressure_parse(struct cost_pressure *p, struct str text, struct error *err)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        struct cost_pressure found = {};
        double total;
        if (!str_starts(line, STR("some ")))
            continue;
        if (!value_after(line, "avg10=", &found.some10) || !value_after(line, "avg60=", &found.some60) ||
            !value_after(line, "avg300=", &found.some300) || !value_after(line, "total=", &total) || total >= 0x1p63)
            break;
        found.total_us = (uint64_t)total;
        *p = found;
        return 0;
    }
    return error_set(err, -EINVAL, "there is no line `some avg10=… avg60=… avg300=… total=…` of pressure in it");
}

int cost_pressure_read(struct cost_pressure *p, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, PROC_BYTES_MAX, &text, err);
    if (r >= 0 && (r = cost_pressure_parse(p, strbuf_str(&text), err)) < 0)
        return error_wrap(err, r, "%s", path);
    return r;
}

int cost_ticks_parse(struct cost_ticks *t, struct str text, struct error *err)
{
    enum { IDLE = 3, IOWAIT = 4, STEAL = 7, COLUMNS = 8 }; /* proc(5): user nice system idle iowait irq softirq steal */
    struct cost_ticks found = {};
    struct str line, word;
    bool has_sum = false;
    while (str_split(&text, '\n', &line)) {
        if (!str_starts(line, STR("cpu")))
            continue;
        if (!str_starts(line, STR("cpu "))) {
            found.processors++;
            continue;
        }
        struct str rest = str_trim(str_sub(line, 4, line.n));
        for (unsigned i = 0; i < COLUMNS && str_split(&rest, ' ', &word); i++) {
            uint64_t n;
            if (!str_to_u64(word, &n) || n > UINT64_MAX / 16)
                return error_set(err, -EINVAL, "the line `cpu` is damaged");
            found.all += i == STEAL ? 0 : n;
            found.busy += i == IDLE || i == IOWAIT || i == STEAL ? 0 : n;
            has_sum |= i == IDLE;
        }
    }
    if (!has_sum)
        return error_set(err, -EINVAL, "there is no line `cpu` in it");
    *t = found;
    return 0;
}

int cost_ticks_read(struct cost_ticks *t, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, PROC_BYTES_MAX, &text, err);
    if (r >= 0 && (r = cost_ticks_parse(t, strbuf_str(&text), err)) < 0)
        return error_wrap(err, r, "%s", path);
    return r;
}

double cost_ticks_share(const struct cost_ticks *from, const struct cost_ticks *to)
{
    if (to->all <= from->all || to->busy < from->busy)
        return 0;
    const double share = (double)(to->busy - from->busy) / (double)(to->all - from->all);
    return share > 1 ? 1 : share;
}
