// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * JavaScript that Dean Edwards' packer made: a function is called with the program, in which each word is a number in base 2 to 62, and
 * with the words, joined by bars. What the function is called, and its parameters, does not count. Minifiers of honest pages used it, too.
 */
#include "base/strbuf.h"

enum { CODE_PACKED_MAX = 4 << 20 }; /* bytes of the program that comes out; it is cut there */

/*
 * Reads such arguments, `at` being behind the opening parenthesis: 'program', base, count, 'words'.split('|'). True, with the program
 * in *ret (cleared before, at most `most` bytes), when they are there.
 */
bool code_packed_read(struct str code, size_t at, size_t most, struct strbuf *ret);
