// SPDX-License-Identifier: Apache-2.0
/* The process table by itself: what each record changes, and random histories held against a simple model. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "context/process.h"
#include "event/record_kind.h"
#include "event/record_write.h"
#include "harness/test.h"

enum { MS = 1'000'000 };
static const uint64_t GRACE = CONTEXT_GRACE_MS * (uint64_t)MS;

struct bench {
    struct processes *t;
    struct record_writer w;
    uint64_t now_ns;
};

static void bench_init(struct bench *b, size_t max)
{
    *b = (struct bench){.t = processes_new(&(struct processes_options){.max = max}), .now_ns = 1000 * (uint64_t)MS};
}

static void bench_done(struct bench *b)
{
    processes_free(b->t);
    record_writer_done(&b->w);
}

struct who {
    int32_t pid, ppid;
    uint64_t start_ns, pstart_ns;
};

static struct record *begin(struct bench *b, int kind, struct who who, const char *comm)
{
    struct record *r = record_begin(&b->w, (uint16_t)kind);
    b->now_ns += MS / 10;
    r->time_ns = b->now_ns;
    r->pid = r->tid = who.pid;
    r->ppid = who.ppid;
    r->start_ns = who.start_ns;
    r->pstart_ns = who.pstart_ns;
    memcpy(r->comm, comm, strnlen(comm, sizeof(r->comm) - 1));
    return r;
}

static struct process *take(struct bench *b)
{
    struct record_index index;
    const struct record *r = b->w.record;
    record_index(r, &index);
    switch (r->kind) {
    case RECORD_FORK:
        return processes_fork(b->t, r, &index);
    case RECORD_PROCEXIT:
        return processes_exit(b->t, r);
    case RECORD_PROCESS:
        return processes_snapshot(b->t, r, &index);
    case 59:
        return processes_exec(b->t, r, &index);
    default:
        return processes_see(b->t, r, NULL);
    }
}

static struct process *do_fork(struct bench *b, struct who who, const char *comm)
{
    begin(b, RECORD_FORK, who, comm);
    return take(b);
}

static void add_program(struct bench *b, const char *path)
{
    struct record_exe exe = {.ino = 1};
    record_add(&b->w, RECORD_EXE, 0, &exe, sizeof(exe), str_from(path));
    record_add_text(&b->w, RECORD_ARGS, str_n(path, strlen(path) + 1));
    record_add_text(&b->w, RECORD_CWD, STR("/"));
}

static struct process *do_exec(struct bench *b, struct who who, const char *path)
{
    begin(b, record_kind_of(EVENT_EXECVE), who, path);
    add_program(b, path);
    return take(b);
}

static struct process *do_snapshot(struct bench *b, struct who who, const char *path, uint64_t time_ns)
{
    begin(b, RECORD_PROCESS, who, path)->time_ns = time_ns;
    add_program(b, path);
    return take(b);
}

static struct process *do_exit(struct bench *b, struct who who)
{
    begin(b, RECORD_PROCEXIT, who, "x")->flags = RECORD_IS_LAST;
    return take(b);
}

static struct process *do_see(struct bench *b, struct who who)
{
    begin(b, record_kind_of(EVENT_SETUID), who, "x");
    return take(b);
}

static const struct who INIT = {1, 0, 1, 0}, SHELL = {10, 1, 100, 1}, CHILD = {20, 10, 200, 100};

TEST(a_child_has_what_its_parent_is)
{
    struct bench b;
    bench_init(&b, 0);
    do_exec(&b, INIT, "/sbin/init");
    do_fork(&b, SHELL, "init");
    CHECK_STR(command_exepath(do_exec(&b, SHELL, "/bin/sh")->command), "/bin/sh");
    struct process *p = do_fork(&b, CHILD, "sh");
    CHECK_STR(command_exepath(p->command), "/bin/sh");
    CHECK(p->command == processes_parent(b.t, p)->command);
    do_exec(&b, CHILD, "/bin/ls");
    CHECK_STR(command_exepath(p->command), "/bin/ls");
    CHECK_STR(command_exepath(processes_parent(b.t, p)->command), "/bin/sh");
    CHECK_INT(processes_ancestor(b.t, p, 2)->pid, 1);
    CHECK(!processes_ancestor(b.t, p, 3));
    CHECK(processes_ancestor(b.t, p, 0) == p);
    CHECK_INT(processes_stats(b.t).unknown, 1); /* init */
    bench_done(&b);
}

