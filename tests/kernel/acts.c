// SPDX-License-Identifier: Apache-2.0
/*
 * The driver: `acts` does every act, `acts NAME…` those, `acts --file PATH` opens PATH and nothing else. One line of JSON an act:
 *
 *     {"act":"kill","pid":71,"status":"ok","fact":72}      status: ok, skipped or failed, both with "why"
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"

enum { ACT_SECONDS = 60 }; /* an emulated processor is slow, and no act waits for anything */

struct report *report;

void skip(const char *why)
{
    snprintf(report->skipped, sizeof(report->skipped), "%s", why);
    _exit(0);
}

void fail(const char *what)
{
    snprintf(report->failed, sizeof(report->failed), "%s: %s", what, strerror(errno));
    _exit(1);
}

long must(long n, const char *what)
{
    if (n != -1)
        return n;
    if (errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL) {
        snprintf(report->skipped, sizeof(report->skipped), "%s: %s", what, strerror(errno));
        _exit(0);
    }
    fail(what);
}

static void run(const struct act *act)
{
    memset(report, 0, sizeof(*report));
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(ACT_SECONDS);
        act->run();
        report->is_done = true;
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        perror("acts");
        exit(1);
    }
    printf("{\"act\":\"%s\",\"pid\":%d,", act->name, pid);
    if (report->skipped[0])
        printf("\"status\":\"skipped\",\"why\":\"%s\"}\n", report->skipped);
    else if (report->failed[0])
        printf("\"status\":\"failed\",\"why\":\"%s\"}\n", report->failed);
    else if (!report->is_done || status != 0)
        printf("\"status\":\"failed\",\"why\":\"ended with status %#x\"}\n", (unsigned)status);
    else
        printf("\"status\":\"ok\",\"fact\":%lld}\n", (long long)report->fact);
}

static bool is_wanted(const char *name, char **names)
{
    bool is_named = !*names;
    for (; *names; names++)
        is_named |= !strcmp(name, *names);
    return is_named;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--file"))
        return open(argv[2], O_RDONLY) < 0;
    report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED) {
        perror("acts");
        return 1;
    }
    const struct act *groups[] = {ACTS_FILE, ACTS_PROCESS, ACTS_NET, ACTS_URING, ACTS_COMPAT, ACTS_SYSTEM, ACTS_LATE};
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
        for (const struct act *act = groups[i]; act->name; act++)
            if (is_wanted(act->name, argv + 1))
                run(act);
    return 0;
}
