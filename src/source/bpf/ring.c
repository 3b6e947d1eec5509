// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the ring (linux/bpf.h, BPF_MAP_TYPE_RINGBUF) without libbpf's loop: how full it is tells when to shed, and a read that
 * stops at a number of records lets the caller do other work.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/record_read.h"
#include "source/bpf/internal.h"

int bpf_ring_map(struct bpf_ring *ring, int fd, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (consumer == MAP_FAILED)
        return -errno;
    /* The data appears twice in a row, so that no record is ever in two pieces. */
    void *producer = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, fd, (off_t)page);
    if (producer == MAP_FAILED) {
        int r = -errno;
        (void)munmap(consumer, page);
        return r;
    }
    *ring = (struct bpf_ring){.fd = fd, .size = size, .consumer = consumer, .producer = producer,
                              .data = (const unsigned char *)producer + page};
    return 0;
}

void bpf_ring_unmap(struct bpf_ring *ring)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (ring->consumer) {
        (void)munmap(ring->consumer, page);
        (void)munmap((void *)(uintptr_t)ring->producer, page + 2 * ring->size);
    }
    *ring = (struct bpf_ring){.fd = -1};
}

size_t bpf_ring_used(const struct bpf_ring *ring)
{
    unsigned long consumer = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
    return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - consumer;
}

int bpf_ring_read(struct source_bpf *b, size_t most, source_record_fn fn, void *ctx)
{
    struct bpf_ring *ring = &b->ring;
    unsigned long at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
    unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
    int n = 0, r = 0;
    while (at < end && (size_t)n < most && !r) {
        const uint32_t *header = (const uint32_t *)(ring->data + (at & (ring->size - 1)));
        uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
        if (length & BPF_RINGBUF_BUSY_BIT)
            break;
        size_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
        const struct record *record = (const struct record *)((const char *)header + BPF_RINGBUF_HDR_SZ);
        if (!(length & BPF_RINGBUF_DISCARD_BIT) && record_check(record, size, NULL, NULL) == 0) {
            b->delivered++;
            b->bytes += size;
            r = fn(ctx, record);
            n++;
        }
        at += (BPF_RINGBUF_HDR_SZ + size + 7) & ~7UL;
        __atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
    }
    return r ? r : n;
}
