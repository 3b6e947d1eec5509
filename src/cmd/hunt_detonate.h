// SPDX-License-Identifier: Apache-2.0
#pragma once
/* `davy detonate` of one image, beside other work. */
#include "cmd/hunt.h"

struct hunt_detonation {
    pid_t pid;
    int out;            /* to wait for */
    struct strbuf text; /* its report so far */
};
/* NULL: it is not installed. In the arena. */
const char *hunt_detonate_program(struct arena *a);
/* Starts it. The caller ends it with hunt_detonation_end(), also after a failure. */
int hunt_detonation_begin(struct hunt_detonation *d, const struct hunt_options *o, struct str pull, struct str platform, struct error *err);
/* 1: its report is whole; 0: not yet; negative: there will be none, `why` says why. */
int hunt_detonation_read(struct hunt_detonation *d, struct error *why);
/* Ends it when it runs. May run twice. */
void hunt_detonation_end(struct hunt_detonation *d);
