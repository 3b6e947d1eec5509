// SPDX-License-Identifier: Apache-2.0
/*
 * The processes that are there already, as records. The kernel writes the same header and blocks as at exec; command line and environment,
 * which lie in the memory of the process, come from /proc. It is taken after the programs were attached: who was born later has
 * a record in the ring, and who was born before that is in here.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/alloc.h"
#include "event/record_read.h"
#include "source/bpf/internal.h"
#include "source/proc/fs.h"
#include "source/proc/parse.h"

enum { READ_BYTES = 64 * 1024 };

/* Reads all that the iterator writes. */
static int read_iterator(struct source_bpf *b, struct strbuf *ret)
{
    struct bpf_program *program = bpf_object__find_program_by_name(b->loads[0].object, "snapshot");
    struct bpf_link *link = program && bpf_program__fd(program) >= 0 ? bpf_program__attach_iter(program, NULL) : NULL;
    if (!link)
        return -errno;
    _cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(link));
    int r = fd < 0 ? -errno : 0;
    while (!r) {
        strbuf_reserve(ret, READ_BYTES);
        ssize_t n = read(fd, ret->p + ret->n, READ_BYTES);
        if (n == 0)
            break;
        if (n > 0)
            ret->n += (size_t)n;
        else if (errno != EINTR && errno != EAGAIN)
            r = -errno;
    }
    (void)bpf_link__destroy(link);
    return r;
}

/* Adds what /proc/PID/file holds, at most `most` bytes of it. */
static void add_proc_file(struct record_writer *w, uint16_t tag, int pid, const char *file, size_t most)
{
    char path[64];
    _cleanup_free_ char *bytes = xalloc(most + 1);
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    while (fd >= 0 && n <= most) {
        ssize_t got = read(fd, bytes + n, most + 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    if (n)
        record_add_text(w, tag, str_n(bytes, n));
}

/* How many threads it has: the kernel's iterator meets each by itself. */
static void add_threads(struct record_writer *w, int pid)
{
    char path[64];
    struct strbuf b = {};
    struct proc_stat stat;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    if (fs_read(AT_FDCWD, path, READ_BYTES, &b) && proc_parse_stat(strbuf_str(&b), &stat))
        record_add_number(w, RECORD_PARAM, stat.threads);
    strbuf_done(&b);
}

int bpf_snapshot(struct source_bpf *b, bool env, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf seen = {};
    uint64_t attached = bpf_now_ns();
    int r = read_iterator(b, &seen);
    if (r)
        return error_errno(err, r, "the processes that run already cannot be listed");
    for (size_t at = 0; at < seen.n;) {
        const struct record *record = (const struct record *)(seen.p + at);
        if (record_check(record, seen.n - at, NULL, NULL))
            return error_set(err, -EBADMSG, "the processes that run already cannot be listed");
        at += record->size;
        if (record->start_ns > attached)
            continue;
        memcpy(record_begin(&b->own, RECORD_PROCESS), record, record->size);
        add_threads(&b->own, record->pid);
        add_proc_file(&b->own, RECORD_ARGS, record->pid, "cmdline", RECORD_ARGS_MAX);
        if (env)
            add_proc_file(&b->own, RECORD_ENV, record->pid, "environ", RECORD_ENV_MAX);
        strbuf_add(&b->snapshot, str_n(b->own.record, b->own.record->size));
    }
    return 0;
}
