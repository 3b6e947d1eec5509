// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "source/proc/hidden.h"
#include "source/proc/internal.h"

static int by_pid(const void *a, const void *b)
{
    const int64_t x = ((const struct proc_entry *)a)->pid, y = ((const struct proc_entry *)b)->pid;
    return x < y ? -1 : x > y;
}

const struct proc_entry *proc_find(const struct proc_source *ps, int64_t pid)
{
    const struct proc_entry key = {.pid = pid};
    return ps->list.n ? bsearch(&key, ps->list.v, ps->list.n, sizeof(key), by_pid) : NULL;
}

int proc_open_dir(const struct proc_source *ps, int64_t pid)
{
    char path[24];
    snprintf(path, sizeof(path), "%lld", (long long)pid);
    return openat(ps->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Name, parent and number of children of every process, for the fields that speak of relatives. */
static void read_relatives(struct proc_source *ps)
{
    vec_each(e, &ps->list)
    {
        char path[40];
        struct proc_stat st;
        snprintf(path, sizeof(path), "%lld/stat", (long long)e->pid);
        if (!fs_read(ps->proc, path, PROC_TEXT_MAX, &ps->a) || !proc_parse_stat(strbuf_str(&ps->a), &st))
            continue;
        e->ppid = st.ppid;
        e->comm = arena_str(&ps->arena, st.comm);
    }
    vec_each(e, &ps->list)
    {
        struct proc_entry *parent = (struct proc_entry *)proc_find(ps, e->ppid);
        if (parent)
            parent->children++;
    }
}

static int list_processes(struct proc_source *ps, struct error *err)
{
    struct pid_set listed = {}, hidden = {};
    int r = pids_list(ps->proc, &listed);
    if (r < 0)
        return error_errno(err, r, "cannot list the processes in /proc");
    /* Asking all ids takes up to seconds: not for the sake of one process that is in plain sight. */
    if (ps->is_live && !ps->pids && !(ps->only && pid_set_has(&listed, ps->only)))
        pids_find_hidden(ps->proc, &listed, &hidden);
    for (size_t i = 0; i < listed.n && ps->list.n < PROC_PROCESSES_MAX; i++)
        vec_add(&ps->list, (struct proc_entry){.pid = listed.v[i]});
    for (size_t i = 0; i < hidden.n; i++)
        vec_add(&ps->list, (struct proc_entry){.pid = hidden.v[i], .hidden = true});
    vec_done(&listed);
    vec_done(&hidden);
    if (ps->list.n)
        qsort(ps->list.v, ps->list.n, sizeof(*ps->list.v), by_pid);

    /* A process whose folder is covered by a mount is both listed and found hidden. */
    size_t kept = 0;
    for (size_t i = 0; i < ps->list.n; i++) {
        if (kept && ps->list.v[kept - 1].pid == ps->list.v[i].pid)
            ps->list.v[kept - 1].hidden |= ps->list.v[i].hidden;
        else
            ps->list.v[kept++] = ps->list.v[i];
    }
    ps->list.n = kept;
    read_relatives(ps);
    return 0;
}

int proc_source_new(const struct proc_options *options, struct proc_source **ret, struct error *err)
{
    const char *root = options->root ? options->root : "/";
    _cleanup_(proc_source_freep) struct proc_source *ps = xnew(struct proc_source);
    ps->root = ps->proc = -1;
    ps->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (ps->root < 0)
        return error_errno(err, -errno, "cannot open %s", root);
    ps->proc = openat(ps->root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ps->proc < 0)
        return error_errno(err, -errno, "cannot open the folder proc in %s", root);
    struct stat here, there;
    ps->is_live = fstat(ps->root, &here) == 0 && stat("/", &there) == 0 && here.st_dev == there.st_dev &&
                  here.st_ino == there.st_ino;
    ps->only = options->pid;
    ps->pids = options->pids;
    ps->n_pids = options->n_pids;
    ps->ticks = sysconf(_SC_CLK_TCK) > 0 ? sysconf(_SC_CLK_TCK) : 100;
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    ps->cpus = cpus > 0 ? (unsigned)cpus : 1;
    if (fs_read(ps->proc, "uptime", PROC_TEXT_MAX, &ps->a) && ps->a.n) {
        strbuf_addc(&ps->a, 0);
        ps->uptime = strtod(ps->a.p, NULL);
    }
    int r = list_processes(ps, err);
    if (r < 0)
        return r;
    if (ps->only && !proc_find(ps, ps->only))
        return error_set(err, -ESRCH, "no process has the id %lld", (long long)ps->only);
    *ret = TAKE_PTR(ps);
    return 0;
}

struct proc_source *proc_source_free(struct proc_source *ps)
{
    if (!ps)
        return NULL;
    if (ps->root >= 0)
        close(ps->root);
    if (ps->proc >= 0)
        close(ps->proc);
    vec_done(&ps->list);
    map_done(&ps->users);
    map_done(&ps->groups);
    socket_cache_done(&ps->sockets);
    strbuf_done(&ps->a);
    strbuf_done(&ps->b);
    arena_done(&ps->arena);
    free(ps);
    return NULL;
}

size_t proc_source_count(const struct proc_source *ps)
{
    return ps->only ? 1 : ps->pids ? ps->n_pids : ps->list.n;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_wanted(const struct proc_source *ps, int64_t pid)
{
    if (ps->pids)
        return bsearch(&pid, ps->pids, ps->n_pids, sizeof(pid), by_number);
    return !ps->only || pid == ps->only;
}

int proc_source_next(struct proc_source *ps, struct facts *facts)
{
    while (ps->next < ps->list.n) {
        const struct proc_entry *e = &ps->list.v[ps->next++];
        if (!is_wanted(ps, e->pid))
            continue;
        facts_reset(facts, EVENT_PROCESS, clock_ns(CLOCK_REALTIME));
        ps->current = e->pid;
        if (proc_fill(ps, e, facts))
            return 0;
    }
    ps->current = 0;
    return 1;
}

int proc_source_open_exe(struct proc_source *ps, int *ret_fd)
{
    char path[40];
    struct stat st;
    snprintf(path, sizeof(path), "%lld/exe", (long long)ps->current);
    if (!ps->current)
        return 1;
    _cleanup_close_ int fd = -1;
    if (ps->is_live)
        fd = openat(ps->proc, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    else if (fs_link(ps->proc, path, &ps->a))
        fd = fs_open_beneath(ps->root, strbuf_str(&ps->a), O_RDONLY);
    if (fd < 0)
        return ps->is_live && (errno == EACCES || errno == EPERM) ? -errno : 1;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 1;
    *ret_fd = TAKE_FD(fd);
    return 0;
}
