// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Alerts as text that wait a moment, in order, for the case that they are put into. Inside the room only.
 */
#include "base/vec.h"
#include "sink/live.h"

enum { LIVE_HELD_MAX = 4096 }; /* beyond that the oldest goes as it is */

/* Where a text may be gone on with: the end of its first line or lines, which say when, what and who. */
struct live_seam {
    size_t at;
    unsigned column;
};

struct live_held {
    struct held {
        struct strbuf text;
        struct live_seam seam;
        uint64_t num, rule, due_ms; /* rule: a hash of its name */
        bool is_ready;
    } *v;
    size_t n, capacity;
};

/* Takes the text over. */
void live_held_add(struct live_held *h, struct strbuf *text, const struct live_seam *seam, const struct alert *a, uint64_t due_ms);
/* Puts the case into the first text of that event and rule that has none yet. */
void live_held_case(struct live_held *h, const struct live_case *c, const struct live_look *look);
/* The first text when it is complete, was waited for until now or is one too many; the caller takes it away. NULL: none. */
struct strbuf *live_held_next(struct live_held *h, uint64_t now_ms);
void live_held_drop(struct live_held *h);
void live_held_done(struct live_held *h);
