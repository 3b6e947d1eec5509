// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the files of source/bpf share. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/strbuf.h"
#include "event/record_write.h"
#include "source/bpf/bpf.h"
#include "source/bpf/hook.h"
#include "source/bpf/shared.h"
#include "source/bpf/usage.h"

enum { MORE_FORMS = 6 };

enum { PROGRAMS_MAX = 320 }; /* rows of programs.def, at most */

/* The ring as the kernel maps it: one writes at producer, one reads at consumer; records stand in data. */
struct bpf_ring {
    int fd;
    size_t size;
    unsigned long *consumer;
    const unsigned long *producer;
    const unsigned char *data;
    unsigned char *whole; /* room for one record, of which the ring has two pieces */
    unsigned long ahead;  /* up to here records were shown before they are read */
};

/* One loading of an object; a second one shares the maps of the first. */
struct bpf_load {
    struct bpf_object *object;
    struct bpf_link *links[32];
    const char *attached[32]; /* the programs of the links */
    size_t n_links;
    bool direct;
};

struct source_bpf {
    struct source source;
    struct bpf_load loads[4]; /* the first has all maps; others came with other filters */
    size_t n_loads;
    struct bpf_load hook_loads[4];
    size_t n_hook_loads;
    const char *hook_providers[HOOK__N]; /* how a hook was reached, static; NULL: it does not run */
    /* By row of programs.def. */
    bool loaded[PROGRAMS_MAX]; /* it runs or stands in the table of calls */
    bool failed[PROGRAMS_MAX]; /* this kernel refused it */
    struct settings *settings;
    struct tails *tails;
    unsigned char *scratches;         /* the programs' rooms, each begins with its counters */
    size_t scratch_bytes;
    record_u64 *drops;                /* by processor, kind and reason */
    size_t processors;
    struct bpf_ring ring;
    int epoll, timer, stats_fd;
    unsigned quiet;           /* reads in a row that found nothing */
    bool sleeping;            /* the kernel is asked to wake us */
    struct record_writer own; /* records made here */
    record_u64 *told;         /* drops that were told, by kind and reason */
    uint64_t told_ns;
    uint64_t delivered, bytes, memory;
    bool is_learned;          /* more_learn() was here, and told what follows */
    bool has_casts;           /* the kernel has bpf_rdonly_cast(): the direct object may load */
    bool uring_by_mark;       /* settings.uring_by_mark */
    bool unfit[MORE_FORMS];   /* forms of io_uring's programs that are not this kernel's */
    struct usage_ask *asks;   /* NULL: nothing asks for USAGE */
    struct usage_table usage;
    int period, proc;         /* a timer: time to ask; /proc */
    struct strbuf snapshot;   /* RECORD_PROCESS records that are still to be given */
    size_t snapshot_at;
    uint64_t attached_ns;     /* CLOCK_BOOTTIME */
};

/* load.c: opens, loads and attaches what the filter wants beyond what is loaded. */
int bpf_load(struct source_bpf *b, const struct source_bpf_options *o, const struct filter *filter, struct error *err);
void bpf_unload(struct source_bpf *b);
bool bpf_kind_loaded(const struct source_bpf *b, record_u32 kind);
/* Whether this kernel refused a program that the filter wanted. */
bool bpf_program_refused(const struct source_bpf *b, const char *name);
/* Does the filter want a kind whose program is not loaded? */
bool bpf_wants_more(const struct source_bpf *b, const struct filter *filter);
/* Gives an object the maps that the first has too. */
int bpf_share_maps(struct source_bpf *b, struct bpf_object *object);
/* bpf_object__load(); what libbpf says goes to text. */
int bpf_load_said(struct bpf_object *object, struct strbuf *text);
/* The program that the kernel refused, as that text names it; empty when it was something else. */
struct str bpf_refused(struct str text);
/* The level of shedding of a kind (programs.def). */
unsigned bpf_shed_of(record_u32 kind);

/* periodic.c: what is told once per period. Asks when it is time; its records come by the ring. */
int bpf_periodic_open(struct source_bpf *b, unsigned period_ms, struct error *err);
int bpf_periodic_map(struct source_bpf *b, struct error *err);
void bpf_periodic(struct source_bpf *b);
void bpf_periodic_close(struct source_bpf *b);

/* lsm.c: attaches hooks that make records of the loaded kinds better, as far as this kernel has them. */
void bpf_hooks_load(struct source_bpf *b);
void bpf_hooks_unload(struct source_bpf *b);
/* Whether there are hooks for a kind; *ret_provider says how one of them was reached, static, NULL: it was not. */
bool bpf_hook_of(const struct source_bpf *b, record_u32 kind, const char **ret_provider);

/* filter.c: writes the filter into the half of the tables that is not in use and turns to it. */
int bpf_filter_put(struct source_bpf *b, const struct filter *filter, struct error *err);
/* Whether the filter wants a kind; NULL wants all. */
bool bpf_filter_wants(const struct filter *filter, record_u32 kind);
record_u64 bpf_path_hash(record_u64 seed, const char *p, size_t n);

/* ring.c */
int bpf_ring_map(struct bpf_ring *ring, int fd, size_t size);
void bpf_ring_unmap(struct bpf_ring *ring);
size_t bpf_ring_used(const struct bpf_ring *ring);
/* Gives at most `most` records; how many, or what fn returned. */
int bpf_ring_read(struct source_bpf *b, size_t most, source_record_fn fn, void *ctx);
/* source_ops.ahead. */
void bpf_ring_ahead(struct bpf_ring *ring, const uint16_t kinds[2], source_record_fn fn, void *ctx);

/* snapshot.c: fills b->snapshot. */
int bpf_snapshot(struct source_bpf *b, bool env, struct error *err);

/* drops.c: gives a RECORD_DROPS record of each reason with new drops; 0 or what fn returned. And counts for stats. */
int bpf_drops_tell(struct source_bpf *b, source_record_fn fn, void *ctx);
struct counters bpf_counters_sum(const struct source_bpf *b);
void bpf_drops_sum(const struct source_bpf *b, uint64_t ret[8]);
uint64_t bpf_now_ns(void);
