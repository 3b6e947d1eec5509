// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The price table: figures with their source, their day and what kind of figure they are, read from TOML
 * (rules/intel/prices.toml says what the keys mean). Read-only once loaded.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

enum {
    PRICES_BYTES_MAX = 1 << 20, /* of a table: ours has 5 kB, all machines of one cloud in one region about 300 kB */
    PRICES_ROWS_MAX = 4096,     /* machines of one cloud: under 1,000 */
    PRICES_TIERS_MAX = 16,      /* of one way out; five is the most that is known */
    PRICES_STALE_DAYS = 180,    /* list prices last for years, those of coins for weeks: half a year asks for a look */
};

/* How much a figure may be trusted. The order is that of doubt: a sum is worth what the worst of its figures is. */
enum cost_basis {
    COST_MEASURED,  /* here, by this machine */
    COST_GIVEN,     /* by whoever asks */
    COST_CITED,     /* published; the source is named */
    COST_ESTIMATED, /* computed from such by a model */
    COST_ASSUMED,   /* nobody published it */
};

enum price_kind {
    PRICE_MACHINE,          /* USD per hour */
    PRICE_VCPU_HOUR,        /* USD per vCPU and hour */
    PRICE_CALIBRATION,      /* USD per month by share of the processor */
    PRICE_EGRESS,           /* USD per GB */
    PRICE_COIN,             /* USD per coin */
    PRICE_NETWORK_HASHRATE, /* hashes per second */
    PRICE_VCPU_HASHRATE,    /* hashes per second and vCPU */
    PRICE_EMISSION,         /* coins per day */
    PRICE_ANCHOR,           /* the victim's USD per USD of the attacker */
};

struct price_tier {
    double up_to_gb; /* of the month; infinite in the last tier */
    double usd;      /* per GB */
};

struct price {
    struct str id, unit, region, source;
    enum price_kind kind;
    enum cost_basis basis;           /* COST_CITED or COST_ASSUMED */
    uint16_t day;                    /* base/day.h */
    bool is_published;               /* the day is that of the source; false: that on which it was read */
    double low, high;                /* equal when the row gives one value */
    double vcpus;                    /* PRICE_MACHINE: 0 when unknown */
    double baseline, surplus;        /* PRICE_MACHINE: share in the price (0..1) and USD per vCPU-hour above it; 0: not burstable */
    double at[2], usd[2];            /* PRICE_CALIBRATION: two shares (0..1), rising, and USD per month there */
    const struct price_tier *tiers;  /* PRICE_EGRESS: rising */
    size_t n_tiers;
};

struct prices {
    struct arena arena;
    VEC(struct price) rows;
};

/*
 * Reads a table; `name` is what errors call it. -EINVAL with name:line:column and the cure when a row is incomplete, has
 * an unknown key, a figure that is negative or not finite, or an id and kind that was there before. `p` is empty then.
 */
int prices_parse(struct prices *p, struct str text, const char *name, struct error *err);
/* The same of a file. Also what file_read() returns. */
int prices_load(struct prices *p, const char *path, struct error *err);
void prices_done(struct prices *p);

/* The row of that kind and id; id NULL: the first of the kind. NULL when there is none. As long as the table. */
const struct price *prices_find(const struct prices *p, enum price_kind kind, const char *id);
/* Whether the figure is older than so many days on day `today`. */
bool price_is_stale(const struct price *p, uint16_t today, unsigned days);

/* "measured", "given", "cited", "estimated", "assumed": for machines; marked for translation. */
const char *cost_basis_name(enum cost_basis b);
/* "machine", "vcpu-hour", …: as in the table. */
const char *price_kind_name(enum price_kind k);
