// SPDX-License-Identifier: Apache-2.0
/* davy cost: from options, the table and this machine to the inputs and results of the model. */
#include <errno.h>
#include <math.h>
#include <time.h>

#include "base/intl.h"
#include "cmd/cost.h"

static const char NAME[] = "davy cost";

/* Appends a figure. */
static void cost_add(cost_figures *list, struct cost_figure f)
{
    vec_add(list, f);
}

bool cost_is_stale(const struct cost_answer *a, const struct price *row)
{
    return row && price_is_stale(row, a->options->today, a->options->stale_days);
}

static struct cost_range one(double v)
{
    return (struct cost_range){v, v};
}

/* Notes an input that was given, else takes it from the row's value, else from `otherwise`. */
static double choose(struct cost_answer *a, const char *key, const char *label, const char *unit, struct cost_given given,
                     const struct price *row, double of_row, double otherwise)
{
    struct cost_figure f = {key, label, one(otherwise), unit, COST_ASSUMED, NULL};
    if (given.is_given) {
        f.value = one(given.value);
        f.basis = COST_GIVEN;
    } else if (row) {
        f.value = one(of_row);
        f.basis = row->basis;
        f.price = row;
    }
    cost_add(&a->inputs, f);
    return f.value.low;
}

static int needs(const char *model, const char *option)
{
    cmd_error(NAME, "%s needs --%s", model, option);
    return EXIT_USAGE;
}

/* Ids of a kind, for a message. */
static void say_unknown(const struct cost_answer *a, enum price_kind kind, const char *what)
{
    _cleanup_(strbuf_done) struct strbuf list = {};
    for (size_t i = 0; i < a->prices.rows.n; i++)
        if (a->prices.rows.v[i].kind == kind)
            strbuf_printf(&list, "%s%.*s", list.n ? ", " : "", STR_ARG(a->prices.rows.v[i].id));
    cmd_error(NAME, "the table of prices has no `%s`; it has %s", what, list.p ? list.p : "");
}

/* The processors of this machine; 0 when it does not say. */
static int ticks(struct cost_ticks *t)
{
    struct error err = ERROR_NULL;
    if (cost_ticks_read(t, "/proc/stat", &err) >= 0)
        return 0;
    cmd_error(NAME, "%s", err.text);
    return EXIT_CANNOT;
}

/* Whether this machine's own load is asked for: machines that the other started are others. */
static bool measures_here(const struct cost_options *o)
{
    return !o->cpu.is_given && (!o->is_new || o->measure.is_given);
}

static int load(struct cost_answer *a)
{
    const struct cost_options *o = a->options;
    struct cost_ticks from, to;
    if (!measures_here(o)) {
        /* whoever starts machines for himself uses all of them */
        a->in.used = choose(a, "cpu", N_("load with the other's use"), "share", o->cpu, NULL, 0, 1);
    } else {
        const double seconds = o->measure.is_given ? o->measure.value : 1;
        const struct timespec pause = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
        int code = ticks(&from);
        if (!code && nanosleep(&pause, NULL) < 0)
            code = EXIT_CANNOT;
        if (!code)
            code = ticks(&to);
        if (code)
            return code;
        a->in.used = cost_ticks_share(&from, &to);
        cost_add(&a->inputs,
                 (struct cost_figure){"cpu", N_("load of this machine"), one(a->in.used), "share", COST_MEASURED, NULL});
    }
    a->in.before = choose(a, "before", N_("load without it"), "share", o->before, NULL, 0, 0);
    if (a->in.before <= a->in.used)
        return 0;
    cmd_error(NAME, "the load with the other's use, %.1f %%, is below that without it, %.1f %%", a->in.used * 100, a->in.before * 100);
    return EXIT_USAGE;
}

static int vcpus(struct cost_answer *a, const struct price *machine)
{
    struct cost_ticks t = {};
    if (a->options->vcpus.is_given || (machine && machine->vcpus > 0)) {
        a->in.vcpus = choose(a, "vcpus", N_("processors"), "vCPU", a->options->vcpus, machine, machine ? machine->vcpus : 0, 0);
        return 0;
    }
    int code = ticks(&t);
    if (code)
        return code;
    a->in.vcpus = t.processors;
    cost_add(&a->inputs, (struct cost_figure){"vcpus", N_("processors of this machine"), one(t.processors), "vCPU", COST_MEASURED, NULL});
    return 0;
}

