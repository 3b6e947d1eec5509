// SPDX-License-Identifier: Apache-2.0
/*
 * Records per second through context and evaluator with the rules of the files given, on one core: `build/src/rule/watch-eval
 * [-n ROUNDS] FILE…` (few rounds for callgrind; `-n ROUNDS -c` leaves the evaluator out). The records are made up but shaped like
 * those of a busy web server whose kernel side lets everything pass that a rule may want: opens above all, some programs
 * started, connections, few that match. Time is that of the processor, so that other work on the machine counts little.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/vec.h"
#include "context/test-records.h"
#include "rule/ruleset.h"

struct tape {
    VEC(char) bytes;
    size_t n_records;
};

static void keep(struct tape *t, struct stream *s)
{
    vec_reserve(&t->bytes, s->w.record->size);
    memcpy(t->bytes.v + t->bytes.n, s->w.record, s->w.record->size);
    t->bytes.n += s->w.record->size;
    t->n_records++;
}

static void put_open(struct tape *t, struct stream *s, int32_t pid, const char *comm, const char *name, const char *resolved, int flags)
{
    const bool failed = !resolved;
    struct record_fd fd = {.num = 7, .type = RECORD_FD_FILE, .ino = 1234, .dev = 0x801, .mode = 0100644, .links = 1, .flags = RECORD_FD_TRUSTED};
    stream_call(s, EVENT_OPENAT, pid, 1, comm)->res = failed ? -2 : 7;
    stream_number(s, 1, (uint32_t)-100);
    stream_param(s, 2, name);
    stream_number(s, 3, (uint64_t)flags);
    stream_number(s, 4, 0644);
    if (name[0] != '/')
        stream_text(s, RECORD_BASE, "/var/www");
    if (!failed) {
        stream_fd(s, &fd, resolved);
        stream_text(s, RECORD_RESOLVED, resolved);
    }
    keep(t, s);
}

static void put_connect(struct tape *t, struct stream *s, enum event_type type, int32_t pid, const char *comm, uint8_t proto, uint16_t port)
{
    struct record_fd fd = {.num = 9, .type = RECORD_FD_IPV4, .l4proto = proto, .lport = 43210, .rport = port, .flags = RECORD_FD_CONNECTED,
                           .laddr = {10, 1, 2, 3}, .raddr = {10, 1, 9, 9}};
    stream_call(s, type, pid, 1, comm)->res = 0;
    stream_fd(s, &fd, "");
    keep(t, s);
}

/* A worker starts a program that looks around and ends: fork, exec, what the loader opens, exit. */
static void put_program(struct tape *t, struct stream *s, int32_t pid, int32_t parent)
{
    static const char *const opened[] = {"/etc/ld.so.cache", "/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/locale/locale-archive", "/proc/self/status"};
    struct record_exe exe = {.ino = 99, .mode = 0100755, .fdlimit = 1024};
    stream_begin(s, RECORD_FORK, pid, parent, "php-fpm");
    keep(t, s);
    stream_call(s, EVENT_EXECVE, pid, parent, "convert");
    record_add(&s->w, RECORD_EXE, 0, &exe, sizeof(exe), STR("/usr/bin/convert"));
    stream_words(s, RECORD_ARGS, "convert|-resize|200x200|/tmp/upload-1.jpg|/var/www/thumbs/1.jpg|");
    stream_text(s, RECORD_CWD, "/var/www");
    stream_text(s, RECORD_CGROUP, "/system.slice/php-fpm.service");
    stream_param(s, 30, "/usr/bin/convert");
    keep(t, s);
    for (size_t i = 0; i < ARRAY_SIZE(opened); i++)
        put_open(t, s, pid, "convert", opened[i], opened[i], O_RDONLY | O_CLOEXEC);
    stream_begin(s, RECORD_PROCEXIT, pid, parent, "convert")->flags = RECORD_IS_LAST;
    keep(t, s);
}

/* A round of some hundred records. */
static void make_tape(struct tape *t, struct stream *s)
{
    static const char *const pages[] = {"html/index.html", "/usr/share/php/Zend/Loader.php", "/var/www/app/config.php", "/usr/share/nginx/html/logo.png"};
    for (int i = 0; i < 60; i++)
        put_open(t, s, 100 + i % 4, i % 3 ? "php-fpm" : "nginx", pages[i % 4], i % 4 ? pages[i % 4] : "/var/www/html/index.html", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 15; i++)
        put_open(t, s, 100 + i % 4, "php-fpm", "/var/www/app/missing.php", NULL, O_RDONLY);
    for (int i = 0; i < 15; i++)
        put_open(t, s, 100 + i % 4, "nginx", "/var/log/nginx/access.log", "/var/log/nginx/access.log", O_WRONLY | O_CREAT | O_APPEND);
    for (int i = 0; i < 4; i++)
        put_open(t, s, 100 + i, "php-fpm", "/etc/hosts", "/etc/hosts", O_RDONLY);
    put_open(t, s, 102, "php-fpm", "/var/www/current/index.php", "/srv/releases/12/index.php", O_RDONLY);
    put_open(t, s, 103, "cat", "/etc/shadow", "/etc/shadow", O_RDONLY);
    for (int i = 0; i < 8; i++)
        put_connect(t, s, EVENT_CONNECT, 100 + i % 4, "php-fpm", IPPROTO_TCP, 3306);
    for (int i = 0; i < 4; i++)
        put_connect(t, s, EVENT_SENDTO, 100 + i % 4, "php-fpm", IPPROTO_UDP, 53);
    for (int i = 0; i < 3; i++)
        put_program(t, s, 1000 + i, 100 + i);
}

