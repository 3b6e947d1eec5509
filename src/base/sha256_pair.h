// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * SHA-256 of two inputs at once. One input leaves half of what the processor's SHA instructions can do unused, because each
 * round waits for the one before; two that take turns do not. Only for digest.c, which uses OpenSSL for all else and asks
 * base/cpu.h what the processor has.
 */
#include <stddef.h>
#include <stdint.h>

/* Takes `blocks` blocks of 64 bytes of each input into its state (eight words as FIPS 180-4 orders them). Only with CPU_SHA. */
void sha256_pair_blocks(uint32_t a[8], const uint8_t *pa, uint32_t b[8], const uint8_t *pb, size_t blocks);
/*
 * Clears the upper halves of wide registers, where others leave them used (vectorscan, ISA-L): as long as they are, each
 * instruction of 128 bits waits for the last one that wrote its register, and a digest takes twice the time. Only with CPU_AVX.
 */
void digest_narrow(void);
