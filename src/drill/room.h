// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The inside of a scratch: what the first process there does before it waits. Shared by the files of this room.
 */
#include "base/error.h"

#define DRILL_FOLDER "/tmp/DAVY-DRILL"
#define DRILL_PROGRAM "/usr/local/bin/davy-drill-act"

/*
 * Furnishes the namespaces that the process is in, which must be its own: what can be written is in memory afterwards, the rest read-only.
 * `act_program` is a descriptor of the program to be copied in. -errno with what could not be done; then nothing may be run there.
 */
int drill_furnish(int act_program, struct error *err);
