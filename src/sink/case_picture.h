// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The pictures of a case's page: its timeline and the tree of its processes. Inside the room only. */
#include "sink/case.h"
#include "sink/html.h"

enum {
    CASE_PICTURE_FINDINGS = 60, /* on the timeline: more are too close to be told apart */
    CASE_PICTURE_PROCESSES = 80,
};
/* How the cost grew, v->curve.is_there. */
void case_picture_cost(struct writer *w, const struct case_view *v);
void case_picture_timeline(struct writer *w, const struct case_view *v);
void case_picture_tree(struct writer *w, const struct case_view *v);
