// SPDX-License-Identifier: Apache-2.0
#include "source/proc/record.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include "source/proc/internal.h"

enum { NS = 1'000'000'000 };

static bool is_the_same(const struct proc_stat *st, uint64_t start_ns)
{
    const long ticks = sysconf(_SC_CLK_TCK);
    const uint64_t tick = ticks > 0 ? NS / (uint64_t)ticks : NS, start = st->start * tick;
    return !(st->flags & PROC_PF_KTHREAD) && start_ns + tick >= start && start_ns <= start + 2 * tick;
}

/* The last number of a line with one for each namespace, the innermost; `least` without one. */
static int32_t last_number(struct str text, const char *name, int32_t least)
{
    struct str value = proc_status_get(text, name), piece;
    uint64_t n = 0;
    bool has = false;
    while (str_split(&value, '\t', &piece))
        has |= str_to_u64(str_trim(piece), &n);
    return has ? (int32_t)n : least;
}

static void add_program(int dir, struct record_writer *w, struct strbuf *b)
{
    static const char GONE[] = " (deleted)";
    struct stat st;
    if (!fs_link(dir, "exe", b))
        return;
    struct str path = strbuf_str(b);
    struct record_exe exe = {};
    if (fstatat(dir, "exe", &st, 0) == 0) {
        exe = (struct record_exe){
            .ino = st.st_ino,
            .dev = (uint32_t)((minor(st.st_dev) & 0xff) | major(st.st_dev) << 8 | (minor(st.st_dev) & ~0xffU) << 12),
            .mode = st.st_mode,
            .uid = st.st_uid,
            .ctime_ns = (uint64_t)st.st_ctim.tv_sec * NS + (uint64_t)st.st_ctim.tv_nsec,
            .mtime_ns = (uint64_t)st.st_mtim.tv_sec * NS + (uint64_t)st.st_mtim.tv_nsec,
            .flags = st.st_nlink ? 0 : RECORD_EXE_DELETED,
        };
        if (!st.st_nlink && str_ends(path, STR(GONE)))
            path = str_sub(path, 0, path.n - strlen(GONE));
    }
    exe.flags |= str_starts(path, STR("/memfd:")) ? RECORD_EXE_MEMFD : 0;
    record_add(w, RECORD_EXE, 0, &exe, sizeof(exe), path);
}

/* The unified hierarchy's path, or the first other one that is not "/". */
static void add_group(int dir, struct record_writer *w, struct strbuf *b)
{
    struct str found = STR_NULL, rest, line;
    if (!fs_read(dir, "cgroup", PROC_TEXT_MAX, b))
        return;
    rest = strbuf_str(b);
    while (str_split(&rest, '\n', &line)) {
        struct str number, controllers;
        if (!str_split(&line, ':', &number) || !str_split(&line, ':', &controllers) || !line.p || line.n < 2)
            continue;
        if (!controllers.n || !found.n)
            found = line;
    }
    if (found.n)
        record_add_text(w, RECORD_CGROUP, found);
}

static void fill(struct record *r, const struct proc_stat *st, struct str status)
{
    r->time_ns = 1;
    r->ppid = (int32_t)st->ppid;
    r->vpid = r->vtid = last_number(status, "NSpid", r->pid);
    r->pgid = (int32_t)st->pgid;
    r->vpgid = last_number(status, "NSpgid", r->pgid);
    r->sid = (int32_t)st->sid;
    r->tty = (uint32_t)st->tty;
    r->uid = (uint32_t)proc_status_number(status, "Uid");
    r->gid = (uint32_t)proc_status_number(status, "Gid");
    r->euid = r->uid;
    r->loginuid = UINT32_MAX;
    memcpy(r->comm, st->comm.p, st->comm.n < sizeof(r->comm) ? st->comm.n : sizeof(r->comm) - 1);
}

bool proc_record(int proc, int32_t pid, uint64_t start_ns, bool env, struct record_writer *w)
{
    char name[16];
    struct proc_stat st;
    _cleanup_(strbuf_done) struct strbuf b = {}, status = {};
    (void)snprintf(name, sizeof(name), "%d", pid);
    _cleanup_close_ int dir = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || !fs_read(dir, "stat", PROC_TEXT_MAX, &b) || !proc_parse_stat(strbuf_str(&b), &st) || !is_the_same(&st, start_ns) ||
        !fs_read(dir, "status", PROC_TEXT_MAX, &status))
        return false;
    struct record *r = record_begin(w, RECORD_PROCESS);
    r->pid = r->tid = pid;
    r->start_ns = start_ns;
    fill(r, &st, strbuf_str(&status));
    record_add_number(w, RECORD_PARAM, st.threads);
    add_program(dir, w, &b);
    if (fs_read(dir, "cmdline", RECORD_ARGS_MAX + 1, &b))
        record_add_text(w, RECORD_ARGS, strbuf_str(&b));
    if (env && fs_read(dir, "environ", RECORD_ENV_MAX + 1, &b))
        record_add_text(w, RECORD_ENV, strbuf_str(&b));
    if (fs_link(dir, "cwd", &b))
        record_add_text(w, RECORD_CWD, strbuf_str(&b));
    add_group(dir, w, &b);
    return true;
}
