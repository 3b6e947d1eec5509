// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The event: one fact record. Whoever makes events (a source) embeds `struct event` in its own record and gives the ops
 * that answer for fields; the rule engine sees nothing else. Everything an event hands out is borrowed and valid until
 * its source makes the next event.
 */
#include "event/field.h"

struct event;
struct event_ops {
    /*
     * Gives the value of a field. 1: *ret is set; 0: this event has no such value (Falco's NULL). Must be cheap to call
     * again, must not allocate on the heap, must not fail. Fields of class `evt (generic)` are answered by event_get().
     */
    int (*get)(const struct event *e, const struct field_ref *ref, struct value *ret);
};

struct event {
    enum event_type type;
    uint64_t num;     /* counts from 1 within a run */
    uint64_t time_ns; /* since the epoch */
    const struct event_ops *ops;
};

/* Answers evt.num, evt.type, evt.source, evt.is_async, and (through ops) all the rest. */
int event_get(const struct event *e, const struct field_ref *ref, struct value *ret);
