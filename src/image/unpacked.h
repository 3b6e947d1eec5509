// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A compressed file read as if it lay there unpacked (`docker save | gzip`): reading forward unpacks on,
 * going back starts again from the beginning. Slow, but nothing is written anywhere and memory stays at one
 * window.
 */
#include "image/stream.h"

struct unpacked;
/* Borrows the compressed part and the limits; all passes together may unpack limits->total_bytes. Never NULL.
 */
struct unpacked *unpacked_new(const struct part *packed, const struct image_limits *limits);
struct unpacked *unpacked_free(struct unpacked *u);
/* As part_read(); -EFBIG when the passes have cost too much, -EBADMSG at damaged bytes. */
int unpacked_read(struct unpacked *u, uint64_t at, void *buffer, size_t n, size_t *ret_n);
/* The view as a part, which borrows it. Its size is not known: it is limits->total_bytes. */
struct part unpacked_part(struct unpacked *u);
