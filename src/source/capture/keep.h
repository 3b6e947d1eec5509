// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a capture that turns over begins its next file with, so that each file replays by itself: the machine, users and groups, names
 * of addresses, containers, what was read of files, and every process that lives, each as the record that told of it last. Nothing of
 * it is an event: a program that was run becomes a RECORD_PROCESS.
 */
#include "base/strbuf.h"
#include "event/record.h"

/* Bytes of records kept; a machine with 10,000 processes has 10 MB. What comes beyond is left out. */
enum { CAPTURE_KEPT_BYTES = 32 << 20 };

struct kept_set;
struct kept_set *kept_set_new(void);
/* NULL is fine. Returns NULL. */
struct kept_set *kept_set_free(struct kept_set *k);
/* Takes a record of the stream, which passed record_check(), in its order. */
void kept_set_see(struct kept_set *k, const struct record *r);
/*
 * Gives all records, what others are understood by first, parents before children; valid until the function returns. Non-zero stops
 * and is returned.
 */
int kept_set_give(const struct kept_set *k, int (*give)(void *ctx, const struct record *r), void *ctx);
