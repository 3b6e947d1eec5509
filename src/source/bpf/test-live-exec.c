// SPDX-License-Identifier: Apache-2.0
/* Programs that are run, in every way there is, and the processes and threads around them. */
#include "source/bpf/test-live-more.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct live *shared(void)
{
    static struct live l;
    if (!l.source) {
        _cleanup_free_ struct filter *filter = LIVE_FILTER(SYS_execve, SYS_execveat, SYS_mkdir);
        l = live_open(&(struct source_bpf_options){.filter = filter, .no_snapshot = true});
    }
    return &l;
}

static void run_echo(void *ctx)
{
    char *args[] = {(char *)"echo", (char *)"one two", (char *)"", (char *)"three", NULL}, *env[] = {(char *)"A=b", (char *)"C=", NULL};
    (void)ctx;
    (void)dup2(open("/dev/null", O_RDWR), 1);
    (void)close(2);
    (void)chdir("/usr/lib");
    (void)execve("/bin/echo", args, env);
}

/* What waits in the ring can be looked at before its turn. */
struct shown {
    pid_t parent;
    unsigned execs, others;
};
static int count_shown(void *ctx, const struct record *r)
{
    struct shown *s = ctx;
    if (r->ppid == s->parent)
        ++*(r->kind == SYS_execve ? &s->execs : &s->others);
    return 0;
}

TEST(records_are_shown_before_they_are_read)
{
    struct live *l = shared();
    const uint16_t kinds[] = {SYS_execve, SYS_execveat};
    struct shown shown = {.parent = getpid()}, again = shown, read = shown;
    struct error err = {};
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (!child) {
            (void)mkdir("/tmp", 0700);
            (void)execl("/bin/true", "true", NULL);
            _exit(1);
        }
        CHECK_INT(waitpid(child, NULL, 0), child);
    }
    l->source->ops->ahead(l->source, kinds, count_shown, &shown);
    l->source->ops->ahead(l->source, kinds, count_shown, &again);
    CHECK_INT(shown.execs, 3);
    CHECK_INT(shown.others, 0);
    CHECK_INT(again.execs, 0);
    for (int i = 0; i < 100 && read.execs < 3; i++)
        CHECK(l->source->ops->read(l->source, 100, count_shown, &read, &err) >= 0);
    CHECK_INT(read.execs, 3);
    CHECK(read.others >= 3);
    l->source->ops->ahead(l->source, kinds, count_shown, &again);
    CHECK_INT(again.execs, 0);
}

TEST(exec_tells_what_the_process_became)
{
    struct live *l = shared();
    CHECK_INT(live_run(l, run_echo, NULL), 0);
    const struct record *r = live_find(l, SYS_execve);
    CHECK(r);
    struct str path, name;
    struct record_index index;
    record_index(r, &index);
    CHECK(str_eq(record_text(index.v[RECORD_ARGS]), STR("echo\0one two\0\0three\0")));
    CHECK(str_eq(record_text(index.v[RECORD_ENV]), STR("A=b\0C=\0")));
    CHECK_STR(record_text(index.v[RECORD_PARAM + 30]), "/bin/echo");
    CHECK_STR(record_text(index.v[RECORD_CWD]), "/usr/lib");
    CHECK(index.v[RECORD_CGROUP] && record_text(index.v[RECORD_CGROUP]).p[0] == '/');
    CHECK(!index.v[RECORD_ROOT]);
    CHECK_CSTR(r->comm, "echo");
    const struct record_exe *exe = record_exe(index.v[RECORD_EXE], &path);
    struct stat st;
    CHECK_INT(stat("/bin/echo", &st), 0);
    CHECK_STR(path, "/usr/bin/echo");
    CHECK_INT(exe->ino, st.st_ino);
    CHECK_INT(exe->mode, st.st_mode);
    CHECK_INT(exe->uid, st.st_uid);
    CHECK_INT(exe->ctime_ns, (uint64_t)st.st_ctim.tv_sec * 1000000000U + (uint64_t)st.st_ctim.tv_nsec);
    CHECK_INT(exe->mtime_ns, (uint64_t)st.st_mtim.tv_sec * 1000000000U + (uint64_t)st.st_mtim.tv_nsec);
    CHECK(exe->flags & RECORD_EXE_WRITABLE && !(exe->flags & (RECORD_EXE_MEMFD | RECORD_EXE_DELETED | RECORD_EXE_SETID)));
    CHECK(exe->vm_size && exe->pidns_start_ns && exe->fdlimit);
    CHECK_INT(record_stdio(r, 1, &name)->type, RECORD_FD_CHAR);
    CHECK_STR(name, "/dev/null");
    CHECK(!record_stdio(r, 2, NULL));
    CHECK(!live_nth(l, SYS_execve, 1));
    /* Birth, exec and death speak of the same process. */
    const struct record *birth = live_find(l, RECORD_FORK), *death = live_find(l, RECORD_PROCEXIT);
    CHECK(birth && birth->start_ns == r->start_ns && birth->ppid == getpid());
    CHECK(death && death->start_ns == r->start_ns && death->flags & RECORD_IS_LAST);
}

