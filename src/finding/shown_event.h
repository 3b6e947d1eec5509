// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An event as people may see it: passwords, tokens and secrets in command lines, environments and data are "…"
 * (base/argument.h), all else is as the event gives it. Rules judge the event itself; what becomes an alert is read through this.
 */
#include "base/arena.h"
#include "event/event.h"

struct shown_event {
    struct event event; /* first */
    const struct event *inner;
    struct arena *arena; /* texts that were changed */
};
/* `inner` is borrowed; so is the arena, which must not be reset while somebody reads from the event. */
void shown_event_init(struct shown_event *s, const struct event *inner, struct arena *arena);
