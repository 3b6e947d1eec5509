// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What lists that people own (room intel) say of the facts at hand, stated as facts. Every function takes intel == NULL: no
 * lists were loaded.
 */
#include "event/facts.h"
#include "intel/intel.h"

/*
 * Adds content.* for a host name, or an address, that lists hold; `place` is where it was seen (offset, line, column, via),
 * NULL when it has none.
 */
void listed_host(const struct intel *intel, struct facts *facts, struct str host, const struct note *place);
void listed_address(const struct intel *intel, struct facts *facts, struct str address, const struct note *place);
/* States file.listed.* and file.allowed from what is known of the content. */
void listed_file(struct facts *facts, const struct intel_known *known);
/*
 * Looks up the digests of the image, its configuration and its layers, and the host of its registry. The facts must hold
 * image.* already.
 */
void listed_image(const struct intel *intel, struct facts *facts);
/* Looks up proc.peers. */
void listed_peers(const struct intel *intel, struct facts *facts);
