// SPDX-License-Identifier: Apache-2.0
/*
 * DAVY TEST IMITATION of a library that hides a process from readdir(3): this program's own readdir() stands
 * before the C library's, as a preloaded one would, and passes over one folder name while the test asks it
 * to.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "harness/test.h"
#include "source/proc/cross.h"
#include "source/proc/proc.h"

static char passed_over[24];

__attribute__((__visibility__("default"))) struct dirent *readdir(DIR *d)
{
    static struct dirent *(*next)(DIR *);
    if (!next)
        next = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
    struct dirent *e;
    while ((e = next(d)) && passed_over[0] && !strcmp(e->d_name, passed_over))
        ;
    return e;
}

static pid_t sleeper(void)
{
    const pid_t pid = fork();
    if (!pid)
        for (;;)
            pause();
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Number of hidden processes the host event tells of; *ret_found: whether `pid` is one and its process event
 * says so. */
static size_t hidden(pid_t pid, bool *ret_found)
{
    struct proc_source *ps = NULL;
    struct facts f;
    bool listed = false;
    *ret_found = false;
    CHECK_INT(proc_source_new(&(struct proc_options){}, &ps, NULL), 0);
    facts_init(&f);
    proc_source_host(ps, &f);
    const struct value pids = *facts_get(&f, F_HOST_HIDDEN_PIDS);
    const size_t n = pids.type == VALUE_LIST ? pids.list.n : 0;
    for (size_t i = 0; i < n; i++)
        listed |= pids.list.v[i].u == (uint64_t)pid;
    while (proc_source_next(ps, &f) == 0)
        if (facts_get(&f, F_PROC_PID)->i == pid)
            *ret_found = listed && facts_get(&f, F_PROC_IS_HIDDEN)->b;
    facts_done(&f);
    proc_source_free(ps);
    return n;
}

static void *idle(void *unused)
{
    (void)unused;
    pause();
    return NULL;
}

TEST(nothing_is_hidden)
{
    /* threads answer by id without being listed; they must not count */
    pthread_t t;
    bool found;
    CHECK(pthread_create(&t, NULL, idle, NULL) == 0);
    CHECK_INT(hidden(getpid(), &found), 0);
    CHECK(!found);
}

TEST(a_process_that_a_library_hides)
{
    bool found;
    if (geteuid() != 0)
        test_skip("hidden processes are told only with the right to see all");
    const pid_t pid = sleeper();
    snprintf(passed_over, sizeof(passed_over), "%d", pid);
    CHECK_INT(hidden(pid, &found), 1);
    passed_over[0] = 0;
    CHECK(found);
    stop(pid);
}

TEST(a_process_under_a_mount)
{
    char path[32];
    bool found;
    if (geteuid() != 0)
        test_skip("a mount needs root");
    const pid_t pid = sleeper();
    snprintf(path, sizeof(path), "/proc/%d", pid);
    /* in a mount namespace of our own, so that nobody else sees the mount */
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("davy-test", path, "tmpfs", 0, NULL) < 0) {
        stop(pid);
        test_skip("cannot mount here");
    }
    const size_t n = hidden(pid, &found);
    umount2(path, MNT_DETACH);
    stop(pid);
    CHECK_INT(n, 1);
    CHECK(found);
}

static enum cross_view cross(int32_t id)
{
    enum cross_view view = CROSS_SHOWN;
    const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(proc >= 0);
    CHECK_INT(cross_look(proc, &id, 1, &view), 0);
    (void)close(proc);
    return view;
}

static void *be_thread(void *ctx)
{
    *(_Atomic int32_t *)ctx = gettid();
    (void)pause();
    return NULL;
}

TEST(a_watcher_compares_what_the_kernel_told_with_the_listing)
{
    pthread_t thread;
    static _Atomic int32_t id;
    const pid_t pid = sleeper();
    CHECK_INT(cross(getpid()), CROSS_SHOWN);
    CHECK_INT(cross(pid), CROSS_SHOWN);
    (void)snprintf(passed_over, sizeof(passed_over), "%d", pid);
    CHECK_INT(cross(pid), CROSS_UNLISTED);
    stop(pid);
    CHECK_INT(cross(pid), CROSS_SHOWN); /* it has ended, and its end was not told */
    passed_over[0] = 0;
    /* whose id a thread has now */
    CHECK_INT(pthread_create(&thread, NULL, be_thread, &id), 0);
    while (!id)
        sched_yield();
    CHECK_INT(cross(id), CROSS_SHOWN);
    CHECK_INT(pthread_cancel(thread), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    const int nowhere = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(!cross_is_possible(nowhere));
    (void)close(nowhere);
}
