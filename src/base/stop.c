// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "base/stop.h"

static const struct {
    int signal;
    const char *name;
} SIGNALS[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};
enum { SIGNALS_N = sizeof(SIGNALS) / sizeof(SIGNALS[0]) };

static volatile sig_atomic_t asked;

static void on_signal(int signal)
{
    asked = signal;
}

void stop_listen(void)
{
    for (int i = 0; i < SIGNALS_N; i++) {
        struct sigaction before, act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        (void)sigemptyset(&act.sa_mask);
        if (!sigaction(SIGNALS[i].signal, NULL, &before) && before.sa_handler != SIG_IGN)
            (void)sigaction(SIGNALS[i].signal, &act, NULL);
    }
}

void stop_leave_to_parent(void)
{
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGTERM, SIG_DFL);
    asked = 0;
}

int stop_signal(void)
{
    return asked;
}

int stop_take(void)
{
    const int signal = asked;
    asked = 0;
    if (signal)
        stop_listen();
    return signal;
}

const char *stop_name(int signal)
{
    for (int i = 0; i < SIGNALS_N; i++)
        if (SIGNALS[i].signal == signal)
            return SIGNALS[i].name;
    return "?";
}

void stop_raise(int number)
{
    sigset_t mine;
    (void)signal(number, SIG_DFL);
    (void)sigemptyset(&mine);
    (void)sigaddset(&mine, number);
    (void)sigprocmask(SIG_UNBLOCK, &mine, NULL);
    (void)raise(number);
}
