// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Material for tests: rules written as tables, facts by hand, and a whole report like one of an image. DAVY
 * TEST IMITATION: nothing in it is a real indicator.
 */
#include "finding/report.h"

/* A rule whose tags are separated by blanks; it lives in the arena. Indexes count from 0 in each arena user's
 * order. */
struct rule *sample_rule(struct arena *a, uint32_t index, const char *name, enum priority priority,
                         const char *tags);
/* Facts of a file event; sha256 NULL: none. */
void sample_file(struct facts *f, const char *path, const char *sha256, uint32_t layer);
/* An image with a miner configuration, an exposure, context and an authorised finding; rules live in the
 * arena. */
void sample_image_report(struct report *r, struct arena *a, struct policy *policy);
/* The same image with nothing found and two gaps. */
void sample_clean_report(struct report *r, struct arena *a);
extern const char SAMPLE_SHA256[65];
