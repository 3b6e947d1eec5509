// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Who was met lately: what is worked out of a record's words about somebody - keys into the state, the address and what is known of it - by a digest
 * of those words. The same key sends the same words thousands of times. A digest is one of the state's, so nobody outside can choose two that are equal.
 */
#include "intel/addresses.h"
#include "log/state.h"

/* What a record says of an act, as far as that is quickly told. */
struct log_did {
    uint64_t who; /* digest of all words that tell who it is, from where, with what */
    struct str service, action;
};

struct log_met {
    uint64_t digest;           /* 0: free */
    bool is_service;           /* what it does on somebody's behalf says nothing of where they are */
    struct log_who who;        /* unless it is one */
    struct net ip;
    bool has_ip;
    struct address_facts facts;
    uint64_t stream;           /* of log_state_stream_key(); where that was found last */
    struct log_head *stream_at;
};

struct log_mets;
struct log_mets *log_mets_new(void);
struct log_mets *log_mets_free(struct log_mets *m);
/* The entry of a digest. *ret_is_new: it is empty but for the digest, and for whoever asks to fill in. */
struct log_met *log_mets_find(struct log_mets *m, uint64_t digest, bool *ret_is_new);
