// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * For tests, the fuzzer and the benchmark: a stream of records written by hand and the context that takes them. An answer is asked for by
 * a field as a rule names it ("evt.arg.flags", "proc.aname[2]") and given as text.
 */
#include "base/strbuf.h"
#include "context/context.h"
#include "event/record_kind.h"
#include "event/record_read.h"
#include "event/record_write.h"

enum { STREAM_BOOT_SECONDS = 1'700'000'000 };

struct stream {
    struct context *c;
    struct record_writer w;
    uint64_t now_ns;
    struct live_event *e; /* the last event; NULL after a record that told none */
    struct strbuf text;   /* the last answer */
};

static inline void stream_init(struct stream *s, struct context_options options)
{
    options.boot_ns = STREAM_BOOT_SECONDS * 1'000'000'000ULL;
    *s = (struct stream){.c = context_new(&options), .now_ns = 100'000'000'000};
}

static inline void stream_done(struct stream *s)
{
    context_free(s->c);
    record_writer_done(&s->w);
    strbuf_done(&s->text);
}

/* When the process with that pid began, where a test does not say it. */
static inline uint64_t stream_start(int32_t pid)
{
    return (uint64_t)pid * 1'000'000;
}

/* Begins a record of the main thread of a process; the caller adds blocks, then calls stream_take(). */
static inline struct record *stream_begin(struct stream *s, int kind, int32_t pid, int32_t ppid, const char *comm)
{
    struct record *r = record_begin(&s->w, (uint16_t)kind);
    s->now_ns += 1'000'000;
    r->time_ns = s->now_ns;
    r->pid = r->tid = r->vpid = r->vtid = pid;
    r->ppid = ppid;
    r->start_ns = stream_start(pid);
    r->pstart_ns = ppid > 0 ? stream_start(ppid) : 0;
    r->pgid = r->vpgid = r->sid = pid;
    r->loginuid = UINT32_MAX;
    r->mntns = 4026531840;
    memcpy(r->comm, comm, strnlen(comm, sizeof(r->comm) - 1));
    return r;
}

static inline struct record *stream_call(struct stream *s, enum event_type type, int32_t pid, int32_t ppid, const char *comm)
{
    return stream_begin(s, record_kind_of(type), pid, ppid, comm);
}

/* 1 when it gave an event, -1 when the record is not sound. */
static inline int stream_take(struct stream *s)
{
    s->e = NULL;
    if (record_check(s->w.record, s->w.record->size, NULL, NULL) < 0)
        return -1;
    return context_take(s->c, s->w.record, &s->e);
}

static inline void stream_param(struct stream *s, unsigned i, const char *text)
{
    record_add_text(&s->w, (uint16_t)(RECORD_PARAM + i), str_from(text));
}
static inline void stream_number(struct stream *s, unsigned i, uint64_t number)
{
    record_add_number(&s->w, (uint16_t)(RECORD_PARAM + i), number);
}
static inline void stream_text(struct stream *s, uint16_t tag, const char *text)
{
    record_add_text(&s->w, tag, str_from(text));
}
static inline void stream_fd(struct stream *s, const struct record_fd *fd, const char *name)
{
    record_add(&s->w, RECORD_FD, 0, fd, sizeof(*fd), str_from(name));
}

/* Words that end in '|' each stand for words that end in NUL: "ls|-l|". */
static inline void stream_words(struct stream *s, uint16_t tag, const char *words)
{
    char room[1024];
    size_t n = strlen(words) < sizeof(room) ? strlen(words) : sizeof(room);
    for (size_t i = 0; i < n; i++)
        room[i] = words[i] == '|' ? 0 : words[i];
    record_add_text(&s->w, tag, str_n(room, n));
}

static inline int stream_fork(struct stream *s, int32_t pid, int32_t ppid, const char *comm)
{
    stream_begin(s, RECORD_FORK, pid, ppid, comm);
    return stream_take(s);
}

/* Blocks of an exec: program and command line, in a folder and a control group. */
static inline void stream_exec_blocks(struct stream *s, const char *exepath, const char *words)
{
    struct record_exe exe = {.ino = 77, .ctime_ns = STREAM_BOOT_SECONDS * 1'000'000'000ULL, .mtime_ns = 5, .fdlimit = 1024,
                             .vm_size = 2000, .vm_rss = 300, .pgft_maj = 1, .pgft_min = 40, .mode = 0100755,
                             .pidns_start_ns = 1'000'000};
    record_add(&s->w, RECORD_EXE, 0, &exe, sizeof(exe), str_from(exepath));
    stream_words(s, RECORD_ARGS, words);
    stream_text(s, RECORD_CWD, "/root");
    stream_text(s, RECORD_CGROUP, "/user.slice");
}

static inline int stream_exec(struct stream *s, int32_t pid, int32_t ppid, const char *comm, const char *exepath, const char *words)
{
    stream_call(s, EVENT_EXECVE, pid, ppid, comm);
    stream_exec_blocks(s, exepath, words);
    stream_param(s, 30, exepath);
    return stream_take(s);
}

static inline int stream_exit(struct stream *s, int32_t pid, int32_t ppid, const char *comm)
{
    stream_begin(s, RECORD_PROCEXIT, pid, ppid, comm)->flags = RECORD_IS_LAST;
    return stream_take(s);
}

/* "name[arg]" or "name.arg" as a reference; false when there is no such field. */
static inline bool stream_ref(struct str name, struct field_ref *ret)
{
    const char *bracket = memchr(name.p, '[', name.n);
    struct str base = bracket ? str_n(name.p, (size_t)(bracket - name.p)) : name;
    *ret = (struct field_ref){.id = field_from(base)};
    if (bracket) {
        ret->has_arg = true;
        ret->arg = str_sub(name, base.n + 1, name.n - 1);
    } else if (ret->id == FIELD__INVALID) {
        const char *dot = memrchr(name.p, '.', name.n);
        if (!dot)
            return false;
        ret->id = field_from(str_n(name.p, (size_t)(dot - name.p)));
        ret->has_arg = true;
        ret->arg = str_sub(name, (size_t)(dot - name.p) + 1, name.n);
    }
    uint64_t index = 0;
    if (ret->id != FIELD__INVALID && FIELDS[ret->id].flags & FIELD_ARG_INDEX && str_to_u64(ret->arg, &index)) {
        ret->arg_is_index = true;
        ret->index = (uint32_t)index;
    }
    return ret->id != FIELD__INVALID;
}

/* The answer as a rule's output prints it, "<NA>" when the event has none; "no such field". */
static inline struct str stream_ask(struct stream *s, const char *name)
{
    struct field_ref ref;
    struct value v = {};
    strbuf_clear(&s->text);
    if (!stream_ref(str_from(name), &ref))
        return STR("no such field");
    if (!s->e || !event_get(live_event(s->e), &ref, &v))
        return STR("<NA>");
    value_add_text(&s->text, &v);
    return strbuf_str(&s->text);
}
#define CHECK_FIELD(s, name, want) CHECK_STR(stream_ask((s), (name)), (want))

/* init, sshd, a login shell (20) and its child (30), which has not run another program yet. */
static inline void make_shell(struct stream *s)
{
    stream_exec(s, 1, 0, "systemd", "/usr/lib/systemd/systemd", "/sbin/init|");
    stream_fork(s, 10, 1, "systemd");
    stream_exec(s, 10, 1, "sshd", "/usr/sbin/sshd", "sshd: root|");
    stream_fork(s, 20, 10, "sshd");
    stream_exec(s, 20, 10, "bash", "/usr/bin/bash", "-bash|");
    stream_fork(s, 30, 20, "bash");
}

static inline struct record_fd ipv4(uint16_t lport, const char *remote, uint16_t rport, uint8_t l4proto, uint16_t flags)
{
    struct record_fd fd = {.num = 5, .type = RECORD_FD_IPV4, .l4proto = l4proto, .flags = flags, .lport = lport, .rport = rport};
    struct net net;
    memcpy(fd.laddr, (uint8_t[4]){10, 0, 0, 5}, 4);
    if (net_from_str(str_from(remote), &net))
        memcpy(fd.raddr, net.bytes, 4);
    return fd;
}