/* The price per hour of the whole machine. */
static int hourly(struct cost_answer *a, const struct price *machine)
{
    const struct price *any = machine ? NULL : prices_find(&a->prices, PRICE_VCPU_HOUR, NULL);
    if (a->options->price.is_given || machine) {
        a->in.usd_per_hour = choose(a, "price", N_("price of the machine"), "USD/h", a->options->price, machine, machine ? machine->low : 0, 0);
        return 0;
    }
    if (!any)
        return needs(a->model, "price");
    a->in.usd_per_hour = any->low * a->in.vcpus;
    cost_add(&a->inputs, (struct cost_figure){"vcpu_price", N_("price of a processor"), one(any->low), "USD/vCPU-h", any->basis, any});
    return 0;
}

static int burstable(struct cost_answer *a, const struct price *machine)
{
    const bool has = machine && machine->baseline > 0;
    if (!has && !a->options->baseline.is_given)
        return needs(a->model, "baseline");
    if (!has && !a->options->surplus.is_given)
        return needs(a->model, "surplus");
    a->in.baseline = choose(a, "baseline", N_("share in the price"), "share", a->options->baseline, machine, has ? machine->baseline : 0, 0);
    a->in.surplus = choose(a, "surplus", N_("price above it"), "USD/vCPU-h", a->options->surplus, machine, has ? machine->surplus : 0, 0);
    return 0;
}

static void calibration(struct cost_answer *a, const struct price *row)
{
    for (size_t i = 0; i < 2; i++) {
        a->in.at[i] = row->at[i];
        a->in.usd[i] = row->usd[i];
    }
    cost_add(&a->inputs, (struct cost_figure){"calibration_low", N_("a month at the first point"), one(row->usd[0]), "USD/month", row->basis, row});
    cost_add(&a->inputs, (struct cost_figure){"calibration_high", N_("a month at the second point"), one(row->usd[1]), "USD/month", row->basis, row});
}

/* Usage: nothing at no load, price × processors at full load. */
static int by_usage(struct cost_answer *a, const struct price *machine)
{
    const struct price *row = prices_find(&a->prices, PRICE_VCPU_HOUR, a->options->machine);
    if (!row && !a->options->price.is_given)
        return needs(a->model, "price");
    const double price = choose(a, "price", N_("price of a processor"), "USD/vCPU-h", a->options->price, row, row ? row->low : 0, 0);
    int code = vcpus(a, machine);
    a->in.at[1] = 1;
    a->in.usd[1] = price * a->in.vcpus * COST_HOURS_PER_MONTH;
    return code;
}

static int choose_model(struct cost_answer *a, const struct price *machine)
{
    static const char *const MODELS[] = {
        [COST_FIXED] = "fixed", [COST_BURSTABLE] = "burstable", [COST_USAGE] = "usage", [COST_ON_PREMISES] = "on-premises"};
    const char *given = a->options->model;
    a->in.model = machine && machine->baseline > 0 ? COST_BURSTABLE : COST_FIXED;
    a->model = MODELS[a->in.model];
    if (!given)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(MODELS); i++)
        if (!strcmp(given, MODELS[i])) {
            a->in.model = (enum cost_model)i;
            a->model = MODELS[i];
            return 0;
        }
    const struct price *row = prices_find(&a->prices, PRICE_CALIBRATION, given);
    if (row) {
        a->in.model = COST_USAGE;
        a->model = row->id.p;
        calibration(a, row);
        return 0;
    }
    cmd_error(NAME, "there is no model `%s`; --model takes fixed, burstable, usage, on-premises or a calibration of the table", given);
    return EXIT_USAGE;
}

static int of_model(struct cost_answer *a, const struct price *machine)
{
    const struct cost_options *o = a->options;
    int code = 0;
    switch (a->in.model) {
    case COST_BURSTABLE:
    case COST_FIXED:
        if (!(code = vcpus(a, machine)) && !(code = hourly(a, machine)) && a->in.model == COST_BURSTABLE)
            code = burstable(a, machine);
        return code;
    case COST_USAGE:
        return a->in.at[1] > 0 ? vcpus(a, machine) : by_usage(a, machine);
    case COST_ON_PREMISES:
        if (!o->watts.is_given)
            return needs(a->model, "watts");
        if (!o->tariff.is_given)
            return needs(a->model, "tariff");
        a->in.watts = choose(a, "watts", N_("power at full load"), "W", o->watts, NULL, 0, 0);
        a->in.tariff = choose(a, "tariff", N_("price of power"), "USD/kWh", o->tariff, NULL, 0, 0);
        return vcpus(a, machine);
    }
    return code;
}

