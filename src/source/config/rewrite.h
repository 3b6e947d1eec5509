// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a file holds that was written anew, as a fact for rules about those who encrypt for a ransom: how even its first bytes are.
 */
#include "base/str.h"

enum {
    REWRITE_BYTES = 4096, /* from the file's beginning: encryptors that leave parts of a file as they are change that one */
    REWRITE_LEAST = 512,  /* fewer tell nothing */
};

struct rewrite_fact {
    double entropy; /* bits per byte */
    bool is_random; /* as even as random bytes are, and no beginning of a known format that holds compressed data */
};
/* False: there are too few bytes. */
bool rewrite_look(struct str bytes, struct rewrite_fact *ret);
