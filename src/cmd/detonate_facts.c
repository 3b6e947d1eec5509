// SPDX-License-Identifier: Apache-2.0
/* Exchanges with the pretend internet, and the run as a whole, as events. */
#include <sys/wait.h>

#include "cmd/detonate.h"
#include "sandbox/group.h"

/* What tells a sandbox from a server, to one who looks. */
static const struct {
    const char *begins, *check;
} LOOKS[] = {
    {"/proc/uptime", "uptime"},
    {"/proc/cpuinfo", "processors"},
    {"/sys/devices/system/cpu/", "processors"},
    {"/proc/meminfo", "memory"},
    {"/sys/class/dmi/", "dmi"},
    {"/sys/devices/virtual/dmi/", "dmi"},
    {"/sys/firmware/dmi/", "dmi"},
    {"/sys/hypervisor", "hypervisor"},
    {"/proc/xen", "hypervisor"},
    {"/proc/scsi/", "hypervisor"},
    {"/proc/modules", "hypervisor"},
    {"/sys/class/net/", "mac"},
    {"/proc/1/cgroup", "container"},
    {"/proc/self/cgroup", "container"},
    {"/.dockerenv", "container"},
};

static void add_once(struct str *v, size_t *n, size_t max, struct str s)
{
    for (size_t i = 0; i < *n; i++)
        if (str_eq(v[i], s))
            return;
    if (*n < max)
        v[(*n)++] = s;
}

void detonate_looked_at(struct detonate *d, struct str path)
{
    struct run_tally *t = &d->tally;
    for (size_t i = 0; i < ARRAY_SIZE(LOOKS); i++)
        if (str_starts(path, str_from(LOOKS[i].begins)))
            add_once(t->checks, &t->n_checks, ARRAY_SIZE(t->checks), str_from(LOOKS[i].check));
}

static void put(struct facts *f, enum field_id id, struct str s)
{
    if (s.n)
        facts_str(f, id, s);
}

/* By the names that exchange.def and field_sandbox.def share. */
static void put_texts(struct facts *f, const struct exchange *e)
{
    static const enum field_id IDS[EXCHANGE_TEXTS] = {
#define EXCHANGE_TEXT(id, name) [EXCHANGE_##id] = F_SANDBOX_##id,
#include "sandbox/exchange.def"
#undef EXCHANGE_TEXT
    };
    for (size_t i = 0; i < EXCHANGE_TEXTS; i++)
        put(f, IDS[i], e->text[i]);
}

static void count(struct detonate *d, const struct exchange *e)
{
    struct run_tally *t = &d->tally;
    struct str host = arena_str(&d->arena, e->text[EXCHANGE_HOST]);
    t->exchanges++;
    add_once(t->protocols, &t->n_protocols, ARRAY_SIZE(t->protocols), arena_str(&d->arena, e->text[EXCHANGE_PROTOCOL]));
    if (t->hosts.n < HOSTS_MAX)
        (void)map_put(&t->hosts, host, NULL);
    if (e->is_listed && !str_is(e->text[EXCHANGE_PROTOCOL], "dns")) {
        t->listed_requests++;
        if (t->listed_hosts.n < HOSTS_MAX)
            (void)map_put(&t->listed_hosts, host, NULL);
    }
    if (!t->first_exchange_ns) {
        t->first_exchange_ns = e->time_ns;
        t->quiet_ahead_ns = d->jail ? jail_ahead_ns(d->jail) : 0;
        t->quiet_cpu_ns = d->jail ? group_cpu_ns(d->jail->group) : 0;
    }
}

/* A script or program, by the name that it is asked for; pages and data have other endings. */
static bool is_program(struct str path)
{
    static const char *const OTHERS[] = {".html", ".htm", ".json", ".txt", ".css", ".js", ".gif", ".png", ".jpg", ".ico", ".xml", ".pem", ".php", ".lst", "/"};
    const ptrdiff_t query = str_find(path, STR("?"), 0);
    path = query >= 0 ? str_sub(path, 0, (size_t)query) : path;
    for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++)
        if (str_ends(path, str_from(OTHERS[i])))
            return false;
    return path.n > 1;
}

static void count_fetched(struct detonate *d, const struct exchange *e)
{
    struct str path = e->text[EXCHANGE_OBJECT];
    if (str_is(e->text[EXCHANGE_PROTOCOL], "http") && str_is(e->text[EXCHANGE_VERB], "GET") && d->tally.fetched.n < HOSTS_MAX && is_program(path))
        (void)map_put(&d->tally.fetched, arena_printf(&d->arena, "%.*s%.*s", STR_ARG(e->text[EXCHANGE_HOST]), STR_ARG(path)), NULL);
}

