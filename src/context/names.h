// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Names that were told for numbers: of users and groups by mount namespace and id, of hosts by address. Bounded: when it is full,
 * the oldest half is forgotten.
 */
#include <stdint.h>

#include "base/str.h"

struct name {
    struct str name, home, shell; /* NULL: not told */
};

struct names;
struct names *names_new(size_t max);
struct names *names_free(struct names *n);
/* The key is `space` (a namespace) and n bytes. What was told last counts. An empty name stands for "there is none". */
void names_put(struct names *n, uint32_t space, const void *key, size_t size, const struct name *name);
/* NULL when nothing was told. Valid until the next put. */
const struct name *names_get(struct names *n, uint32_t space, const void *key, size_t size);
size_t names_count(const struct names *n);
size_t names_bytes(const struct names *n);
