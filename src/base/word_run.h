// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Long words in bytes: what is encoded (base64 in both alphabets, hex) and what has a checksum (addresses of wallets) are runs of
 * letters, digits, '+', '-', '/' and '_'. Few places hold a long one, so this search decides what a look at all bytes costs.
 */
#include "base/str.h"

/* The shortest run that is found. */
enum { WORD_RUN_MIN = 16 };

/* Whether the byte may stand in a word. */
bool word_run_has(char c);
/*
 * The first run of at least WORD_RUN_MIN such bytes at *at or behind it (one that began before *at begins at *at): its place in *at
 * and *ret_end. False when there is none; *at is then the end of the text.
 */
bool word_run_next(struct str text, size_t *at, size_t *ret_end);
