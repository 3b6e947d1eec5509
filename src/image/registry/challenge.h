// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The WWW-Authenticate header (RFC 9110): what a registry wants before it answers. */
#include "base/arena.h"
#include "base/cleanup.h"

enum {
    CHALLENGES_MAX = 8,           /* schemes offered in one header; real registries offer one or two */
    CHALLENGE_PARAMS_MAX = 32,    /* parameters of one scheme; Docker's token scheme has four */
};

/* Values without their quotes, in the arena; empty where the header says nothing. */
struct challenge {
    struct str scheme; /* as written: compare without case */
    struct str realm, service, scope, error;
};

/*
 * Fills at most CHALLENGES_MAX of `ret` and returns how many; stops at the first byte that fits no grammar, keeping the
 * whole challenges before it.
 */
size_t challenge_parse(struct str header, struct arena *a, struct challenge ret[CHALLENGES_MAX]);
