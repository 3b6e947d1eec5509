// SPDX-License-Identifier: Apache-2.0
/* Acts through io_uring: no system call says what is done. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "acts.h"

/* Asks the kernel for one operation and returns its result. */
static int32_t ask(struct io_uring_sqe operation)
{
    struct io_uring_params p = {0};
    int ring = (int)must(syscall(SYS_io_uring_setup, 4, &p), "io_uring_setup");
    if (!(p.features & IORING_FEAT_SINGLE_MMAP))
        skip("io_uring is older than this test knows");
    size_t n = p.sq_off.array + p.sq_entries * sizeof(uint32_t), m = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    char *rings = mmap(NULL, n > m ? n : m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *asked =
        mmap(NULL, p.sq_entries * sizeof(*asked), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    if (rings == MAP_FAILED || asked == MAP_FAILED)
        fail("mmap");
    asked[0] = operation;
    ((uint32_t *)(rings + p.sq_off.array))[0] = 0;
    atomic_store((_Atomic uint32_t *)(rings + p.sq_off.tail), 1);
    must(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0), "io_uring_enter");
    int32_t res = ((struct io_uring_cqe *)(rings + p.cq_off.cqes))[0].res;
    if (res == -EINVAL || res == -EOPNOTSUPP)
        skip("this kernel's io_uring has no such operation");
    if (res < 0) {
        errno = -res;
        fail("operation");
    }
    return res;
}

static void uring_open(void)
{
    ask((struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)SECRET, .open_flags = O_RDONLY});
}

static void uring_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(to);
    int server = (int)must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    must(bind(server, (struct sockaddr *)&to, sizeof(to)), "bind");
    must(listen(server, 4), "listen");
    must(getsockname(server, (struct sockaddr *)&to, &n), "getsockname");
    report->fact = ntohs(to.sin_port);
    int fd = (int)must(socket(AF_INET, SOCK_STREAM, 0), "socket");
    ask((struct io_uring_sqe){.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&to, .off = sizeof(to)});
}

static void uring_unlink(void)
{
    int fd = (int)must(open(ROOM "/data/uring", O_CREAT | O_WRONLY, 0600), "open");
    close(fd);
    ask((struct io_uring_sqe){.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)(ROOM "/data/uring")});
}

const struct act ACTS_URING[] = {
    {"uring-open", uring_open},
    {"uring-connect", uring_connect},
    {"uring-unlink", uring_unlink},
    {0},
};
