// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * SHA-256 of two inputs at once. One input leaves half of what the processor's SHA instructions can do unused, because each
 * round waits for the one before; two that take turns do not. Only for digest.c, which uses OpenSSL for all else.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this processor has the instructions (x86 SHA extensions). */
bool sha256_pair_is_possible(void);
/* Takes `blocks` blocks of 64 bytes of each input into its state (eight words as FIPS 180-4 orders them). */
void sha256_pair_blocks(uint32_t a[8], const uint8_t *pa, uint32_t b[8], const uint8_t *pb, size_t blocks);
/* Whether registers wider than 128 bits exist here, so that digest_narrow() is of use. */
bool digest_is_wide(void);
/*
 * Clears the upper halves of wide registers, where others leave them used (vectorscan, ISA-L): as long as they are, each
 * instruction of 128 bits waits for the last one that wrote its register, and a digest takes twice the time. Only where
 * digest_is_wide().
 */
void digest_narrow(void);
