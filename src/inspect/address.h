// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Addresses of currencies, told by their checksums: a string of the right form passes by chance once in 2^32.
 */
#include "base/str.h"

enum {
    ADDRESS_BYTES_MIN = 26,  /* the shortest Bitcoin address that is checked */
    ADDRESS_BYTES_MAX = 106, /* Monero, integrated */
    MONERO_BYTES = 95,
    MONERO_INTEGRATED_BYTES = 106,
};

/*
 * The currency of a main-net address that fills the whole string, or NULL: monero, bitcoin, ethereum, litecoin, dogecoin,
 * dash, ravencoin, zcash (transparent). Coins that took an older one's form over pass for that one.
 */
const char *address_currency(struct str s);
/*
 * Monero: standard (4…), sub (8…) and integrated (4…, 106 characters) addresses; network bytes 18, 42 and 19.
 * Test networks are not counted.
 */
bool address_is_monero(struct str s);
/* Bitcoin: base58check of versions 0 and 5, bech32 of witness version 0, bech32m of 1 to 16, prefix bc. */
bool address_is_bitcoin(struct str s);
