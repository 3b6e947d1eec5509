// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A running process as a record of the stream (RECORD_PROCESS), for one that was met without a record of its birth, as after a loss.
 */
#include "event/record_write.h"

/*
 * Reads what /proc tells of the process with that id, if it is the one that began at `start_ns` (of CLOCK_BOOTTIME; /proc knows it to 10 ms).
 * The record is of the earliest time, so that it undoes nothing. False when it has gone, is another, or is a thread of the kernel.
 */
bool proc_record(int proc, int32_t pid, uint64_t start_ns, bool env, struct record_writer *w);