TEST(an_ended_process_stays_for_its_grace_and_for_its_children)
{
    struct bench b;
    bench_init(&b, 0);
    do_exec(&b, INIT, "/sbin/init");
    do_fork(&b, SHELL, "sh");
    do_fork(&b, CHILD, "sh");
    do_exit(&b, SHELL);
    CHECK_INT(processes_find(b.t, 10, 100)->ended_ns != 0, 1);
    do_exit(&b, SHELL); /* told twice */
    CHECK_INT(processes_stats(b.t).ended, 1);
    b.now_ns += 2 * GRACE;
    do_see(&b, INIT);
    CHECK(processes_find(b.t, 10, 100)); /* for CHILD */
    do_see(&b, (struct who){20, 1, 200, 1}); /* the kernel gave it another parent */
    CHECK(!processes_find(b.t, 10, 100));
    CHECK_INT(processes_parent(b.t, processes_find(b.t, 20, 200))->pid, 1);
    do_exit(&b, (struct who){20, 1, 200, 1});
    b.now_ns += 2 * GRACE;
    do_see(&b, INIT);
    do_see(&b, (struct who){30, 1, 300, 1});
    CHECK(!processes_find(b.t, 20, 200));
    CHECK_INT(processes_stats(b.t).processes, 2);
    CHECK_INT(processes_stats(b.t).ended, 0);
    CHECK_INT(processes_stats(b.t).threads, 2);
    bench_done(&b);
}

TEST(a_pid_that_is_used_again_is_another_process)
{
    struct bench b;
    bench_init(&b, 0);
    do_exec(&b, INIT, "/sbin/init");
    do_fork(&b, SHELL, "sh");
    do_exec(&b, SHELL, "/bin/old");
    do_exit(&b, SHELL);
    struct who again = {10, 1, 500, 1};
    do_fork(&b, again, "init");
    CHECK_STR(command_exepath(processes_find(b.t, 10, 500)->command), "/sbin/init");
    CHECK_STR(command_exepath(processes_find(b.t, 10, 100)->command), "/bin/old");
    CHECK_INT(processes_find_pid(b.t, 10)->start_ns, 500);
    /* A late record of the old one changes nothing of the new one. */
    do_see(&b, SHELL);
    CHECK_INT(processes_find_pid(b.t, 10)->start_ns, 500);
    do_exit(&b, again);
    CHECK_INT(processes_find_pid(b.t, 10)->start_ns, 500);
    bench_done(&b);
}

TEST(a_source_that_knows_no_start_times)
{
    struct bench b;
    bench_init(&b, 0);
    struct who who = {10, 1, 0, 0};
    do_exec(&b, (struct who){1, 0, 0, 0}, "/sbin/init");
    do_fork(&b, who, "init");
    do_exec(&b, who, "/bin/old");
    do_exit(&b, who);
    CHECK_STR(command_exepath(do_fork(&b, who, "init")->command), "/sbin/init");
    CHECK_INT(processes_find_pid(b.t, 10)->ended_ns, 0);
    bench_done(&b);
}

TEST(a_snapshot_does_not_undo_what_happened_since)
{
    struct bench b;
    bench_init(&b, 0);
    const uint64_t looked_at = b.now_ns;
    do_exec(&b, SHELL, "/bin/new");
    do_snapshot(&b, SHELL, "/bin/stale", looked_at);
    CHECK_STR(command_exepath(processes_find(b.t, 10, 100)->command), "/bin/new");
    CHECK_CSTR(processes_find(b.t, 10, 100)->comm, "/bin/new");
    /* It fills in what is not known, also of a process that has ended since. */
    do_see(&b, CHILD);
    do_exit(&b, CHILD);
    do_snapshot(&b, CHILD, "/bin/child", looked_at);
    CHECK_STR(command_exepath(processes_find(b.t, 20, 200)->command), "/bin/child");
    CHECK(processes_find(b.t, 20, 200)->ended_ns);
    /* And it knows better when it is newer. */
    do_snapshot(&b, SHELL, "/bin/newer", b.now_ns + MS);
    CHECK_STR(command_exepath(processes_find(b.t, 10, 100)->command), "/bin/newer");
    CHECK_INT(processes_stats(b.t).unknown, 2);
    bench_done(&b);
}

TEST(parents_that_are_told_later_are_found)
{
    struct bench b;
    bench_init(&b, 0);
    struct process *p = do_see(&b, CHILD);
    CHECK(!processes_parent(b.t, p));
    do_snapshot(&b, SHELL, "/bin/sh", b.now_ns);
    CHECK_INT(processes_parent(b.t, p)->pid, 10);
    CHECK(!processes_ancestor(b.t, p, 2));
    do_snapshot(&b, INIT, "/sbin/init", b.now_ns);
    CHECK_INT(processes_ancestor(b.t, p, 2)->pid, 1);
    bench_done(&b);
}

