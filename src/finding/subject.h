// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Copies what a finding keeps of an event out of its facts. Inside the room only.
 */
#include "finding/finding.h"

/* Names what the facts are about; strings are copied into the arena. */
void subject_fill(struct subject *s, const struct facts *facts, struct arena *a);
/* Copies the fields that the rule reads and the event has, and the notes about them and about what its output
 * prints. */
void shown_fill(struct finding *f, const struct facts *facts, struct arena *a);
/* A copy of at most FINDING_TEXT_MAX bytes that ends at a character; *ret_cut tells (may be NULL). */
struct str shown_text(struct arena *a, struct str s, bool *ret_cut);
