// SPDX-License-Identifier: Apache-2.0
#include "source/bpf/test-uring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 4 };

int test_uring_open(struct test_uring *u, unsigned flags)
{
    struct io_uring_params p = {.flags = flags, .sq_thread_idle = 50};
    *u = (struct test_uring){.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &p), .flags = flags};
    if (u->fd < 0)
        return -errno;
    size_t sq = p.sq_off.array + p.sq_entries * sizeof(unsigned);
    size_t cq = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    u->rings_bytes = sq > cq ? sq : cq; /* IORING_FEAT_SINGLE_MMAP: kernels from 5.4 */
    u->sqes_bytes = p.sq_entries * sizeof(struct io_uring_sqe);
    u->rings = mmap(NULL, u->rings_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_SQ_RING);
    void *sqes = mmap(NULL, u->sqes_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, u->fd, IORING_OFF_SQES);
    if (u->rings == MAP_FAILED || sqes == MAP_FAILED) {
        close(u->fd);
        return -ENOMEM;
    }
    char *base = u->rings;
    u->sqes = sqes;
    u->sq_tail = (unsigned *)(base + p.sq_off.tail);
    u->sq_flags = (unsigned *)(base + p.sq_off.flags);
    u->sq_array = (unsigned *)(base + p.sq_off.array);
    u->sq_mask = *(unsigned *)(base + p.sq_off.ring_mask);
    u->cq_head = (unsigned *)(base + p.cq_off.head);
    u->cq_tail = (unsigned *)(base + p.cq_off.tail);
    u->cq_mask = *(unsigned *)(base + p.cq_off.ring_mask);
    u->cqes = (struct io_uring_cqe *)(base + p.cq_off.cqes);
    return 0;
}

void test_uring_close(struct test_uring *u)
{
    munmap(u->rings, u->rings_bytes);
    munmap(u->sqes, u->sqes_bytes);
    close(u->fd);
}

int test_uring_do(struct test_uring *u, const struct io_uring_sqe *request)
{
    unsigned tail = *u->sq_tail, i = tail & u->sq_mask;
    u->sqes[i] = *request;
    u->sq_array[i] = i;
    __atomic_store_n(u->sq_tail, tail + 1, __ATOMIC_RELEASE);
    if (u->flags & IORING_SETUP_SQPOLL) {
        if (__atomic_load_n(u->sq_flags, __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP)
            syscall(SYS_io_uring_enter, u->fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
        syscall(SYS_io_uring_enter, u->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    } else if (syscall(SYS_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) {
        return -errno;
    }
    unsigned head = *u->cq_head;
    while (__atomic_load_n(u->cq_tail, __ATOMIC_ACQUIRE) == head)
        usleep(100);
    int res = u->cqes[head & u->cq_mask].res;
    __atomic_store_n(u->cq_head, head + 1, __ATOMIC_RELEASE);
    return res;
}
