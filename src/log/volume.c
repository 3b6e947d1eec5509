// SPDX-License-Identifier: Apache-2.0
/* Rates: what is spent, what is sent, how often a log is written; and what zones said before. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "log/state_private.h"

#define SECOND_NS 1'000'000'000ULL

/* ---- what is spent ---- */

void log_state_spend(struct log_state *s, uint64_t time_ns, struct str principal, uint64_t count, double usd_per_hour, struct log_now *now)
{
    const uint64_t minute = time_ns / (60 * SECOND_NS);
    struct log_spender *p = LOG_TAKE(s, spenders, log_key(s, LOG_KEY_SPENDER, principal, STR_NULL, STR_NULL), time_ns);
    /* What comes a little late counts for the minute that is now; far back is another file, of another region: it begins anew. */
    if (minute + LOG_SPEND_MINUTES <= p->minute) {
        p->minute = minute;
        memset(p->usd, 0, sizeof(p->usd));
        memset(p->count, 0, sizeof(p->count));
    }
    const uint64_t passed = minute > p->minute ? minute - p->minute : 0;
    for (uint64_t i = 1; i <= passed && i <= LOG_SPEND_MINUTES; i++)
        p->usd[(p->minute + i) % LOG_SPEND_MINUTES] = 0, p->count[(p->minute + i) % LOG_SPEND_MINUTES] = 0;
    p->minute += passed;
    p->usd[p->minute % LOG_SPEND_MINUTES] += (double)count * usd_per_hour;
    p->count[p->minute % LOG_SPEND_MINUTES] += count;
    now->spend = (struct log_spend){.is = true};
    for (size_t i = 0; i < LOG_SPEND_MINUTES; i++) {
        now->spend.usd_per_hour += p->usd[i];
        now->spend.count += p->count[i];
    }
}

/* ---- what is sent ---- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), compare);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/*
 * Against the same hour of other days, and against the hours beside it, because schedules slip; the hour that explains it best counts.
 */
static void judge(const struct log_flow *f, uint64_t time_ns, struct log_volume *ret)
{
    enum { ENOUGH = 3 };
    double v[LOG_VOLUME_DAYS], away[LOG_VOLUME_DAYS];
    ret->bytes = f->bytes;
    ret->days = time_ns > f->first_ns ? (time_ns - f->first_ns) / (86400 * SECOND_NS) : 0;
    for (unsigned d = 23; d <= 25; d++) {
        const unsigned h = (unsigned)((f->hour + d) % 24);
        const size_t n = f->n[h];
        if (n < ENOUGH)
            continue;
        for (size_t i = 0; i < n; i++)
            v[i] = (double)f->past[h][i];
        const double middle = median(v, n);
        for (size_t i = 0; i < n; i++)
            away[i] = fabs(v[i] - middle);
        /* 1.4826: of a normal distribution the median distance is that part of the standard deviation */
        const double spread = fmax(1.4826 * median(away, n), fmax(middle / 10, LOG_VOLUME_FLOOR)), z = (f->bytes - middle) / spread;
        if (ret->is_known && z >= ret->z)
            continue;
        ret->is_known = true;
        ret->usual = middle;
        ret->z = z;
    }
}

void log_state_volume(struct log_state *s, uint64_t time_ns, struct str sender, struct str peer, uint64_t bytes, struct log_now *now)
{
    const uint64_t hour = time_ns / (3600 * SECOND_NS);
    struct log_flow *f = LOG_TAKE(s, volumes, log_key(s, LOG_KEY_VOLUME, sender, peer, STR_NULL), time_ns);
    if (!f->first_ns) {
        f->first_ns = time_ns ? time_ns : 1;
        f->hour = hour;
    }
    if (hour > f->hour) {
        /* hours in which nothing was sent count as such, for as long as the table remembers */
        uint64_t h = f->hour;
        const uint64_t from = hour - h > 24 * LOG_VOLUME_DAYS ? hour - 24 * LOG_VOLUME_DAYS : h;
        for (h = from; h < hour; h++) {
            const unsigned of = (unsigned)(h % 24);
            f->past[of][f->next[of]] = (float)(h == f->hour ? f->bytes : 0);
            f->next[of] = (uint8_t)((f->next[of] + 1) % LOG_VOLUME_DAYS);
            f->n[of] = (uint8_t)(f->n[of] + (f->n[of] < LOG_VOLUME_DAYS));
        }
        f->hour = hour;
        f->bytes = 0;
    }
    if (hour < f->hour) /* the hour was closed */
        return;
    f->bytes += (double)bytes;
    struct log_flow *all = LOG_TAKE(s, volumes, log_key(s, LOG_KEY_SENDER, sender, STR_NULL, STR_NULL), time_ns);
    all->first_ns = all->first_ns ? all->first_ns : time_ns ? time_ns : 1;
    struct log_volume v = {.is = true, .sender_days = time_ns > all->first_ns ? (time_ns - all->first_ns) / (86400 * SECOND_NS) : 0};
    snprintf(v.peer, sizeof(v.peer), "%.*s", STR_ARG(str_sub(peer, 0, sizeof(v.peer) - 1)));
    judge(f, time_ns, &v);
    now->volume = v;
}

