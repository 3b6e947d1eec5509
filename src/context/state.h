// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What is remembered of events so that later ones can tell of them (event/field_state.def): counters in tables of a fixed size, each a
 * set-associative cache that forgets what it did not meet for longest. Time is that of the records.
 */
#include "event/record_read.h"

enum {
    STATE_WAYS = 4,
    STATE_NETWORKERS = 4096,  /* processes that connected to another machine */
    STATE_WRITTEN = 16384,    /* files that were opened for writing, by their inode, and as many by their path */
    STATE_WORDS = 4,          /* of a command line that are looked at for a script */
    STATE_USERS = 2048,       /* processes that use processors */
    STATE_PEERS = 8192,       /* pairs of a program and a peer, for each of connections and bytes */
    STATE_NAMES = 16384,      /* names that were asked for */
    STATE_RENAMERS = 1024,
    STATE_ENDING_MAX = 16,    /* bytes of an ending that counts as one */
    STATE_READERS = 4096,     /* who read files of keys: by process, by parent, by session */
    STATE_KEYS_PATH = 96,     /* bytes of such a path that are kept, its end */
    STATE_KIN = 3,            /* a process, its parent, its grandparent: shells that find or xargs run have programs of their own */
    STATE_REWRITERS = 2048,   /* who wrote files anew: by process, by parent, by grandparent */
    STATE_REPLACERS = 1024,   /* likewise who put new files in place of others */
    STATE_BESIDE = 4096,      /* files made that may be to replace another */
    STATE_RECENT = 8,         /* files that each of them met last, so that one is not counted twice */
    STATE_LOOKED_FROM = 8,    /* files in a minute from which on their content is asked for: few programs write so many anew */
    STATE_LOOKED_MAX = 64,    /* and how many of one process in a minute */
    STATE_REPLACED_FROM = 4,  /* likewise of files that replaced others, which hardly any program does */
};
/* How long a file counts as just fetched: people and package managers run what they fetched weeks ago. */
#define STATE_WRITTEN_NS (24 * 3600 * 1'000'000'000ULL)
#define STATE_RENAMES_NS (60 * 1'000'000'000ULL)
#define STATE_REWRITES_NS (60 * 1'000'000'000ULL)
/* What encrypts with a program for each file, or removes all of them at the end, takes its time. */
#define STATE_REPLACED_NS (600 * 1'000'000'000ULL)
#define STATE_REFUSED_NS (2 * 1'000'000'000ULL)
#define STATE_KEYS_NS (600 * 1'000'000'000ULL)
/* Connections that are nearer than this are one visit. */
#define STATE_VISIT_NS 1'000'000'000ULL

/* Mean and spread of a row of numbers, without keeping them (Welford). */
struct running {
    uint64_t n;
    double mean, m2;
};

struct state_download {
    char by[16];
    uint64_t age_ns;
};
struct state_cpu {
    uint64_t first_ns, last_ns, used_ns, active_ns, active_end_ns, bursts;
};
struct state_peer {
    uint64_t last_ns;
    struct running of;
};
struct state_renames {
    uint64_t since_ns, n, same;
    char ending[STATE_ENDING_MAX];
};

struct state_keys {
    uint64_t at_ns, reader; /* reader: key of the process */
    char by[16], path[STATE_KEYS_PATH];
};
struct state_rewrites {
    uint64_t since_ns, recent[STATE_RECENT], looked[STATE_RECENT];
    uint32_t n, asked, n_looked, n_random;
};

/* What the event at hand adds up to; NULL: it is none of that kind. Valid until the next event. */
struct state_now {
    bool is_downloaded, is_question;
    uint64_t known_for_ns; /* of a question */
    struct state_download download, script;
    struct str script_path; /* empty: no script that was fetched; borrowed from the event's jot */
    const struct state_cpu *cpu;
    const struct state_peer *beacon, *upload;
    const struct state_renames *renames;
    const struct state_keys *keys;
    bool keys_is_self;
    uint64_t rewritten, replaced, random; /* of the event REWRITE */
    const char *made_by;        /* NULL: the file replaced none */
    bool wants_look;            /* at what a file says that was opened or renamed */
    struct str look_at;         /* or at this one, which replaced another; empty: none; in the event's jot */
};

struct state;
struct state *state_new(void);
struct state *state_free(struct state *s);
uint64_t state_bytes(void);

struct live_event;
/* Takes the event at hand. */
void state_take(struct state *s, struct live_event *e, struct state_now *ret);
/* Whether a name was asked for, as dns.question has it. */
bool state_is_asked(struct state *s, struct str name, uint64_t now_ns);
/* Standard deviation in percent of the mean; 0 without two numbers. */
double running_spread(const struct running *r);