static void run_script(void *ctx)
{
    char *args[] = {(char *)"s", (char *)"x", NULL};
    (void)execv(ctx, args);
}

TEST(script_names_its_interpreter)
{
    char path[] = "/tmp/davy-script-XXXXXX";
    struct live *l = shared();
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "#!/bin/sh -e\nexit 7\n", 20) == 20 && !fchmod(fd, 0755) && !close(fd));
    CHECK_INT(live_run(l, run_script, path), 7);
    (void)unlink(path);
    const struct record *r = live_find(l, SYS_execve);
    CHECK(r);
    CHECK_STR(record_text(record_find(r, RECORD_PARAM + 30)), path);
    CHECK_STR(record_text(record_find(r, RECORD_LOADER)), "/bin/sh");
    struct str exe;
    CHECK(record_exe(record_find(r, RECORD_EXE), &exe));
    CHECK(str_starts(exe, STR("/usr/bin/")));
    struct str args = record_text(record_find(r, RECORD_ARGS));
    CHECK(str_starts(args, STR("/bin/sh\0-e\0/tmp/davy-script-")));
    CHECK_INT(live_find(l, RECORD_PROCEXIT)->res, 7 << 8);
}

static int copy_to(int to, const char *from)
{
    char buffer[65536];
    int fd = open(from, O_RDONLY);
    ssize_t n = -1;
    while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
        if (write(to, buffer, (size_t)n) != n)
            return -1;
    (void)close(fd);
    return (int)n;
}

static void run_memfd(void *ctx)
{
    char *args[] = {(char *)"m", NULL}, *env[] = {NULL};
    (void)ctx;
    int fd = memfd_create("imitation", MFD_CLOEXEC);
    if (copy_to(fd, "/bin/true"))
        _exit(1);
    (void)syscall(SYS_execveat, fd, "", args, env, AT_EMPTY_PATH);
}

TEST(program_that_lies_in_memory_only)
{
    struct live *l = shared();
    CHECK_INT(live_run(l, run_memfd, NULL), 0);
    const struct record *r = live_find(l, SYS_execveat);
    CHECK(r);
    struct str path;
    const struct record_exe *exe = record_exe(record_find(r, RECORD_EXE), &path);
    CHECK(exe->flags & RECORD_EXE_MEMFD);
    CHECK_STR(path, "memfd:imitation");
    CHECK(!live_find(l, SYS_execve));
}

static void run_deleted(void *ctx)
{
    char *args[] = {(char *)"gone", NULL};
    int fd = open(ctx, O_RDONLY);
    (void)unlink(ctx);
    (void)fexecve(fd, args, args + 1);
}

