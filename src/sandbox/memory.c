// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "base/file.h"
#include "base/io.h"
#include "sandbox/memory.h"

enum { MAPS_BYTES_MAX = 4 << 20, PIECE = 1 << 20 };

struct walk {
    memory_fn fn;
    void *ctx;
    uint64_t taken;
    unsigned regions;
};

static void read_name(pid_t pid, char name[16])
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    (void)file_read(path, 64, &b, NULL);
    struct str s = str_trim(strbuf_str(&b));
    (void)snprintf(name, 16, "%.*s", STR_ARG(s));
}

/* Copies until the end, or where pages cannot be read. */
static int copy(pid_t pid, uint64_t begin, uint64_t end)
{
    int fd = memfd_create("davy-memory", MFD_CLOEXEC);
    char *piece = fd < 0 ? NULL : malloc(PIECE);
    for (uint64_t at = begin; piece && at < end;) {
        const size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;
        struct iovec to = {piece, n}, from = {(void *)(uintptr_t)at, n};
        const ssize_t got = process_vm_readv(pid, &to, 1, &from, 1, 0);
        if (got <= 0 || io_write(fd, str_n(piece, (size_t)got)) < 0)
            break;
        at += (uint64_t)got;
    }
    free(piece);
    if (fd >= 0)
        (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

static int take_region(struct walk *w, struct memory_region *r)
{
    if (r->end - r->begin > MEMORY_REGION_MAX)
        r->end = r->begin + MEMORY_REGION_MAX;
    if (w->regions >= MEMORY_REGIONS_MAX || w->taken + (r->end - r->begin) > MEMORY_ALL_MAX)
        return 0;
    w->regions++;
    w->taken += r->end - r->begin;
    _cleanup_close_ int fd = copy(r->pid, r->begin, r->end);
    r->fd = fd;
    return fd < 0 ? 0 : w->fn(w->ctx, r);
}

/* "7f..-7f.. r-xp 00000000 00:00 0    name". */
static int take_line(struct walk *w, struct memory_region *r, char *line)
{
    char rights[8] = "";
    uint64_t inode = 0;
    int name = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %*x:%*x %" SCNu64 " %n", &r->begin, &r->end, rights, &inode, &name) < 4 || !strchr(rights, 'x'))
        return 0;
    const char *what = name ? line + name : "";
    const bool is_nameless = strstr(what, " (deleted)") || !strncmp(what, "/memfd:", 7);
    if ((inode && !is_nameless) || what[0] == '[')
        return 0; /* the kernel's own pages ([vdso] and its like) are the same everywhere; a stack that can be executed is below */
    r->what = *what ? what : "anonymous";
    return take_region(w, r);
}

static int take_process(struct walk *w, pid_t pid)
{
    _cleanup_(strbuf_done) struct strbuf maps = {};
    struct memory_region r = {.pid = pid};
    char path[64], text[512];
    struct str rest, line;
    int result = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    (void)file_read(path, MAPS_BYTES_MAX, &maps, NULL);
    read_name(pid, r.name);
    rest = strbuf_str(&maps);
    while (!result && str_split(&rest, '\n', &line)) {
        (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(line));
        if (str_ends(line, STR("[stack]")) || str_ends(line, STR("[heap]")))
            *strrchr(text, '[') = 0;
        result = take_line(w, &r, text);
    }
    return result;
}

int memory_each(const pid_t *pids, size_t n, memory_fn fn, void *ctx)
{
    struct walk w = {.fn = fn, .ctx = ctx};
    int r = 0;
    for (size_t i = 0; !r && i < n; i++)
        r = take_process(&w, pids[i]);
    return r;
}
