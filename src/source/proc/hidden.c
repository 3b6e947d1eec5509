// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "source/proc/fs.h"
#include "source/proc/hidden.h"
#include "source/proc/parse.h"

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(struct pid_set *s)
{
    if (s->n)
        qsort(s->v, s->n, sizeof(*s->v), by_number);
}

bool pid_set_has(const struct pid_set *s, int64_t pid)
{
    return s->n && bsearch(&pid, s->v, s->n, sizeof(*s->v), by_number);
}

static void add_name(struct pid_set *s, const char *name)
{
    uint64_t pid;
    if (str_to_u64(str_from(name), &pid) && pid && pid <= PIDS_PROBE_MAX)
        vec_add(s, (int64_t)pid);
}

int pids_list(int proc, struct pid_set *ret)
{
    _cleanup_close_ int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    _cleanup_closedir_ DIR *d = fdopendir(fd);
    if (!d)
        return -errno;
    TAKE_FD(fd);
    for (struct dirent *e; (e = readdir(d)) && ret->n < PIDS_PROBE_MAX;)
        add_name(ret, e->d_name);
    sort(ret);
    return 0;
}

/* The same past the C library, which a preloaded library can stand in for. */
static void list_raw(int proc, struct pid_set *ret)
{
    struct record {
        uint64_t ino, off;
        uint16_t len;
        uint8_t type;
        char name[];
    };
    char buffer[32768] __attribute__((__aligned__(8)));
    _cleanup_close_ int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long n;
    while (fd >= 0 && (n = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
        for (long i = 0; i < n;) {
            const struct record *r = (const struct record *)(buffer + i);
            add_name(ret, r->name);
            i += r->len;
        }
    sort(ret);
}

static bool folder_answers(int proc, int64_t pid)
{
    char path[24];
    struct stat st;
    snprintf(path, sizeof(path), "%lld", (long long)pid);
    return fstatat(proc, path, &st, 0) == 0;
}

static bool signal_answers(int64_t pid)
{
    return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

enum what { GONE, THREAD, LEADER, UNREADABLE };

/* What an id that answers is. A leader's task folder and status name it; a covered folder has neither. */
static enum what look(int proc, int64_t pid, struct strbuf *scratch)
{
    char path[40];
    snprintf(path, sizeof(path), "%lld/status", (long long)pid);
    if (fs_read(proc, path, 8192, scratch)) {
        const uint64_t tgid = proc_status_number(strbuf_str(scratch), "Tgid");
        if (tgid)
            return tgid == (uint64_t)pid ? LEADER : THREAD;
    }
    return signal_answers(pid) ? UNREADABLE : GONE;
}

/*
 * Every id that a listed process has as a thread: with unreadable folders this is the only way to tell
 * threads from hidden processes.
 */
static void list_threads(int proc, const struct pid_set *listed, struct pid_set *ret)
{
    for (size_t i = 0; i < listed->n; i++) {
        char path[40];
        snprintf(path, sizeof(path), "%lld/task", (long long)listed->v[i]);
        _cleanup_close_ int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            list_raw(fd, ret);
    }
    sort(ret);
}

bool pids_is_thread(int proc, int64_t id)
{
    struct pid_set listed = {}, threads = {};
    (void)pids_list(proc, &listed);
    list_threads(proc, &listed, &threads);
    const bool is = pid_set_has(&threads, id);
    vec_done(&listed);
    vec_done(&threads);
    return is;
}

static int64_t pid_max(int proc, struct strbuf *scratch)
{
    uint64_t v;
    const struct str line = fs_line(proc, "sys/kernel/pid_max", scratch);
    return str_to_u64(line, &v) && v && v < PIDS_PROBE_MAX ? (int64_t)v : PIDS_PROBE_MAX;
}

/* The highest id that is known to have been given: the last one, by /proc/loadavg, or one that is listed. */
static int64_t newest_pid(int proc, const struct pid_set *raw, const struct pid_set *threads,
                          struct strbuf *scratch)
{
    uint64_t last = 0;
    struct str line = fs_line(proc, "loadavg", scratch), word;
    while (str_split(&line, ' ', &word))
        if (!line.n)
            (void)str_to_u64(word, &last);
    int64_t newest = last < PIDS_PROBE_MAX ? (int64_t)last : PIDS_PROBE_MAX;
    if (raw->n && raw->v[raw->n - 1] > newest)
        newest = raw->v[raw->n - 1];
    if (threads->n && threads->v[threads->n - 1] > newest)
        newest = threads->v[threads->n - 1];
    return newest;
}

/* Whether the process's files can be reached: not so when something is mounted over its folder. */
static bool is_covered(int proc, int64_t pid, struct strbuf *scratch)
{
    char path[40];
    snprintf(path, sizeof(path), "%lld/stat", (long long)pid);
    return !fs_read(proc, path, 64, scratch) && errno == ENOENT && signal_answers(pid);
}

static void add_candidates(int proc, const struct pid_set *listed, struct pid_set *ret,
                           struct strbuf *scratch)
{
    struct pid_set raw = {}, threads = {};
    const int64_t last = pid_max(proc, scratch), until = (int64_t)clock_ms(CLOCK_MONOTONIC) + PIDS_PROBE_MS;
    list_raw(proc, &raw);
    list_threads(proc, &raw, &threads);

    for (size_t i = 0; i < raw.n && ret->n < PIDS_HIDDEN_MAX; i++)
        if (!pid_set_has(listed, raw.v[i]) || is_covered(proc, raw.v[i], scratch))
            vec_add(ret, raw.v[i]);
    /*
     * Ids are given in rising order, so those up to the newest are asked first, both ways; what is left of
     * the time goes to the ids above, which are in use only after the counter has begun anew.
     */
    const int64_t newest = newest_pid(proc, &raw, &threads, scratch);
    const struct {
        int64_t from, to;
        bool by_folder;
    } ROUNDS[] = {{1, newest, false}, {1, newest, true}, {newest + 1, last, false}};
    for (size_t i = 0; i < ARRAY_SIZE(ROUNDS); i++)
        for (int64_t pid = ROUNDS[i].from; pid <= ROUNDS[i].to && pid <= last && ret->n < PIDS_HIDDEN_MAX;
             pid++) {
            if ((pid & 255) == 0 && (int64_t)clock_ms(CLOCK_MONOTONIC) > until)
                break;
            if (!(ROUNDS[i].by_folder ? folder_answers(proc, pid) : signal_answers(pid)))
                continue;
            if (!pid_set_has(&raw, pid) && !pid_set_has(listed, pid) && !pid_set_has(&threads, pid))
                vec_add(ret, pid);
        }
    sort(ret);
    vec_done(&raw);
    vec_done(&threads);
}

void pids_find_hidden(int proc, const struct pid_set *listed, struct pid_set *ret)
{
    struct pid_set candidates = {}, again = {}, raw = {}, threads = {};
    struct strbuf scratch = {};
    /* Others' processes may be out of our sight by right (mount option hidepid), which proves nothing. */
    if (geteuid() != 0)
        return;
    add_candidates(proc, listed, &candidates, &scratch);
    if (candidates.n && pids_list(proc, &again) == 0) {
        list_raw(proc, &raw);
        list_threads(proc, &raw, &threads);
        for (size_t i = 0; i < candidates.n; i++) {
            const int64_t pid = candidates.v[i];
            if (i && candidates.v[i - 1] == pid)
                continue;
            if (pid_set_has(&threads, pid) && !pid_set_has(&raw, pid))
                continue;
            const enum what what = look(proc, pid, &scratch);
            const bool covered =
                what == UNREADABLE && pid_set_has(&again, pid) && is_covered(proc, pid, &scratch);
            if (what == GONE || what == THREAD || (pid_set_has(&again, pid) && !covered))
                continue;
            vec_add(ret, pid);
        }
    }
    vec_done(&candidates);
    vec_done(&again);
    vec_done(&raw);
    vec_done(&threads);
    strbuf_done(&scratch);
}
