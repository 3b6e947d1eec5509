// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Digests from standard input, one a line: alone, or as sha256sum and its like write them. Blank lines and those that begin with # say nothing. */
#include "base/digest.h"

struct feed_lines {
    void *ctx;
    /* A digest, with the name behind it (the whole line where it has none), valid during the call. */
    void (*digest)(void *ctx, const uint8_t digest[SHA256_BYTES], struct str name);
    /* Line `number`, from 1, holds none. */
    void (*bad)(void *ctx, size_t number);
};

/* 0, or -errno when standard input cannot be read. */
int feed_lines_read(const struct feed_lines *l);
