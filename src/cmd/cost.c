// SPDX-License-Identifier: Apache-2.0
/* davy cost: what use of machines by somebody else costs their owner, and what it earns the other. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/day.h"
#include "base/intl.h"
#include "cmd/cost.h"

static const struct cmd_option OPTIONS[] = {
    {"machine", 'i', "TYPE", N_("kind of machine, as the table calls it (--list); without it a vCPU is worth what the table says")},
    {"model", 'm', "MODEL", N_("how it is paid for: fixed, burstable, usage, on-premises, or a calibration of the table such as trend-micro; without it what the machine is")},
    {"price", 0, "USD", N_("price of the machine per hour, with fixed and burstable; per vCPU and hour with usage")},
    {"vcpus", 0, "N", N_("processors of the machine; without it those of the table, or of this machine")},
    {"baseline", 0, "PERCENT", N_("with burstable: share of the processors that is in the price")},
    {"surplus", 0, "USD", N_("with burstable: price per vCPU and hour above the baseline")},
    {"watts", 0, "W", N_("with on-premises: how much more it draws at full load than idle")},
    {"tariff", 0, "USD", N_("with on-premises: price of a kWh")},
    {"cpu", 'c', "PERCENT", N_("load with the other's use; without it the load of this machine is measured, and with --new it is 100")},
    {"measure", 0, "SECONDS", N_("how long to measure, 0.1 to 3600; 1 without it")},
    {"before", 'b', "PERCENT", N_("load without the other's use; 0 without it")},
    {"time", 't', "DURATION", N_("how long it goes on: 90s, 30m, 12h, 3d; a month of 730 hours without it")},
    {"machines", 'n', "N", N_("how many machines it is")},
    {"new", 0, NULL, N_("the other started these machines: all of their price is lost")},
    {"egress", 'e', "SIZE", N_("bytes out, such as 500M or 2T")},
    {"egress-before", 0, "SIZE", N_("bytes out in the same month before")},
    {"way", 0, "WAY", N_("where they go, as the table calls it: internet (without it), region, zone, nat")},
    {"alert-after", 'a', "DURATION", N_("from the first signal to the alert: tells what was lost in that time")},
    {"vcpu-hashrate", 0, "N", N_("hashes per second that a miner gets of a vCPU")},
    {"network-hashrate", 0, "N", N_("hashes per second of all miners of the coin")},
    {"coin-price", 0, "USD", N_("price of a coin")},
    {"pressure", 0, "FILE", N_("pressure stall information of the machine, as /proc/pressure/cpu shows it; that file when the load is measured")},
    {"outage", 0, "DURATION", N_("how long a service was down or slow")},
    {"revenue", 0, "USD", N_("what the service earns per hour")},
    {"affected", 0, "PERCENT", N_("part of it that was lost; 100 without it")},
    {"response", 0, "DURATION", N_("hours of work of those who answer the incident")},
    {"rate", 0, "USD", N_("what an hour of theirs costs")},
    {"prices", 'p', "FILE", N_("another table of prices")},
    {"stale-after", 0, "DAYS", N_("when a price counts as old; 180 without it")},
    {"list", 'l', NULL, N_("show the table of prices")},
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    {"help", 'h', NULL, N_("show this help")},
    {"version", 'V', NULL, N_("show the version")},
    {},
};

/* A number with a unit behind it; `units` is a table of letters and factors that ends with {0}. */
struct unit {
    char letter;
    double factor;
};
static const struct unit NO_UNITS[] = {{}};
static const struct unit HOURS[] = {{'s', 1.0 / 3600}, {'m', 1.0 / 60}, {'h', 1}, {'d', 24}, {}};
static const struct unit SIZES[] = {{'k', 1e3}, {'M', 1e6}, {'G', 1e9}, {'T', 1e12}, {'P', 1e15}, {}};
static const struct unit PERCENTS[] = {{'%', 1}, {}};

static int number(const char *text, const struct unit *units, bool needs_unit, double *ret)
{
    char *end;
    if (*text < '0' || *text > '9' || (*text == '0' && (text[1] == 'x' || text[1] == 'X'))) /* no sign, no blank, no infinity */
        return -EINVAL;
    double value = strtod(text, &end);
    bool has_unit = false;
    for (; units->letter && *end; units++)
        if (*end == units->letter) {
            value *= units->factor;
            has_unit = true;
            end++;
            break;
        }
    if (*end || end == text || !isfinite(value) || value > 1e18 || (needs_unit && !has_unit && value != 0))
        return -EINVAL;
    *ret = value;
    return 0;
}