int cost_inputs(struct cost_answer *a)
{
    const struct cost_options *o = a->options;
    const struct price *machine = o->machine ? prices_find(&a->prices, PRICE_MACHINE, o->machine) : NULL;
    const bool names_usage = o->machine && prices_find(&a->prices, PRICE_VCPU_HOUR, o->machine);
    if (o->machine && !machine && !names_usage && !o->price.is_given) {
        say_unknown(a, PRICE_MACHINE, o->machine);
        return EXIT_USAGE;
    }
    int code = choose_model(a, machine);
    if (!code && names_usage && !o->model) {
        a->in.model = COST_USAGE;
        a->model = "usage";
    }
    if (!code)
        code = load(a);
    if (!code)
        code = of_model(a, machine);
    if (code)
        return code;
    a->in.hours = choose(a, "hours", N_("duration"), "h", o->hours, NULL, 0, COST_HOURS_PER_MONTH);
    a->in.machines = choose(a, "machines", N_("machines"), "", o->machines, NULL, 0, 1);
    a->in.is_new = o->is_new;
    return 0;
}

static void add_result(struct cost_answer *a, const char *key, const char *label, struct cost_range v, const char *unit,
                       enum cost_basis basis, const struct price *row)
{
    cost_add(&a->results, (struct cost_figure){key, label, v, unit, basis, row});
}

static struct cost_range times(struct cost_range r, double factor)
{
    return (struct cost_range){r.low * factor, r.high * factor};
}

static int add_traffic(struct cost_answer *a, struct cost_range *bill)
{
    const struct cost_options *o = a->options;
    if (!o->egress.is_given)
        return 0;
    const char *way = o->way ? o->way : "internet";
    const struct price *row = prices_find(&a->prices, PRICE_EGRESS, way);
    if (!row) {
        say_unknown(a, PRICE_EGRESS, way);
        return EXIT_USAGE;
    }
    cost_add(&a->inputs, (struct cost_figure){"egress", N_("traffic out"), one(o->egress.value / COST_GB), "GB", COST_GIVEN, row});
    const double usd = cost_egress(row, o->egress_before.value, o->egress.value);
    add_result(a, "traffic", N_("traffic"), one(usd), "USD", COST_ESTIMATED, row);
    *bill = (struct cost_range){bill->low + usd, bill->high + usd};
    return 0;
}

/* A range that was given as one number, else the row's. */
static bool range_of(struct cost_answer *a, const char *key, const char *label, const char *unit, struct cost_given given,
                     enum price_kind kind, struct cost_range *ret)
{
    const struct price *row = given.is_given ? NULL : prices_find(&a->prices, kind, NULL);
    if (!given.is_given && !row)
        return false;
    *ret = given.is_given ? one(given.value) : (struct cost_range){row->low, row->high};
    cost_add(&a->inputs, (struct cost_figure){key, label, *ret, unit, row ? row->basis : COST_GIVEN, row});
    return true;
}

static void add_attacker(struct cost_answer *a, double owner_day)
{
    const struct cost_options *o = a->options;
    const struct price *emission = prices_find(&a->prices, PRICE_EMISSION, NULL);
    struct cost_range coin;
    struct cost_miner m = {.vcpus = (a->in.used - (a->in.is_new ? 0 : a->in.before)) * a->in.vcpus * a->in.machines};
    if (emission && m.vcpus > 0 &&
        range_of(a, "vcpu_hashrate", N_("hashes of a processor"), "H/s", o->vcpu_hashrate, PRICE_VCPU_HASHRATE, &m.vcpu_hashrate) &&
        range_of(a, "network_hashrate", N_("hashes of all miners"), "H/s", o->network_hashrate, PRICE_NETWORK_HASHRATE, &m.network) &&
        range_of(a, "coin_price", N_("price of a coin"), "USD", o->coin_price, PRICE_COIN, &coin) && m.network.low > 0) {
        m.coins_per_day = emission->low;
        m.usd_per_coin = coin.low;
        const struct cost_range day = cost_miner_day(&m);
        add_result(a, "attacker_per_day", N_("a miner would earn a day"), day, "USD", COST_ESTIMATED, NULL);
        const struct cost_range ratio = cost_ratio(owner_day, day);
        if (ratio.high > 0)
            add_result(a, "ratio", N_("you pay, for each USD of his"), ratio, "USD", COST_ESTIMATED, NULL);
    }
    vec_each(row, &a->prices.rows) {
        if (row->kind == PRICE_ANCHOR)
            add_result(a, "published_ratio", N_("others found"), one(row->low), "USD", row->basis, row);
    }
}

