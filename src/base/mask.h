// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A mask for what we keep on disk: compiled rules and notes hold the very words that scanners look for, ours and those of others,
 * and would be found as what they describe. It hides nothing from anybody: who has the key, which lies beside, takes it off.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

/* Puts the mask that belongs to a key on n bytes from byte `at` (a multiple of 8) on, or takes it off: twice is never. */
void mask_bytes(void *p, size_t n, uint64_t at, const uint8_t key[SHA256_BYTES]);