TEST(program_whose_file_is_gone)
{
    char path[] = "/tmp/davy-gone-XXXXXX";
    struct live *l = shared();
    int fd = mkstemp(path);
    CHECK(fd >= 0 && !copy_to(fd, "/bin/true") && !fchmod(fd, 0755) && !close(fd));
    CHECK_INT(live_run(l, run_deleted, path), 0);
    const struct record *r = live_find(l, SYS_execveat);
    CHECK(r);
    struct str name;
    const struct record_exe *exe = record_exe(record_find(r, RECORD_EXE), &name);
    CHECK(exe->flags & RECORD_EXE_DELETED);
    CHECK_STR(name, path);
}

static void run_missing(void *ctx)
{
    char *args[] = {(char *)"no", (char *)"such thing", NULL};
    (void)ctx;
    (void)execve("/nonexistent/program", args, args + 2);
}

TEST(exec_that_fails_is_told_with_what_was_asked)
{
    struct live *l = shared();
    CHECK_INT(live_run(l, run_missing, NULL), 0);
    const struct record *r = live_find(l, SYS_execve);
    CHECK(r && r->res == -ENOENT);
    CHECK_STR(record_text(record_find(r, RECORD_PARAM + 30)), "/nonexistent/program");
    CHECK(str_eq(record_text(record_find(r, RECORD_ARGS)), STR("no\0such thing\0")));
}

static void *idle(void *ctx)
{
    return ctx;
}

