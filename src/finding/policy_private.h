// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The policy as its two files share it. */
#include "base/vec.h"
#include "finding/policy.h"

struct policy {
    struct arena arena;
    char *name;
    VEC(struct policy_entry) entries;
};

/* A policy is written by hand; more than this is a mistake. */
enum {
    POLICY_BYTES_MAX = 1 << 20,
    POLICY_ENTRIES_MAX = 10'000,
    POLICY_TEXT_MAX = 4096, /* bytes of one value */
};
