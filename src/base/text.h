// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Text for people: bytes from outside made safe for a terminal, display width, sizes and times.
 */
#include "base/cleanup.h"
#include "base/strbuf.h"

/*
 * Appends s so that it cannot do anything but be read: valid UTF-8 that is printable stays; control characters (C0, C1,
 * DEL), bidirectional overrides, zero-width characters and bytes that are not UTF-8 become \xHH. Newlines and tabs too.
 */
void text_add_safe(struct strbuf *b, struct str s);
/* The same with at most `columns` display columns; what does not fit is replaced by "…" ("..." unless utf8) in the middle. */
void text_add_fit(struct strbuf *b, struct str s, size_t columns, bool utf8);
/* Display columns of valid UTF-8: 2 for East Asian wide and fullwidth, 0 for combining, -1 counts as 1 for the rest. */
size_t text_width(struct str s);
/*
 * Takes the next piece that stays on one line off *s: up to a blank, and in scripts that write without blanks a word with
 * the hiragana behind it, within reason, or else one wide character. By the Japanese rules (kinsoku), what may not begin a
 * line (、。）」ー and small kana) stays with what is before it, and what may not end one (（「) with what follows; the last
 * letters of a sentence stay whole.
 * Empty when *s begins with a blank or is empty.
 */
struct str text_next_piece(struct str *s);
/* True when every byte sequence is valid UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(struct str s);
/* The longest start of s of at most `bytes` bytes that does not end within a UTF-8 sequence. */
struct str text_cut(struct str s, size_t bytes);
/* Length of the valid UTF-8 sequence at the start of s and its code point; 0 when it is not valid. */
size_t text_decode(struct str s, uint32_t *ret_code_point);
/* 10^3 units: "999 B", "1.2 kB", "214 MB", "5.0 GB". */
void text_add_size(struct strbuf *b, uint64_t bytes);
/* Decimal digits in groups of three: 8,412. */
void text_add_count(struct strbuf *b, uint64_t n);
/* The number in such digits within a text that is translated, in the place of its only %s: "%s file", "%s files". */
void text_add_counted(struct strbuf *b, uint64_t n, const char *one, const char *many) _printf_(3, 0) _printf_(4, 0);
/* ISO 8601 in UTC with nanoseconds: 2026-11-23T21:37:00.000000001Z. Without: pass fraction_digits 0 (or 3, 6, 9). */
void text_add_time(struct strbuf *b, uint64_t ns_since_epoch, unsigned fraction_digits);
