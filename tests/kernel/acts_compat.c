// SPDX-License-Identifier: Apache-2.0
/* Acts by the gate of 32-bit programs, which any 64-bit program may use: the numbers of the calls are others. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "acts.h"

enum { OPEN_32 = 5, UNLINK_32 = 10, EXECVE_32 = 11 };

static void no_gate(int signal)
{
    (void)signal;
    skip("this kernel runs no 32-bit system calls");
}

/* A page that 32 bits can point to. */
static char *low_page(void)
{
    signal(SIGSEGV, no_gate);
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (page == MAP_FAILED)
        fail("mmap");
    return page;
}

static long call_32(long number, const char *a, long b, long c)
{
    long res = number;
    __asm__ volatile("int $0x80" : "+a"(res) : "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
    if ((int)res >= 0)
        return (int)res;
    errno = -(int)res;
    return -1;
}

static void open_32(void)
{
    must(call_32(OPEN_32, strcpy(low_page(), SECRET), O_RDONLY, 0), "open by int 0x80");
}

static void unlink_32(void)
{
    int fd = (int)must(open(ROOM "/data/unlink-32", O_CREAT | O_WRONLY, 0600), "open");
    close(fd);
    must(call_32(UNLINK_32, strcpy(low_page(), ROOM "/data/unlink-32"), 0, 0), "unlink by int 0x80");
}

static void exec_32(void)
{
    char *page = low_page();
    uint32_t words[] = {(uint32_t)(uintptr_t)page, 0};
    strcpy(page, ROOM "/bin/target");
    memcpy(page + 256, words, sizeof(words));
    report->is_done = true;
    must(call_32(EXECVE_32, page, (long)(uintptr_t)(page + 256), 0), "execve by int 0x80");
}

const struct act ACTS_COMPAT[] = {
    {"open-32", open_32},
    {"unlink-32", unlink_32},
    {"exec-32", exec_32},
    {0},
};
