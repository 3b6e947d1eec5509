// SPDX-License-Identifier: Apache-2.0
/*
 * Rules, and loading them again while events go on. New rules are compiled by a thread of their own. When they are ready, the
 * filter in the kernel is changed first; a record from before the change is then judged by the old rules, one from after it
 * by the new, one from the moments of the change by both: so none is lost to either.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/rule_files.h"
#include "cmd/watch.h"
#include "cmd/watch_feed.h"

enum {
    MEASURE_EVERY = 1021, /* one event of so many is measured; a prime, so that no rhythm of events hides from it */
    KEEP_OLD_MS = 3000,   /* records lie in the ring no longer than that: then the old rules go */
};

/* Clouds deliver records up to a quarter of an hour late, and the files of several regions are read one after the other. */
#define LOG_LATE_NS (UINT64_C(24) * 3600 * 1'000'000'000)

struct watch_reload {
    pthread_t thread;
    const struct watch_options *options;
    struct watch_rules *rules; /* NULL when they are wrong: `said` tells */
    struct strbuf said;
    atomic_bool is_ready;
};

static void add_safe_lines(struct strbuf *b, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line)) {
        text_add_safe(b, line);
        strbuf_addc(b, '\n');
    }
}

/* Errors always, warnings when asked. */
static void add_diags(struct strbuf *b, const struct watch_options *o, const struct diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        struct strbuf text = {};
        if (!diag_code_is_error(diags->v[i].code) && !o->verbose)
            continue;
        diag_render(&text, &diags->v[i]);
        add_safe_lines(b, strbuf_str(&text));
        strbuf_done(&text);
    }
}

/* Rules of others that were left out are told as one number; --verbose says each. */
static void say_left_out(struct strbuf *b, const struct watch_options *o, const struct ruleset *rs)
{
    const size_t n = ruleset_sigma_refused(rs);
    if (n && !o->quiet && event_source_is_log(o->source)) /* davy rules check knows of live events */
        strbuf_printf(b, intl_plural("%s: %zu Sigma rule is left out (--verbose says why)\n", "%s: %zu Sigma rules are left out (--verbose says why)\n", n), o->program, n);
    else if (n && !o->quiet)
        strbuf_printf(b, intl_plural("%s: %zu Sigma rule is left out; davy rules check --sigma says why\n",
                                     "%s: %zu Sigma rules are left out; davy rules check --sigma says why\n", n),
                      o->program, n);
}

static size_t count_enabled(const struct ruleset *rs)
{
    size_t n = 0;
    for (size_t i = 0; i < ruleset_count(rs); i++)
        n += ruleset_get(rs, i)->enabled;
    return n;
}

/* Whoever reads a log once is told what the rules that are right say of it, and which are wrong; rules that are loaded again take the place of others only when all are right. */
static struct watch_rules *load(const struct watch_options *o, bool is_first, struct strbuf *said)
{
    _cleanup_(arena_done) struct arena arena = {};
    struct diags diags = {};
    struct error err = ERROR_NULL;
    struct watch_rules *r = NULL;
    const char **files = rule_files(&arena, (const char *const *)o->rules.v, o->rules.n, o->source == SOURCE_LOG ? RULES_ALL : RULES_OF_MACHINES, &err);
    if (!files) {
        strbuf_printf(said, "%s: %s\n", o->program, err.text);
        return NULL;
    }
    struct ruleset *rs = ruleset_new();
    ruleset_limit(rs, o->source, o->least);
    if (is_first && event_source_is_log(o->source))
        ruleset_set_lenient(rs);
    const uint64_t now_ns = clock_ns(CLOCK_REALTIME);
    int result = rule_files_read(rs, files, &o->sigma, now_ns, &diags, &err);
    if (!result)
        result = watch_feed_load(rs, o->program, now_ns / 1'000'000'000, &diags, said);
    if (!result)
        result = ruleset_compile(rs, &diags);
    if (err.text[0])
        strbuf_printf(said, "%s: %s\n", o->program, err.text);
    say_left_out(said, o, rs);
    add_diags(said, o, &diags);
    diags_done(&diags);
    if (!result && ruleset_left_out(rs))
        strbuf_printf(said, intl_plural("%s: %zu item of rule files is left out, the others judge\n", "%s: %zu items of rule files are left out, the others judge\n", ruleset_left_out(rs)), o->program,
                      ruleset_left_out(rs));
    if (!result && !count_enabled(rs)) {
        strbuf_printf(said, event_source_is_log(o->source) ? _("%s: no rule for logs in what was loaded; name rule files with --rules\n")
                                                            : _("%s: no rule for live events in what was loaded; name rule files with --rules\n"),
                      o->program);
        result = -ENOENT;
    }
    if (result < 0) {
        ruleset_free(rs);
        return NULL;
    }
    r = xnew(struct watch_rules);
    r->rs = rs;
    r->evaluator = evaluator_new(rs, o->matching);
    evaluator_measure(r->evaluator, MEASURE_EVERY);
    r->correlator = correlator_new(rs);
    if (event_source_is_log(o->source))
        correlator_set_late(r->correlator, LOG_LATE_NS);
    r->matches = xalloc(ruleset_count(rs) * sizeof(*r->matches));
    r->n_enabled = count_enabled(rs);
    return r;
}

struct watch_rules *watch_rules_load(const struct watch_options *o)
{
    struct strbuf b = {};
    struct watch_rules *r = load(o, true, &b);
    if (b.n)
        (void)fputs(b.p, stderr);
    strbuf_done(&b);
    return r;
}

struct watch_rules *watch_rules_free(struct watch_rules *r)
{
    if (!r)
        return NULL;
    alert_book_free(r->book);
    correlator_free(r->correlator);
    evaluator_free(r->evaluator);
    ruleset_free(r->rs);
    free(r->matches);
    free(r);
    return NULL;
}

static void *run(void *ctx)
{
    struct watch_reload *l = ctx;
    l->rules = load(l->options, false, &l->said);
    atomic_store(&l->is_ready, true);
    return NULL;
}

void watch_reload_begin(struct watch *w)
{
    if (w->reload)
        return;
    struct watch_reload *l = xnew(struct watch_reload);
    sigset_t all, before;
    l->options = w->options;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&l->thread, NULL, run, l);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r) {
        cmd_error(w->options->program, "the rules stay as they are: %s", error_words(r));
        free(l);
        return;
    }
    w->reload = l;
}