static void run_threads(void *ctx)
{
    pthread_t threads[3];
    (void)ctx;
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        (void)pthread_create(&threads[i], NULL, idle, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        (void)pthread_join(threads[i], NULL);
}

TEST(threads_are_told_from_processes)
{
    struct live *l = shared();
    CHECK_INT(live_run(l, run_threads, NULL), 0);
    size_t born = 0, ended = 0, last = 0;
    for (size_t i = 0; i < l->records.n; i++) {
        const struct record *r = l->records.v[i];
        if (r->pid != l->child)
            continue;
        born += r->kind == RECORD_FORK && r->flags & RECORD_IS_THREAD && r->tid != r->pid;
        ended += r->kind == RECORD_PROCEXIT && r->flags & RECORD_IS_THREAD && r->tid != r->pid;
        last += r->kind == RECORD_PROCEXIT && r->flags & RECORD_IS_LAST;
    }
    CHECK_INT(born, 3);
    CHECK_INT(ended, 3);
    CHECK_INT(last, 1);
}

/* mkdir(2) by the 32-bit way into the kernel; the path must lie below 4 GiB. */
static void run_compat(void *ctx)
{
    long res;
    char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    (void)strcpy(low, ctx);
    __asm__ volatile("int $0x80" : "=a"(res) : "a"(39L), "b"(low), "c"(0711L) : "memory", "r8", "r9", "r10", "r11");
    _exit(res == -ENOENT ? 0 : 1);
}

TEST(call_of_32_bits_is_the_call_it_stands_for)
{
    struct live *l = shared();
    int r = live_run(l, run_compat, (void *)(uintptr_t)"/nonexistent/compat");
    if (r)
        test_skip("this kernel takes no 32-bit calls");
    const struct record *record = live_find(l, SYS_mkdir);
    CHECK(record && record->flags & RECORD_IS_COMPAT);
    CHECK_INT(record->res, -ENOENT);
    CHECK_STR(record_text(record_find(record, RECORD_PARAM + 1)), "/nonexistent/compat");
    CHECK_INT(record_number(record_find(record, RECORD_PARAM + 2)), 0711);
    CHECK(!live_find(l, 39));
}

struct sibling {
    pid_t pid, named; /* whom the record of its birth names as its maker */
};

static int take_sibling(void *ctx, const struct record *r)
{
    struct sibling *s = ctx;
    const struct record_target *maker = record_target(record_find(r, RECORD_TARGET));
    if (r->kind == RECORD_FORK && r->pid == s->pid && maker)
        s->named = maker->pid;
    return 0;
}

TEST(who_is_born_beside_its_maker_names_it)
{
    struct live *l = shared();
    struct sibling *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct error err = {};
    CHECK(s != MAP_FAILED);
    pid_t maker = fork();
    if (!maker) {
        long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
        if (pid > 0)
            s->pid = (pid_t)pid;
        _exit(pid < 0);
    }
    int status = 0;
    CHECK_INT(waitpid(maker, &status, 0), maker);
    CHECK_INT(status, 0);
    CHECK_INT(waitpid(s->pid, &status, 0), s->pid);
    for (int i = 0; i < 50 && !s->named; i++)
        CHECK(l->source->ops->read(l->source, 100, take_sibling, s, &err) >= 0);
    CHECK_INT(s->named, maker);
    (void)munmap(s, sizeof(*s));
}

enum { STORM = 10000 };
struct storm {
    pid_t parent;
    uint64_t born, ended, lost;
    bool over;
};

static void run_storm(void)
{
    for (int i = 0; i < STORM; i++) {
        pid_t pid = vfork();
        if (!pid)
            _exit(0);
        (void)waitpid(pid, NULL, 0);
    }
}

static int take_storm(void *ctx, const struct record *r)
{
    struct storm *s = ctx;
    s->born += r->kind == RECORD_FORK && r->ppid == s->parent;
    s->ended += r->kind == RECORD_PROCEXIT && r->ppid == s->parent;
    s->over |= r->kind == RECORD_PROCEXIT && r->pid == s->parent;
    s->lost += r->kind == RECORD_DROPS;
    return 0;
}

TEST(no_process_of_ten_thousand_is_lost)
{
    struct live *l = shared();
    struct storm s = {};
    struct error err = {};
    s.parent = fork();
    if (!s.parent) {
        run_storm();
        _exit(0);
    }
    for (time_t until = time(NULL) + 4 * LIVE_PATIENCE; !s.over && time(NULL) < until;)
        CHECK(l->source->ops->read(l->source, 100, take_storm, &s, &err) >= 0);
    (void)waitpid(s.parent, NULL, 0);
    CHECK_INT(s.born, STORM);
    CHECK_INT(s.ended, STORM);
    CHECK_INT(s.lost, 0);
}

static int take_self(void *ctx, const struct record *r)
{
    pid_t *found = ctx;
    struct str exe;
    if (r->kind == RECORD_PROCESS && r->pid == getpid() && record_exe(record_find(r, RECORD_EXE), &exe) && exe.n &&
        record_find(r, RECORD_ARGS) && record_find(r, RECORD_CWD))
        ++*found;
    return 0;
}

TEST(those_that_were_there_are_told_once)
{
    pid_t found = 0;
    struct error err = {};
    _cleanup_free_ struct filter *filter = LIVE_FILTER(SYS_execve);
    struct live l = live_open(&(struct source_bpf_options){.filter = filter});
    for (int i = 0; i < 20; i++)
        CHECK(l.source->ops->read(l.source, 10, take_self, &found, &err) >= 0);
    CHECK_INT(found, 1);
    live_done(&l);
}

static int take_exec(void *ctx, const struct record *r)
{
    *(bool *)ctx |= r->kind == SYS_execve && r->ppid == getpid();
    return 0;
}

/* Runs in a child: gives every right away, then reads. */
static void read_without_rights(void *ctx)
{
    struct live *l = ctx;
    struct error err = {};
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {};
    bool seen = false;
    if (syscall(SYS_capset, &head, none))
        _exit(1);
    pid_t pid = fork();
    if (!pid) {
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(9);
    }
    (void)waitpid(pid, NULL, 0);
    for (int i = 0; i < 50 && !seen; i++)
        if (l->source->ops->read(l->source, 100, take_exec, &seen, &err) < 0)
            _exit(2);
    struct source_stats stats;
    l->source->ops->stats(l->source, &stats);
    _exit(!seen ? 3 : stats.seen ? 0 : 4);
}

TEST(reading_needs_no_right)
{
    _cleanup_free_ struct filter *filter = LIVE_FILTER(SYS_execve);
    struct live l = live_open(&(struct source_bpf_options){.filter = filter, .no_snapshot = true});
    int status = 0;
    pid_t pid = fork();
    if (!pid)
        read_without_rights(&l);
    (void)waitpid(pid, &status, 0);
    CHECK_INT(status, 0);
    live_done(&l);
}
