// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The digests of the content at hand and what lists say of them: SHA-256 always, MD5 and SHA-1 only where a loaded list can
 * name content of this size by them. Inside the room only.
 */
#include "inspect/inspection.h"

/* Starts over for a content; `size` is what is known of it before reading, DIGEST_ANY_SIZE: nothing that can be relied on. */
void content_digest_begin(struct inspection *in, uint64_t size);
/* Takes more of it, along with what another digest (may be NULL) left for later. */
void content_digest_add(struct inspection *in, struct str data, struct sha256 *beside);
/* States file.sha256 and its like, and file.listed.* from what lists say of the content and of what was unwrapped from it. */
void content_digest_end(struct inspection *in);
/* Looks up an unwrapped content, seen under `via`. */
void content_digest_part(struct inspection *in, struct str data, struct str via);
