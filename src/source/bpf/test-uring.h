// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A small io_uring for live tests: one request at a time, without a library. */
#include <linux/io_uring.h>
#include <stddef.h>
#include <stdint.h>

struct test_uring {
    int fd;
    unsigned flags; /* IORING_SETUP_… */
    unsigned *sq_tail, *sq_flags, *cq_head, *cq_tail, sq_mask, cq_mask, *sq_array;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
    void *rings;
    size_t rings_bytes, sqes_bytes;
};

/* 0, or -errno: the kernel may have none, or refuse it. */
int test_uring_open(struct test_uring *u, unsigned flags);
void test_uring_close(struct test_uring *u);
/* Submits this request and waits for it; what it returned. */
int test_uring_do(struct test_uring *u, const struct io_uring_sqe *request);
