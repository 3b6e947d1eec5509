// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What is remembered of records of logs, so that later ones can tell of it (event/field_log_state.def, docs/decisions/log-state.md):
 * what a key usually does, what it spends, what a machine usually sends, what a zone said before, and how often a log is written.
 * Tables of a fixed size, each a set-associative cache that forgets what it did not meet for longest and counts what it forgot. Time
 * is that of the records. Thresholds stand in rules.
 */
#include "base/error.h"
#include "base/strbuf.h"
#include "event/value.h"

enum {
    LOG_STATE_WAYS = 4,
    LOG_ACTORS = 16384,     /* keys, principals and accounts; a large organisation has some thousand of them active in a month */
    LOG_KNOWN = 1 << 18,    /* values that they are known for: sixteen each */
    LOG_PLACES = 16384,     /* addresses that requests come from */
    LOG_SPENDERS = 1024,    /* principals that start machines */
    LOG_VOLUMES = 2048,     /* pairs of a sender and where it sends to */
    LOG_VOLUME_DAYS = 8,    /* values kept of each hour of the day: a week and today's */
    LOG_NAMES = 16384,    /* names in zones of DNS */
    LOG_LOOKUPS = 16384,    /* names that resolvers were asked for */
    LOG_STREAMS = 1024,     /* logs by account and region, machine or interface */
    LOG_VALUE_MAX = 120,     /* bytes kept of a record's value in a zone */
    LOG_ZONE_CHANGES = 16,  /* changes of one request that are looked at: the interface of Route 53 takes 1,000, consoles send two */
    /* Bytes of the whole as a file; beyond that it is no state of ours. */
    LOG_STATE_BYTES = 64 << 20,
};
/* Addresses are near in time when they are nearer than this: nobody travels in it, and a laptop changes its network in it. */
#define LOG_AT_ONCE_NS (10 * 60 * 1'000'000'000ULL)
/* The same of countries: a border can be crossed within the hour by few, and a mobile network or a tunnel shows in the network too. */
#define LOG_TRAVEL_NS (3600 * 1'000'000'000ULL)
/* Answers for a name contradict each other when they change and change back within this: longer than most are kept by resolvers. */
#define LOG_CONFLICT_NS (3600 * 1'000'000'000ULL)
/* How long somebody else at the same address counts. */
#define LOG_PLACE_NS (3600 * 1'000'000'000ULL)
/* What is started within this counts as one spree: IBM saw 50,000 USD gone in under an hour. */
#define LOG_SPEND_MINUTES 5
/* Spread of an hour's bytes below which nobody looks: updates and backups differ by this much. */
#define LOG_VOLUME_FLOOR (64.0 * (1 << 20))

/* What a key is known for. */
enum log_trait {
    TRAIT_NETWORK, /* the /24 or /48 of its address */
    TRAIT_AGENT,   /* kind of client and its system, without versions */
    TRAIT_REGION,
    TRAIT_SERVICE,
    TRAIT_ACTION, /* of a service */
    TRAIT_COUNTRY,
    TRAIT_ASN,
    TRAIT_CLOUD,  /* whose address it is; what is no cloud's is one value */
    TRAIT__N,
};
const char *log_trait_name(enum log_trait t);

/* A record, in the words that are the same for every provider. Strings may be empty. */
struct log_act {
    uint64_t time_ns;
    struct str provider, account, region, service, action, principal, key, agent;
    const struct net *ip; /* NULL: it came from none */
    struct str country, cloud; /* of the address; empty: not known */
    uint32_t asn;              /* 0: not known */
    bool knows_clouds;         /* an empty cloud means that the address is in none */
    bool is_person;       /* the principal is a user, not a role or a service */
    bool is_login;
};

/*
 * Of a request all but when and what, as keys of the tables: who it is, from where, with what. Whoever meets the same again need not work it out again
 * (log/who.h). Where in the tables its entries were found last stands beside the keys, and is only taken when they still are there.
 */
struct log_head;
struct log_who {
    uint64_t actor, account, place; /* 0: there is none */
    struct log_head *actor_at, *account_at, *place_at;
    uint64_t values[TRAIT__N];      /* digests; 0: there is none, or it belongs to what was done */
    struct log_who_known {
        uint64_t keys[TRAIT__N];
        struct log_head *at[TRAIT__N];
    } known, known_of_account;
    struct net ip;
    bool has_ip, is_person;
    char country[2]; /* zeros: not known */
    uint32_t asn;
    char agent[64];
};

