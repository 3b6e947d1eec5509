// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Notes: what a walk over a layer told, kept so that the next image with the same layer need not read it. Entries in their
 * order, with the facts that their content gave; what depends on the image around it (which layer it is, whether a higher
 * one hides the file, the image's name) is left out and stated anew. Inside the room only.
 */
#include "base/wire.h"
#include "event/facts.h"
#include "image/image.h"

enum note_kind {
    NOTE_ENTRY,    /* path, type */
    NOTE_FACTS,    /* an event of the last entry */
    NOTE_ACCOUNTS, /* content of the last entry, without passwords */
    NOTE__N,
};

enum { NOTES_MAX = 128 << 20 }; /* bytes of one layer: a million entries; more are not kept */

/* Whether the field speaks of what lies around a file (its image, layer or target), not of the file. */
bool notes_is_around(enum field_id id);
/* The head of the notes: bytes the layer unpacks to, and their digest. Written last, since it is known last. */
void notes_add_head(struct strbuf *b, uint64_t unpacked, struct str unpacked_digest);
void notes_add_entry(struct strbuf *b, const struct image_entry *e);
void notes_add_accounts(struct strbuf *b, struct str content);
void notes_add_facts(struct strbuf *b, const struct facts *f);

struct notes {
    struct wire left;
    uint64_t unpacked;
    struct str unpacked_digest;
    enum note_kind next; /* its kind was read */
    bool has_next;
};
/* 0, or -EBADMSG when the bytes are none. */
int notes_open(struct notes *n, struct str bytes);
/* Kind of the next note: 0; 1 at the end, also where the bytes are damaged. */
int notes_peek(struct notes *n, enum note_kind *ret);
/* Read what notes_peek() told. */
void notes_entry(struct notes *n, struct image_entry *e);
struct str notes_accounts(struct notes *n);
int notes_facts(struct notes *n, struct facts *f);
