// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Facts as bytes: from the process that looked to the one that judges, and into the cache. The form is that of this build
 * (fields by number): facts_codec_version() tells builds apart whose bytes must not be mixed.
 */
#include "base/wire.h"
#include "event/facts.h"

/* Appends the event's type and time, every value, every note. */
void facts_encode(const struct facts *f, struct strbuf *out);
/* The same without the fields (and their notes) that `leaves_out` says. */
void facts_encode_without(const struct facts *f, bool (*leaves_out)(enum field_id id), struct strbuf *out);
/*
 * Begins the event anew with what the reader holds, strings copied. -EBADMSG, with facts that are of no use but for
 * facts_reset(), when the bytes are not what facts_encode() gives: a field or a type that is none, more list elements or
 * notes than facts_list_max() and FACTS_NOTES_MAX allow. The bytes may come from a process that was taken over.
 */
int facts_decode(struct facts *f, struct wire *w);
/* A digest of the field table and of the form. */
uint64_t facts_codec_version(void);
