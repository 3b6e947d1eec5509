// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Processor time and memory of processes, period by period, from /proc: what RECORD_USAGE tells. Every process costs one small file
 * per period; only of those that were busy more is read: threads, memory, and huge pages of the busiest.
 */
#include <stdbool.h>

#include "base/error.h"
#include "event/record.h"

enum {
    USAGE_BUSY_PERMILLE = 10,    /* of one processor over the period: what does less is not told */
    USAGE_DETAIL_PERMILLE = 500, /* from here on transparent huge pages are counted (smaps_rollup), which costs milliseconds */
    USAGE_PROCESSES_MAX = 256 * 1024, /* looked at; 40 bytes each, twice */
    USAGE_THREADS_MAX = 64 * 1024, /* of busy processes; 24 bytes each, twice */
};

/* Time on processors since a process or thread began, at one moment. */
struct usage_process {
    int32_t pid;
    uint32_t threads;
    uint64_t start_ns, user_ns, system_ns;
};
struct usage_thread {
    int32_t pid, tid;
    uint64_t ran_ns;
};
/* One process over a period. */
struct usage_share {
    int32_t pid;
    uint32_t threads;
    uint64_t start_ns, user_ns, system_ns;
};
typedef int (*usage_share_fn)(void *ctx, const struct usage_share *s);

/* This pass and the last one. A zeroed table is ready. */
struct usage_table {
    struct usage_process *now, *before;
    size_t n, capacity, n_before, capacity_before;
    struct usage_thread *threads, *threads_before; /* in the order they were added; sorted */
    size_t n_threads, threads_capacity, n_threads_before, threads_before_capacity;
    uint64_t time_ns, time_before_ns;
    uint64_t lost; /* beyond the limits above */
};
void usage_table_done(struct usage_table *t);
/* Adds to the pass that is being made, in any order. */
void usage_table_add(struct usage_table *t, const struct usage_process *p);
/*
 * Ends the pass at that time and gives the function every process that was on a processor for at least USAGE_BUSY_PERMILLE since
 * the last one; the first pass gives none, nor does a process that was not met before though it is older. Returns 0, or what the function
 * returned when that was not 0.
 */
int usage_table_pass(struct usage_table *t, uint64_t time_ns, usage_share_fn fn, void *ctx);
/*
 * Of a busy process's threads, to be asked in the pass's function: how many were on a processor for more than half of the period. Threads that
 * were not looked at in the last pass are guessed from the time of the whole.
 */
uint32_t usage_table_busy(struct usage_table *t, const struct usage_share *s, const struct usage_thread *threads, size_t n);

/* Adds all processes below that descriptor of /proc. -errno when it cannot be read. */
int usage_from_proc(struct usage_table *t, int proc, long ticks_per_second);
/* Fills what is told of a share beside its times, from /proc/PID. False when that process is gone or its number is another one's now. */
bool usage_fill(struct usage_table *t, int proc, long ticks_per_second, const struct usage_share *s, struct record_usage *ret);
