// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "sandbox/group.h"

enum { MOUNTS_BYTES_MAX = 4 << 20, STAT_BYTES_MAX = 64 << 10, TRIES = 100, TRY_NS = 10'000'000 };

static void rest_a_moment(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = TRY_NS}, NULL);
}

/* The next mount of control groups in the text of mountinfo; empty when there is none. */
static struct str next_mount(struct str *rest, bool unified_only)
{
    struct str line, word = STR_NULL;
    while (str_split(rest, '\n', &line)) {
        if (!str_has(line, STR(" - cgroup2 ")) && (unified_only || !str_has(line, STR(" - cgroup "))))
            continue;
        for (int i = 0; i < 5 && str_split(&line, ' ', &word); i++)
            ;
        return word;
    }
    return STR_NULL;
}

int group_unified(char *ret, size_t size, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read("/proc/self/mountinfo", MOUNTS_BYTES_MAX, &text, err);
    if (r < 0)
        return r;
    struct str rest = strbuf_str(&text), mount = next_mount(&rest, true);
    if (!mount.n || mount.n >= size)
        return error_set(err, -ENOENT, "control groups of the second version are not mounted (usually at /sys/fs/cgroup): a jail is watched by its own");
    (void)snprintf(ret, size, "%.*s", STR_ARG(mount));
    return 0;
}

static bool write_text(const char *folder, const char *name, const char *text)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool read_text(const char *folder, const char *name, struct strbuf *b)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return file_read(path, STAT_BYTES_MAX, b, NULL) == 0;
}

size_t group_processes(const char *path, pid_t *ret, size_t max)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str line, rest;
    size_t n = 0;
    uint64_t pid;
    (void)read_text(path, "cgroup.procs", &b);
    rest = strbuf_str(&b);
    while (n < max && str_split(&rest, '\n', &line))
        if (str_to_u64(line, &pid) && pid && pid <= INT32_MAX)
            ret[n++] = (pid_t)pid;
    return n;
}

void group_kill(const char *path)
{
    pid_t pids[1024];
    (void)write_text(path, "cgroup.freeze", "0");
    if (write_text(path, "cgroup.kill", "1"))
        return;
    /* before Linux 5.14 one by one */
    const size_t n = group_processes(path, pids, ARRAY_SIZE(pids));
    for (size_t i = 0; i < n; i++)
        (void)kill(pids[i], SIGKILL);
}

void group_remove(const char *name)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    (void)file_read("/proc/self/mountinfo", MOUNTS_BYTES_MAX, &text, NULL);
    for (int i = 0; i < TRIES; i++) {
        struct str rest = strbuf_str(&text);
        bool is_left = false;
        for (struct str mount; (mount = next_mount(&rest, false)).n;) {
            char path[PATH_MAX];
            (void)snprintf(path, sizeof(path), "%.*s/%s", STR_ARG(mount), name);
            if (rmdir(path) == 0 || errno == ENOENT)
                continue;
            is_left = true;
            group_kill(path);
        }
        if (!is_left)
            return;
        rest_a_moment();
    }
}

uint64_t group_id(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

uint64_t group_cpu_ns(const char *path)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str line, rest, word;
    uint64_t us = 0;
    (void)read_text(path, "cpu.stat", &b);
    rest = strbuf_str(&b);
    while (str_split(&rest, '\n', &line))
        if (str_split(&line, ' ', &word) && str_is(word, "usage_usec") && str_to_u64(line, &us))
            break;
    return us * 1000;
}

int group_freeze(const char *path, bool stop)
{
    if (!write_text(path, "cgroup.freeze", stop ? "1" : "0"))
        return -errno;
    for (int i = 0; stop && i < TRIES; i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        if (read_text(path, "cgroup.events", &b) && str_has(strbuf_str(&b), STR("frozen 1")))
            return 0;
        rest_a_moment();
    }
    return stop ? -ETIMEDOUT : 0;
}
