// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What is known of addresses and things that a record names: the fields of event/field_log_place.def. */
#include "intel/addresses.h"
#include "log/record.h"

/* Which case that was open at a time names a machine; 0: none. */
struct log_cases {
    uint64_t (*of)(void *ctx, struct str machine, uint64_t time_ns);
    void *ctx;
};

struct log_sum;
/* What is known of the address that a record came from; `a` may be NULL: what the record itself says. */
struct address_facts log_place_of(struct addresses *a, const struct log_record *r, const struct net *ip);
/* Answers a field: 1 or 0. */
int log_place_get(const struct log_sum *sum, const struct field_ref *ref, struct value *ret);