static void tell(struct detonate *d, const struct exchange *e)
{
    struct strbuf b = {};
    strbuf_add(&b, e->text[EXCHANGE_PROTOCOL]);
    static const enum exchange_text ORDER[] = {EXCHANGE_VERB, EXCHANGE_HOST, EXCHANGE_OBJECT};
    for (size_t i = 0; i < ARRAY_SIZE(ORDER); i++)
        if (e->text[ORDER[i]].n) {
            strbuf_addc(&b, ' ');
            strbuf_add(&b, e->text[ORDER[i]]);
        }
    if (e->port && !str_is(e->text[EXCHANGE_PROTOCOL], "dns"))
        strbuf_printf(&b, " (%u)", e->port);
    report_moment(d->run, e->time_ns, "asked", strbuf_str(&b), 0);
    strbuf_done(&b);
}

void detonate_exchange(void *ctx, const struct exchange *e)
{
    struct detonate *d = ctx;
    struct facts *f = &d->scan.facts;
    count(d, e);
    count_fetched(d, e);
    if (d->tally.exchanges > EXCHANGES_MAX)
        return;
    tell(d, e);
    facts_reset(f, EVENT_SANDBOX_EXCHANGE, e->time_ns);
    facts_str(f, F_SANDBOX_COMMAND, d->run->command);
    put_texts(f, e);
    if (e->port)
        facts_uint(f, F_SANDBOX_PORT, e->port);
    if (e->tls)
        facts_bool(f, F_SANDBOX_TLS, true);
    if (e->is_listed)
        facts_bool(f, F_SANDBOX_LISTED, true);
    facts_uint(f, F_SANDBOX_BYTES, e->bytes);
    const size_t known = findings_count(d->scan.target->findings);
    scan_judge(&d->scan, f);
    for (size_t i = known; i < findings_count(d->scan.target->findings); i++) {
        const struct finding *found = findings_get(d->scan.target->findings, i);
        report_moment(d->run, e->time_ns, "found", found->rule->name, found->id);
    }
}

void detonate_judge_run(struct detonate *d)
{
    const struct run_tally *t = &d->tally;
    const struct report_run *run = d->run;
    struct facts *f = &d->scan.facts;
    const double seconds = (double)run->wall_ns / 1e9;
    facts_reset(f, EVENT_SANDBOX_RUN, run->started_ns);
    facts_str(f, F_SANDBOX_COMMAND, run->command);
    facts_double(f, F_SANDBOX_SECONDS, seconds);
    facts_double(f, F_SANDBOX_CLOCK_SECONDS, seconds + (double)run->ahead_ns / 1e9);
    facts_double(f, F_SANDBOX_CPU_SECONDS, (double)run->cpu_ns / 1e9);
    if (run->wall_ns)
        facts_double(f, F_SANDBOX_CPU_PERCENT, (double)run->cpu_ns * 100 / (double)run->wall_ns);
    if (d->jail && d->jail->has_ended)
        facts_int(f, F_SANDBOX_EXIT, WIFEXITED(d->jail->status) ? WEXITSTATUS(d->jail->status) : 128 + WTERMSIG(d->jail->status));
    for (size_t i = 0; i < t->n_protocols; i++)
        (void)facts_add(f, F_SANDBOX_PROTOCOLS, t->protocols[i]);
    for (size_t i = 0; i < t->hosts.n; i++)
        (void)facts_add(f, F_SANDBOX_HOSTS, t->hosts.v[i].key);
    for (size_t i = 0; i < t->n_checks; i++)
        (void)facts_add(f, F_SANDBOX_CHECKS, t->checks[i]);
    facts_uint(f, F_SANDBOX_CHECKS_COUNT, t->n_checks);
    facts_uint(f, F_SANDBOX_FETCHED_COUNT, t->fetched.n);
    facts_uint(f, F_SANDBOX_HOSTS_COUNT, t->hosts.n);
    facts_uint(f, F_SANDBOX_EXCHANGES, t->exchanges);
    facts_uint(f, F_SANDBOX_LISTED_REQUESTS, t->listed_requests);
    facts_uint(f, F_SANDBOX_LISTED_HOSTS, t->listed_hosts.n);
    facts_uint(f, F_SANDBOX_DROPPED_COUNT, t->dropped);
    facts_uint(f, F_SANDBOX_RANDOM_COUNT, t->random);
    if (t->first_exchange_ns > run->started_ns) {
        const double quiet = (double)(t->first_exchange_ns - run->started_ns) / 1e9;
        facts_double(f, F_SANDBOX_QUIET_SECONDS, quiet);
        facts_double(f, F_SANDBOX_QUIET_CLOCK, quiet + (double)t->quiet_ahead_ns / 1e9);
        facts_double(f, F_SANDBOX_QUIET_CPU, (double)t->quiet_cpu_ns / 1e7 / quiet);
    }
    scan_judge(&d->scan, f);
}
