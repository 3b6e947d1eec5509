// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Notes of single files between runs, under keys that stand for all that they depend on. Two files of ours in the cache, one
 * with the notes and an index of it, which only grow; when they are full they become the old ones, which are still read, and
 * what is in demand is written anew. They may be deleted at any time, and several programs may use them at once. What cannot
 * be right (a sum, a key, a place) is as if it were not there. Notes quote what was found, so they lie under a mask (base/mask.h).
 *
 * Reading is reading of memory: processes forked after file_notes_open() can do it without any rights.
 */
#include "base/digest.h"
#include "base/error.h"

struct file_notes;

enum {
    FILE_NOTES_DAYS = 30,           /* as notes of layers */
    FILE_NOTES_MAX = 256 << 10,     /* notes in one of the two generations: an index of 12 MB at most, of which a scan reads what it asks for */
    FILE_NOTES_BYTES = 192 << 20,   /* of them: hundreds each */
    FILE_NOTE_BYTES_MAX = 4 << 20,  /* of one file with its members: who has more to tell is looked at again */
    FILE_NOTES_PENDING = 8 << 20,   /* bytes added that wait to be written together */
};

/* Opens what is in the folder, which is made. -errno with text when it cannot be used; the caller goes on without. */
int file_notes_open(const char *folder, uint64_t now_s, struct file_notes **ret, struct error *err);
/* Writes what was added and waits; whatever goes wrong, it is just not kept. */
struct file_notes *file_notes_close(struct file_notes *f);
DEFINE_CLEANUP(struct file_notes *, file_notes_close)
/* How many can be found. */
size_t file_notes_count(const struct file_notes *f);
/* The notes, valid until the next call; false when there are none. */
bool file_notes_find(struct file_notes *f, const uint8_t key[SHA256_BYTES], struct str *ret);
/* Writes what was added and waits: from here on it can be found too, also by processes that are forked now. What was found before is gone. */
void file_notes_refresh(struct file_notes *f);
/* Whether the current generation has some, so that adding others would do nothing. */
bool file_notes_has(struct file_notes *f, const uint8_t key[SHA256_BYTES]);
/* Adds notes, unless the current generation has some (`replaces`: the same ones): they can be found from the next file_notes_refresh() or file_notes_open() on. */
void file_notes_add(struct file_notes *f, const uint8_t key[SHA256_BYTES], struct str notes, bool replaces);
