// SPDX-License-Identifier: Apache-2.0
/*
 * DAVY TEST IMITATION. Waits in every way that programs know, as one who outwaits a watcher does, and says how long each took by its
 * clocks: "KIND asked MONOTONIC REALTIME", in seconds. It does nothing else, and refuses to start outside the jail of davy detonate --mark.
 *
 *     clocks SECONDS
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct moment {
    double monotonic, real;
};

static double read_clock(clockid_t clock)
{
    struct timespec t = {};
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct moment now(void)
{
    return (struct moment){read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_REALTIME)};
}

static void tell(const char *kind, double asked, struct moment from)
{
    const struct moment to = now();
    (void)printf("%s %.3f %.3f %.3f\n", kind, asked, to.monotonic - from.monotonic, to.real - from.real);
}

static struct timespec time_of(double s)
{
    return (struct timespec){(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
}

static int quiet_pipe(void)
{
    int fds[2] = {-1, -1};
    (void)!pipe(fds);
    return fds[0];
}

/* ---- waits for time ---- */

static void sleeps(double s)
{
    struct timespec t = time_of(s);
    struct moment m = now();
    (void)nanosleep(&t, NULL);
    tell("nanosleep", s, m);
    m = now();
    t = time_of(m.monotonic + s);
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    tell("clock_nanosleep-until", s, m);
    m = now();
    t = time_of(m.real + s);
    (void)clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
    tell("clock_nanosleep-until-hour", s, m);
    m = now();
    for (int i = 0; i < 20; i++)
        (void)usleep((useconds_t)(s * 1e6 / 20));
    tell("usleep-20", s, m);
    m = now();
    (void)poll(NULL, 0, (int)(s * 1000));
    tell("poll-nothing", s, m);
    m = now();
    struct timeval v = {(time_t)s, 0};
    (void)select(0, NULL, NULL, NULL, &v);
    tell("select-nothing", s, m);
}

/* ---- waits for files that nothing comes from ---- */

static void files(double s)
{
    struct timespec t = time_of(s);
    struct pollfd p = {.fd = quiet_pipe(), .events = POLLIN};
    struct epoll_event e = {.events = EPOLLIN};
    fd_set set;
    struct moment m = now();
    (void)poll(&p, 1, (int)(s * 1000));
    tell("poll", s, m);
    m = now();
    (void)ppoll(&p, 1, &t, NULL);
    tell("ppoll", s, m);
    FD_ZERO(&set);
    FD_SET(p.fd, &set);
    struct timeval v = {(time_t)s, 0};
    m = now();
    const int n = select(p.fd + 1, &set, NULL, NULL, &v);
    tell(n == 0 && !FD_ISSET(p.fd, &set) ? "select" : "select-wrong", s, m);
    const int epoll = epoll_create1(0);
    (void)epoll_ctl(epoll, EPOLL_CTL_ADD, p.fd, &e);
    m = now();
    (void)epoll_wait(epoll, &e, 1, (int)(s * 1000));
    tell("epoll_wait", s, m);
}

/* ---- threads ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t happened = PTHREAD_COND_INITIALIZER;
static int word_pipe[2];

static void wait_for_it(const char *kind, double asked, double until)
{
    const struct timespec t = time_of(read_clock(CLOCK_REALTIME) + until);
    const struct moment m = now();
    (void)pthread_mutex_lock(&mutex);
    const int r = pthread_cond_timedwait(&happened, &mutex, &t);
    (void)pthread_mutex_unlock(&mutex);
    tell((r == ETIMEDOUT) == (asked >= until) ? kind : "cond-wrong", asked, m);
}

static void *wake_later(void *seconds)
{
    const struct timespec t = time_of(*(double *)seconds);
    (void)nanosleep(&t, NULL);
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_cond_signal(&happened);
    (void)pthread_mutex_unlock(&mutex);
    (void)!write(word_pipe[1], "x", 1);
    return NULL;
}

static void threads(double s)
{
    double half = s / 2;
    struct pollfd p;
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = 77};
    pthread_t other;
    char x;
    (void)!pipe(word_pipe);
    wait_for_it("cond", s, s);
    (void)pthread_create(&other, NULL, wake_later, &half);
    wait_for_it("cond-woken", half, s);
    (void)pthread_join(other, NULL);
    (void)!read(word_pipe[0], &x, 1);

    p = (struct pollfd){.fd = word_pipe[0], .events = POLLIN};
    (void)pthread_create(&other, NULL, wake_later, &half);
    struct moment m = now();
    const int n = poll(&p, 1, (int)(s * 1000));
    tell(n == 1 && p.revents == POLLIN ? "poll-ready" : "poll-ready-wrong", half, m);
    (void)pthread_join(other, NULL);
    (void)!read(word_pipe[0], &x, 1);

    const int epoll = epoll_create1(0);
    (void)epoll_ctl(epoll, EPOLL_CTL_ADD, word_pipe[0], &e);
    e.data.u64 = 0;
    (void)pthread_create(&other, NULL, wake_later, &half);
    m = now();
    const int k = epoll_wait(epoll, &e, 1, (int)(s * 1000));
    tell(k == 1 && e.data.u64 == 77 ? "epoll-ready" : "epoll-ready-wrong", half, m);
    (void)pthread_join(other, NULL);
}

/* ---- what rings ---- */

static volatile sig_atomic_t rung;

static void on_alarm(int signal)
{
    (void)signal;
    rung++;
}

