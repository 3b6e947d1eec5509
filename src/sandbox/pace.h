// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The pace of a jail's clocks. A process beside the jail answers, in the kernel's place, the calls by which programs wait and ask for
 * the time (pace.def; seccomp's user notification). A wait of d takes d/factor, and when it is over, all clocks of the jail stand where
 * the sleeper expects them: they run as they always do while programs work, and leap over the time in which they only wait. A clock never
 * runs faster than `factor`, never back, and all of a jail's clocks and waits agree.
 *
 *     wait for time alone             d/factor, and not less than PACE_SLEEP_FLOOR_MS
 *     wait for a file, with an end    d/factor, and not less than PACE_FILE_FLOOR_MS: an answer of the pretend internet must be able to come
 *     timer                           as a wait for time, and the clocks stand where they should when it rings
 *     alarm                           the same while its process waits; while it works it rings when the clocks have come so far
 *     asking for the time in a loop   the clocks run at `factor` while it lasts
 *
 * Programs ask for the time without a call where the kernel gave them code for it (the vDSO): that code is replaced, in the jail's own
 * copies, by the call. What follows nothing of this: processor time, times of files, /proc/uptime, POSIX timers (timer_settime), timeouts
 * of sockets (SO_RCVTIMEO), the processor's own counter, and 32-bit programs, whose calls take as long as they take.
 *
 * The process answers strangers: what it reads of them is checked, what it holds for them is bounded, it is root of the jail's user
 * namespace and nobody elsewhere, with a short list of system calls. When it ends the calls it answered do not exist any more.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum {
    PACE_FACTOR_MAX = 10'000,  /* a day in nine seconds; beyond, scheduling costs more than the wait */
    PACE_SLEEP_FLOOR_MS = 1,   /* runtimes look around in naps of microseconds, and would do nothing else */
    PACE_FUTEX_FLOOR_MS = 10,  /* threads of one program wait for each other's work */
    PACE_FILE_FLOOR_MS = 100,  /* names are asked for twice, and the machine may be busy */
    PACE_WAITS_MAX = 4096,     /* at once; further ones take as long as they take */
    PACE_FILES_MAX = 1024,     /* of one wait, as a jail's programs may have open by default; with more it takes as long as it takes */
    PACE_TIMERS_MAX = 256,     /* alarms and timers at once; as above */
    PACE_LISTENER_MAX = 64,
};

struct pace;
/*
 * Begins the process. ret->listener: the socket by which runc hands it the jail's calls (listenerPath), valid while this process lives.
 * -errno with text.
 */
int pace_start(unsigned factor, const char *folder, struct pace **ret, struct error *err);
/* Ends it; after the jail. NULL is fine. Returns NULL. */
struct pace *pace_free(struct pace *p);
/* What runc connects to. */
const char *pace_listener(const struct pace *p);
/* How far the jail's clocks are ahead, nanoseconds; never less than before. */
uint64_t pace_ahead_ns(const struct pace *p);
/* Whether programs read the machine's own clocks: the kernel let nobody replace their code for it. Their waits are shortened all the same. */
bool pace_is_seen(const struct pace *p);
/* Whether its process ended, and not because the jail has. */
bool pace_failed(struct pace *p);
