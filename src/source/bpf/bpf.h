// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The live source: programs in the kernel (bpf/) that write records into a ring. Opening loads only programs of kinds that the filter
 * wants, and those the process table lives on (fork, exec, exit). Nothing is pinned: all of it ends with the process.
 *
 * Opening needs root (CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE). Afterwards source_ops.read and stats need no right at all;
 * source_bpf_filter() does.
 */
#include <stdbool.h>

#include "event/filter.h"
#include "source/source.h"


enum source_bpf_objects {
    SOURCE_BPF_BEST,   /* the first that loads */
    SOURCE_BPF_DIRECT, /* kernels since 6.2: fields are loaded directly */
    SOURCE_BPF_PROBE,  /* kernels since 5.8: each field is read by a helper */
};

struct source_bpf_options {
    const struct filter *filter; /* borrowed for the call; NULL: everything there is a program for, unfiltered */
    size_t ring_bytes;           /* of the ring that all processors share; rounded up to a power of two; 0: SOURCE_BPF_RING_DEFAULT */
    bool no_env;                 /* leave environments out of exec */
    bool no_snapshot;            /* no RECORD_PROCESS of processes that are there already */
    bool see_self;               /* also what this process does */
    uint64_t cgroup;             /* id of a control group of the unified hierarchy: nothing but what processes in it do; 0: everything */
    bool run_time;               /* count the time in programs (costs some itself) */
    bool no_cache;               /* look at every path anew; for tests and measurements */
    enum source_bpf_objects objects;
    unsigned period_ms;          /* of what is told from time to time (FLOW, USAGE); 0: SOURCE_BPF_PERIOD_DEFAULT */
};
enum {
    SOURCE_BPF_PERIOD_DEFAULT = 10000,
    SOURCE_BPF_RING_DEFAULT = 4 << 20, /* all of it counts as memory of the reader; 8 MB lost no less of a burst that two processors made */
    SOURCE_BPF_RING_MIN = 1 << 18,
    SOURCE_BPF_RING_MAX = 1 << 30,
};

/* 0: *ret is the caller's, to close by ops->close. -EPERM without the rights; -ENOTSUP with the reason where the kernel cannot. */
int source_bpf_open(const struct source_bpf_options *o, struct source **ret, struct error *err);

/* Puts another filter in place, between two events; no event is lost by it. Kinds that no program was loaded for are loaded now. */
int source_bpf_filter(struct source *s, const struct filter *filter, struct error *err);

/* How a kind is seen here. */
struct source_bpf_kind {
    record_u32 kind;
    const char *program;  /* its name in bpf/, static */
    const char *provider; /* "tp_btf/sys_exit" and so on, NULL: nothing here can show it; static */
    const char *lost;     /* what this provider does not show that a better one would; English, marked for translation; NULL: nothing */
    bool loaded;          /* it is wanted and runs */
};
/* The i-th kind that there is a program for; false after the last. */
bool source_bpf_kind(const struct source *s, size_t i, struct source_bpf_kind *ret);

/* Time in a program since it was loaded; only with run_time. False after the last. */
struct source_bpf_run_time {
    const char *program; /* until close */
    uint64_t runs, ns;
};
bool source_bpf_run_time(const struct source *s, size_t i, struct source_bpf_run_time *ret);

/* What is remembered of folders, to decide about a path without walking it. */
struct source_bpf_memory {
    uint64_t hit, miss;
};
struct source_bpf_memory source_bpf_memory(const struct source *s);
