// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Checks and reads records (event/record.h). Bytes from a capture or a ring become a record by record_check() and by
 * nothing else; what passed it can be read without a further look at sizes.
 */
#include "base/str.h"
#include "event/record.h"

/*
 * Looks at the record that begins at `bytes` (a multiple of 8) and of which n bytes are there. 0: whole and sound, `size`
 * of it may be used: sizes and alignment hold, every block of a known tag has what its structure needs and no more than its
 * limit, texts that are paths or names hold no NUL, types of descriptors are known ones, padding is zero. Tags and kinds of later versions pass.
 * -ENODATA: more bytes than n are needed (*ret_need, at most RECORD_BYTES_MAX, tells how many the record has, or a header's size).
 * -EBADMSG: not a record; *ret_why is a short English reason (static). Both may be NULL.
 */
int record_check(const void *bytes, size_t n, size_t *ret_need, const char **ret_why);

/* The block after `b`, the first one when that is NULL; NULL after the last. */
const struct record_block *record_next(const struct record *r, const struct record_block *b);
#define record_each(b, r) for (const struct record_block *b = record_next((r), NULL); b; b = record_next((r), b))

/* Bytes of a block; borrowed from the record. */
static inline struct str record_text(const struct record_block *b)
{
    return (struct str){(const char *)(b + 1), b->size};
}
/* A number: `value` of a block without bytes, else its first 8, 4, 2 or 1 bytes (unsigned); 0 for any other size. */
uint64_t record_number(const struct record_block *b);

/* The first block of each tag, NULL where there is none: one pass instead of a search per question. */
struct record_index {
    const struct record_block *v[RECORD_TAGS__N];
};
void record_index(const struct record *r, struct record_index *ret);
/* The first block with that tag or NULL, for who asks only once. */
const struct record_block *record_find(const struct record *r, enum record_tag tag);

/* What a block holds, borrowed from the record; the name that follows the structure in *ret_name (may be NULL). NULL gives NULL. */
const struct record_fd *record_fd(const struct record_block *b, struct str *ret_name);
const struct record_exe *record_exe(const struct record_block *b, struct str *ret_path);
const struct record_target *record_target(const struct record_block *b);
const struct record_net *record_net(const struct record_block *b);
const struct record_usage *record_usage(const struct record_block *b);
const struct record_drop *record_drop(const struct record_block *b);
/* Descriptor 0, 1 or 2 of EXEC and PROCESS; NULL when it was not open or not told. */
const struct record_fd *record_stdio(const struct record *r, unsigned num, struct str *ret_name);
