// SPDX-License-Identifier: Apache-2.0
#include "source/login/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { NOBODY = 65534, PIECE = 64 << 10 };

bool journal_is_there(const char *root)
{
    static const char *const FOLDERS[] = {"/run/log/journal", "/var/log/journal"};
    char path[4096];
    for (size_t i = 0; i < ARRAY_SIZE(FOLDERS); i++)
        if (snprintf(path, sizeof(path), "%s%s", root, FOLDERS[i]) < (int)sizeof(path) && access(path, F_OK) == 0)
            return true;
    return false;
}

/* Nobody, in the group that may read the journal, where the process may become that; root without rights else. */
static void give_up(gid_t group)
{
    for (int cap = 0; cap < 64; cap++)
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && cap != CAP_SETUID && cap != CAP_SETGID)
            (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    (void)(group && setgroups(1, &group) == 0 && setgid(group) == 0 && setuid(NOBODY) == 0);
    (void)prctl(PR_CAPBSET_DROP, CAP_SETUID, 0, 0, 0);
    (void)prctl(PR_CAPBSET_DROP, CAP_SETGID, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static _Noreturn void be_journalctl(const char *program, int out, gid_t group)
{
    static const char *const WORDS[] = {"journalctl", "--follow", "--lines=0", "--quiet", "--no-pager", "--output=short-iso", "_UID=0",
                                        "SYSLOG_FACILITY=4", "SYSLOG_FACILITY=10", NULL};
    static const char *const SURROUNDINGS[] = {"LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
    sigset_t none;
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(nothing, STDERR_FILENO);
    (void)setsid();
    give_up(group);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* behind the change of user, which takes it away */
    execve(program, (char *const *)WORDS, (char *const *)SURROUNDINGS);
    _exit(127);
}

int journal_open(struct journal *j, const char *program)
{
    static const char *const PLACES[] = {"/usr/bin/journalctl", "/bin/journalctl"};
    int pipes[2];
    for (size_t i = 0; !program && i < ARRAY_SIZE(PLACES); i++)
        program = access(PLACES[i], X_OK) == 0 ? PLACES[i] : NULL;
    *j = JOURNAL_NULL;
    if (!program || access(program, X_OK) < 0)
        return -ENOENT;
    const struct group *g = getgrnam("systemd-journal");
    const gid_t group = g ? g->gr_gid : 0;
    if (pipe2(pipes, O_CLOEXEC) < 0)
        return -errno;
    const pid_t pid = fork();
    if (pid == 0)
        be_journalctl(program, pipes[1], group);
    const int r = pid < 0 ? -errno : 0;
    (void)close(pipes[1]);
    if (r < 0) {
        (void)close(pipes[0]);
        return r;
    }
    (void)fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    *j = (struct journal){.fd = pipes[0], .pid = pid};
    return 0;
}

bool journal_read(const struct journal *j, struct strbuf *lines)
{
    while (j->fd >= 0 && lines->n < JOURNAL_LINES_MAX) {
        strbuf_reserve(lines, PIECE);
        const ssize_t n = read(j->fd, lines->p + lines->n, PIECE);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        lines->n += (size_t)n;
    }
    return true;
}

void journal_close(struct journal *j)
{
    if (j->fd >= 0)
        (void)close(j->fd);
    if (j->pid > 0) { /* not after the process was confined: then it ends by the pipe, or with its parent */
        (void)kill(j->pid, SIGTERM);
        (void)waitpid(j->pid, NULL, WNOHANG);
    }
    *j = JOURNAL_NULL;
}
