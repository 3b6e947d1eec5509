/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Maps and settings. Sizes that depend on the machine are set by the loader. */
#include "kernel.h"
#include "source/bpf/shared.h"

/* Loader and programs share this page; the loader may write to it at any time. */
struct settings settings SEC(".data.settings");

/* One call, as its program wants it: whatever the width it came in. */
struct call {
    s64 res;
    u64 args[6];
    u32 kind;
    u32 flags; /* RECORD_IS_COMPAT */
    u32 passed, pad; /* passed: the dispatcher asked the filter */
};

enum {
    /* Nothing that is written at once is larger; room behind the end of a record lets the verifier see that it fits. */
    PIECE_MAX = RECORD_ARGS_MAX,
    WALK_MAX = RECORD_PATH_MAX, /* a path is built from its end */
    NAME_ROOM = 256,
};

/* A path that was made for a look at it and may go into the record. */
struct text {
    u32 at, n; /* where it begins in bytes[]; its length */
    u32 skip;  /* folders that ".." took away and that the walk has not met yet */
    u32 part;  /* enum part */
    u8 bytes[WALK_MAX + NAME_ROOM];
};

/* Where a record is built; too large for a stack. */
struct scratch {
    struct counters counters; /* first: the loader reads them */
    u64 task;      /* the thread that builds in it, by the address of its task; 0: nobody */
    u32 key;       /* its own, for functions that the verifier looks at once and which can be given numbers only */
    u64 address;   /* address_of() */
    u64 deep;      /* folder_classes() */
    u64 classes;   /* text_classes() */
    struct call call;
    struct prefix_key prefix;
    struct text resolved; /* made by path.bpf.h */
    struct written {
        u64 folder; /* hash of the bytes up to the last '/' */
        u32 n;      /* bytes */
        u32 name;   /* where the last component begins; 0: nothing is before it */
        u32 tail;   /* its last four bytes, and its first four */
        u32 start;
        u64 tail8;  /* its last eight, where it has them */
        u8 absolute, dotdot, hard, long_name; /* hard: too long or too short for the quick way */
        u64 before, word, slashes, where; /* the last eight bytes with a '/' in them, while they are looked for */
        u8 bytes[RECORD_PATH_MAX + NAME_ROOM];
    } written;
    union {
        struct record r;
        u8 bytes[RECORD_BYTES_MAX + PIECE_MAX + 64];
    };
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE); /* its counters are read */
    __uint(max_entries, SCRATCH_LEVELS); /* times the processors */
    __type(key, u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20);
} ring SEC(".maps");

/* The program of each call. */
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, CALLS_MAX);
    __type(key, u32);
    __type(value, u32);
} programs SEC(".maps");

/* Maps that the loader reads while it runs can be mapped: that needs no right to bpf(2). */
/* By (processor * FILTER_KINDS + kind) * DROP_REASONS + reason. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, FILTER_KINDS * DROP_REASONS); /* times the processors */
    __type(key, u32);
    __type(value, u64);
} drops SEC(".maps");

struct tails tails[2] SEC(".data.tails"); /* by generation */

/* By processor * FOLDERS, or WRITTENS, + some bits of the key. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FOLDERS); /* times the processors */
    __type(key, u32);
    __type(value, struct folder);
} folders SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, WRITTENS); /* times the processors */
    __type(key, u32);
    __type(value, struct written_folder);
} writtens SEC(".maps");

/* The filter, twice: by generation * FILTER_KINDS + kind. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2 * FILTER_KINDS);
    __type(key, u32);
    __type(value, struct filter_kind);
} filters SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4 * FILTER_PATHS_MAX);
    __type(key, struct path_key);
    __type(value, u64);
} paths SEC(".maps");

/* The value holds the classes of all shorter entries too. */
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 2 * FILTER_PATHS_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix_key);
    __type(value, u64);
} prefixes SEC(".maps");

static __always_inline void count_drop(u32 kind, u32 reason)
{
    u32 key = (bpf_get_smp_processor_id() * FILTER_KINDS + kind) * DROP_REASONS + reason;
    u64 *n = bpf_map_lookup_elem(&drops, &key);
    if (n)
        (*n)++;
}
