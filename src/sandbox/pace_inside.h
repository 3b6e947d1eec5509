// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The inside of the process that keeps a jail's pace. One thread. Times are nanoseconds: *real* ones by CLOCK_MONOTONIC, *paced* ones by
 * the same and what the jail's clocks are ahead.
 */
#include <linux/seccomp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "sandbox/pace.h"

#define PACE_SECOND UINT64_C(1'000'000'000)
#define PACE_MS UINT64_C(1'000'000)
/* Longer than any run; sums of two of them do not overflow. */
#define PACE_NEVER (UINT64_C(1) << 62)

/* The jail's clocks. */
struct pace_clock {
    unsigned factor;
    _Atomic uint64_t *ahead; /* the parent reads it */
};
/* An end of a wait: whichever comes first. */
struct pace_end {
    uint64_t real, paced;
};
uint64_t pace_real(void);
static inline uint64_t pace_ahead(const struct pace_clock *c)
{
    return atomic_load_explicit(c->ahead, memory_order_relaxed);
}
/* When a wait of `length` that begins at the real time `now` ends, which takes at least `floor`. */
struct pace_end pace_end_of(const struct pace_clock *c, uint64_t now, uint64_t length, uint64_t floor);
bool pace_is_over(const struct pace_clock *c, uint64_t now, const struct pace_end *e);
/* A wait ended by itself: the clocks stand at its end, or later. */
void pace_leap(const struct pace_clock *c, uint64_t now, const struct pace_end *e);
/* Real time at which it is over unless the clocks leap. */
uint64_t pace_when(const struct pace_clock *c, const struct pace_end *e);

enum pace_kind { PACE_SLEEP, PACE_FUTEX, PACE_POLL, PACE_SELECT, PACE_EPOLL };

/* A call that is held until its time has come. */
struct pace_wait {
    uint64_t id;              /* of the notification; 0: the place is free */
    struct seccomp_notif call;
    enum pace_kind kind;
    bool is_absolute;         /* its end is a time by a jail's clock: the kernel, which knows another, cannot be asked to wait for it */
    bool is_blind;            /* nobody tells when it is ready: it is looked at now and then */
    uint64_t begun, looked;   /* real; when it was looked at last */
    uint64_t length;          /* of the wait as it was asked for */
    struct pace_end end;
    int memory;               /* of its process; -1: not needed */
    uint64_t address;         /* a futex: its word, and what stands there while the wait goes on */
    uint32_t expected;
    int *files;               /* of the jail's process, here */
    struct pollfd *polled;    /* what was asked of each of them */
    size_t n_files;
};

/* An alarm of a process, or the hour of a timer that the kernel keeps (is_silent). */
struct pace_timer {
    pid_t process;            /* 0: the place is free */
    int file, pidfd;          /* a timer's descriptor there */
    bool is_silent;
    struct pace_end end;
    uint64_t interval;        /* as asked for; 0: once */
};

/* Who asked for the time last, and how often in a row. */
struct pace_asker {
    pid_t thread;
    unsigned times;
    uint64_t since, last;
};

enum { PACE_ASKERS = 16 };

struct pacer {
    struct pace_clock clock;
    int listener, events, alarm, proc;
    void *vdso;               /* of this process */
    _Atomic bool *is_seen;    /* the parent reads it */
    struct pace_wait *waits;  /* PACE_WAITS_MAX places */
    size_t n_waits;           /* no place from here on is taken */
    struct pace_timer timers[PACE_TIMERS_MAX];
    struct pace_asker askers[PACE_ASKERS];
    size_t next_asker;
};

/* ---- answers (pace_serve.c) ---- */

void pace_answer(struct pacer *p, const struct seccomp_notif *n, int64_t value, int error);
/* The kernel does it, as if nobody had asked. */
void pace_pass(struct pacer *p, const struct seccomp_notif *n);
bool pace_is_valid(struct pacer *p, uint64_t id);

/* ---- calls (pace_call.c) ---- */

void pace_take(struct pacer *p, const struct seccomp_notif *n);
/* Of clocks that do not count processor time; false: no such. */
bool pace_clock_now(const struct pacer *p, clockid_t clock, uint64_t *ret);

/* ---- waits (pace_wait.c) ---- */

/* Holds the call; passed on when there is no room or no time to gain. Takes the memory, the files and the polled of *w. */
void pace_hold(struct pacer *p, struct pace_wait *w, uint64_t floor);
/* Answers all whose time has come. */
void pace_wake(struct pacer *p);
/* One of its files is ready. */
void pace_tell(struct pacer *p, struct pace_wait *w);
/* Looks at one: whether it can be answered. */
void pace_look(struct pacer *p, struct pace_wait *w);
/* The real time at which pace_wake() has something to do. */
uint64_t pace_next(const struct pacer *p);
/* Gives back what it has; for one that was never held too. */
void pace_wait_done(struct pacer *p, struct pace_wait *w);

/* ---- files (pace_file.c) ---- */

void pace_take_poll(struct pacer *p, const struct seccomp_notif *n, uint64_t length);
void pace_take_select(struct pacer *p, const struct seccomp_notif *n, uint64_t length);
void pace_take_epoll(struct pacer *p, const struct seccomp_notif *n, uint64_t length);
/* From here on p->events tells when something is ready; its data is the wait's place. */
void pace_file_watch(struct pacer *p, struct pace_wait *w);
/* True: something is ready, and the call was answered. */
bool pace_file_ready(struct pacer *p, struct pace_wait *w);
/* Answers that nothing was ready. */
void pace_file_over(struct pacer *p, struct pace_wait *w);
/* The process's descriptor, here; -errno. */
int pace_file_get(struct pacer *p, pid_t thread, int file);

/* ---- timers (pace_timer.c) ---- */

void pace_take_itimer(struct pacer *p, const struct seccomp_notif *n);
void pace_take_timerfd(struct pacer *p, const struct seccomp_notif *n);
/* A thread of the process waits, and its alarm may end that. */
void pace_wait_for_alarm(struct pacer *p, pid_t thread);
/* Rings what is due; the real time of the next. */
uint64_t pace_ring(struct pacer *p);

/* ---- memory (pace_memory.c) ---- */

/* Memory of the thread that made this call; -errno. Valid for it and nobody else, whatever becomes of the number. */
int pace_memory(struct pacer *p, const struct seccomp_notif *n);
bool pace_read(int memory, uint64_t from, void *to, size_t n);
bool pace_write(int memory, uint64_t to, const void *from, size_t n);
bool pace_read_time(int memory, uint64_t from, uint64_t *ret);
/* The process that a thread is of; 0: it is gone. */
pid_t pace_process(struct pacer *p, pid_t thread);
/* Replaces the kernel's code for asking the time in the program that made the call, where that is not done yet. */
void pace_turn(struct pacer *p, const struct seccomp_notif *n);
