// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The note of a single file: what was found in it, under a key of all that this depends on beside the rules: its content,
 * and its path, owner and size, which analyzers and rules ask for. What an entry tells by itself (mode, times, the layer)
 * is left out and stated anew. Inside the room only.
 */
#include "base/digest.h"
#include "base/strbuf.h"
#include "event/facts.h"

enum {
    FILE_NOTE_HEAD_BYTES = 64 << 10,    /* of a large file: a program's own mark of its version is in them */
    FILE_NOTE_MEMBERS_BYTES = 12 << 20, /* of one archive's members, before they are packed: some thirty thousand; who has more to tell is looked at again */
};

/* Whether the field is one of those that scan_facts_entry(), _layer() and _image_short() state, but for file.path. */
bool file_note_is_of_entry(enum field_id id);
/* The key of a file whose facts have path, owner, size and digest; false when one of them is not there. */
bool file_note_key(const struct facts *f, struct str machine, uint8_t ret[SHA256_BYTES]);
/*
 * The key of a file that is too large to be held, by the digest of its first bytes in place of its own: the note under it is the digest
 * of the file that began so. False when facts lack path, owner or size.
 */
bool file_note_key_of_head(const struct facts *f, struct str machine, const uint8_t head[SHA256_BYTES], uint8_t ret[SHA256_BYTES]);
/*
 * Whether what was found is a function of the key alone, and all there is to say: a file (or a member of one) that was read whole (one larger
 * than a window: in windows), and without trouble: a rule that took too long, or an archive that was not looked at to its end, has depended on
 * the machine's mood.
 */
bool file_note_is_worth(const struct facts *f);
/* A note is that of the file, then those of the members that came from it, packed: an archive may have ten thousand. */
void file_note_add(struct strbuf *b, const struct facts *f, struct str members);
/* Appends one to `members`, in the order they were told in. */
void file_note_add_member(struct strbuf *members, const struct facts *f);
/*
 * Facts as they were noted, without those of the entry: 0, or -EBADMSG for bytes that are no note of a file so called with that digest.
 * `ret_members` takes the place of what is in it: what file_note_member() takes. NULL: nobody asks for members.
 */
int file_note_take(struct str note, struct str path, struct str sha256, struct facts *f, struct strbuf *ret_members);
/* The next member that came from the file of that path: 0; 1 when there are no more; -EBADMSG. */
int file_note_member(struct str *members, struct str path, struct facts *f);
