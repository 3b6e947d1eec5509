// SPDX-License-Identifier: Apache-2.0
/* The process event: identity, program, owner. What the process holds (memory, files, threads) is in
 * holdings.c. */
#include <fcntl.h>

#include "base/capability.h"
#include "context/cgroup_container.h"
#include "base/argument.h"
#include "source/proc/holdings.h"
#include "base/kthread.h"

/* Falco's form: names with blanks between. */
static void set_capabilities(struct facts *f, enum field_id id, struct str hex)
{
    char text[32] = "";
    struct strbuf b = {};
    if (!hex.n || hex.n >= sizeof(text))
        return;
    memcpy(text, hex.p, hex.n);
    const uint64_t mask = strtoull(text, NULL, 16);
    for (unsigned bit = 0; bit < 64; bit++)
        if (mask >> bit & 1 && capability_name(bit))
            strbuf_printf(&b, "%s%s", b.n ? " " : "", capability_name(bit));
    facts_str(f, id, strbuf_str(&b));
    strbuf_done(&b);
}

/* The n-th number of a "Uid:\t0\t0\t0\t0" line. */
static bool nth_number(struct str value, unsigned n, uint64_t *ret)
{
    struct str piece = STR_NULL;
    for (unsigned i = 0; i <= n; i++)
        if (!str_split(&value, '\t', &piece))
            return false;
    return str_to_u64(str_trim(piece), ret);
}

/*
 * Command line in b: arguments with blanks between, argument 0 left out, named secrets hidden; *ret_argv0 points into `a`.
 */
static struct str read_arguments(struct proc_source *ps, int dir, struct str *ret_argv0)
{
    struct str argument;
    *ret_argv0 = STR_NULL;
    strbuf_clear(&ps->b);
    if (!fs_read(dir, "cmdline", PROC_CMDLINE_MAX, &ps->a))
        return STR_NULL;
    struct str rest = strbuf_str(&ps->a);
    while (rest.n && !rest.p[rest.n - 1])
        rest.n--; /* the last end mark, and the padding of programs that write their own title */
    if (!str_split(&rest, 0, ret_argv0))
        return STR_NULL;
    bool hide = false;
    for (bool first = true; str_split(&rest, 0, &argument); first = false) {
        if (!first)
            strbuf_addc(&ps->b, ' ');
        argument_add(&ps->b, argument, &hide);
    }
    return strbuf_str(&ps->b);
}

/* As Falco builds it: the name, then the arguments without the first. */
static struct str command_line(struct arena *a, struct str name, struct str arguments)
{
    return arguments.n ? arena_printf(a, "%.*s %.*s", STR_ARG(name), STR_ARG(arguments)) : name;
}

static void fill_user(struct proc_source *ps, bool in_container, uint64_t uid, struct facts *f)
{
    facts_uint(f, F_USER_UID, uid);
    if (in_container)
        return; /* the host's names are not the container's */
    proc_read_users(ps);
    struct map_entry *e = map_get(&ps->users, arena_printf(&f->arena, "%llu", (unsigned long long)uid));
    if (!e)
        return;
    const struct proc_account *a = e->ptr;
    facts_str(f, F_USER_NAME, a->name);
    facts_str(f, F_USER_HOMEDIR, a->home);
    facts_str(f, F_USER_SHELL, a->shell);
}

static void fill_login(struct proc_source *ps, int dir, struct facts *f)
{
    uint64_t id;
    if (!str_to_u64(fs_line(dir, "loginuid", &ps->a), &id))
        return;
    facts_int(f, F_USER_LOGINUID, (int32_t)(uint32_t)id);
    struct map_entry *e = map_get(&ps->users, arena_printf(&f->arena, "%llu", (unsigned long long)id));
    if (e)
        facts_str(f, F_USER_LOGINNAME, ((const struct proc_account *)e->ptr)->name);
}

