// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The event: one fact record. Whoever makes events (a source) embeds `struct event` in its own record and gives the ops
 * that answer for fields; the rule engine sees nothing else. Everything an event hands out is borrowed and valid until
 * its source makes the next event.
 */
#include "event/field.h"

/*
 * What the events of one run have in common; one per thread that makes events, because the time fields are written here
 * as text when somebody asks for them. Embedded: event_run_init() makes it ready, there is nothing to give back.
 */
struct event_run {
    char hostname[256];  /* evt.hostname; absent when empty */
    uint64_t start_ns;   /* when the run began, since the epoch; evt.reltime counts from here */
    int64_t step_ns;     /* how far the clock was set since then: event_told_ns() */
    char times[5][48];   /* the last text given for each time field */
};
/* With the kernel's host name and the time given; reads the time zone, so that no event has to. */
void event_run_init(struct event_run *run, uint64_t start_ns);

struct event;
struct event_ops {
    /*
     * Gives the value of a field. 1: *ret is set; 0: this event has no such value (Falco's NULL). Must be cheap to call
     * again, must not allocate on the heap, must not fail. event_get() answers the fields
     * that every event has.
     */
    int (*get)(const struct event *e, const struct field_ref *ref, struct value *ret);
    /*
     * A digest by which events are known whose fields of a kind (field_is_of_kind()) all have the same values: what the rules make of those need not be found
     * out again. Keyed, so that nobody can choose two that are equal; 0: it cannot be told. NULL: never.
     */
    uint64_t (*kind)(const struct event *e);
};

struct event {
    enum event_type type;
    uint64_t num;     /* counts from 1 within a run */
    uint64_t time_ns; /* since the epoch by a clock that nobody sets: windows and rates go by it; event_told_ns() is for people */
    unsigned lacks;   /* enum field_family: none of their fields is there; 0 when nobody knows */
    bool is_brief;    /* `brief` tells: */
    uint8_t brief[BRIEF__N];
    const struct event_ops *ops;
    struct event_run *run; /* NULL: evt.hostname, evt.reltime and the times as text are absent */
};

/* What the machine's clock said at time_ns (of the event, or of an earlier one of its run), which somebody may have set. */
static inline uint64_t event_told_ns(const struct event *e, uint64_t time_ns)
{
    return e->run ? time_ns + (uint64_t)e->run->step_ns : time_ns;
}

/* The fields that every event has; all others are asked of ops. */
int event_get_common(const struct event *e, const struct field_ref *ref, struct value *ret);
/*
 * Answers the fields of class `evt (generic)`, evt.type, evt.type.is and syscall.type itself, all the rest through ops.
 * Never allocates.
 */
static inline int event_get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    return ref->id > F_SYSCALL_TYPE ? e->ops->get(e, ref, ret) : event_get_common(e, ref, ret);
}