TEST(threads_are_counted)
{
    struct bench b;
    bench_init(&b, 0);
    struct process *p = do_exec(&b, SHELL, "/bin/java");
    for (int i = 0; i < 5; i++) {
        struct record *r = begin(&b, RECORD_FORK, SHELL, "java");
        r->tid = 11 + i;
        r->flags = RECORD_IS_THREAD;
        CHECK(take(&b) == p);
    }
    CHECK_INT(p->threads, 6);
    /* The main thread ends, the others live on. */
    begin(&b, RECORD_PROCEXIT, SHELL, "java")->flags = RECORD_IS_THREAD;
    CHECK(!take(&b)->ended_ns);
    CHECK_INT(p->threads, 5);
    /* Another one execs: it takes the pid over and is alone. */
    do_exec(&b, SHELL, "/bin/ls");
    CHECK_INT(p->threads, 1);
    CHECK_INT(processes_stats(b.t).threads, 1);
    begin(&b, RECORD_PROCEXIT, SHELL, "ls")->flags = RECORD_IS_THREAD | RECORD_IS_LAST;
    CHECK(take(&b)->ended_ns);
    CHECK_INT(processes_stats(b.t).threads, 0);
    bench_done(&b);
}

TEST(a_sibling_inherits_from_who_made_it)
{
    struct bench b;
    bench_init(&b, 0);
    do_exec(&b, INIT, "/sbin/init");
    do_fork(&b, SHELL, "init");
    do_exec(&b, SHELL, "/usr/bin/runc");
    struct record_target maker = {.pid = 10, .tid = 10, .start_ns = 100, .comm = "runc"};
    begin(&b, RECORD_FORK, (struct who){30, 1, 300, 1}, "runc");
    record_add(&b.w, RECORD_TARGET, 0, &maker, sizeof(maker), STR_NULL);
    struct process *p = take(&b);
    CHECK_STR(command_exepath(p->command), "/usr/bin/runc");
    CHECK_INT(processes_parent(b.t, p)->pid, 1);
    bench_done(&b);
}

TEST(processes_that_call_each_other_parent)
{
    struct bench b;
    bench_init(&b, 0);
    do_see(&b, (struct who){10, 20, 100, 200});
    struct process *p = do_see(&b, (struct who){20, 10, 200, 100});
    CHECK_INT(processes_ancestor(b.t, p, 1)->pid, 10);
    CHECK(!processes_ancestor(b.t, p, CONTEXT_ANCESTORS_MAX + 1));
    p = do_see(&b, (struct who){30, 30, 300, 300});
    CHECK(!processes_parent(b.t, p));
    bench_done(&b);
}

TEST(room_is_bounded_and_what_is_forgotten_is_counted)
{
    struct bench b;
    bench_init(&b, 100);
    do_exec(&b, INIT, "/sbin/init");
    for (int i = 0; i < 1000; i++) {
        do_fork(&b, (struct who){100 + i, 1, (uint64_t)i + 1000, 1}, "x");
        do_see(&b, INIT); /* always in use, so it stays */
    }
    struct processes_stats s = processes_stats(b.t);
    CHECK_INT(s.processes, 100);
    CHECK_INT(s.forgotten, 901);
    CHECK(processes_find(b.t, 1, 1));
    CHECK(processes_find(b.t, 1099, 1999));
    CHECK(s.bytes < 200 * 1024);
    bench_done(&b);
}

