// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Pictures, documents and archives that have an end of their own. */
#include "inspect/kind.h"

/*
 * Where content of that kind truly ends, by its own structure; 0 when it is truncated, damaged or of a kind
 * without such an end. Linear in the content.
 */
size_t media_end(enum file_kind kind, struct str data);

struct embedded {
    enum file_kind kind; /* ELF, PE or SCRIPT */
    uint8_t key;         /* XORed with; 0 = plain */
    size_t at;
};
/*
 * The next program in data at or after `from`: an ELF or PE header whose fields hold together, plain or XORed
 * with any one byte, or a script's first line XORed so (a plain one may be quoted in a document). One pass
 * for all 256 keys: the differences of neighbouring bytes are the same for each. False at the end.
 */
bool media_find_program(struct str data, size_t from, struct embedded *ret);
