// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * For tests against the running kernel: one source, opened once, and the records of one child that does what the test asks for. Records of
 * all other processes of the machine are passed over.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/vec.h"
#include "event/record_read.h"
#include "harness/test.h"
#include "source/bpf/bpf.h"

enum { LIVE_PATIENCE = 120 }; /* seconds until the end of a child is told, on a machine that is busy */

struct live {
    struct source *source;
    VEC(struct record *) records; /* of the child, in order */
    pid_t child;
    bool gone;
    _Atomic unsigned *told; /* shared with the child, which waits: how many records of told_kind there were */
    uint16_t told_kind;
};

/* Whether records of a kind are made better by a hook here. */
static inline bool live_has_hook(const struct live *l, uint16_t kind)
{
    struct source_bpf_kind k;
    for (size_t i = 0; source_bpf_kind(l->source, i, &k); i++)
        if (k.kind == kind && k.provider && (!strncmp(k.provider, "lsm/", 4) || !strncmp(k.provider, "fentry/", 7))) {
            CHECK(!k.lost);
            return true;
        }
    return false;
}

static inline struct live live_open(const struct source_bpf_options *o)
{
    struct live l = {};
    struct error err = {};
    int r = source_bpf_open(o, &l.source, &err);
    if (r == -ENOTSUP)
        test_skip(err.text);
    if (r == -EPERM || r == -EACCES || r == -ENOSYS)
        test_skip("no rights to load programs here");
    if (r)
        test_fail(__FILE__, __LINE__, "open: %s", err.text);
    return l;
}

static inline void live_forget(struct live *l)
{
    for (size_t i = 0; i < l->records.n; i++)
        free(l->records.v[i]);
    vec_clear(&l->records);
    l->gone = false;
}

static inline void live_done(struct live *l)
{
    live_forget(l);
    vec_done(&l->records);
    if (l->source)
        l->source = l->source->ops->close(l->source);
}

static inline int live_take(void *ctx, const struct record *r)
{
    struct live *l = ctx;
    if (record_check(r, r->size, NULL, NULL))
        return -EBADMSG;
    if (r->pid != l->child && r->ppid != l->child)
        return 0;
    struct record *copy = malloc(r->size);
    memcpy(copy, r, r->size);
    vec_add(&l->records, copy);
    if (l->told && r->kind == l->told_kind)
        ++*l->told;
    l->gone |= r->kind == RECORD_PROCEXIT && r->pid == l->child && r->flags & RECORD_IS_LAST;
    return 0;
}

/* Runs fn in a child and collects its records, and those of its children, until its end; the child's exit code. */
static inline int live_run(struct live *l, void (*fn)(void *), void *ctx)
{
    int status = 0;
    struct error err = {};
    live_forget(l);
    int gate[2];
    if (pipe(gate))
        return -1;
    l->child = fork();
    if (!l->child) {
        char c;
        (void)close(gate[1]);
        (void)!read(gate[0], &c, 1);
        (void)close(gate[0]);
        fn(ctx);
        _exit(0);
    }
    (void)close(gate[0]);
    (void)close(gate[1]);
    (void)waitpid(l->child, &status, 0);
    time_t until = time(NULL) + LIVE_PATIENCE;
    while (!l->gone && time(NULL) <= until) {
        int r = l->source->ops->read(l->source, 100, live_take, l, &err);
        if (r < 0 && r != -EINTR)
            test_fail(__FILE__, __LINE__, "read: %d %s", r, err.text);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The nth record of a kind that the child made; NULL when there is none. */
static inline const struct record *live_nth(const struct live *l, uint16_t kind, size_t nth)
{
    for (size_t i = 0; i < l->records.n; i++)
        if (l->records.v[i]->kind == kind && l->records.v[i]->pid == l->child && nth-- == 0)
            return l->records.v[i];
    return NULL;
}
static inline const struct record *live_find(const struct live *l, uint16_t kind)
{
    return live_nth(l, kind, 0);
}