/* Ten thousand processes as a busy server has them: half of them ran something themselves. */
TEST(ten_thousand_processes_take_little_room)
{
    struct bench b;
    bench_init(&b, 0);
    do_exec(&b, INIT, "/sbin/init");
    for (int i = 0; i < 10'000; i++) {
        struct who who = {100 + i, 1, (uint64_t)i + 1000, 1};
        do_fork(&b, who, "init");
        if (i % 2)
            do_exec(&b, who, "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=postgresql.conf");
    }
    CHECK_INT(processes_stats(b.t).processes, 10'001);
    CHECK(processes_stats(b.t).bytes < 5 << 20);
    bench_done(&b);
}

/* Random histories */

struct model_process {
    struct who who;
    char path[16];
    bool lives, is_known; /* is_known: its program */
};

enum { MODEL = 400 };
struct model {
    struct model_process v[MODEL];
    int n;
};

static uint32_t seed;
static uint32_t rnd(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

/* Some process that lives; 0 is init and always does. */
static struct model_process *pick(struct model *m)
{
    for (int i = 0; i < 20; i++) {
        struct model_process *p = &m->v[rnd((uint32_t)m->n)];
        if (p->lives)
            return p;
    }
    return &m->v[0];
}

static struct model_process *of(struct model *m, int32_t pid, uint64_t start_ns)
{
    for (int i = 0; i < m->n; i++)
        if (m->v[i].who.pid == pid && m->v[i].who.start_ns == start_ns)
            return &m->v[i];
    return NULL;
}

static bool is_used(const struct model *m, int32_t pid)
{
    for (int i = 0; i < m->n; i++)
        if (m->v[i].lives && m->v[i].who.pid == pid)
            return true;
    return false;
}

static void step(struct bench *b, struct model *m)
{
    struct model_process *p = pick(m);
    switch (rnd(10)) {
    case 0:
    case 1:
    case 2: { /* a child, with a pid out of few */
        int32_t pid = (int32_t)(2 + rnd(300));
        if (m->n == MODEL || is_used(m, pid))
            return;
        struct model_process *child = &m->v[m->n++];
        *child = *p;
        child->who = (struct who){pid, p->who.pid, b->now_ns, p->who.start_ns};
        do_fork(b, child->who, "fork");
        return;
    }
    case 3:
    case 4:
        snprintf(p->path, sizeof(p->path), "/bin/%u", rnd(1000));
        p->is_known = true;
        do_exec(b, p->who, p->path);
        return;
    case 5:
    case 6: /* ends, and its children go to init */
        if (p == &m->v[0])
            return;
        do_exit(b, p->who);
        p->lives = false;
        for (int i = 0; i < m->n; i++)
            if (m->v[i].lives && m->v[i].who.ppid == p->who.pid && m->v[i].who.pstart_ns == p->who.start_ns) {
                m->v[i].who.ppid = 1;
                m->v[i].who.pstart_ns = 1;
            }
        return;
    case 7: { /* a snapshot that was taken a while ago: it must not change anything */
        char stale[] = "/bin/stale";
        do_snapshot(b, p->who, p->is_known ? stale : p->path, p->is_known ? 1 : b->now_ns);
        p->is_known = true;
        return;
    }
    default:
        do_see(b, p->who);
    }
}

static void compare(struct bench *b, struct model *m, bool may_be_forgotten)
{
    for (int i = 0; i < m->n; i++) {
        struct model_process *p = &m->v[i];
        struct process *is = processes_find(b->t, p->who.pid, p->who.start_ns);
        if (!p->lives)
            continue;
        if (!is && may_be_forgotten)
            continue;
        CHECK(is);
        CHECK(!is->ended_ns);
        /* Of one that was forgotten, an old snapshot is the best there is. */
        if (p->is_known && is->command && !(may_be_forgotten && str_is(command_exepath(is->command), "/bin/stale")))
            CHECK_STR(command_exepath(is->command), p->path);
        if (!may_be_forgotten)
            CHECK(!p->is_known == !is->command);
        /* As far as its own records told it, its chain of parents is the model's. */
        struct process *parent = processes_parent(b->t, is);
        if (is->ppid != p->who.ppid || is->pstart_ns != p->who.pstart_ns)
            continue;
        struct model_process *want = of(m, p->who.ppid, p->who.pstart_ns);
        if (!may_be_forgotten)
            CHECK(!want == !parent);
        if (parent) {
            CHECK(want);
            CHECK_INT(parent->pid, want->who.pid);
            CHECK(parent->start_ns == want->who.start_ns);
        }
    }
}

static void random_history(size_t max, uint32_t with)
{
    static struct model m;
    struct bench b;
    bench_init(&b, max);
    seed = with;
    m = (struct model){.n = 1};
    m.v[0] = (struct model_process){.who = INIT, .path = "/sbin/init", .lives = true, .is_known = true};
    do_exec(&b, INIT, "/sbin/init");
    for (int i = 0; i < 1500; i++) {
        step(&b, &m);
        if (i % 50 == 0)
            compare(&b, &m, max != 0);
        if (rnd(100) == 0)
            b.now_ns += GRACE + MS;
        CHECK(processes_stats(b.t).processes + processes_stats(b.t).ended <= (max ? max : MODEL));
    }
    compare(&b, &m, max != 0);
    /* When everything has ended and its grace is over, nothing is left. */
    for (int i = m.n - 1; i > 0; i--)
        if (m.v[i].lives)
            do_exit(&b, m.v[i].who);
    b.now_ns += 2 * GRACE;
    do_see(&b, INIT);
    b.now_ns += MS;
    do_see(&b, (struct who){9999, 1, 7, 1});
    struct processes_stats s = processes_stats(b.t);
    CHECK_INT(s.processes, 2);
    CHECK_INT(s.ended, 0);
    bench_done(&b);
}

TEST(random_histories)
{
    for (uint32_t i = 1; i <= 200; i++)
        random_history(0, i * 2654435761u);
}

TEST(random_histories_without_room)
{
    for (uint32_t i = 1; i <= 200; i++)
        random_history(20 + i % 30, i * 40503u);
}