/* Whether the process runs in a container. */
static bool fill_container(struct proc_source *ps, int dir, struct facts *f)
{
    if (!fs_read(dir, "cgroup", PROC_TEXT_MAX, &ps->a))
        return false;
    struct cgroup_container c;
    const bool inside = cgroup_container_from_text(strbuf_str(&ps->a), false, &c);
    facts_str(f, F_CONTAINER_ID, inside ? container_short_id(c.type, str_from(c.id)) : STR("host"));
    facts_str(f, F_CONTAINER_TYPE, str_from(container_type_name(c.type)));
    if (!inside)
        facts_str(f, F_CONTAINER_NAME, STR("host"));
    return inside;
}

static void fill_identity(struct proc_source *ps, int dir, struct facts *f)
{
    uint64_t uid = 0, gid = 0;
    const bool in_container = fill_container(ps, dir, f);
    if (!fs_read(dir, "status", PROC_TEXT_MAX, &ps->a))
        return;
    const struct str status = strbuf_str(&ps->a);
    set_capabilities(f, F_THREAD_CAP_PERMITTED, proc_status_get(status, "CapPrm"));
    set_capabilities(f, F_THREAD_CAP_INHERITABLE, proc_status_get(status, "CapInh"));
    set_capabilities(f, F_THREAD_CAP_EFFECTIVE, proc_status_get(status, "CapEff"));
    if (proc_status_get(status, "VmSize").p) {
        facts_uint(f, F_PROC_VMSIZE, proc_status_number(status, "VmSize"));
        facts_uint(f, F_PROC_VMRSS, proc_status_number(status, "VmRSS"));
        facts_uint(f, F_PROC_VMSWAP, proc_status_number(status, "VmSwap"));
    }
    const bool has_uid = nth_number(proc_status_get(status, "Uid"), 1, &uid);
    const bool has_gid = nth_number(proc_status_get(status, "Gid"), 1, &gid);
    if (has_uid)
        fill_user(ps, in_container, uid, f);
    if (has_gid) {
        facts_uint(f, F_GROUP_GID, gid);
        struct map_entry *e = map_get(&ps->groups, arena_printf(&f->arena, "%llu", (unsigned long long)gid));
        if (e && !in_container)
            facts_str(f, F_GROUP_NAME, *(const struct str *)e->ptr);
    }
    fill_login(ps, dir, f);
}

/* stat of a path as the process sees it. */
static bool stat_inside(struct proc_source *ps, int dir, struct str path, struct stat *ret)
{
    _cleanup_close_ int root = ps->is_live ? openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    return fs_stat_beneath(root >= 0 ? root : ps->root, path, ret);
}

/* Whether the process's own user may write its program, by owner, group and mode. */
static bool may_write(const struct stat *st, const struct facts *f)
{
    const struct value *uid = facts_get(f, F_USER_UID), *gid = facts_get(f, F_GROUP_GID);
    return st->st_mode & S_IWOTH || (uid->type && uid->u == st->st_uid && st->st_mode & S_IWUSR) ||
           (gid->type && gid->u == st->st_gid && st->st_mode & S_IWGRP);
}

static void fill_program(struct proc_source *ps, int dir, struct facts *f)
{
    static const char GONE[] = " (deleted)";
    struct stat exe = {}, there;
    if (!fs_link(dir, "exe", &ps->a))
        return;
    const struct str link = arena_str(&f->arena, strbuf_str(&ps->a));
    const bool have_exe = ps->is_live ? fstatat(dir, "exe", &exe, 0) == 0 : stat_inside(ps, dir, link, &exe);
    const bool memfd = str_starts(link, STR("/memfd:"));
    bool gone = !memfd && str_ends(link, STR(GONE));
    /* A file may really be called so: then it stands there, the very same. */
    if (gone && have_exe && stat_inside(ps, dir, link, &there) && there.st_dev == exe.st_dev &&
        there.st_ino == exe.st_ino)
        gone = false;
    const struct str path =
        (gone || memfd) && str_ends(link, STR(GONE)) ? str_sub(link, 0, link.n - strlen(GONE)) : link;

    facts_str(f, F_PROC_EXEPATH, path);
    facts_bool(f, F_PROC_IS_EXE_FROM_MEMFD, memfd);
    facts_bool(f, F_PROC_EXE_DELETED, gone);
    facts_bool(f, F_PROC_EXE_REPLACED, gone && stat_inside(ps, dir, path, &there) && S_ISREG(there.st_mode));
    if (have_exe)
        facts_bool(f, F_PROC_IS_EXE_WRITABLE, may_write(&exe, f));
}