/* ---- how often a log is written ---- */

uint64_t log_state_stream_key(const struct log_state *s, struct str stream)
{
    return log_key(s, LOG_KEY_STREAM, stream, STR_NULL, STR_NULL);
}

void log_state_wrote(struct log_state *s, uint64_t time_ns, uint64_t key, struct log_head **at, struct log_now *now)
{
    struct log_stream *t = LOG_TAKE_AT(s, streams, key, time_ns, at);
    if (t->last_ns && time_ns > t->last_ns) {
        const uint64_t gap = time_ns - t->last_ns;
        now->gap = (struct log_gap){.is = true, .length_ns = gap, .usual_ns = t->longest_ns, .seen_ns = t->last_ns - t->first_ns, .records = t->records};
        t->longest_ns = gap > t->longest_ns ? gap : t->longest_ns;
    }
    t->first_ns = t->records && t->first_ns < time_ns ? t->first_ns : time_ns;
    t->last_ns = t->last_ns > time_ns ? t->last_ns : time_ns;
    t->records++;
}

void log_state_stream(struct log_state *s, uint64_t time_ns, struct str stream, struct log_now *now)
{
    struct log_head *at = NULL;
    log_state_wrote(s, time_ns, log_state_stream_key(s, stream), &at, now);
}

/* ---- zones ---- */

static void put_text(char *ret, size_t size, struct str s)
{
    const size_t n = s.n < size - 1 ? s.n : size - 1;
    memcpy(ret, n ? s.p : "", n);
    ret[n] = 0;
}

/* What is worth telling of several changes in one record: a known name that leads elsewhere, before a new name. */
static int weight(const struct log_zone *z)
{
    return z->is ? 1 + 2 * z->is_changed + z->is_known : 0;
}

void log_state_zone(struct log_state *s, uint64_t time_ns, struct str zone, struct str name, struct str type, uint64_t ttl, struct str values,
                    struct log_now *now)
{
    char lower[256], after[LOG_VALUE_MAX];
    struct log_zone z = {.is = true, .ttl = ttl};
    while (name.n && name.p[name.n - 1] == '.')
        name.n--;
    put_text(lower, sizeof(lower), name);
    for (char *c = lower; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
    put_text(after, sizeof(after), values);
    struct log_name *r = LOG_TAKE(s, records, log_key(s, LOG_KEY_RECORD, zone, str_from(lower), type), time_ns);
    z.is_known = r->first_ns != 0;
    z.is_changed = z.is_known && r->value[0] && strcmp(r->value, after) != 0;
    z.ttl_before = r->ttl;
    z.known_for_ns = z.is_known && time_ns > r->first_ns ? time_ns - r->first_ns : 0;
    put_text(z.name, sizeof(z.name), str_from(lower));
    put_text(z.type, sizeof(z.type), type);
    memcpy(z.before, r->value, sizeof(z.before));
    memcpy(z.after, after, sizeof(z.after));
    /* where the zone never led before */
    struct str rest = values, value;
    while (str_split(&rest, ' ', &value)) {
        if (!value.n)
            continue;
        struct log_known *k = LOG_TAKE(s, known, log_key(s, LOG_KEY_TARGET, zone, value, STR_NULL), time_ns);
        z.is_new_target |= !k->first_ns;
        k->first_ns = k->first_ns ? k->first_ns : time_ns ? time_ns : 1;
    }
    r->first_ns = r->first_ns ? r->first_ns : time_ns ? time_ns : 1;
    r->ttl = ttl;
    r->changes++;
    memcpy(r->value, after, sizeof(r->value));
    if (weight(&z) > weight(&now->zone))
        now->zone = z;
}
