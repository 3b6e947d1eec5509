// SPDX-License-Identifier: Apache-2.0
/*
 * A mark beside the state that stands for as long as this machine is watched: who finds one at the beginning follows a watcher that was
 * ended without being told to (SIGKILL, a crash), and nobody saw what happened from then on. That becomes a record of the stream (DROPS), for rules,
 * captures and sinks alike. A mark of another start of the machine says nothing: it went down with its watcher.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cmd/watch_live.h"

enum { MARK_BYTES = 256, REFRESH_SECONDS = 10 };

/* What the mark says: which start of the machine, who watches, and until when it is known to have watched. */
struct mark {
    char boot[64];
    int32_t pid;
    uint64_t seen_ns; /* of CLOCK_BOOTTIME */
};

static bool read_boot(char boot[64])
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    _cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || io_read_up_to(fd, 63, &text) < 0)
        return false;
    const struct str id = str_trim(strbuf_str(&text));
    memcpy(boot, id.p, id.n);
    boot[id.n] = 0;
    return id.n;
}

static bool mark_read(const struct watch *w, struct mark *ret)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    _cleanup_close_ int fd = openat(w->mark.folder, w->mark.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint64_t pid;
    if (fd < 0 || io_read_up_to(fd, MARK_BYTES, &text) < 0)
        return false;
    struct str rest = str_trim(strbuf_str(&text)), boot, number;
    if (!str_split(&rest, ' ', &boot) || !boot.n || boot.n >= sizeof(ret->boot) || !str_split(&rest, ' ', &number) || !str_to_u64(number, &pid) ||
        pid > INT32_MAX || !str_to_u64(rest, &ret->seen_ns))
        return false;
    memcpy(ret->boot, boot.p, boot.n);
    ret->boot[boot.n] = 0;
    ret->pid = (int32_t)pid;
    return true;
}

static void mark_write(struct watch *w)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    strbuf_printf(&text, "%s %d %llu\n", w->mark.boot, (int)getpid(), (unsigned long long)clock_ns(CLOCK_BOOTTIME));
    /* as the state, it is not given to the disk: after a crash of the machine it says nothing */
    (void)io_replace(w->mark.folder, str_from(w->mark.name), strbuf_str(&text), 0600, 0);
}

/* Whether another davy watch has that number. */
static bool is_there(int32_t pid)
{
    _cleanup_(strbuf_done) struct strbuf comm = {};
    char path[32];
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    _cleanup_close_ int fd = pid == getpid() ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && io_read_up_to(fd, 16, &comm) >= 0 && str_is(str_trim(strbuf_str(&comm)), "davy-watch");
}

void watch_mark_begin(struct watch *w)
{
    struct mark old;
    if (!w->state.folder || !read_boot(w->mark.boot) ||
        snprintf(w->mark.name, sizeof(w->mark.name), "%.*s.watching", STR_ARG(w->state.name)) >= (int)sizeof(w->mark.name))
        return;
    /* the state's is closed before all is over */
    w->mark.folder = fcntl(w->state.folder, F_DUPFD_CLOEXEC, 3);
    if (w->mark.folder < 0)
        return;
    w->mark.stands = true;
    if (mark_read(w, &old) && !strcmp(old.boot, w->mark.boot) && !is_there(old.pid))
        w->mark.gap_ns = old.seen_ns;
    mark_write(w);
}

static void tell(struct watch *w)
{
    const struct record_drop drop = {.kind = UINT32_MAX, .reason = RECORD_DROP_KILLED};
    struct record_writer writer = {};
    record_begin(&writer, RECORD_DROPS)->time_ns = clock_ns(CLOCK_BOOTTIME);
    record_add(&writer, RECORD_DROP, 0, &drop, sizeof(drop), STR_NULL);
    record_add_number(&writer, RECORD_PARAM, w->mark.gap_ns);
    w->mark.gap_ns = 0;
    watch_record(w, writer.record);
    record_writer_done(&writer);
}

void watch_mark_keep(struct watch *w)
{
    const uint64_t now = clock_ns(CLOCK_MONOTONIC);
    if (w->mark.gap_ns)
        tell(w);
    if (!w->mark.stands || now < w->mark.next_ns)
        return;
    w->mark.next_ns = now + REFRESH_SECONDS * UINT64_C(1'000'000'000);
    mark_write(w);
}

void watch_mark_end(struct watch *w)
{
    if (!w->mark.stands)
        return;
    (void)unlinkat(w->mark.folder, w->mark.name, 0);
    (void)close(w->mark.folder);
    w->mark.stands = false;
}
