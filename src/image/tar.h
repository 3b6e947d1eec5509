// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The entries of a tar stream, by libarchive: ustar, PAX, GNU long names, sparse files, extended attributes'
 * names. Entries come as they are stored; names are not cleaned here.
 */
#include "image/stream.h"

struct tar;
/* Borrows the stream; holes of sparse files that are handed out count against its limits. Never NULL. */
struct tar *tar_new(struct stream *s);
struct tar *tar_free(struct tar *t);
DEFINE_CLEANUP(struct tar *, tar_free)
/*
 * Fills raw_path, link_target, type, size, mode, uid, gid, times, xattrs and capability of *e; strings live in the arena.
 * 0; 1 at the end of the archive (the stream goes on behind it); negative when nothing more can be told from
 * this stream. Adds TRUNCATED, CORRUPT or what the stream met to *problems, also for a damaged header that
 * was stepped over (0 is returned then).
 */
int tar_next(struct tar *t, struct arena *a, struct image_entry *e, uint64_t *problems);
/*
 * The next piece of the entry's content, holes as zeros up to IMAGE_HOLE_BYTES of an entry and while the stream's limits
 * allow them; others are passed over. Returns as image_read() does and adds to *problems.
 */
int tar_read(struct tar *t, const uint8_t **ret, size_t *ret_n, uint64_t *problems);
/* image_hold() for the entry's content, n bytes in all; ended by stream_release(). */
bool tar_hold(struct tar *t, uint64_t n);
/* Bytes of holes handed out so far. */
uint64_t tar_holes(const struct tar *t);
/* Bytes of holes of the current entry that were passed over so far. */
uint64_t tar_passed_over(const struct tar *t);
/* True when these first bytes (512 are needed) are a header that tar would accept. */
bool tar_sniff(const uint8_t *p, size_t n);