/* init and four workers, as they are there before. */
static void make_processes(struct tape *t, struct stream *s)
{
    struct record_exe exe = {.ino = 9, .mode = 0100755};
    stream_call(s, EVENT_EXECVE, 1, 0, "systemd");
    record_add(&s->w, RECORD_EXE, 0, &exe, sizeof(exe), STR("/usr/lib/systemd/systemd"));
    stream_words(s, RECORD_ARGS, "/sbin/init|");
    keep(t, s);
    for (int32_t pid = 100; pid < 104; pid++) {
        stream_call(s, EVENT_EXECVE, pid, 1, "php-fpm");
        record_add(&s->w, RECORD_EXE, 0, &exe, sizeof(exe), STR("/usr/sbin/php-fpm8.2"));
        stream_words(s, RECORD_ARGS, "php-fpm: pool www|");
        stream_text(s, RECORD_CWD, "/");
        stream_text(s, RECORD_CGROUP, "/system.slice/php-fpm.service");
        keep(t, s);
    }
    for (uint32_t uid = 0; uid < 34; uid += 33) {
        stream_begin(s, RECORD_USER, 0, 0, "")->uid = uid;
        stream_text(s, RECORD_TEXT, uid ? "www-data" : "root");
        keep(t, s);
    }
}

struct run {
    struct context *c;
    struct evaluator *ev;
    uint64_t matches;
};

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    (void)rule;
    (void)event;
    ((struct run *)ctx)->matches++;
    return 0;
}

enum { ROUND_NS = 200'000'000, FIRST_SHORT = 1000 };

/* Time goes on from round to round, and programs that end are others in the next. */
static void play(struct run *run, const struct tape *t)
{
    for (size_t at = 0; at < t->bytes.n;) {
        struct record *r = (struct record *)(t->bytes.v + at);
        struct live_event *e;
        at += r->size;
        r->time_ns += ROUND_NS;
        if (r->pid >= FIRST_SHORT)
            r->start_ns += ROUND_NS;
        if (!context_take(run->c, r, &e) || !run->ev)
            continue;
        const uint64_t before = run->matches;
        (void)evaluator_run(run->ev, live_event(e), on_match, run);
        while (run->matches == before && live_event_resolved(e))
            (void)evaluator_run(run->ev, live_event(e), on_match, run);
    }
}

static double cpu_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(struct diags *diags)
{
    struct strbuf b = {};
    for (size_t i = 0; i < diags->n; i++)
        diag_render(&b, &diags->v[i]);
    (void)fprintf(stderr, "usage: watch-eval [-n ROUNDS] [-c] RULE-FILE...\n%s", b.p ? b.p : "");
    strbuf_done(&b);
    return 2;
}

int main(int argc, char **argv)
{
    int rounds = 20000, first = 1;
    bool context_only = false;
    struct diags diags = {};
    struct ruleset *rs = ruleset_new();
    if (argc > first + 1 && !strcmp(argv[first], "-n")) {
        rounds = atoi(argv[first + 1]);
        first += 2;
    }
    if (argc > first && !strcmp(argv[first], "-c")) {
        context_only = true;
        first++;
    }
    for (int i = first; i < argc; i++)
        if (ruleset_load_file(rs, argv[i], &diags) < 0)
            return fail(&diags);
    if (argc <= first || rounds < 1 || ruleset_compile(rs, &diags) < 0)
        return fail(&diags);
    struct stream s;
    struct tape before = {}, tape = {};
    stream_init(&s, (struct context_options){});
    make_processes(&before, &s);
    make_tape(&tape, &s);
    struct run run = {.c = s.c, .ev = context_only ? NULL : evaluator_new(rs, RULE_MATCHING_FIRST)};
    play(&run, &before);
    const uint64_t events = context_stats(run.c).events;
    const double start = cpu_seconds();
    for (int i = 0; i < rounds; i++)
        play(&run, &tape);
    const double took = cpu_seconds() - start;
    const struct context_stats stats = context_stats(run.c);
    const double n = (double)rounds * (double)tape.n_records;
    printf("%zu rules, %.0f records of %.0f bytes on average: %.2f million records/s (%.0f ns each), %llu events, %llu matches, %llu KB\n",
           ruleset_count(rs), n, (double)tape.bytes.n / (double)tape.n_records, n / took / 1e6, took * 1e9 / n,
           (unsigned long long)(stats.events - events), (unsigned long long)run.matches, (unsigned long long)(stats.bytes / 1024));
    evaluator_free(run.ev);
    ruleset_free(rs);
    stream_done(&s);
    vec_done(&before.bytes);
    vec_done(&tape.bytes);
    diags_done(&diags);
    return 0;
}
