// SPDX-License-Identifier: Apache-2.0
#include "source/bpf/bpf.h"

#include <errno.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>

#include "base/alloc.h"
#include "source/bpf/internal.h"

enum {
    POLL_MS = 2,       /* while records come the reader looks this often: batches, and nobody is woken */
    QUIET_READS = 16,  /* after so many looks in vain it sleeps until it is woken */
    BATCH = 4096,      /* records of one read: its caller has other work too */
};

static struct source_bpf *of(struct source *s)
{
    return (struct source_bpf *)s;
}

static void set_timer(struct source_bpf *b, unsigned ms)
{
    struct timespec t = {.tv_nsec = (long)ms * 1000000};
    (void)timerfd_settime(b->timer, 0, &(struct itimerspec){.it_value = t, .it_interval = t}, NULL);
}

/* Asks to be woken; false when a record came before the kernel could know. */
static bool fall_asleep(struct source_bpf *b)
{
    set_timer(b, 0);
    b->sleeping = true;
    __atomic_store_n(&b->settings->waiting, 1, __ATOMIC_SEQ_CST);
    return !bpf_ring_used(&b->ring);
}

static void stay_awake(struct source_bpf *b)
{
    b->quiet = 0;
    if (!b->sleeping)
        return;
    b->sleeping = false;
    __atomic_store_n(&b->settings->waiting, 0, __ATOMIC_SEQ_CST);
    set_timer(b, POLL_MS);
}

/* Gives what is left of the snapshot. */
static int give_snapshot(struct source_bpf *b, source_record_fn fn, void *ctx)
{
    int n = 0, r = 0;
    while (!r && b->snapshot_at < b->snapshot.n && n < BATCH) {
        const struct record *record = (const struct record *)(b->snapshot.p + b->snapshot_at);
        b->snapshot_at += record->size;
        b->delivered++;
        b->bytes += record->size;
        r = fn(ctx, record);
        n++;
    }
    if (b->snapshot_at >= b->snapshot.n)
        strbuf_done(&b->snapshot);
    return r ? r : n;
}

static int give(struct source_bpf *b, source_record_fn fn, void *ctx)
{
    if (b->snapshot_at < b->snapshot.n)
        return give_snapshot(b, fn, ctx);
    bpf_periodic(b);
    int n = bpf_ring_read(b, BATCH, fn, ctx);
    if (n < 0)
        return n;
    int r = bpf_drops_tell(b, fn, ctx);
    return r < 0 ? r : n;
}

static int source_bpf_read(struct source *s, int timeout_ms, source_record_fn fn, void *ctx, struct error *err)
{
    struct source_bpf *b = of(s);
    uint64_t until = timeout_ms > 0 ? bpf_now_ns() + (uint64_t)timeout_ms * 1000000 : 0;
    for (;;) {
        int n = give(b, fn, ctx);
        if (n) {
            stay_awake(b);
            return n;
        }
        if (!b->sleeping && ++b->quiet > QUIET_READS && !fall_asleep(b)) {
            stay_awake(b);
            continue;
        }
        int wait = timeout_ms;
        if (timeout_ms > 0) {
            uint64_t now = bpf_now_ns();
            wait = now < until ? (int)((until - now + 999999) / 1000000) : 0;
        }
        if (!wait)
            return 0;
        struct epoll_event event;
        int r = epoll_wait(b->epoll, &event, 1, wait);
        if (r < 0)
            return errno == EINTR ? -EINTR : error_errno(err, -errno, "waiting for the kernel's records failed");
        if (!r)
            return 0;
        uint64_t ticks;
        (void)!read(b->timer, &ticks, sizeof(ticks));
        if (b->sleeping)
            stay_awake(b);
    }
}

static void source_bpf_ahead(struct source *s, const uint16_t kinds[2], source_record_fn fn, void *ctx)
{
    bpf_ring_ahead(&of(s)->ring, kinds, fn, ctx);
}

static void source_bpf_stats(struct source *s, struct source_stats *ret)
{
    struct source_bpf *b = of(s);
    struct counters c = bpf_counters_sum(b);
    *ret = (struct source_stats){.seen = c.seen, .filtered = c.filtered, .delivered = b->delivered, .bytes = b->bytes, .memory = b->memory};
    bpf_drops_sum(b, ret->dropped);
}

