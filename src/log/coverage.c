// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "log/coverage.h"

#define HOUR_NS (UINT64_C(3600) * 1'000'000'000)

static struct str text_of(const struct log_record *r, enum field_id id)
{
    struct value v;
    return event_get(&r->event, &(struct field_ref){.id = id}, &v) == 1 && v.type == VALUE_STRING ? v.s : STR_NULL;
}

/* Calls by which logging is switched off or made to see less, of every provider. */
static bool is_change(struct str action)
{
    static const char *const ACTIONS[] = {
        "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors", "DeleteEventDataStore", "StopEventDataStoreIngestion",
        "DeleteFlowLogs", "DeleteDetector", "UpdateDetector", "DeletePublishingDestination", "DisassociateFromMasterAccount",
        "DisassociateFromAdministratorAccount", "DisableSecurityHub", "StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel",
        "DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig", "DeleteQueryLoggingConfig", "DeleteLogGroup", "DeleteLogStream",
        "PutBucketLogging", "DeleteLoggingConfiguration", "DeleteTrails", "deleteTracker", "updateTracker"};
    static const char *const PARTS[] = {"ConfigServiceV2.DeleteSink", "ConfigServiceV2.UpdateSink", "ConfigServiceV2.CreateExclusion",
                                        "ConfigServiceV2.DeleteBucket", "LoggingServiceV2.DeleteLog", "diagnosticSettings/delete",
                                        "networkWatchers/flowLogs/delete"};
    for (size_t i = 0; i < sizeof(ACTIONS) / sizeof(ACTIONS[0]); i++)
        if (str_is(action, ACTIONS[i]))
            return true;
    for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
        if (str_find_nocase(action, str_from(PARTS[i]), 0) >= 0)
            return true;
    return false;
}

static struct coverage_log *find(struct coverage *c, const struct log_record *r)
{
    char name[512];
    const struct str provider = text_of(r, F_CLOUD_PROVIDER), account = text_of(r, F_CLOUD_ACCOUNT), region = text_of(r, F_CLOUD_REGION),
                     host = text_of(r, F_LOG_HOST), format = str_from(log_format_name(r->format));
    const struct str who = account.n ? account : host;
    const int n = snprintf(name, sizeof(name), "%.*s:%.*s:%.*s:%.*s", STR_ARG(provider), STR_ARG(who), STR_ARG(region), STR_ARG(format));
    const struct str key = str_n(name, (size_t)n < sizeof(name) ? (size_t)n : sizeof(name) - 1);
    const struct map_entry *e = map_get(&c->by_name, key);
    if (e)
        return c->logs.v[e->u64];
    if (c->logs.n == COVERAGE_LOGS_MAX)
        return NULL;
    struct coverage_log *l = arena_new(&c->arena, struct coverage_log);
    *l = (struct coverage_log){.provider = arena_str(&c->arena, provider),
                               .account = arena_str(&c->arena, who),
                               .region = arena_str(&c->arena, region),
                               .format = format};
    map_put(&c->by_name, arena_str(&c->arena, key), NULL)->u64 = c->logs.n;
    vec_add(&c->logs, l);
    return l;
}

