// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Notes of layers between runs: what a walk over a layer told, under a key that stands for the layer and for everything
 * the notes depend on. Beside them seals of blobs: that a file was found to be what its digest promises, under a key that
 * stands for the digest and for the file as it was. A SQLite file that may be deleted at any time; several programs may use
 * it at once. It is ours alone: one that others may write is not used.
 */
#include "base/digest.h"
#include "base/error.h"
#include "base/strbuf.h"

struct notes_store;

enum {
    NOTES_STORE_DAYS = 30, /* notes are made anew after so long: some facts (an expired token) depend on the day; seals too */
    NOTES_STORE_SEALS = 1 << 18, /* layers of some 20,000 images, 20 MB; the oldest go first */
};
#define NOTES_STORE_BYTES ((uint64_t)4 << 30) /* of all notes, compressed; the ones longest unused go first */

/*
 * Opens the file and makes it, with the last folder of its path, when it is not there. -errno with text when it cannot be
 * used; the caller goes on without.
 */
int notes_store_open(const char *path, uint64_t now_s, struct notes_store **ret, struct error *err);
struct notes_store *notes_store_close(struct notes_store *s);
DEFINE_CLEANUP(struct notes_store *, notes_store_close)
/* An open anonymous file with the notes, -1 when there are none. The caller closes it. */
int notes_store_get(struct notes_store *s, const uint8_t key[SHA256_BYTES]);
/* Whether there are notes. */
bool notes_store_has(struct notes_store *s, const uint8_t key[SHA256_BYTES]);
/* A piece of the notes that the next notes_store_put() keeps; it is packed at once. */
void notes_store_add(struct notes_store *s, struct str piece);
/* Keeps notes: these, and behind them the pieces that were added. Whatever goes wrong, they are just not kept. */
void notes_store_put(struct notes_store *s, const uint8_t key[SHA256_BYTES], struct str notes);
/* What was added is not to be kept. */
void notes_store_drop(struct notes_store *s);
/* Whether there is a seal. */
bool notes_store_is_sealed(struct notes_store *s, const uint8_t key[SHA256_BYTES]);
/* Keeps a seal, or just does not, likewise. */
void notes_store_seal(struct notes_store *s, const uint8_t key[SHA256_BYTES]);
