// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Decoding in place, pass after pass, as gitleaks does it: what is percent, Unicode escapes, hexadecimal or base64 is
 * replaced by what it says, the rest of the text stays around it, and each place can be told in the first text.
 */
#include "base/strbuf.h"
#include "base/vec.h"

enum {
    SECRET_DECODE_MAX = 16, /* passes that may be asked for */
    /* Kinds of encodings, or'd together where one lies in another. */
    SECRET_PERCENT = 1,
    SECRET_UNICODE = 2,
    SECRET_HEX = 4,
    SECRET_BASE64 = 8,
};

struct secret_range {
    size_t from, to;
};

/* What was decoded in one pass. */
struct secret_segment {
    struct secret_range original; /* in the first text */
    struct secret_range encoded;  /* in the text before this pass */
    struct secret_range decoded;  /* in the text after it */
    unsigned kinds;
};

struct secret_decoding {
    unsigned depth; /* passes done */
    VEC(struct secret_segment) passes[SECRET_DECODE_MAX];
    struct strbuf texts[2], piece;
};

/* Decodes what is encoded in `text`, the last pass's or the first; false when there is nothing or the passes are used up. */
bool secret_decode(struct secret_decoding *d, struct str text, struct str *ret);
/* Ready for another first text. */
void secret_decode_reset(struct secret_decoding *d);
void secret_decode_done(struct secret_decoding *d);
/*
 * Whether a range of the last text touches something that the last pass decoded. If so, where it stands in the first text,
 * under which kinds of encodings, and from where to where the touched segments reach in the last text.
 */
bool secret_decode_place(const struct secret_decoding *d, struct secret_range range, struct secret_range *ret_original,
                         unsigned *ret_kinds, struct secret_range *ret_decoded);