static int add_pressure(struct cost_answer *a)
{
    const struct cost_options *o = a->options;
    struct cost_pressure p;
    struct error err = ERROR_NULL;
    if (!o->pressure && !measures_here(o))
        return 0;
    if (cost_pressure_read(&p, o->pressure ? o->pressure : "/proc/pressure/cpu", &err) < 0) {
        if (!o->pressure)
            return 0; /* an old kernel, or one that was told not to measure it: nothing was asked for */
        cmd_error(NAME, "%s", err.text);
        return EXIT_CANNOT;
    }
    const enum cost_basis basis = o->pressure ? COST_GIVEN : COST_MEASURED;
    add_result(a, "waiting_10s", N_("somebody waited, last 10 s"), one(p.some10 / 100), "share", basis, NULL);
    add_result(a, "waiting_300s", N_("somebody waited, last 5 min"), one(p.some300 / 100), "share", basis, NULL);
    return 0;
}

static int add_indirect(struct cost_answer *a)
{
    const struct cost_options *o = a->options;
    if (o->outage_hours.is_given != o->revenue.is_given)
        return needs("--outage", "revenue");
    if (o->response_hours.is_given != o->rate.is_given)
        return needs("--response", "rate");
    if (o->outage_hours.is_given)
        add_result(a, "outage", N_("service down or slow"),
                   one(o->outage_hours.value * o->revenue.value * (o->affected.is_given ? o->affected.value : 1)), "USD", COST_ESTIMATED, NULL);
    if (o->response_hours.is_given)
        add_result(a, "response", N_("work of the response"), one(o->response_hours.value * o->rate.value), "USD", COST_ESTIMATED, NULL);
    return 0;
}

int cost_results(struct cost_answer *a)
{
    const struct cost_result r = cost_compute(&a->in);
    struct cost_range bill = r.direct;
    add_result(a, "direct", N_("more on the bill"), r.direct, "USD", COST_ESTIMATED, NULL);
    if (r.opportunity.high > 0)
        add_result(a, "opportunity", N_("paid by you, used by another"), r.opportunity, "USD", COST_ESTIMATED, NULL);
    int code = add_traffic(a, &bill);
    if (code)
        return code;
    if (a->options->egress.is_given)
        add_result(a, "bill", N_("both together"), bill, "USD", COST_ESTIMATED, NULL);
    add_result(a, "month_before", N_("a month of one without it"), r.month_before, "USD", COST_ESTIMATED, NULL);
    add_result(a, "month_used", N_("a month of one with it"), r.month_used, "USD", COST_ESTIMATED, NULL);
    const struct cost_range lost = {r.direct.low + r.opportunity.low, r.direct.high + r.opportunity.high};
    if (a->in.hours > 0)
        add_result(a, "per_day", N_("lost a day"), times(lost, 24 / a->in.hours), "USD", COST_ESTIMATED, NULL);
    if (a->options->alert_hours.is_given && a->in.hours > 0) {
        struct cost_input until = a->in;
        until.hours = a->options->alert_hours.value;
        const struct cost_result early = cost_compute(&until);
        cost_add(&a->inputs, (struct cost_figure){"alert_hours", N_("first signal to alert"), one(until.hours), "h", COST_GIVEN, NULL});
        add_result(a, "until_alert", N_("lost before the alert"),
                   (struct cost_range){early.direct.low + early.opportunity.low, early.direct.high + early.opportunity.high}, "USD", COST_ESTIMATED, NULL);
    }
    if (a->in.hours > 0)
        add_attacker(a, lost.high * 24 / a->in.hours);
    code = add_pressure(a);
    return code ? code : add_indirect(a);
}
