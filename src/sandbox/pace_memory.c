// SPDX-License-Identifier: Apache-2.0
/*
 * Memory of the jail's processes. /proc/PID/mem stays with the memory that it was opened for; whether that is the caller's is asked after
 * it is open, so a number that was given away again leads to nobody else.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sandbox/pace_inside.h"

int pace_memory(struct pacer *p, const struct seccomp_notif *n)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "%u/mem", n->pid);
    const int fd = openat(p->proc, path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (pace_is_valid(p, n->id))
        return fd;
    (void)close(fd);
    return -ESRCH;
}

bool pace_read(int memory, uint64_t from, void *to, size_t n)
{
    return pread(memory, to, n, (off_t)from) == (ssize_t)n;
}

bool pace_write(int memory, uint64_t to, const void *from, size_t n)
{
    return pwrite(memory, from, n, (off_t)to) == (ssize_t)n;
}

bool pace_read_time(int memory, uint64_t from, uint64_t *ret)
{
    struct timespec t;
    if (!pace_read(memory, from, &t, sizeof(t)) || t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= (long)PACE_SECOND)
        return false;
    *ret = (uint64_t)t.tv_sec < PACE_NEVER / PACE_SECOND ? (uint64_t)t.tv_sec * PACE_SECOND + (uint64_t)t.tv_nsec : PACE_NEVER;
    return true;
}

pid_t pace_process(struct pacer *p, pid_t thread)
{
    char path[32], text[1024];
    uint64_t pid;
    (void)snprintf(path, sizeof(path), "%d/status", thread);
    _cleanup_close_ int fd = openat(p->proc, path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    struct str rest = str_n(text, n > 0 ? (size_t)n : 0), line;
    while (str_split(&rest, '\n', &line))
        if (str_starts(line, STR("Tgid:\t")) && str_to_u64(str_sub(line, 6, 20), &pid))
            return (pid_t)pid;
    return 0;
}

/* ---- the kernel's code for asking the time ---- */

/* The call and the way back, as the instructions of this machine. */
#ifdef __x86_64__
#define CODE(nr) {0xb8, (nr) & 0xff, (nr) >> 8, 0, 0, 0x0f, 0x05, 0xc3}
#else
#define WORD(w) (w) & 0xff, (w) >> 8 & 0xff, (w) >> 16 & 0xff, (w) >> 24
#define CODE(nr) {WORD(0xd503245fU), WORD(0xd2800008U | (nr) << 5), WORD(0xd4000001U), WORD(0xd65f03c0U)}
#endif
static const struct {
    const char *name;
    unsigned char code[16];
    size_t n;
} TURNS[] = {
#ifdef __x86_64__
    {"__vdso_clock_gettime", CODE(SYS_clock_gettime), 8},
    {"__vdso_gettimeofday", CODE(SYS_gettimeofday), 8},
    {"__vdso_time", CODE(SYS_time), 8},
#else
    {"__kernel_clock_gettime", CODE(SYS_clock_gettime), 16},
    {"__kernel_gettimeofday", CODE(SYS_gettimeofday), 16},
#endif
};

/* Where the kernel's code is in the program: it says so itself, and where it says wrong it changes no other bytes than its own. */
static uint64_t vdso_of(struct pacer *p, pid_t thread)
{
    uint64_t auxv[64];
    char path[32];
    (void)snprintf(path, sizeof(path), "%d/auxv", thread);
    _cleanup_close_ int fd = openat(p->proc, path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? 0 : read(fd, auxv, sizeof(auxv));
    for (ssize_t i = 0; i + 1 < n / (ssize_t)sizeof(*auxv); i += 2)
        if (auxv[i] == AT_SYSINFO_EHDR)
            return auxv[i + 1];
    return 0;
}

void pace_turn(struct pacer *p, const struct seccomp_notif *n)
{
    /* the same code as in this process, at another place */
    const uint64_t base = getauxval(AT_SYSINFO_EHDR), there = p->vdso && base ? vdso_of(p, (pid_t)n->pid) : 0;
    _cleanup_close_ int memory = there ? pace_memory(p, n) : -1;
    for (size_t i = 0; memory >= 0 && i < ARRAY_SIZE(TURNS); i++) {
        const void *function = dlsym(p->vdso, TURNS[i].name);
        unsigned char code[16];
        const uint64_t at = there + ((uint64_t)(uintptr_t)function - base);
        if (function && pace_read(memory, at, code, TURNS[i].n) && !memcmp(code, function, TURNS[i].n) &&
            !pace_write(memory, at, TURNS[i].code, TURNS[i].n) && pace_is_valid(p, n->id))
            atomic_store_explicit(p->is_seen, true, memory_order_relaxed);
    }
}
