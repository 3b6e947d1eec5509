// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Blobs of an OCI layout as they are written: every byte goes through the digest, a blob that is not whole lies under
 * blobs/.partial and can be gone on with, and only what was verified gets its name under blobs/<algorithm>.
 */
#include "base/error.h"
#include "base/str.h"

struct blob_writer;
/* Makes the folders of a layout in `dir`, with what names it (oci-layout). 0 or -errno. */
int layout_begin(int dir, struct error *err);
/* Whether the blob is there, whole (its size is what was declared). */
bool blob_is_there(int dir, struct str digest, uint64_t size);
/* Bytes of it that an earlier try left behind. */
uint64_t blob_partial(int dir, struct str digest);
/*
 * Opens the blob for writing behind what an earlier try left (hashed again first). The digest must be one that
 * digest_is_known().
 */
int blob_open(int dir, struct str digest, uint64_t size, struct blob_writer **ret, struct error *err);
/* Keeps what was written for the next try, unless blob_finish() named it. */
struct blob_writer *blob_close(struct blob_writer *w);
DEFINE_CLEANUP(struct blob_writer *, blob_close)
/* Bytes that it has. */
uint64_t blob_at(const struct blob_writer *w);
/* Throws away what it has: the next byte is the first. */
int blob_restart(struct blob_writer *w, struct error *err);
/* The next bytes. -EFBIG when they are more than declared; -ENOSPC says where it is full. */
int blob_add(struct blob_writer *w, const void *p, size_t n, struct error *err);
/*
 * All bytes are in: 0 when they have the digest, and the blob has its name. -EBADMSG when not: what was written is gone.
 */
int blob_finish(struct blob_writer *w, struct error *err);
/* A small blob at once, checked in the same way. */
int blob_put(int dir, struct str digest, struct str content, struct error *err);
/* The whole of a blob that is there, in memory that the caller frees (NUL after it). -EFBIG beyond `max`, -ENOENT, … */
int blob_read(int dir, struct str digest, uint64_t max, char **ret, size_t *ret_n);
/* Writes a small file of the layout (index.json), whole or not at all. */
int layout_file(int dir, const char *name, struct str content, struct error *err);
