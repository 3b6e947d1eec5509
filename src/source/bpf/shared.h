// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the programs in bpf/ and their loader here agree on beside records and filters: sizes, and the settings that the
 * loader may change while the programs run.
 */
#include "event/filter.h"

enum {
    CALLS_MAX = RECORD_KIND_OTHER, /* numbers of system calls */
    SCRATCH_LEVELS = 2,            /* records under construction on one processor: one may be interrupted by another */
    DROP_REASONS = 4,              /* enum record_drop_reason */
};

/*
 * The reader asks the programs for something by calling sched_get_priority_min(2) with one of these; no other process is heard. The
 * table of calls has the program at CALL_ASKED + what.
 */
enum {
    CALL_ASK = 147,
    CALL_FCHMODAT2 = 452, /* told as fchmodat(2), whose name rules know */
    CALL_ASKED = CALLS_MAX - 2, /* no call has this number */
    ASK_FLOWS = 0,  /* tell the bytes that went over each connection since they were told last */
    ASK_USAGE = 1,  /* tell the first n entries of usage_asks; n is the second argument */
    USAGE_ASKS = 64,
    USAGE_TICK_NS = 20000000, /* /proc tells when a process began in ticks of 10 ms */
};
struct usage_ask {
    record_s32 pid, pad; /* in the reader's pid namespace */
    record_u64 start_ns;
    struct record_usage usage;
};

/* What is wanted of a kind: settings.kinds[]. */
enum kind_wanted {
    KIND_WANTED = 1 << 0,   /* make records of it */
    KIND_FILTERED = 1 << 1, /* the filter has clauses for it; without, everything passes */
    KIND_DOTDOT = 1 << 3,   /* some clause asks for FILTER_DOTDOT */
    KIND_MOVES = 1 << 2,    /* a call that can give known folders other paths: forgets what was remembered of them */
    KIND_SHED_SHIFT = 4,    /* two bits: its level of shedding (programs.def) */
    KIND_DATA = 1 << 6,     /* rules ask what was read or written: evt.buffer */
    KIND_OTHER = 1 << 7,    /* the call is looked at for the sake of another kind: INODE_FLAGS, BLOCK_WRITE, what the reader asks for */
};

struct settings {
    record_u64 moves;      /* counts what may have given folders other paths */
    record_u32 waiting;    /* the reader sleeps until it is woken */
    record_u32 hooked;     /* bits of enum hook: programs that ran when this process tried them */
    record_u32 pad[12];    /* what programs write stands on another cache line than what all read */
    record_u8 kinds[FILTER_KINDS];
    record_u32 self;       /* this process makes no events */
    record_u32 asker;      /* this one is heard when it asks */
    record_u32 uring_by_mark; /* the end of an io_uring request does not tell which one it was */
    record_u32 shed_at[4]; /* a kind of this level is dropped while so many bytes wait; [0] is not asked */
    record_u32 generation; /* of the filter: 0 or 1, the half of the tables that holds */
    record_u32 wake_bytes; /* wakes it at this many waiting bytes in any case */
    record_u32 env;        /* environments are wanted */
    record_u32 no_cache;   /* every path is looked at anew; for tests and measurements */
    record_u32 hooks;      /* bits of enum hook: what they see is kept for the end of the call (stash.h) */
    record_u32 trying;     /* this process tries whether hooks run */
    record_u64 cgroup;     /* id of the one control group of the unified hierarchy that is looked at; 0: all */
    record_u64 seed;       /* of the hashes below, drawn at start: nobody can make paths that collide */
    struct {
        record_u64 suffix[FILTER_PATH_MAX / 64 + 1]; /* bit n: some entry that fits ends has n bytes */
        record_u64 everything;                       /* struct filter's */
        record_u32 short_suffix, pad;                /* some entry that fits ends has less than 3 bytes */
    } of[2]; /* by generation */
};

/* Counters of one scratch: what programs saw, let fall and sent; paths that were known by their folder, and that were not. */
struct counters {
    record_u64 seen, filtered, sent;
    record_u64 path_hit, path_miss;
};

/*
 * The ends of everything that IS, ENDS or is NAMED, as sets of bits: most files are known by theirs to be none of these. The name of a
 * file counts with the '/' before it. Of an end of four bytes and of one of eight FILTER_TAIL and FILTER_TAIL8 give the bit, first byte
 * lowest. `all` has the last four of every entry, `shorter` of those with less than eight, `longer` the last eight of the others.
 */
enum { TAIL_BITS = 1 << 16, FOLDERS = 512, WRITTENS = 1024 };
#define FILTER_TAIL(four) ((record_u32)(four)*2654435761U >> 16)
#define FILTER_TAIL8(eight) ((record_u64)(eight)*FILTER_HASH >> 48)
struct tails {
    record_u64 all[TAIL_BITS / 64], shorter[TAIL_BITS / 64], longer[TAIL_BITS / 64];
};

/* What is remembered of a folder, for one processor. It holds as long as all but `classes` and `deep` are what they were. */
struct folder {
    record_u64 dentry, mount, parent, name, ino; /* name: the kernel's hash of it and of where the parent lies, and its length */
    record_u64 when;    /* settings.moves and generation */
    record_u64 classes; /* of every path in it, by entries that BEGINS */
    record_u64 deep;    /* entries that BEGINS with a part of a name in it: bit FILTER_START of the name's first four bytes */
};
/* The same of the folder of a path as it was written. */
struct written_folder {
    record_u64 hash;                /* of the bytes up to the last '/' */
    record_u64 base, mount, root;   /* where a relative one begins; 0 for an absolute one */
    record_u64 when, classes, deep;
    record_u64 pad;
};

/*
 * Paths of the filter. A text hashes to h = seed; for each byte from its end to its start: h = (h + byte + 1) * FILTER_HASH. What
 * two texts share by chance makes an event pass that need not.
 */
#define FILTER_HASH 0x9e3779b97f4a7c15ULL
struct path_key {
    record_u64 hash;
    record_u32 fit;  /* enum filter_fit: IS, ENDS, NAMED; FIT_STEM */
    record_u32 generation;
};
enum { FIT_STEM = 16 }; /* a folder, "/" at its end; the value is struct folder's deep */
#define FILTER_START(four) ((record_u32)(four)*2654435761U >> 26)

struct prefix_key {
    record_u32 bits; /* of what follows */
    record_u8 generation;
    record_u8 bytes[FILTER_PATH_MAX + 3];
};
