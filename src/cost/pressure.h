// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the machine itself says of its load: the share of its processors that is busy (/proc/stat) and pressure stall
 * information (/proc/pressure/cpu, Linux 4.20 on): how much of the time somebody had to wait for a processor. Waiting is
 * the hidden cost of a miner: no bill shows it.
 */
#include "base/error.h"
#include "base/str.h"

struct cost_pressure {
    double some10, some60, some300; /* per cent of the last 10, 60 and 300 seconds in which some task waited */
    uint64_t total_us;              /* since boot */
};

/* Takes the content of /proc/pressure/cpu. -EINVAL when there is no line `some avg10=… avg60=… avg300=… total=…`. */
int cost_pressure_parse(struct cost_pressure *p, struct str text, struct error *err);
/* Reads a file of that form. Also -ENOENT or -EOPNOTSUPP where the kernel has it not. */
int cost_pressure_read(struct cost_pressure *p, const char *path, struct error *err);

struct cost_ticks {
    uint64_t busy, all; /* clock ticks of all processors since boot; steal counts as neither, iowait as idle */
    unsigned processors;
};
/* Takes the content of /proc/stat. -EINVAL when there is no line `cpu`. */
int cost_ticks_parse(struct cost_ticks *t, struct str text, struct error *err);
int cost_ticks_read(struct cost_ticks *t, const char *path, struct error *err);
/* The busy share, 0..1, between two readings; 0 when no tick has passed. */
double cost_ticks_share(const struct cost_ticks *from, const struct cost_ticks *to);