static void fill_parent(struct proc_source *ps, const struct proc_entry *e, struct facts *f)
{
    const struct proc_entry *parent = proc_find(ps, e->ppid);
    struct str argv0;
    if (!parent || parent == e)
        return;
    facts_str(f, F_PROC_PNAME, parent->comm);
    _cleanup_close_ int dir = proc_open_dir(ps, parent->pid);
    if (dir < 0)
        return;
    const struct str arguments = read_arguments(ps, dir, &argv0);
    facts_str(f, F_PROC_PCMDLINE, command_line(&f->arena, parent->comm, arguments));
    if (argv0.n)
        facts_str(f, F_PROC_PEXE, argv0);
    if (fs_link(dir, "exe", &ps->a))
        facts_str(f, F_PROC_PEXEPATH, strbuf_str(&ps->a));
}

static void fill_ancestors(const struct proc_source *ps, const struct proc_entry *e, struct facts *f)
{
    /* Bounded, since entries read at different moments may form a ring. */
    for (unsigned n = 0; n < PROC_ANCESTORS_MAX && e->ppid > 0 && (e = proc_find(ps, e->ppid)); n++)
        facts_add(f, F_PROC_ANAME, e->comm);
}

static void fill_time(const struct proc_source *ps, const struct proc_stat *st, struct facts *f)
{
    const double used = (double)(st->utime + st->stime) / (double)ps->ticks;
    const double age = ps->uptime - (double)st->start / (double)ps->ticks;
    facts_double(f, F_PROC_CPU_SECONDS, used);
    if (age > 0) {
        facts_uint(f, F_PROC_DURATION, (uint64_t)(age * 1e9));
        facts_double(f, F_PROC_CPU_PERCENT, 100 * used / age);
    }
}

bool proc_fill(struct proc_source *ps, const struct proc_entry *e, struct facts *f)
{
    struct proc_stat st;
    struct str argv0;
    facts_int(f, F_PROC_PID, e->pid);
    facts_bool(f, F_PROC_IS_HIDDEN, e->hidden);
    _cleanup_close_ int dir = proc_open_dir(ps, e->pid);
    if (dir < 0 || !fs_read(dir, "stat", PROC_TEXT_MAX, &ps->a) || !proc_parse_stat(strbuf_str(&ps->a), &st))
        return e->hidden; /* of a hidden process the id alone is a fact */

    const bool is_kthread = st.flags & PROC_PF_KTHREAD;
    const struct str name = arena_str(&f->arena, st.comm);
    facts_str(f, F_PROC_NAME, name);
    facts_int(f, F_PROC_PPID, st.ppid);
    facts_int(f, F_PROC_PGID, st.pgid);
    facts_int(f, F_PROC_SID, st.sid);
    facts_uint(f, F_PROC_TTY, (uint32_t)st.tty);
    facts_uint(f, F_PROC_NTHREADS, st.threads);
    facts_uint(f, F_PROC_NCHILDS, e->children);
    facts_bool(f, F_PROC_IS_KTHREAD, is_kthread);
    const struct proc_entry *leader = proc_find(ps, st.sid);
    if (leader)
        facts_str(f, F_PROC_SNAME, leader->comm);
    fill_time(ps, &st, f);

    const struct str arguments = read_arguments(ps, dir, &argv0);
    facts_str(f, F_PROC_CMDLINE, command_line(&f->arena, name, arguments));
    facts_str(f, F_PROC_ARGS, arguments);
    facts_str(f, F_PROC_EXE, argv0.n ? argv0 : name);
    facts_bool(f, F_PROC_LOOKS_KTHREAD, !is_kthread && kthread_like(name, argv0));
    fill_parent(ps, e, f);
    fill_ancestors(ps, e, f);
    fill_identity(ps, dir, f);
    if (is_kthread)
        return true;
    if (fs_link(dir, "cwd", &ps->a))
        facts_str(f, F_PROC_CWD, strbuf_str(&ps->a));
    fill_program(ps, dir, f);
    proc_fill_holdings(ps, dir, &st, f);
    return true;
}
