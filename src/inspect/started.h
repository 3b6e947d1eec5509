// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Scripts that start by themselves through others: what cron, units, profiles and their kin name by a link or a command, and what those scripts run or
 * source in turn. Fed with the facts of a target's files, in whatever order they come; at its end it tells each such script once more, with persist.kind and
 * persist.user of what starts it and with persist.by: what it does is then judged as what starts by itself does.
 *
 *     started_see(s, facts);                         each event of the target
 *     while (started_next(s, facts) == 0) …          at its end
 */
#include "event/facts.h"

enum {
    /* Reasons: a machine has some thousand scripts that run others; a hostile image has as many as it wants. */
    STARTED_SCRIPTS_MAX = 1 << 14,
    STARTED_SEEDS_MAX = 1 << 14,
    STARTED_HOPS_MAX = 8,           /* from what starts by itself to the script */
    STARTED_FACTS_MAX = 256 << 10,  /* bytes kept of one script's facts; they are a script's own words */
    STARTED_BYTES_MAX = 16 << 20,   /* of all that is kept */
};

struct started;
struct started *started_new(void);
struct started *started_free(struct started *s);
/* Takes what the facts of a file say; other events, and what is beyond the limits, are passed over. */
void started_see(struct started *s, const struct facts *facts);
/* 0: facts were reset and hold the next script; 1: there are no more. */
int started_next(struct started *s, struct facts *facts);
