// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>

#include "source/proc/holdings.h"

static void fill_maps(struct proc_source *ps, int dir, struct facts *f)
{
    static const char GONE[] = " (deleted)";
    uint64_t largest = 0, rwx = 0;
    struct proc_map m;
    const struct str exe = facts_get_str(f, F_PROC_EXEPATH);
    if (!fs_read(dir, "maps", PROC_MAPS_MAX, &ps->a))
        return;
    struct str text = strbuf_str(&ps->a);
    while (proc_map_next(&text, &m)) {
        if (proc_map_is_anonymous(&m)) {
            if (m.to - m.from > largest)
                largest = m.to - m.from;
            rwx += m.w && m.x;
            continue;
        }
        if (!m.x || !str_ends(m.path, STR(GONE)))
            continue;
        const struct str path = str_sub(m.path, 0, m.path.n - strlen(GONE));
        if (!str_eq(path, exe))
            facts_add(f, F_PROC_MAPS_DELETED, path);
    }
    facts_uint(f, F_PROC_MEM_LARGEST, largest);
    facts_uint(f, F_PROC_MAPS_RWX, rwx);
}

/* The kernel walks all page tables for smaps_rollup, so it is asked only where a huge page can be. */
static void fill_hugepages(struct proc_source *ps, int dir, struct facts *f)
{
    enum { HUGE_PAGE_KB = 2048 };
    if (!fs_read(dir, "status", PROC_TEXT_MAX, &ps->a))
        return;
    const struct str status = strbuf_str(&ps->a);
    uint64_t kb = proc_status_number(status, "HugetlbPages");
    if (proc_status_number(status, "RssAnon") >= HUGE_PAGE_KB &&
        fs_read(dir, "smaps_rollup", PROC_TEXT_MAX, &ps->a))
        kb += proc_status_number(strbuf_str(&ps->a), "AnonHugePages");
    facts_uint(f, F_PROC_HUGEPAGES, kb << 10);
}

static void fill_threads(struct proc_source *ps, int dir, const struct proc_stat *st, struct facts *f)
{
    uint64_t pinned = 0, busy = 0, n = 0;
    const double used = (double)(st->utime + st->stime) / (double)ps->ticks;
    const double half_of_mean = used / (st->threads ? (double)st->threads : 1) / 2;
    const double at_least = half_of_mean > 10 ? half_of_mean : 10;
    _cleanup_close_ int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d)
        return;
    const int task = TAKE_FD(fd);
    for (struct dirent *e; n < PROC_THREADS_MAX && (e = readdir(d));) {
        char path[280];
        struct proc_stat thread;
        if (e->d_name[0] == '.')
            continue;
        n++;
        snprintf(path, sizeof(path), "%s/status", e->d_name);
        if (ps->cpus > 1 && fs_read(task, path, PROC_TEXT_MAX, &ps->a))
            pinned += proc_one_cpu(proc_status_get(strbuf_str(&ps->a), "Cpus_allowed_list"));
        snprintf(path, sizeof(path), "%s/stat", e->d_name);
        if (used >= 10 && fs_read(task, path, PROC_TEXT_MAX, &ps->a) &&
            proc_parse_stat(strbuf_str(&ps->a), &thread))
            busy += (double)(thread.utime + thread.stime) / (double)ps->ticks > at_least;
    }
    facts_uint(f, F_PROC_THREADS_PINNED, pinned);
    facts_uint(f, F_PROC_THREADS_BUSY, busy);
}

static void fill_socket(const struct socket_entry *s, struct facts *f)
{
    if (s->listens) {
        facts_add(f, F_PROC_LISTEN, socket_text(&f->arena, &s->local, s->udp));
        facts_add_uint(f, F_PROC_LISTEN_PORTS, s->local.port);
        if (proc_endpoint_is_open(&s->local))
            facts_add_uint(f, F_PROC_LISTEN_OPEN_PORTS, s->local.port);
    } else if (s->connected) {
        facts_add(f, F_PROC_PEERS, socket_text(&f->arena, &s->remote, s->udp));
        facts_add_uint(f, F_PROC_PEERS_PORTS, s->remote.port);
    }
}

/* "/dev/cpu/3/msr" */
static bool is_msr(struct str path)
{
    return str_starts(path, STR("/dev/cpu/")) && str_ends(path, STR("/msr"));
}

static void fill_files(struct proc_source *ps, int dir, struct facts *f)
{
    uint64_t n = 0;
    bool msr = false;
    const struct socket_table *sockets = NULL;
    _cleanup_close_ int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d)
        return;
    const int fds = TAKE_FD(fd);
    for (struct dirent *e; n < PROC_FDS_MAX && (e = readdir(d));) {
        uint64_t inode;
        if (e->d_name[0] == '.')
            continue;
        n++;
        if (!fs_link(fds, e->d_name, &ps->a))
            continue;
        const struct str link = strbuf_str(&ps->a);
        if (str_starts(link, STR("socket:[")) && str_to_u64(str_sub(link, 8, link.n - 1), &inode)) {
            if (!sockets && !(sockets = socket_cache_get(&ps->sockets, dir, &ps->b)))
                continue;
            const struct socket_entry *s = socket_table_find(sockets, inode);
            if (s)
                fill_socket(s, f);
        } else {
            msr |= is_msr(link);
        }
    }
    facts_uint(f, F_PROC_FDOPENCOUNT, n);
    facts_bool(f, F_PROC_MSR_OPEN, msr);
}

/*
 * The environment often holds secrets: only names are kept, and the values of the loader's own variables. The
 * text has blanks between, as Falco gives proc.env.
 */
static void fill_environment(struct proc_source *ps, int dir, struct facts *f)
{
    struct str variable, name, lib;
    if (!fs_read(dir, "environ", PROC_ENVIRON_MAX, &ps->a))
        return;
    struct str rest = strbuf_str(&ps->a);
    strbuf_clear(&ps->b);
    while (str_split(&rest, 0, &variable)) {
        struct str value = variable;
        if (!memchr(variable.n ? variable.p : "", '=', variable.n) || !str_split(&value, '=', &name) ||
            !name.n)
            continue;
        if (ps->b.n)
            strbuf_addc(&ps->b, ' ');
        strbuf_add(&ps->b, str_starts(name, STR("LD_")) ? variable : name);
        if (!str_is(name, "LD_PRELOAD"))
            continue;
        /* The loader parts the list at colons and blanks. */
        while (str_split(&value, ':', &lib))
            for (struct str one; str_split(&lib, ' ', &one);)
                if (one.n)
                    facts_add(f, F_PROC_PRELOAD, one);
    }
    facts_str(f, F_PROC_ENV, strbuf_str(&ps->b));
}

void proc_fill_holdings(struct proc_source *ps, int dir, const struct proc_stat *st, struct facts *f)
{
    fill_maps(ps, dir, f);
    fill_hugepages(ps, dir, f);
    fill_threads(ps, dir, st, f);
    fill_files(ps, dir, f);
    fill_environment(ps, dir, f);
}
