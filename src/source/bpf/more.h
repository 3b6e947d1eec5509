// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What kinds need that are not made by one program of their own: helpers that stand in programs_more.def under numbers that no call has,
 * calls that are looked at for another kind's sake, programs of which the kernel's form decides, and those that are not attached to tracepoints.
 */
#include "source/bpf/internal.h"

/* Numbers of helpers, at the end of the table of calls; CALL_ASKED and what follows are, too. */
enum { HELP_URING = CALLS_MAX - 8, FILE_SETATTR = 469 };
static inline bool more_is_help(record_u32 kind)
{
    return kind >= HELP_URING && kind < CALLS_MAX;
}

/* Whether a filter (NULL: all) wants a helper. */
bool more_wants_help(const struct filter *filter, record_u32 kind);
/* Whether the call is looked at for another kind that the filter wants: KIND_OTHER. */
bool more_wants_other(const struct filter *filter, record_u32 kind);
/* Whether rows of that kind are no list's business: helpers, and calls that make another kind only. */
static inline bool more_is_hidden(record_u32 kind)
{
    return more_is_help(kind) || kind == FILE_SETATTR;
}
/* The i-th kind that helpers or programs of other kinds make; -1 after the last. */
int more_kind(size_t i);
/* What is lost of a kind by the way it is seen here; English, marked for translation; NULL: nothing. */
const char *more_lost(const struct source_bpf *b, record_u32 kind);
/* The row of programs.def whose program makes the kind: the kind itself, but for those that helpers make. */
record_u32 more_made_by(record_u32 kind);
/* Finds out which form io_uring's tracepoints have in this kernel, and whether it has what the direct object needs. Once. */
void more_learn(struct source_bpf *b);
/* Whether the program was written for another form of its tracepoint than this kernel's. */
bool more_is_unfit(const struct source_bpf *b, const char *program);
/* Makes maps small that the filter has no use for. */
void more_maps(struct bpf_object *object, const struct filter *filter);
/* Whether a map of the first object was made small by that and must not serve another one. */
bool more_is_small(const struct bpf_map *map);
/* Attaches what bpf_program__attach() cannot, *ret may be NULL then; -ENOENT without text: it can. Another -errno with text. */
int more_attach(struct bpf_program *program, struct bpf_link **ret, struct error *err);