static int source_bpf_pollable(struct source *s)
{
    return of(s)->epoll;
}

static struct source *source_bpf_close(struct source *s)
{
    struct source_bpf *b = of(s);
    if (!b)
        return NULL;
    bpf_unload(b);
    bpf_periodic_close(b);
    cleanup_closep(&b->epoll);
    cleanup_closep(&b->timer);
    cleanup_closep(&b->stats_fd);
    record_writer_done(&b->own);
    strbuf_done(&b->snapshot);
    free(b->told);
    free(b);
    return NULL;
}

static const struct source_ops ops = {
    .name = "kernel",
    .read = source_bpf_read,
    .ahead = source_bpf_ahead,
    .stats = source_bpf_stats,
    .pollable = source_bpf_pollable,
    .close = source_bpf_close,
};

static int open_waiting(struct source_bpf *b, struct error *err)
{
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct epoll_event ring = {.events = EPOLLIN}, timer = {.events = EPOLLIN};
    if (b->epoll < 0 || b->timer < 0 || epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->ring.fd, &ring) ||
        epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->timer, &timer))
        return error_errno(err, -errno, "the ring of records cannot be waited for");
    set_timer(b, POLL_MS);
    return 0;
}

static void first_settings(struct source_bpf *b, const struct source_bpf_options *o)
{
    struct settings *s = b->settings;
    s->self = o->see_self ? 0 : (record_u32)getpid();
    s->wake_bytes = (record_u32)(b->ring.size / 4);
    for (unsigned level = 1; level < ARRAY_SIZE(s->shed_at); level++)
        s->shed_at[level] = (record_u32)(b->ring.size / 8 * (4 + level));
    s->env = !o->no_env;
    s->no_cache = o->no_cache;
    if (getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK) != sizeof(s->seed))
        s->seed = bpf_now_ns() * FILTER_HASH;
}

static uint64_t memory_of(const struct source_bpf *b)
{
    struct bpf_map *map;
    uint64_t bytes = 0;
    bpf_object__for_each_map(map, b->loads[0].object)
        bytes += (uint64_t)(bpf_map__key_size(map) + bpf_map__value_size(map) + !bpf_map__value_size(map)) * bpf_map__max_entries(map);
    return bytes;
}

/* Loading reads all types of the kernel, several times the memory that is needed afterwards; the C library would keep it. */
static void give_memory_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

int source_bpf_open(const struct source_bpf_options *o, struct source **ret, struct error *err)
{
    struct source_bpf *b = xnew(struct source_bpf);
    int processors = libbpf_num_possible_cpus();
    b->source.ops = &ops;
    b->epoll = b->timer = b->period = b->proc = b->stats_fd = b->ring.fd = -1;
    b->processors = processors > 0 ? (size_t)processors : 1;
    b->told = xalloc(sizeof(record_u64) * FILTER_KINDS * DROP_REASONS);
    if (o->run_time)
        b->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
    int r = bpf_load(b, o, o->filter, err);
    if (!r) {
        first_settings(b, o);
        r = bpf_filter_put(b, o->filter, err);
    }
    if (!r)
        r = open_waiting(b, err);
    if (!r)
        r = bpf_periodic_open(b, o->period_ms, err);
    if (!r)
        r = bpf_periodic_map(b, err);
    if (!r && !o->no_snapshot)
        r = bpf_snapshot(b, !o->no_env, err);
    if (r) {
        (void)source_bpf_close(&b->source);
        return r;
    }
    b->memory = memory_of(b);
    give_memory_back();
    *ret = &b->source;
    return 0;
}

int source_bpf_filter(struct source *s, const struct filter *filter, struct error *err)
{
    struct source_bpf *b = of(s);
    int r = bpf_wants_more(b, filter) ? bpf_load(b, &(struct source_bpf_options){}, filter, err) : 0;
    if (!r)
        r = bpf_periodic_map(b, err);
    return r ? r : bpf_filter_put(b, filter, err);
}

struct source_bpf_memory source_bpf_memory(const struct source *s)
{
    struct counters c = bpf_counters_sum((const struct source_bpf *)s);
    return (struct source_bpf_memory){.hit = c.path_hit, .miss = c.path_miss};
}

