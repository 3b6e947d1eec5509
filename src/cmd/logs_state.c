// SPDX-License-Identifier: Apache-2.0
/*
 * What records of logs add up to (log/state.h), from one run to the next: beside the file that --state names, with .logs behind its
 * name. And what machines cost, from the table of prices.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "base/intl.h"
#include "base/io.h"
#include "cmd/logs.h"

static double machine_price(void *ctx, struct str type)
{
    const struct prices *p = ctx;
    char id[64];
    (void)snprintf(id, sizeof(id), "%.*s", STR_ARG(str_sub(type, 0, sizeof(id) - 1)));
    const struct price *row = prices_find(p, PRICE_MACHINE, id);
    return row ? row->high : 0;
}

/* What the first gigabyte that is paid for costs. */
static double highest(const struct price *way)
{
    double usd = 0;
    for (size_t i = 0; way && i < way->n_tiers; i++)
        usd = way->tiers[i].usd > usd ? way->tiers[i].usd : usd;
    return usd;
}

static void load_prices(struct logs_reading *r)
{
    struct strbuf path = {};
    struct error err = ERROR_NULL;
    strbuf_printf(&path, "%s/rules/intel/prices.toml", cmd_data_dir());
    if (prices_load(&r->table, path.p, &err) < 0)
        cmd_error(r->options->watch.program, "%s", err.text);
    const struct price *vcpu = prices_find(&r->table, PRICE_VCPU_HOUR, NULL);
    r->prices = (struct log_prices){.machine = machine_price, .ctx = &r->table, .vcpu = vcpu ? vcpu->high : 0,
                                    .internet_gb = highest(prices_find(&r->table, PRICE_EGRESS, "internet")),
                                    .region_gb = highest(prices_find(&r->table, PRICE_EGRESS, "region"))};
    strbuf_done(&path);
}

void logs_state_open(struct logs_reading *r, const struct ruleset *rs)
{
    struct strbuf path = {}, bytes = {};
    struct error err = ERROR_NULL;
    r->folder = -1;
    if (!r->options->watch.state && !r->options->follow && !ruleset_reads(rs, F_LOGIN_ACTION, F_GAP_RECORDS)) /* field_log_state.def, first to last */
        return;
    r->state = log_state_new();
    load_prices(r);
    if (!r->options->watch.state)
        return;
    strbuf_printf(&path, "%s.logs", r->options->watch.state);
    const struct str dir = str_dirname(strbuf_str(&path));
    struct strbuf folder = {};
    strbuf_add(&folder, dir.n ? dir : STR("."));
    r->folder = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r->name = str_basename(strbuf_str(&path));
    r->name = str_from(xstrndup(r->name.p, r->name.n));
    if (access(path.p, F_OK) == 0 && (file_read(path.p, LOG_STATE_BYTES, &bytes, &err) < 0 || log_state_restore(r->state, strbuf_str(&bytes), &err) < 0))
        cmd_error(r->options->watch.program, "%s: %s; habits begin anew", path.p, err.text);
    strbuf_done(&folder);
    strbuf_done(&path);
    strbuf_done(&bytes);
}

/* ---- addresses ---- */

struct str logs_provider_in(const char *given, const char **ret_file)
{
    static const struct str head = STR("provider:");
    const char *equals = strchr(given, '=');
    *ret_file = equals && equals[1] && str_starts(str_from(given), head) ? equals + 1 : NULL;
    return *ret_file ? str_n(given + head.n, (size_t)(equals - given) - head.n) : STR_NULL;
}

static int add_given(const struct logs_options *o, struct addresses *a)
{
    struct error err = ERROR_NULL;
    for (size_t i = 0; i < o->geo.n; i++)
        if (addresses_add_geo(a, o->geo.v[i], &err) < 0) {
            cmd_error(o->watch.program, "--geo: %s", err.text);
            return EXIT_CANNOT;
        }
    for (size_t i = 0; i < o->lists.n; i++) {
        const char *file;
        const struct str provider = logs_provider_in(o->lists.v[i], &file);
        if (addresses_add_cloud(a, provider, file, &err) < 0) {
            cmd_error(o->watch.program, "--list: %s", err.text);
            return EXIT_CANNOT;
        }
    }
    return 0;
}

static bool is_replaced(const struct logs_options *o, struct str provider)
{
    const char *file;
    for (size_t i = 0; i < o->lists.n; i++)
        if (str_eq(logs_provider_in(o->lists.v[i], &file), provider))
            return true;
    return false;
}

int logs_addresses_open(struct logs_reading *r, const struct ruleset *rs)
{
    _cleanup_(arena_done) struct arena arena = {};
    static const struct str prefix = STR("networks-"), suffix = STR(".txt");
    const struct logs_options *o = r->options;
    struct error err = ERROR_NULL;
    if (!r->state && !o->geo.n && !o->lists.n && !ruleset_reads(rs, F_CLOUD_COUNTRY, F_FLOW_DST_REGION)) /* field_log_place.def */
        return 0;
    r->addresses = addresses_new();
    const int code = add_given(o, r->addresses);
    for (const char **f = rule_files_in(&arena, arena_printf(&arena, "%s/rules/intel", cmd_data_dir()).p, prefix.p, suffix.p); !code && *f; f++) {
        const struct str name = str_basename(str_from(*f)), provider = str_sub(name, prefix.n, name.n - suffix.n);
        if (!is_replaced(o, provider) && addresses_add_cloud(r->addresses, provider, *f, &err) < 0)
            cmd_error(o->watch.program, "%s", err.text);
    }
    addresses_seal(r->addresses);
    return code;
}

/* ---- what is kept ---- */

static int keep(struct logs_reading *r)
{
    struct strbuf bytes = {};
    log_state_save(r->state, &bytes);
    const int e = io_replace(r->folder, r->name, strbuf_str(&bytes), 0600, 0);
    strbuf_done(&bytes);
    return e;
}

void logs_state_close(struct logs_reading *r)
{
    if (r->folder >= 0 && r->state) {
        const int e = keep(r);
        if (e)
            cmd_error(r->options->watch.program, "cannot write what logs add up to beside the state %s: %s", r->options->watch.state, error_words(e));
        (void)close(r->folder);
        r->folder = -1;
    }
    free((char *)r->name.p);
    r->name = STR_NULL;
    r->state = log_state_free(r->state);
    prices_done(&r->table);
    r->addresses = addresses_free(r->addresses);
    r->cases = logs_cases_free(r->cases);
}
