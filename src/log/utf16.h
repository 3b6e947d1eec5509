// SPDX-License-Identifier: Apache-2.0
#pragma once
/* UTF-16 as UTF-8: shells of Windows write so what a command says. */
#include "base/str.h"

enum utf16_order { UTF16_NONE, UTF16_LE, UTF16_BE };
/* By the byte order mark, or by zeros in place of the second byte of what can only be the beginning of JSON or of a date. */
enum utf16_order utf16_order_of(struct str head);
/*
 * Writes UTF-8 to `to` and returns how many bytes; *ret_used bytes of `from` are done, up to three stay at the end when they are half of something.
 * `room` must be 4 or more. What is no character becomes a question mark; a mark of the order is left out.
 */
size_t utf16_to_utf8(enum utf16_order order, struct str from, char *to, size_t room, size_t *ret_used);
