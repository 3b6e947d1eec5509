// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The tables behind log/state.h. */
#include "log/state.h"

/* Every entry begins so; key 0: free. */
struct log_head {
    uint64_t key, seen_ns;
};

struct log_actor {
    struct log_head head;
    uint64_t first_ns, last_ns, events;
    uint32_t traits[TRAIT__N];
    uint32_t next; /* of `recent` */
    struct log_recent {
        uint64_t ns;
        struct net ip;
        char country[2]; /* zeros: not known */
        uint32_t asn;
    } recent[4];
};
struct log_known {
    struct log_head head;
    uint64_t first_ns;
};
struct log_place {
    struct log_head head;
    struct log_guest {
        uint64_t who, ns;
        uint64_t is_person;
    } guests[4];
};
struct log_spender {
    struct log_head head;
    uint64_t minute;
    double usd[LOG_SPEND_MINUTES];
    uint64_t count[LOG_SPEND_MINUTES];
};
struct log_flow {
    struct log_head head;
    uint64_t first_ns, hour;
    double bytes;
    float past[24][LOG_VOLUME_DAYS];
    uint8_t n[24], next[24];
};
struct log_name {
    struct log_head head;
    uint64_t first_ns, ttl, changes;
    char value[LOG_VALUE_MAX];
};
struct log_lookup {
    struct log_head head;
    uint64_t first_ns, answers, elsewhere, elsewhere_ns; /* elsewhere: digest of where it led to when that was new last */
    uint64_t places;
};
struct log_stream {
    struct log_head head;
    uint64_t first_ns, last_ns, records, longest_ns;
};

/* LOG_TABLE(member, type, entries) */
#define LOG_TABLES                                                                                                     \
    LOG_TABLE(actors, log_actor, LOG_ACTORS)                                                                           \
    LOG_TABLE(known, log_known, LOG_KNOWN)                                                                             \
    LOG_TABLE(places, log_place, LOG_PLACES)                                                                           \
    LOG_TABLE(spenders, log_spender, LOG_SPENDERS)                                                                     \
    LOG_TABLE(volumes, log_flow, LOG_VOLUMES)                                                                          \
    LOG_TABLE(records, log_name, LOG_NAMES)                                                                        \
    LOG_TABLE(lookups, log_lookup, LOG_LOOKUPS)                                                                        \
    LOG_TABLE(streams, log_stream, LOG_STREAMS)

struct log_state {
    uint64_t k0, k1; /* of the digests, so that nobody can choose names that push others out */
    uint64_t forgotten;
    struct log_agent {
        uint64_t key;
        char family[64];
    } agents[256]; /* user agents come again and again: what they were read as, by a digest */
#define LOG_TABLE(member, type, count) struct type member[count];
    LOG_TABLES
#undef LOG_TABLE
};

/* The entry of a key, or NULL; made when `makes`, in place of the one that was met longest ago. */
struct log_head *log_look_up(struct log_state *s, void *table, size_t size, size_t n, uint64_t key, bool makes, uint64_t now_ns);
#define LOG_TAKE(s, member, key, now)                                                                                  \
    ((typeof(&(s)->member[0]))log_look_up((s), (s)->member, sizeof((s)->member[0]), ARRAY_SIZE((s)->member), (key), true, (now)))
#define LOG_FIND(s, member, key, now)                                                                                  \
    ((typeof(&(s)->member[0]))log_look_up((s), (s)->member, sizeof((s)->member[0]), ARRAY_SIZE((s)->member), (key), false, (now)))
/* LOG_TAKE() of a key whose entry was at *at, unless that is NULL or it was forgotten since; *at is where it is now. */
#define LOG_TAKE_AT(s, member, key, now, at)                                                                           \
    ((typeof(&(s)->member[0]))log_take_at((s), (s)->member, sizeof((s)->member[0]), ARRAY_SIZE((s)->member), (key), (now), (at)))
static inline struct log_head *log_take_at(struct log_state *s, void *table, size_t size, size_t n, uint64_t key, uint64_t now_ns, struct log_head **at)
{
    struct log_head *h = *at;
    if (!h || h->key != key)
        return *at = log_look_up(s, table, size, n, key, true, now_ns);
    h->seen_ns = h->seen_ns > now_ns ? h->seen_ns : now_ns;
    return h;
}
uint64_t log_digest(const struct log_state *s, struct str a);
/* A digest of two digests and of what they are for; never 0. */
uint64_t log_join(const struct log_state *s, unsigned what, uint64_t a, uint64_t b);
/* The same of strings. */
uint64_t log_key(const struct log_state *s, unsigned what, struct str a, struct str b, struct str c);
enum { LOG_KEY_ACTOR, LOG_KEY_ACCOUNT, LOG_KEY_PLACE, LOG_KEY_SPENDER, LOG_KEY_VOLUME, LOG_KEY_RECORD, LOG_KEY_TARGET, LOG_KEY_STREAM, LOG_KEY_LOOKUP, LOG_KEY_ANSWER, LOG_KEY_SENDER, LOG_KEY_TRAIT };
