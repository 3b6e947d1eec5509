// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a record adds up to with those before it: takes from it what the state remembers, and answers the fields of
 * event/field_log_state.def. The state is optional: without one only what the record itself says is answered.
 */
#include "log/place.h"
#include "log/state.h"
#include "log/who.h"

/* What a machine of that kind costs, USD per hour; 0: not known. */
struct log_prices {
    double (*machine)(void *ctx, struct str type);
    void *ctx;
    double internet_gb, region_gb; /* USD per GB that leaves the cloud, or goes to another region of it */
    double vcpu; /* USD per vCPU and hour, for machines whose price is not known */
};

/* The answers for the record at hand. */
struct log_sum {
    struct log_now now;
    struct addresses *addresses;     /* what is known of addresses; NULL: nothing */
    const struct log_cases *cases;   /* open cases; NULL: not known */
    const struct log_prices *prices; /* of the record at hand; may be NULL */
    struct address_facts facts;      /* of `ip` */
    char network[64], agent[64];
    struct value is_new[TRAIT__N], is_new_in_account[TRAIT__N];
    struct net ip;
    bool has_ip;
    bool is_within; /* the bytes of a flow stay in the cloud that tells of it */
    struct log_mets *mets; /* who was met lately; NULL: nobody yet */
    const struct log_record *record;
    bool is_taken;    /* what it adds up to with others is known */
    bool is_own_made; /* what the record itself says: made when it is asked for first */
};

void log_sum_done(struct log_sum *sum);
/* Takes a record whose values are set. `s` and `prices` may be NULL. */
void log_sum_take(struct log_sum *sum, struct log_state *s, const struct log_prices *prices, const struct log_record *r);
/* What the record that was taken adds up to nothing of (enum field_family); 0 when nothing was asked of a state. */
unsigned log_sum_lacks(const struct log_sum *sum);
/* What the record that was taken adds up to, in brief; false when nothing was asked of a state. */
bool log_sum_brief(const struct log_sum *sum, uint8_t ret[BRIEF__N]);
/* Answers a field: 1, or 0 when the record adds up to nothing of that kind. */
int log_sum_get(const struct log_sum *sum, const struct field_ref *ref, struct value *ret);
