// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Where a JSON object or array ends, without parsing it: brackets are counted outside of strings, 64 bytes at a time. */
#include "base/str.h"

/* Begins at the opening bracket. Zeroed at the beginning; bytes may come in pieces. */
struct json_scan {
    uint64_t depth;
    uint64_t in_string; /* all bits: the last byte was within a string */
    uint64_t escape;    /* 1: the last byte was a backslash that counts */
};

/* 1: the value ends before `*ret_end` (an offset in `bytes`); 0: not within these bytes, the next ones may follow. */
int json_scan(struct json_scan *s, struct str bytes, size_t *ret_end);