/* What the record at hand adds up to; valid until the next. */
struct log_habit {
    bool is;
    uint64_t days, events, idle_ns; /* before this record */
    uint32_t traits[TRAIT__N];  /* how many values were known before */
    bool is_new[TRAIT__N];
};
struct log_spend {
    bool is;
    double usd_per_hour; /* of what was started in the last minutes */
    uint64_t count;
};
struct log_volume {
    bool is, is_known; /* is_known: enough of other days to say what is usual */
    double bytes, usual, z; /* of the hour so far; the median of the same hour on other days; robust */
    uint64_t days, sender_days;
    char peer[96];
};
struct log_zone {
    bool is, is_known, is_new_target, is_changed;
    uint64_t ttl, ttl_before, known_for_ns;
    char name[256], type[16], before[LOG_VALUE_MAX], after[LOG_VALUE_MAX];
};
struct log_names {
    bool is, is_elsewhere, is_conflict;
    uint64_t days, answers, places; /* before */
    char place[64];
};
struct log_gap {
    bool is;
    uint64_t length_ns, usual_ns, seen_ns, records; /* usual: the longest before; seen: from the first record to the one before */
};
struct log_now {
    struct log_habit habit, account;
    uint64_t at_once;     /* networks within LOG_AT_ONCE_NS, this one included */
    struct net other;     /* the last other one, as an address */
    bool has_other;
    uint64_t countries_at_once, asns_at_once; /* this one included; 0: not known */
    char other_country[3];
    uint32_t other_asn;
    uint64_t neighbours;  /* other principals at this address within LOG_PLACE_NS */
    bool has_person;      /* one of them a person */
    struct log_spend spend;
    struct log_volume volume;
    struct log_zone zone;
    struct log_names names;
    struct log_gap gap;
    char agent[64]; /* kind of client */
};

struct log_state;
struct log_state *log_state_new(void);
struct log_state *log_state_free(struct log_state *s);
/* Memory that it takes, and entries that were forgotten for want of room. */
uint64_t log_state_bytes(void);
uint64_t log_state_forgotten(const struct log_state *s);

/* Forgets what the last record added up to. */
void log_now_reset(struct log_now *now);
/* A request: habits of its key and its account, who else is at its address. */
void log_state_act(struct log_state *s, const struct log_act *act, struct log_now *now);
/* The same in two steps, of which the first may be kept: the act's time, service and action do not count there. */
void log_state_who(struct log_state *s, const struct log_act *act, struct log_who *ret);
void log_state_did(struct log_state *s, struct log_who *who, uint64_t time_ns, struct str service, struct str action, struct log_now *now);
/* A digest of several texts, for tables beside this one; others in each state. */
uint64_t log_state_digest(const struct log_state *s, const struct str *words, size_t n);
/* Machines that a principal started: how many of a kind, and what one of them costs an hour. */
void log_state_spend(struct log_state *s, uint64_t time_ns, struct str principal, uint64_t count, double usd_per_hour, struct log_now *now);
/* Bytes that went from a sender to a peer, which is a region, another cloud, a network. */
void log_state_volume(struct log_state *s, uint64_t time_ns, struct str sender, struct str peer, uint64_t bytes, struct log_now *now);
/* A name in a zone was set (values joined by a blank) or removed (no values). Of several in one record the weightiest is told. */
void log_state_zone(struct log_state *s, uint64_t time_ns, struct str zone, struct str name, struct str type, uint64_t ttl, struct str values,
                    struct log_now *now);
/*
 * A resolver of a network answered for a name with addresses that lie in these places (words that stand for a place: an autonomous system, a
 * network).
 */
void log_state_answer(struct log_state *s, uint64_t time_ns, struct str network, struct str name, struct str type, const struct str *places, size_t n, struct log_now *now);
/* A log was written, or says that it has nothing for a time. */
void log_state_stream(struct log_state *s, uint64_t time_ns, struct str stream, struct log_now *now);
/* The same in two steps, of which the first may be kept, and beside it where the entry was found last (NULL at first). */
uint64_t log_state_stream_key(const struct log_state *s, struct str stream);
void log_state_wrote(struct log_state *s, uint64_t time_ns, uint64_t key, struct log_head **at, struct log_now *now);

/* A key that lasts stands for itself; one of a session for whose session it is. */
bool log_key_lasts(struct str provider, struct str key);
/* Kind of client and its system, without versions: "aws-cli on linux", "terraform", "firefox". Cut to the buffer. */
void log_agent_family(struct str agent, char ret[64]);
/* The network that an address stands for here: /24 or /48. */
struct net log_network(const struct net *ip);
/* vCPUs that the name of a size of machine stands for ("xlarge" 4, "12xlarge" 48, "metal" 96); 0 when it says none. */
unsigned log_size_vcpus(struct str type);

/* The whole as bytes, and back. -EINVAL when they are no state of this version; the state is as new then. */
void log_state_save(const struct log_state *s, struct strbuf *ret);
int log_state_restore(struct log_state *s, struct str bytes, struct error *err);
