// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Whose the programs and libraries of a target are: fed with the facts of its files, in whatever order they come, it joins what package
 * databases recorded (package.files) with the digests of what lies there, and gives a file event for each that differs, and for each that no
 * package brought. What the final file system has counts: databases and files that a higher layer hides are passed over.
 *
 *     owned_see(o, facts);                         each event of the target
 *     while (owned_next(o, facts) == 0) …          at its end
 */
#include "event/facts.h"

enum {
    /* Reasons: a machine with everything has some 10,000 programs and libraries; a hostile image has as many as it wants. */
    OWNED_FILES_MAX = 1 << 16,
    OWNED_RECORDS_MAX = 1 << 17,
    OWNED_DIVERSIONS_MAX = 4096,
    OWNED_MODULES_MAX = 4096, /* of PAM and of name services that settings name */
    OWNED_BYTES_MAX = 48 << 20, /* of all text that is kept */
};

struct owned;
/* `now_ns`: since the epoch, the time of the events. */
struct owned *owned_new(uint64_t now_ns);
struct owned *owned_free(struct owned *o);
/* Takes what the facts of a file say; other events, and what is beyond the limits, are passed over. */
void owned_see(struct owned *o, const struct facts *facts);
/*
 * 0: facts were reset and hold the next file: where and what it is, and file.package.changed with whose it is and what was recorded, or
 * file.package.none, and loads.by where nsswitch.conf or PAM names it; 1: there are no more. Nothing is told where no database was met, and nobody's files only where all of the database was kept.
 */
int owned_next(struct owned *o, struct facts *facts);
