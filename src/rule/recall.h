// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Sets of rules by key: which rules were candidates of the events that had these values (rule/candidates.c). Bounded, and equal keys only: what is
 * found is what would be found out again. Of types whose events hardly ever look alike nothing is kept for a while.
 */
#include "event/type.h"

enum {
    RECALL_KEY = 248,        /* bytes of a key at most */
    RECALL_ENTRIES = 4096,   /* a power of two; a trail of a large account has some hundred kinds */
    RECALL_TRIAL = 512,      /* events of a type after which it is seen whether it pays: every second was known */
    RECALL_PAUSE = 64 * RECALL_TRIAL, /* events that pass until it is tried again */
};

struct recall;
/* Sets of n_words words. Never NULL; all memory is taken here. */
struct recall *recall_new(size_t n_words);
struct recall *recall_free(struct recall *r);
/* Whether to look for an event of the type at all; counts it. */
bool recall_pays(struct recall *r, enum event_type type);
/* NULL: not known. Valid until recall_learn(). */
const uint64_t *recall_find(struct recall *r, enum event_type type, struct str key);
void recall_learn(struct recall *r, enum event_type type, struct str key, const uint64_t *set);
