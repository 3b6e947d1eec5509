// SPDX-License-Identifier: Apache-2.0
/* Who answers what the context asks. Each answer goes through the stream, so that a capture holds it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "cmd/watch_live.h"
#include "event/record_write.h"
#include "source/proc/record.h"

enum {
    WAIT_MS = 100,            /* for one container: the asker looks at once and every 10 ms, and on a slow machine comes later; the ring holds much more */
    WAIT_SHARE = 8,           /* of all time at most so small a part is waited: a storm of containers must not hold up the ring */
    STEP_TOLD_NS = 100000000, /* the clock was set by so much */
    WAIT_FIRST_NS = 250000000 /* beyond that share: many containers may be there when watching begins */
};

static const struct record *ask_user(void *ctx, const struct record *about, uint32_t id)
{
    (void)id;
    names_source_ask(((struct asker *)ctx)->names, about);
    return NULL; /* it comes by the stream */
}

static const struct record *ask_host(void *ctx, const uint8_t address[16], bool v6)
{
    names_source_ask_host(((struct asker *)ctx)->names, address, v6);
    return NULL;
}

static const struct record *ask_container(void *ctx, const struct record *about, struct str cgroup)
{
    return container_records_ask(((struct asker *)ctx)->containers, about, cgroup);
}

/* It is taken at once, while the event that asks waits: the capture has it before that event. */
static const struct record *ask_process(void *ctx, int32_t pid, uint64_t start_ns)
{
    struct asker *a = ctx;
    if (!proc_record(a->proc, pid, start_ns, a->keeps_env, &a->process))
        return NULL;
    if (a->watch->capture)
        capture_write(a->watch->capture, a->process.record);
    return a->process.record;
}

static void ask_config(void *ctx, const struct record *about, struct str path)
{
    config_source_ask(((struct asker *)ctx)->configs, about, path);
}

static void ask_rewrite(void *ctx, const struct record *about, struct str path)
{
    config_source_ask_rewrite(((struct asker *)ctx)->configs, about, path);
}

struct context_ask asker_questions(struct asker *a)
{
    return (struct context_ask){.user = ask_user, .group = ask_user, .hostname = ask_host, .container = ask_container, .process = ask_process, .config = ask_config,
                                .rewrite = ask_rewrite, .ctx = a};
}

void asker_prepare(struct asker *a, const struct watch *w)
{
    a->configs = config_source_new("");
    a->hidden.is_wanted = sensor_reads_hidden(w->rules->rs);
    if (!sensor_reads_logins(w->rules->rs))
        return;
    config_source_follow(a->configs);
    const int r = config_source_journal(a->configs, NULL);
    if (r < 0)
        cmd_error(w->options->program, "logins are not seen as they are told to the journal: journalctl: %s", error_words(-r));
}

int asker_init(struct asker *a, struct watch *w, struct error *err)
{
    *a = (struct asker){.watch = w, .root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
                        .proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
                        .configs = a->configs,
                        .hidden = {.is_wanted = a->hidden.is_wanted},
                        .begin_ns = clock_ns(CLOCK_MONOTONIC)};
    if (a->root < 0 || a->proc < 0)
        return error_errno(err, -errno, "cannot look at the machine's folders");
    a->names = names_source_new("");
    const struct container_stores stores = {.root = a->root, .proc = a->proc, .may_ask = true};
    return container_records_new(&stores, &a->containers, err);
}

static int give(void *ctx, const struct record *r)
{
    watch_record(ctx, r);
    return 0;
}

static uint32_t own_pidns(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? (uint32_t)st.st_ino : 0;
}

static void give_machine(struct asker *a, uint64_t boot, bool is_set)
{
    struct record_writer w = {};
    struct utsname u = {};
    (void)uname(&u);
    struct record *r = record_begin(&w, RECORD_MACHINE);
    r->time_ns = boot;
    r->pidns = own_pidns();
    record_add_number(&w, RECORD_PARAM, a->watch->boot_ns);
    if (is_set)
        record_add_number(&w, RECORD_PARAM + 1, (uint64_t)a->step_ns);
    record_add_text(&w, RECORD_TEXT, str_from(a->watch->options->hostname ? a->watch->options->hostname : u.nodename));
    watch_record(a->watch, w.record);
    record_writer_done(&w);
}

void asker_begin(struct asker *a)
{
    const uint64_t boot = clock_ns(CLOCK_BOOTTIME);
    give_machine(a, boot, false);
    (void)names_source_machine(a->names, boot, give, a->watch);
    config_source_begin(a->configs, boot);
}

/* Tells when somebody has set the clock. What is slewed, as by NTP, is told in steps of that size, too. */
static void look_at_clock(struct asker *a)
{
    const int64_t step = (int64_t)(clock_boot_ns() - a->watch->boot_ns), apart = step > a->step_ns ? step - a->step_ns : a->step_ns - step;
    if (apart < STEP_TOLD_NS)
        return;
    a->step_ns = step;
    give_machine(a, clock_ns(CLOCK_BOOTTIME), true);
}

static int notice(void *ctx, const struct record *r)
{
    container_records_notice(((struct asker *)ctx)->containers, r);
    return 0;
}

/* Asks about the containers of programs whose records wait their turn. */
static void look_ahead(void *ctx)
{
    static const uint16_t kinds[] = {SYS_execve, SYS_execveat};
    struct asker *a = ctx;
    struct source *source = a->watch->source;
    if (source && source->ops->ahead)
        source->ops->ahead(source, kinds, notice, a);
}

void asker_ahead(struct asker *a, const struct record *r)
{
    if (r->kind != SYS_execve && r->kind != SYS_execveat && r->kind != RECORD_PROCESS)
        return;
    const uint64_t begin = clock_ns(CLOCK_MONOTONIC);
    const bool has_time = a->waited_ns < WAIT_FIRST_NS + (begin - a->begin_ns) / WAIT_SHARE;
    const bool is_there = container_records_ahead(a->containers, r, has_time ? WAIT_MS : 0, look_ahead, a);
    a->waited_ns += clock_ns(CLOCK_MONOTONIC) - begin;
    if (is_there)
        asker_take(a);
}

void asker_take(struct asker *a)
{
    (void)names_source_take(a->names, clock_ns(CLOCK_BOOTTIME), give, a->watch);
    (void)container_records_take(a->containers, clock_ns(CLOCK_BOOTTIME), give, a->watch);
    (void)config_source_take(a->configs, clock_ns(CLOCK_BOOTTIME), give, a->watch);
}

void asker_look(struct asker *a)
{
    look_at_clock(a);
    look_ahead(a);
    asker_take(a);
    if (config_source_has_journal_ended(a->configs) && watch_can_say())
        cmd_error(a->watch->options->program, "journalctl ended: logins are not seen any more; start davy watch again");
    hidden_look(&a->hidden, a->watch, a->proc);
}

void asker_done(struct asker *a)
{
    a->names = names_source_free(a->names);
    a->configs = config_source_free(a->configs);
    record_writer_done(&a->process);
    a->containers = container_records_free(a->containers);
    if (a->root >= 0)
        (void)close(TAKE_FD(a->root));
    if (a->proc >= 0)
        (void)close(TAKE_FD(a->proc));
}
