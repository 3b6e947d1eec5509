// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the ring (linux/bpf.h, BPF_MAP_TYPE_RINGBUF) without libbpf's loop: how full it is tells when to shed, and a read that
 * stops at a number of records lets the caller do other work.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "event/record_read.h"
#include "source/bpf/internal.h"

int bpf_ring_map(struct bpf_ring *ring, int fd, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (consumer == MAP_FAILED)
        return -errno;
    /* Once: the kernel would show the data a second time behind its end, which counts as memory of ours. */
    void *producer = mmap(NULL, page + size, PROT_READ, MAP_SHARED, fd, (off_t)page);
    if (producer == MAP_FAILED) {
        int r = -errno;
        (void)munmap(consumer, page);
        return r;
    }
    *ring = (struct bpf_ring){.fd = fd, .size = size, .consumer = consumer, .producer = producer,
                              .data = (const unsigned char *)producer + page, .whole = xalloc(RECORD_BYTES_MAX)};
    return 0;
}

void bpf_ring_unmap(struct bpf_ring *ring)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (ring->consumer) {
        (void)munmap(ring->consumer, page);
        (void)munmap((void *)(uintptr_t)ring->producer, page + ring->size);
        free(ring->whole);
    }
    *ring = (struct bpf_ring){.fd = -1};
}

size_t bpf_ring_used(const struct bpf_ring *ring)
{
    unsigned long consumer = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
    return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - consumer;
}

/* The record at an offset of the data; one that goes on at the beginning is put together. NULL: none of ours is that large. */
static const struct record *record_at(const struct bpf_ring *ring, size_t at, size_t size)
{
    size_t first = ring->size - at;
    if (size <= first)
        return (const struct record *)(ring->data + at);
    if (size > RECORD_BYTES_MAX)
        return NULL;
    memcpy(ring->whole, ring->data + at, first);
    memcpy(ring->whole + first, ring->data, size - first);
    return (const struct record *)ring->whole;
}

int bpf_ring_read(struct source_bpf *b, size_t most, source_record_fn fn, void *ctx)
{
    struct bpf_ring *ring = &b->ring;
    unsigned long at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
    unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
    int n = 0, r = 0;
    while (at < end && (size_t)n < most && !r) {
        /* A header is never in two pieces: both sizes are multiples of its own. */
        const uint32_t *header = (const uint32_t *)(ring->data + (at & (ring->size - 1)));
        uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);
        if (length & BPF_RINGBUF_BUSY_BIT)
            break;
        size_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
        const struct record *record = record_at(ring, (at + BPF_RINGBUF_HDR_SZ) & (ring->size - 1), size);
        if (!(length & BPF_RINGBUF_DISCARD_BIT) && record && record_check(record, size, NULL, NULL) == 0) {
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

void bpf_ring_ahead(struct bpf_ring *ring, const uint16_t kinds[2], source_record_fn fn, void *ctx)
{
    unsigned long at = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
    const unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
    at = ring->ahead > at ? ring->ahead : at;
    while (at < end) {
        const size_t from = at & (ring->size - 1);
        const uint32_t length = __atomic_load_n((const uint32_t *)(ring->data + from), __ATOMIC_ACQUIRE);
        if (length & BPF_RINGBUF_BUSY_BIT)
            break;
        const size_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT), first = (from + BPF_RINGBUF_HDR_SZ) & (ring->size - 1);
        /* One in two pieces is left out: the room for it may be in use. */
        if (!(length & BPF_RINGBUF_DISCARD_BIT) && size >= sizeof(struct record) && size <= ring->size - first) {
            const struct record *record = (const struct record *)(ring->data + first);
            if ((record->kind == kinds[0] || record->kind == kinds[1]) && record_check(record, size, NULL, NULL) == 0 && fn(ctx, record))
                break;
        }
        at += (BPF_RINGBUF_HDR_SZ + size + 7) & ~7UL;
    }
    ring->ahead = at;
}
