// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Inside of the correlator: whether the windows of a group hold, and what is told of one that does. */
#include "rule/correlator_private.h"

/* Judges every window that holds the match, which was just put into the busy group by `event`. */
void correlator_judge(struct correlator *c, struct group *g, const struct match *m, const struct event *event, correlator_fn found,
                      void *ctx);
