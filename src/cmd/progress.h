// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A progress bar on stderr: one line, drawn at most ten times a second and only after the first half second, only on a
 * terminal, gone when the work is done.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

struct progress {
    bool on, utf8, drawn;
    unsigned columns;
    uint64_t started_ns, last_ns, last_bytes;
    double rate; /* bytes per second, smoothed */
    size_t at, of; /* which work of a series; 0: it is none */
};

/* `wanted` false makes every call a no-op; so does a stderr that is no terminal. */
void progress_start(struct progress *p, bool wanted);
/*
 * Says how far the work is: `verb` ("reading"), bytes done and in all (0: unknown), and what is being looked at (may be
 * NULL; made safe here).
 */
void progress_at(struct progress *p, const char *verb, uint64_t done, uint64_t total, uint64_t items, const char *what);
/* The same for work that is over when its time is: how much of it has passed, and what happened so far. */
void progress_time(struct progress *p, const char *verb, uint64_t passed_ns, uint64_t total_ns, const char *what);
/* Appends a bar of 20 columns that is filled to `share` of it (0 to 1). */
void progress_add_bar(struct strbuf *b, double share, bool utf8);
/* Wipes the line; within a series it stays until the next work takes its place. */
void progress_end(struct progress *p);
/*
 * The next work is number `at` of a series of `of`, which the line says; half a second counts from the first one on. Of a zeroed one, and
 * again before each progress_start_next().
 */
void progress_series(struct progress *p, size_t at, size_t of);
/* progress_start() of one that is zeroed, or of a series. */
void progress_start_next(struct progress *p, bool wanted);
/* The last work of a series is done: wipes the line. */
void progress_series_end(struct progress *p);
/* Monotonic nanoseconds. */
uint64_t progress_now(void);
