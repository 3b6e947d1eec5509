// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Writes records in user space: what is learned outside the kernel's stream (event/record.h), and samples for tests. The kernel
 * side has its own writer in bpf/.
 */
#include "base/str.h"
#include "event/record.h"

/* Holds one record at a time. A zeroed writer is ready; record_writer_done() gives its memory back. */
struct record_writer {
    struct record *record; /* RECORD_BYTES_MAX bytes */
};
void record_writer_done(struct record_writer *w);

/* Begins a record of that kind and returns its header, all else zero, for the caller to fill. */
struct record *record_begin(struct record_writer *w, uint16_t kind);
/*
 * Adds a block: `value`, a structure of n bytes (NULL and 0 for none), then text. Text is cut at its tag's limit and at the end of
 * the record (RECORD_CUT in the header); a structure that no longer fits leaves the block out and sets the same.
 */
void record_add(struct record_writer *w, uint16_t tag, uint32_t value, const void *structure, size_t n, struct str text);
static inline void record_add_text(struct record_writer *w, uint16_t tag, struct str text)
{
    record_add(w, tag, 0, NULL, 0, text);
}
/* A number: in `value` where it fits, else in 8 bytes. */
void record_add_number(struct record_writer *w, uint16_t tag, uint64_t number);
