// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The note of a single file: what was found in it, under a key of all that this depends on beside the rules: its content,
 * and its path, owner and size, which analyzers and rules ask for. What an entry tells by itself (mode, times, the layer)
 * is left out and stated anew. Inside the room only.
 */
#include "base/digest.h"
#include "event/facts.h"

/* The key of a file whose facts have path, owner, size and digest; false when one of them is not there. */
bool file_note_key(const struct facts *f, struct str machine, uint8_t ret[SHA256_BYTES]);
/*
 * Whether what was found is a function of the key alone, and all there is to say: a file that was read whole, without
 * trouble (a rule that took too long has depended on the machine's mood), and that no members came from, which are events of
 * their own.
 */
bool file_note_is_worth(const struct facts *f);
void file_note_add(struct strbuf *b, const struct facts *f);
/* Facts as they were noted, without those of the entry: 0, or -EBADMSG for bytes that are no note of a file so called with that digest. */
int file_note_take(struct str note, struct str path, struct str sha256, struct facts *f);