/* The bits begin with the first hour that was seen and grow to both sides. */
static void note_hour(struct coverage_log *l, uint64_t time_ns)
{
    const uint64_t hour = time_ns / HOUR_NS;
    if (!l->hours.n)
        l->first_hour = hour / 64 * 64;
    if (hour < l->first_hour) {
        const uint64_t words = (l->first_hour - hour + 63) / 64;
        if ((words + l->hours.n) * 64 > COVERAGE_HOURS_MAX)
            return;
        vec_reserve(&l->hours, words);
        memmove(l->hours.v + words, l->hours.v, l->hours.n * sizeof(*l->hours.v));
        memset(l->hours.v, 0, words * sizeof(*l->hours.v));
        l->hours.n += words;
        l->first_hour -= words * 64;
    }
    const uint64_t bit = hour - l->first_hour;
    if (bit >= COVERAGE_HOURS_MAX)
        return;
    while (l->hours.n <= bit / 64)
        vec_add(&l->hours, 0);
    l->hours.v[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static void note_service(struct coverage *c, struct coverage_log *l, struct str name, uint64_t time_ns)
{
    struct coverage_service *s = NULL;
    for (size_t i = 0; i < l->services.n && !s; i++)
        if (str_eq(l->services.v[i].name, name)) {
            s = &l->services.v[i];
            if (i) { /* what comes often stands first */
                const struct coverage_service before = l->services.v[i - 1];
                l->services.v[i - 1] = *s;
                *s = before;
                s = &l->services.v[i - 1];
            }
        }
    if (!s && l->services.n == COVERAGE_SERVICES_MAX) {
        c->left_out++;
        return;
    }
    if (!s) {
        s = vec_push(&l->services);
        s->name = arena_str(&c->arena, name);
        s->first_ns = UINT64_MAX;
    }
    s->records++;
    s->first_ns = time_ns < s->first_ns ? time_ns : s->first_ns;
    s->last_ns = time_ns > s->last_ns ? time_ns : s->last_ns;
}

void coverage_take(struct coverage *c, const struct log_record *r)
{
    const uint64_t time_ns = r->values.time_ns;
    c->records++;
    if (!time_ns) {
        c->without_time++;
        return;
    }
    struct coverage_log *l = find(c, r);
    if (!l) {
        c->left_out++;
        return;
    }
    l->first_ns = !l->records || time_ns < l->first_ns ? time_ns : l->first_ns;
    l->last_ns = time_ns > l->last_ns ? time_ns : l->last_ns;
    l->records++;
    c->last_ns = time_ns > c->last_ns ? time_ns : c->last_ns;
    note_hour(l, time_ns);
    note_service(c, l, text_of(r, F_CLOUD_SERVICE), time_ns);
    const struct str action = text_of(r, F_CLOUD_ACTION);
    if (action.n && is_change(action) && c->changes.n < COVERAGE_CHANGES_MAX) {
        struct arena *a = &c->arena;
        vec_add(&c->changes, (struct coverage_change){.time_ns = time_ns,
                                                      .action = arena_str(a, action),
                                                      .principal = arena_str(a, text_of(r, F_CLOUD_PRINCIPAL)),
                                                      .account = l->account,
                                                      .region = l->region,
                                                      .outcome = arena_str(a, text_of(r, F_CLOUD_OUTCOME))});
    }
}

static int by_name(const void *a, const void *b)
{
    const struct coverage_log *const *x = a, *const *y = b;
    int c = str_cmp((*x)->provider, (*y)->provider);
    c = c ? c : str_cmp((*x)->account, (*y)->account);
    c = c ? c : str_cmp((*x)->region, (*y)->region);
    return c ? c : str_cmp((*x)->format, (*y)->format);
}

static int by_service(const void *a, const void *b)
{
    const struct coverage_service *x = a, *y = b;
    return str_cmp(x->name, y->name);
}

static int by_time(const void *a, const void *b)
{
    const struct coverage_change *x = a, *y = b;
    return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

void coverage_finish(struct coverage *c)
{
    if (c->logs.n)
        qsort(c->logs.v, c->logs.n, sizeof(*c->logs.v), by_name);
    if (c->changes.n)
        qsort(c->changes.v, c->changes.n, sizeof(*c->changes.v), by_time);
    for (size_t i = 0; i < c->logs.n; i++)
        if (c->logs.v[i]->services.n)
            qsort(c->logs.v[i]->services.v, c->logs.v[i]->services.n, sizeof(*c->logs.v[i]->services.v), by_service);
}

void coverage_done(struct coverage *c)
{
    for (size_t i = 0; i < c->logs.n; i++) {
        vec_done(&c->logs.v[i]->hours);
        vec_done(&c->logs.v[i]->services);
    }
    vec_done(&c->logs);
    vec_done(&c->changes);
    map_done(&c->by_name);
    arena_done(&c->arena);
}

static bool is_seen(const struct coverage_log *l, uint64_t hour)
{
    const uint64_t bit = hour - l->first_hour;
    return bit / 64 < l->hours.n && (l->hours.v[bit / 64] >> (bit % 64) & 1);
}

bool coverage_gap(const struct coverage_log *l, uint64_t least_ns, uint64_t *hour, uint64_t *ret_from, uint64_t *ret_to)
{
    const uint64_t last = l->last_ns / HOUR_NS;
    uint64_t h = *hour > l->first_ns / HOUR_NS ? *hour : l->first_ns / HOUR_NS;
    while (h < last) {
        uint64_t end = h;
        while (end < last && !is_seen(l, end))
            end++;
        if (end > h && (end - h) * HOUR_NS >= least_ns) {
            *ret_from = h * HOUR_NS;
            *ret_to = end * HOUR_NS;
            *hour = end;
            return true;
        }
        h = end + 1;
    }
    return false;
}

bool coverage_is(const struct coverage_log *l, struct str words)
{
    const struct str parts[] = {l->provider, l->account, l->region, l->format};
    struct str word;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && str_split(&words, ':', &word); i++)
        if (word.n && !str_is(word, "*") && !str_eq_nocase(word, parts[i]))
            return false;
    return !words.n;
}
