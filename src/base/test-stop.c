// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/stop.h"
#include "harness/test.h"

/* How a child ends that does so much of it. */
static int ends(void (*act)(void))
{
    int status = 0;
    const pid_t pid = fork();
    if (!pid) {
        (void)signal(SIGINT, SIG_DFL); /* tests may run under nohup */
        (void)signal(SIGTERM, SIG_DFL);
        (void)signal(SIGHUP, SIG_DFL);
        act();
        _exit(0);
    }
    CHECK_INT(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void listen_and_tell(void)
{
    stop_listen();
    if (stop_signal())
        _exit(1);
    (void)raise(SIGTERM);
    _exit(stop_signal() == SIGTERM ? 7 : 2);
}

static void twice(void)
{
    stop_listen();
    (void)raise(SIGINT);
    (void)raise(SIGINT);
}

static void one_of_each(void)
{
    stop_listen();
    (void)raise(SIGINT);
    (void)raise(SIGHUP);
    _exit(stop_signal() == SIGHUP ? 7 : 2);
}

static void take(void)
{
    stop_listen();
    if (stop_take())
        _exit(1);
    (void)raise(SIGINT);
    if (stop_take() != SIGINT || stop_signal())
        _exit(2);
    (void)raise(SIGINT);
    _exit(stop_take() == SIGINT ? 7 : 3);
}

static void end(void)
{
    stop_listen();
    (void)raise(SIGINT);
    stop_raise(stop_signal());
}

static void end_where_it_is_held_back(void)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    stop_raise(SIGTERM);
}

static void ignored(void)
{
    (void)signal(SIGHUP, SIG_IGN);
    stop_listen();
    (void)raise(SIGHUP);
    _exit(stop_signal() ? 2 : 7);
}

static void wait_ends(void)
{
    struct timespec long_time = {.tv_sec = 60};
    const pid_t me = getpid();
    stop_listen();
    if (!fork()) {
        (void)usleep(100'000);
        (void)kill(me, SIGTERM);
        _exit(0);
    }
    _exit(nanosleep(&long_time, NULL) < 0 && errno == EINTR && stop_signal() == SIGTERM ? 7 : 2);
}

static void child_of_one(void)
{
    stop_listen();
    (void)raise(SIGINT);
    stop_leave_to_parent();
    (void)raise(SIGINT);
    (void)raise(SIGHUP);
    _exit(stop_signal() ? 2 : 7);
}

static void child_can_be_ended(void)
{
    stop_listen();
    stop_leave_to_parent();
    (void)raise(SIGTERM);
}

TEST(the_first_signal_is_told_and_the_second_ends)
{
    CHECK_INT(ends(listen_and_tell), 7);
    CHECK_INT(ends(twice), -SIGINT);
    CHECK_INT(ends(one_of_each), 7);
    CHECK_INT(ends(take), 7);
    CHECK_INT(ends(wait_ends), 7);
}

TEST(the_program_ends_by_the_signal)
{
    CHECK_INT(ends(end), -SIGINT);
    CHECK_INT(ends(end_where_it_is_held_back), -SIGTERM);
    CHECK_STR(str_from(stop_name(SIGTERM)), "SIGTERM");
}

TEST(what_is_to_be_ignored_is)
{
    CHECK_INT(ends(ignored), 7);
}

TEST(children_leave_it_to_their_parent)
{
    CHECK_INT(ends(child_of_one), 7);
    CHECK_INT(ends(child_can_be_ended), -SIGTERM);
}