static void let_old_go(struct watch *w)
{
    if (!w->older)
        return;
    alert_book_flush(w->older->book);
    w->older = watch_rules_free(w->older);
}

/* What correlations remember goes over to those that are the same. */
static void move_state(struct watch *w, struct watch_rules *fresh)
{
    struct strbuf state = {};
    struct error err = ERROR_NULL;
    correlator_save(w->rules->correlator, &state);
    if (correlator_restore(fresh->correlator, strbuf_str(&state), &err) < 0)
        cmd_error(w->options->program, "%s", err.text);
    w->state.matches = UINT64_MAX; /* to be written again */
    strbuf_done(&state);
}

static void put_in_place(struct watch *w, struct watch_rules *fresh)
{
    struct error err = ERROR_NULL;
    let_old_go(w);
    fresh->since_ns = w->ops->filter ? clock_ns(CLOCK_BOOTTIME) : 0;
    int r = w->ops->filter ? w->ops->filter(w->ops_ctx, fresh->rs, &err) : 0;
    if (r < 0) {
        cmd_error(w->options->program, "the rules stay as they are: %s", err.text);
        watch_rules_free(fresh);
        return;
    }
    fresh->book = alert_book_new(&w->book);
    move_state(w, fresh);
    w->older = w->rules;
    w->rules = fresh;
    w->change_end_ns = clock_ns(CLOCK_BOOTTIME);
    if (!w->ops->filter)
        let_old_go(w); /* nothing is under way between a capture and us */
    if (!w->options->quiet && watch_can_say())
        (void)fprintf(stderr, intl_plural("%s: %zu rule from now on\n", "%s: %zu rules from now on\n", fresh->n_enabled),
                      w->options->program, fresh->n_enabled);
}

void watch_reload_step(struct watch *w)
{
    if (w->older && clock_ns(CLOCK_BOOTTIME) > w->change_end_ns + KEEP_OLD_MS * 1'000'000ULL)
        let_old_go(w);
    if (!w->reload || !atomic_load(&w->reload->is_ready))
        return;
    struct watch_reload *l = w->reload;
    (void)pthread_join(l->thread, NULL);
    w->reload = NULL;
    if (l->said.n && watch_can_say())
        (void)fputs(l->said.p, stderr);
    if (l->rules)
        put_in_place(w, l->rules);
    else if (watch_can_say())
        cmd_error(w->options->program, "the rules stay as they are: the new ones are wrong");
    strbuf_done(&l->said);
    free(l);
}

void watch_reload_end(struct watch *w)
{
    if (w->reload) {
        (void)pthread_join(w->reload->thread, NULL);
        watch_rules_free(w->reload->rules);
        strbuf_done(&w->reload->said);
        free(TAKE_PTR(w->reload));
    }
    let_old_go(w);
}
