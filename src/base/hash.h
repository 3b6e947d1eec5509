// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * SipHash-1-3 (Aumasson, Bernstein 2012; the reduced-round variant that Rust and Ruby use for tables), keyed once per
 * process from the kernel's random numbers, so that names in a hostile archive cannot be chosen to collide.
 */
#include "base/str.h"

/* A hash of n bytes for tables in memory: not cryptographic. */
uint64_t hash_bytes(const void *p, size_t n);
static inline uint64_t hash_str(struct str s)
{
    return hash_bytes(s.p, s.n);
}
/* The same with a given key: for values that must not change from run to run. */
uint64_t hash_keyed(const void *p, size_t n, uint64_t k0, uint64_t k1);
