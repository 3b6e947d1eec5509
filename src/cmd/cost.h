// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy cost`: what its files share. Options become inputs, each with its basis; the model makes results of them; text and
 * JSON show the same two lists.
 */
#include "cmd/common.h"
#include "cost/case.h"
#include "cost/pressure.h"

/* A number on the command line. */
struct cost_given {
    double value;
    bool is_given;
};

struct cost_options {
    const char *machine, *model, *way, *prices, *pressure;
    struct cost_given price, vcpus, baseline, surplus, cpu, before, hours, machines, watts, tariff;
    struct cost_given egress, egress_before, alert_hours, vcpu_hashrate, network_hashrate, coin_price;
    struct cost_given outage_hours, revenue, affected, response_hours, rate, measure;
    unsigned stale_days;
    uint16_t today;
    bool is_new, json, list;
};

/* One line of the answer. */
struct cost_figure {
    const char *key;   /* for programs: snake case */
    const char *label; /* for people: marked, translated when shown */
    struct cost_range value;
    const char *unit;  /* as in the table; "" when it has none */
    enum cost_basis basis;
    const struct price *price; /* the row it is from, NULL: none */
};
typedef VEC(struct cost_figure) cost_figures;

struct cost_answer {
    const struct cost_options *options;
    struct prices prices;
    struct cost_input in;
    const char *model; /* "fixed", … or the id of a calibration */
    cost_figures inputs, results;
};

/* Chooses the model, its inputs and where each is from; measures what is to be measured. The exit code, 0: go on. */
int cost_inputs(struct cost_answer *a);
/* Fills the results from the inputs. The exit code, 0: go on. */
int cost_results(struct cost_answer *a);
/* Whether the figure is from a row that is older than the options allow. */
bool cost_is_stale(const struct cost_answer *a, const struct price *row);

/* The answer, and the table, for people and for programs; the exit code. */
int cost_show(const struct cost_answer *a);
int cost_show_table(const struct cost_answer *a);
int cost_json(const struct cost_answer *a);
int cost_json_table(const struct cost_answer *a);