/* The options that are numbers. */
struct number_option {
    const char *name;
    size_t offset;
    const struct unit *units;
    double most, scale;
    bool needs_unit;
    const char *takes;
};
#define AT(member) offsetof(struct cost_options, member)
#define ANY 1e18
static const struct number_option NUMBERS[] = {
    {"price", AT(price), NO_UNITS, ANY, 1, false, N_("a price in USD")},
    {"vcpus", AT(vcpus), NO_UNITS, 1e6, 1, false, N_("a number up to a million")},
    {"baseline", AT(baseline), PERCENTS, 100, 0.01, false, N_("per cent, 0 to 100")},
    {"surplus", AT(surplus), NO_UNITS, ANY, 1, false, N_("a price in USD")},
    {"watts", AT(watts), NO_UNITS, ANY, 1, false, N_("a number of watts")},
    {"tariff", AT(tariff), NO_UNITS, ANY, 1, false, N_("a price in USD")},
    {"cpu", AT(cpu), PERCENTS, 100, 0.01, false, N_("per cent, 0 to 100")},
    {"measure", AT(measure), NO_UNITS, 3600, 1, false, N_("seconds, 0.1 to 3600")},
    {"before", AT(before), PERCENTS, 100, 0.01, false, N_("per cent, 0 to 100")},
    {"time", AT(hours), HOURS, 1e7, 1, true, N_("a time such as 90s, 30m, 12h or 3d")},
    {"machines", AT(machines), NO_UNITS, 1e9, 1, false, N_("a number")},
    {"egress", AT(egress), SIZES, ANY, 1, false, N_("a size such as 500M or 2T")},
    {"egress-before", AT(egress_before), SIZES, ANY, 1, false, N_("a size such as 500M or 2T")},
    {"alert-after", AT(alert_hours), HOURS, 1e7, 1, true, N_("a time such as 90s, 30m, 12h or 3d")},
    {"vcpu-hashrate", AT(vcpu_hashrate), SIZES, ANY, 1, false, N_("hashes per second, such as 500 or 2.5G")},
    {"network-hashrate", AT(network_hashrate), SIZES, ANY, 1, false, N_("hashes per second, such as 500 or 2.5G")},
    {"coin-price", AT(coin_price), NO_UNITS, ANY, 1, false, N_("a price in USD")},
    {"outage", AT(outage_hours), HOURS, 1e7, 1, true, N_("a time such as 90s, 30m, 12h or 3d")},
    {"revenue", AT(revenue), NO_UNITS, ANY, 1, false, N_("a price in USD")},
    {"affected", AT(affected), PERCENTS, 100, 0.01, false, N_("per cent, 0 to 100")},
    {"response", AT(response_hours), HOURS, 1e7, 1, true, N_("a time such as 90s, 30m, 12h or 3d")},
    {"rate", AT(rate), NO_UNITS, ANY, 1, false, N_("a price in USD")},
};

static int wrong(const char *name, const char *value, const char *takes)
{
    cmd_error("davy cost", "--%s takes %s, not `%s`", name, _(takes), value);
    return -EINVAL;
}

static int take_number(struct cost_options *o, const struct number_option *n, const char *value)
{
    struct cost_given *given = (void *)((char *)o + n->offset);
    double d;
    const bool is_time_to_wait = !strcmp(n->name, "measure");
    if (number(value, n->units, n->needs_unit, &d) < 0 || d > n->most || (is_time_to_wait && d < 0.1))
        return wrong(n->name, value, n->takes);
    *given = (struct cost_given){d * n->scale, true};
    return 0;
}

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct cost_options *o = ctx;
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"machine", &o->machine}, {"model", &o->model}, {"way", &o->way}, {"prices", &o->prices}, {"pressure", &o->pressure}};
    for (size_t i = 0; i < ARRAY_SIZE(NUMBERS); i++)
        if (!strcmp(option->name, NUMBERS[i].name))
            return take_number(o, &NUMBERS[i], value);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (!strcmp(option->name, texts[i].name)) {
            *texts[i].text = value;
            return 0;
        }
    if (!strcmp(option->name, "new")) {
        o->is_new = true;
    } else if (!strcmp(option->name, "list")) {
        o->list = true;
    } else if (!strcmp(option->name, "stale-after")) {
        uint64_t days;
        if (!str_to_u64(str_from(value), &days) || days > 36500)
            return wrong("stale-after", value, N_("a number of days"));
        o->stale_days = (unsigned)days;
    } else if (!strcmp(option->name, "format")) {
        o->json = !strcmp(value, "json");
        if (!o->json && strcmp(value, "text") != 0)
            return wrong("format", value, N_("text or json"));
    }
    return 0;
}

static const struct cmd_program PROGRAM = {
    .name = "davy cost",
    .usage = "[OPTION…]",
    .summary = N_("Tells what it costs when somebody else uses machines of yours: on the bill, in what you paid for and another used, "
                  "in traffic, in what waited; and what whoever mines there earns of it. Every figure says whether it was measured, "
                  "given, cited, estimated or assumed, and prices from when they are."),
    .options = OPTIONS,
    .examples = N_("  davy cost -i t3.large -c 100 -b 13\n"
                   "  davy cost -m trend-micro -c 100 -b 13 -n 40\n"
                   "  davy cost -i c5.24xlarge --new -n 20 -t 6h -a 45m\n"
                   "  davy cost -c 0 -e 2T                  a flood that left through here\n"
                   "  davy cost -m on-premises --watts 180 --tariff 0.31 -c 100 -t 3d\n"
                   "  davy cost --measure 10                what runs here now\n"),
    .take = take,
};

static void done(struct cost_answer *a)
{
    vec_done(&a->inputs);
    vec_done(&a->results);
    prices_done(&a->prices);
}

static int answer(struct cost_answer *a)
{
    char path[4096];
    struct error err = ERROR_NULL;
    (void)snprintf(path, sizeof(path), "%s/rules/intel/prices.toml", cmd_data_dir());
    if (prices_load(&a->prices, a->options->prices ? a->options->prices : path, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    if (a->options->list)
        return a->options->json ? cost_json_table(a) : cost_show_table(a);
    int code = cost_inputs(a);
    if (!code)
        code = cost_results(a);
    if (!code)
        code = a->options->json ? cost_json(a) : cost_show(a);
    return code;
}

int main(int argc, char **argv)
{
    cmd_language();
    struct cost_options o = {.stale_days = PRICES_STALE_DAYS, .today = day_of((uint64_t)time(NULL) * 1000000000ULL)};
    int first = cmd_parse(&PROGRAM, argc, argv, &o);
    if (first < 0)
        return EXIT_USAGE;
    if (first < argc) {
        cmd_error(PROGRAM.name, "`%s` is too much; davy cost takes options only", argv[first]);
        return EXIT_USAGE;
    }
    struct cost_answer a = {.options = &o};
    int code = answer(&a);
    done(&a);
    return code;
}
