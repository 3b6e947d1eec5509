// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What fields with memory are made of (event/feed.def): the events that the kernel must tell because a rule reads such a field, though
 * no rule may match them; and on which kinds the bytes that were read or written are asked for (FILTER_WANTS_DATA).
 */
#include "rule/prefilter_pack.h"
#include "rule/program.h"

/* Adds those of every rule that is on to `kinds`, which are by event type. */
void feed_add(const struct program *p, const bool *is_on, struct spots *spots, struct pack_kind *kinds);
