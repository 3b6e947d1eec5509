// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Strings as JSON has them, out of bytes of strangers. Two ways, by who reads them: people and other programs get ASCII that no terminal
 * acts on; what we read again ourselves is escaped where JSON asks for it and keeps its bytes. All append to *b; none fails.
 */
#include "base/strbuf.h"

/*
 * With quotes, in ASCII: what is not printable ASCII becomes \uXXXX, beyond the first plane two of them. Of bytes that are not UTF-8 (halves
 * of pairs and overlong forms are none) each becomes \\xHH, which readers get as \xHH; false when there were any.
 */
bool json_string_add(struct strbuf *b, struct str s);
/* With quotes: the bytes below 0x20, the quote and the backslash are escaped, all others stand as they are, be they UTF-8 or not. */
void json_string_add_bytes(struct strbuf *b, struct str s);
/* Without quotes or escapes, for json_stringn(): UTF-8, in which each byte that is none becomes \xHH. False when there were any. */
bool json_string_make_utf8(struct strbuf *b, struct str s);
