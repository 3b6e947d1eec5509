// SPDX-License-Identifier: Apache-2.0
/* What could not be delivered: counted by the programs, told as records. */

#include "base/clock.h"
#include "source/bpf/internal.h"

enum {
    TELL_EVERY_MS = 1000,
};

uint64_t bpf_now_ns(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}

static uint64_t sum(const struct source_bpf *b, size_t at)
{
    uint64_t n = 0;
    for (size_t cpu = 0; cpu < b->processors; cpu++)
        n += __atomic_load_n(&b->drops[cpu * FILTER_KINDS * DROP_REASONS + at], __ATOMIC_RELAXED);
    return n;
}

void bpf_drops_sum(const struct source_bpf *b, uint64_t ret[8])
{
    for (size_t i = 0; i < (size_t)FILTER_KINDS * DROP_REASONS; i++)
        ret[i % DROP_REASONS] += sum(b, i);
}

struct counters bpf_counters_sum(const struct source_bpf *b)
{
    struct counters all = {};
    for (size_t i = 0; i < b->processors * SCRATCH_LEVELS; i++) {
        const volatile struct counters *c = (const volatile struct counters *)(b->scratches + i * b->scratch_bytes);
        all.seen += c->seen;
        all.filtered += c->filtered;
        all.sent += c->sent;
        all.path_hit += c->path_hit;
        all.path_miss += c->path_miss;
    }
    return all;
}

int bpf_drops_tell(struct source_bpf *b, source_record_fn fn, void *ctx)
{
    uint64_t now = bpf_now_ns();
    if (now - b->told_ns < (uint64_t)TELL_EVERY_MS * 1000000)
        return 0;
    b->told_ns = now;
    for (size_t i = 0; i < (size_t)FILTER_KINDS * DROP_REASONS; i++) {
        uint64_t n = sum(b, i);
        if (n == b->told[i])
            continue;
        struct record_drop drop = {.count = n - b->told[i], .kind = (uint32_t)(i / DROP_REASONS), .reason = i % DROP_REASONS};
        b->told[i] = n;
        record_begin(&b->own, RECORD_DROPS)->time_ns = now;
        record_add(&b->own, RECORD_DROP, 0, &drop, sizeof(drop), STR_NULL);
        int r = fn(ctx, b->own.record);
        if (r)
            return r;
    }
    return 0;
}
