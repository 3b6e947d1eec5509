// SPDX-License-Identifier: Apache-2.0
#pragma once
/* More for live tests: a source that watches some kinds, and parameters of records. A parameter that is asked for must be there. */
#include "base/alloc.h"
#include "source/bpf/test-live.h"

#define LIVE_FILTER(...) live_filter((const unsigned[]){__VA_ARGS__}, sizeof((unsigned[]){__VA_ARGS__}) / sizeof(unsigned))
static inline struct filter *live_filter(const unsigned *kinds, size_t n)
{
    struct filter *f = xnew(struct filter);
    for (size_t i = 0; i < n; i++)
        f->kinds[kinds[i]].wanted = FILTER_WANTED | FILTER_WANTS_DATA;
    return f;
}

/* Runs fn with a source that watches these kinds only. */
static inline struct live live_watch(struct filter *f, void (*fn)(void *), void *ctx)
{
    _cleanup_free_ struct filter *filter = f;
    struct live l = live_open(&(struct source_bpf_options){.filter = filter, .no_snapshot = true});
    CHECK_INT(live_run(&l, fn, ctx), 0);
    return l;
}

static inline uint64_t live_number(const struct record *r, unsigned param)
{
    const struct record_block *b = record_find(r, (enum record_tag)(RECORD_PARAM + param));
    if (!b)
        test_fail(__FILE__, __LINE__, "call %u has no parameter %u", r->kind, param);
    return record_number(b);
}
static inline struct str live_text(const struct record *r, unsigned tag)
{
    const struct record_block *b = record_find(r, (enum record_tag)tag);
    return b ? record_text(b) : STR_NULL;
}
static inline const struct record *live_must(const struct live *l, unsigned kind)
{
    const struct record *r = live_find(l, (uint16_t)kind);
    if (!r)
        test_fail(__FILE__, __LINE__, "no record of call %u", kind);
    return r;
}

/* live_run() that reads while the child works, for what is told from time to time. */
static inline int live_run_beside(struct live *l, void (*fn)(void *), void *ctx)
{
    int status = 0;
    struct error err = {};
    live_forget(l);
    l->child = fork();
    if (!l->child) {
        fn(ctx);
        _exit(0);
    }
    time_t until = time(NULL) + LIVE_PATIENCE;
    while (!l->gone && time(NULL) <= until) {
        int r = l->source->ops->read(l->source, 100, live_take, l, &err);
        if (r < 0 && r != -EINTR)
            test_fail(__FILE__, __LINE__, "read: %d %s", r, err.text);
    }
    (void)waitpid(l->child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