static void rings(double s)
{
    (void)sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
    struct moment m = now();
    (void)alarm((unsigned)s);
    (void)pause();
    tell(rung == 1 ? "alarm" : "alarm-wrong", s, m);

    const struct itimerval often = {.it_interval = {(time_t)(s / 4), 0}, .it_value = {(time_t)(s / 4), 0}}, never = {};
    m = now();
    (void)setitimer(ITIMER_REAL, &often, NULL);
    while (rung < 5)
        (void)pause();
    (void)setitimer(ITIMER_REAL, &never, NULL);
    tell("setitimer-4", s, m);

    const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    const struct itimerspec once = {.it_value = time_of(s)};
    uint64_t n = 0;
    m = now();
    (void)timerfd_settime(fd, 0, &once, NULL);
    (void)!read(fd, &n, sizeof(n));
    tell(n == 1 ? "timerfd" : "timerfd-wrong", s, m);

    /* a signal in between, after which the wait goes on */
    m = now();
    (void)sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm, .sa_flags = SA_RESTART}, NULL);
    (void)alarm((unsigned)(s / 4));
    unsigned left = (unsigned)s;
    while ((left = sleep(left)) > 0)
        ;
    tell("sleep-interrupted", s, m);
}

/* A child that works with an alarm over it: the alarm is no reason to leave it less time. */
static void watched_work(double s)
{
    const struct moment m = now();
    const pid_t pid = fork();
    volatile unsigned long n = 0;
    int status = 1;
    if (!pid) {
        (void)signal(SIGALRM, SIG_DFL);
        (void)alarm((unsigned)s);
        while (read_clock(CLOCK_PROCESS_CPUTIME_ID) < 0.3)
            for (int i = 0; i < 100'000; i++)
                n++;
        _exit(0);
    }
    (void)waitpid(pid, &status, 0);
    tell(status ? "watched-wrong" : "watched", 0, m);
}

/* ---- a stranger who means no good to who answers ---- */

/* Calls with whatever arguments; each child is ended in the middle of what it waits for. */
static void rubbish(void)
{
    static const long CALLS[] = {SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_gettimeofday, SYS_sysinfo, SYS_ppoll, SYS_pselect6,
                                 SYS_epoll_pwait, SYS_epoll_pwait2, SYS_futex, SYS_setitimer, SYS_getitimer, SYS_timerfd_settime, SYS_rt_sigsuspend,
                                 SYS_brk, SYS_set_tid_address,
#ifdef __x86_64__
                                 SYS_time, SYS_poll, SYS_select, SYS_epoll_wait, SYS_alarm, SYS_arch_prctl,
#endif
    };
    static char room[65536];
    const unsigned long values[] = {0, 1, 2, 1023, 1024, 1025, 65537, 0x7fffffff, 0xffffffff, ~0UL, 1UL << 63, 0xdead0000, (unsigned long)room,
                                    (unsigned long)room + 3, 0xffffffffff600000};
    enum { CHILDREN = 60, TRIES = 40, VALUES = sizeof(values) / sizeof(values[0]) };
    pid_t pids[CHILDREN];
    for (int i = 0; i < CHILDREN; i++)
        if (!(pids[i] = fork())) {
            unsigned seed = (unsigned)i;
            memset(room, i, sizeof(room));
            for (int k = 0; k < TRIES; k++) {
                unsigned long a[6];
                for (int j = 0; j < 6; j++)
                    a[j] = values[(unsigned)rand_r(&seed) % VALUES];
                (void)syscall(CALLS[(unsigned)rand_r(&seed) % (sizeof(CALLS) / sizeof(CALLS[0]))], a[0], a[1], a[2], a[3], a[4], a[5]);
            }
            _exit(0);
        }
    const struct timespec t = {4, 0};
    (void)nanosleep(&t, NULL);
    for (int i = 0; i < CHILDREN; i++)
        if (pids[i] > 0) {
            (void)kill(pids[i], SIGKILL);
            (void)waitpid(pids[i], NULL, 0);
        }
}

/* ---- clocks ---- */

static void clocks(double s)
{
    struct sysinfo info;
    struct timeval v;
    struct moment m = now();
    while (now().monotonic < m.monotonic + s)
        ;
    tell("asking", s, m);
    (void)sleep(30); /* who does something else is no loop any more */
    (void)sysinfo(&info);
    (void)gettimeofday(&v, NULL);
    (void)printf("uptime %.3f %.3f %.3f\n", 0.0, (double)info.uptime - read_clock(CLOCK_BOOTTIME) + 1, (double)time(NULL) - (double)v.tv_sec);
}

static bool is_in_jail(void)
{
    char text[64] = "";
    const int fd = open("/run/davy-jail", O_RDONLY);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        (void)close(fd);
    return n > 0 && !strncmp(text, "DAVY JAIL ", 10);
}

int main(int argc, char **argv)
{
    if (!is_in_jail() || argc != 2) {
        (void)fprintf(stderr, "DAVY TEST IMITATION: it runs in the jail of davy detonate --mark only\n");
        return 3;
    }
    const double s = atof(argv[1]);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    sleeps(s);
    files(s);
    threads(s);
    rings(s);
    watched_work(s);
    rubbish();
    struct moment m = now();
    (void)sleep((unsigned)s);
    tell("sleep-after-rubbish", s, m);
    clocks(s);
    (void)printf("all waited\n");
    return 0;
}
