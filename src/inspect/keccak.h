// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Keccak-256 as Monero and Ethereum use it: the padding of the original submission (0x01), not of SHA-3
 * (0x06), which is why OpenSSL's SHA-3 cannot stand in for it. Specification: the Keccak reference,
 * version 3.0.
 */
#include <stddef.h>
#include <stdint.h>

enum { KECCAK_BYTES = 32 };

/* The digest of n bytes. */
void keccak256(const void *p, size_t n, uint8_t ret[KECCAK_BYTES]);
