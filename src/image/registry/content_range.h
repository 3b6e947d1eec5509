// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The Content-Range header: which part of a blob a server sends when a broken pull goes on. */
#include "base/str.h"

struct content_range {
    bool has_range; /* false for "bytes *" with a total, which says that nothing of what was asked exists */
    uint64_t first, last;
    bool has_total;
    uint64_t total;
};

/* "bytes 5-9/10", with '*' for an unknown total. False for anything else: other units, last before first, past the total. */
bool content_range_parse(struct str value, struct content_range *ret);
