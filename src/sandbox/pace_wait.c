// SPDX-License-Identifier: Apache-2.0
/* Calls that are held until their time has come. */
#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sandbox/pace_inside.h"

/*
 * A word in another process's memory cannot be waited for from here: it is looked at. Whoever wakes a waiter changes the word first.
 * Often at first, for threads that hand work to each other; seldom when it lasts.
 */
enum { LOOK_SOON_US = 500, LOOK_LATE_MS = 5, SOON_MS = 20 };

void pace_wait_done(struct pacer *p, struct pace_wait *w)
{
    for (size_t i = 0; w->files && i < w->n_files; i++)
        if (w->files[i] >= 0) {
            (void)epoll_ctl(p->events, EPOLL_CTL_DEL, w->files[i], NULL); /* the program's own descriptor would keep it there */
            (void)close(w->files[i]);
        }
    free(w->files);
    free(w->polled);
    if (w->memory >= 0)
        (void)close(w->memory);
    *w = (struct pace_wait){.memory = -1};
}

static void drop(struct pacer *p, struct pace_wait *w)
{
    pace_wait_done(p, w);
    while (p->n_waits && !p->waits[p->n_waits - 1].id)
        p->n_waits--;
}

/* A signal came between, and the kernel or the program begins the same call again: the wait goes on where it was. */
static bool is_same(const struct pace_wait *a, const struct pace_wait *b)
{
    return a->kind == b->kind && a->length == b->length && a->call.data.nr == b->call.data.nr &&
           a->call.data.instruction_pointer == b->call.data.instruction_pointer && !memcmp(a->call.data.args, b->call.data.args, sizeof(a->call.data.args));
}

/* What a thread waited for before is over when it asks again. */
static void forget_last(struct pacer *p, struct pace_wait *new)
{
    for (struct pace_wait *w = p->waits; w < p->waits + p->n_waits; w++)
        if (w->id && w->call.pid == new->call.pid) {
            if (is_same(w, new) && w->kind == PACE_SLEEP)
                new->end = w->end;
            drop(p, w);
            return;
        }
}

static struct pace_wait *place(struct pacer *p)
{
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < PACE_WAITS_MAX; i++)
            if (!p->waits[i].id) {
                if (i >= p->n_waits)
                    p->n_waits = i + 1;
                return &p->waits[i];
            }
        for (size_t i = PACE_WAITS_MAX; i-- > 0;)
            if (!pace_is_valid(p, p->waits[i].id))
                drop(p, &p->waits[i]);
    }
    return NULL;
}

void pace_hold(struct pacer *p, struct pace_wait *w, uint64_t floor)
{
    struct pace_wait *at;
    w->begun = pace_real();
    w->end = pace_end_of(&p->clock, w->begun, w->length, floor);
    forget_last(p, w);
    if ((w->length <= floor && !w->is_absolute) || !(at = place(p))) {
        if (w->is_absolute)
            pace_answer(p, &w->call, 0, EINTR);
        else
            pace_pass(p, &w->call);
        pace_wait_done(p, w);
        return;
    }
    w->id = w->call.id;
    *at = *w;
    *w = (struct pace_wait){.memory = -1};
    pace_file_watch(p, at);
    pace_wait_for_alarm(p, (pid_t)at->call.pid);
    pace_look(p, at);
}

static void answer_late(struct pacer *p, struct pace_wait *w)
{
    switch (w->kind) {
    case PACE_SLEEP:
        pace_answer(p, &w->call, 0, 0);
        return;
    case PACE_FUTEX:
        pace_answer(p, &w->call, 0, ETIMEDOUT);
        return;
    case PACE_POLL:
    case PACE_SELECT:
    case PACE_EPOLL:
        pace_file_over(p, w);
    }
}

static bool is_ready(struct pacer *p, struct pace_wait *w)
{
    uint32_t word;
    if (w->kind == PACE_SLEEP)
        return false;
    if (w->kind != PACE_FUTEX)
        return pace_file_ready(p, w);
    if (pace_read(w->memory, w->address, &word, sizeof(word)) && word == w->expected)
        return false;
    pace_answer(p, &w->call, 0, EAGAIN);
    return true;
}

void pace_look(struct pacer *p, struct pace_wait *w)
{
    const uint64_t now = w->looked = pace_real();
    if (is_ready(p, w)) {
        drop(p, w);
    } else if (pace_is_over(&p->clock, now, &w->end)) {
        /* one whose thread is gone moves no clock */
        if (pace_is_valid(p, w->id)) {
            pace_leap(&p->clock, now, &w->end);
            answer_late(p, w);
        }
        drop(p, w);
    }
}

void pace_tell(struct pacer *p, struct pace_wait *w)
{
    const uint64_t id = w->id;
    pace_look(p, w);
    if (w->id != id)
        return;
    /* ready, and not for what was asked: it would be told of for ever */
    for (size_t i = 0; i < w->n_files; i++)
        if (w->files[i] >= 0)
            (void)epoll_ctl(p->events, EPOLL_CTL_DEL, w->files[i], NULL);
    w->is_blind = true;
}

/* The real time at which there is something to do about it. */
static uint64_t due(const struct pacer *p, const struct pace_wait *w)
{
    const uint64_t end = pace_when(&p->clock, &w->end);
    if (!w->is_blind)
        return end;
    const bool is_soon = w->looked - w->begun < SOON_MS * PACE_MS;
    const uint64_t look = w->looked + (is_soon ? LOOK_SOON_US * PACE_MS / 1000 : LOOK_LATE_MS * PACE_MS);
    return look < end ? look : end;
}

void pace_wake(struct pacer *p)
{
    const uint64_t now = pace_real();
    for (size_t i = 0; i < p->n_waits; i++)
        if (p->waits[i].id && now >= due(p, &p->waits[i]))
            pace_look(p, &p->waits[i]);
}

uint64_t pace_next(const struct pacer *p)
{
    uint64_t next = PACE_NEVER;
    for (size_t i = 0; i < p->n_waits; i++) {
        const uint64_t at = p->waits[i].id ? due(p, &p->waits[i]) : PACE_NEVER;
        next = at < next ? at : next;
    }
    return next;
}
