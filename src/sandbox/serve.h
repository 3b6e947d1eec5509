// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The inside of the pretend internet's process. */
#include "sandbox/authority.h"

enum {
    SERVE_CONNECTIONS_MAX = 512, /* at once; further ones wait in the kernel's queue */
    SERVE_IDLE_SECONDS = 120,
    SERVE_OUT_MAX = 1 << 20,     /* waiting to be sent to one client; who does not read is cut off */
    SERVE_MEMORY_MAX = 512 << 20,
};

struct serve_options {
    struct authority *authority;
    int space;            /* the network namespace */
    int stream, datagram; /* where everything arrives */
    int told;             /* exchanges go here, one a packet */
};

/* Confines the process, then serves until its parent ends. Returns only when it cannot begin. */
void serve(const struct serve_options *o);
