// SPDX-License-Identifier: Apache-2.0
/* Acts of processes: programs that begin, signals, ptrace, identities. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"

static const char *const environment[] = {"DAVY=kernel", NULL};

/* The act's end, which the driver must know before: the program at `path`, or the one that is open as fd without a path. */
static void become(int fd, const char *path, const char *const *words)
{
    report->is_done = true;
    if (path)
        execve(path, (char *const *)words, (char *const *)environment);
    else
        syscall(SYS_execveat, fd, "", words, environment, AT_EMPTY_PATH);
    fail("exec");
}

static void exec_plain(void)
{
    become(-1, ROOM "/bin/target", (const char *const[]){"target", "one", "two words", "", NULL});
}

static void exec_symlink(void)
{
    become(-1, ROOM "/link/to-target", (const char *const[]){"sshd", NULL});
}

static void exec_script(void)
{
    become(-1, ROOM "/bin/script", (const char *const[]){"script", "word", NULL});
}

static void exec_fd(void)
{
    int fd = (int)must(open(ROOM "/bin/target", O_PATH | O_CLOEXEC), "open");
    become(fd, NULL, (const char *const[]){"by-descriptor", NULL});
}

static void exec_missing(void)
{
    if (execve(ROOM "/bin/missing", (char *const *)environment, (char *const *)environment) != -1)
        fail("execve of a program that is not there");
}

static int copy_of_target(int to)
{
    int from = (int)must(open(ROOM "/bin/target", O_RDONLY), "open");
    struct stat st;
    must(fstat(from, &st), "fstat");
    for (off_t done = 0; done < st.st_size;)
        must(sendfile(to, from, &done, (size_t)(st.st_size - done)), "sendfile");
    close(from);
    return to;
}

static void exec_memfd(void)
{
    int fd = copy_of_target((int)must(memfd_create("davy-memory", MFD_CLOEXEC), "memfd_create"));
    become(fd, NULL, (const char *const[]){"from-memory", NULL});
}

static void exec_deleted(void)
{
    close(copy_of_target((int)must(open(ROOM "/data/deleted", O_CREAT | O_WRONLY, 0755), "open")));
    int fd = (int)must(open(ROOM "/data/deleted", O_PATH | O_CLOEXEC), "open");
    must(unlink(ROOM "/data/deleted"), "unlink");
    become(fd, NULL, (const char *const[]){"deleted", NULL});
}

static pid_t victim(void)
{
    pid_t pid = (pid_t)must(fork(), "fork");
    if (pid == 0) {
        alarm(30);
        for (;;)
            pause();
    }
    report->fact = pid;
    return pid;
}

static void kill_plain(void)
{
    pid_t pid = victim();
    must(kill(pid, SIGTERM), "kill");
    waitpid(pid, NULL, 0);
}

static void kill_pidfd(void)
{
    pid_t pid = victim();
    int fd = (int)must(syscall(SYS_pidfd_open, pid, 0), "pidfd_open");
    must(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), "pidfd_send_signal");
    waitpid(pid, NULL, 0);
}

static void trace(void)
{
    pid_t pid = victim();
    must(ptrace(PTRACE_ATTACH, pid, NULL, NULL), "ptrace");
    waitpid(pid, NULL, 0);
    must(ptrace(PTRACE_KILL, pid, NULL, NULL), "ptrace");
    waitpid(pid, NULL, 0);
}

static void identity(void)
{
    must(setresgid(1000, 1000, 1000), "setresgid");
    must(setresuid(1000, 1000, 1000), "setresuid");
}

static void namespaces(void)
{
    must(unshare(CLONE_NEWUTS), "unshare");
}

const struct act ACTS_PROCESS[] = {
    {"exec", exec_plain},
    {"exec-symlink", exec_symlink},
    {"exec-script", exec_script},
    {"exec-fd", exec_fd},
    {"exec-missing", exec_missing},
    {"exec-memfd", exec_memfd},
    {"exec-deleted", exec_deleted},
    {"kill", kill_plain},
    {"kill-pidfd", kill_pidfd},
    {"ptrace", trace},
    {"setresuid", identity},
    {"unshare", namespaces},
    {0},
};
