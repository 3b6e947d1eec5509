// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "finding/alert_book.h"

/* An alert that was shown, and what came after it. */
struct repeat {
    uint64_t key; /* 0: free */
    uint64_t from_ns, window_ns;
    uint64_t n;          /* in this window, not told yet */
    uint64_t since_ns;   /* the first of them, as it is told */
    struct alert *alert; /* made of the first of them, in the arena, with the time of the last; NULL while there is none */
    struct arena arena;
};

struct kind {
    uint64_t key, seen_ns;
};

struct allowance {
    double tokens;
    uint64_t filled_ns;
    uint64_t withheld, since_ns; /* not told yet */
    const struct rule *rule;     /* NULL: nothing was found yet */
};

struct alert_book {
    struct alert_book_options options;
    struct repeat repeats[ALERT_REPEATS_SETS][ALERT_REPEATS_WAYS];
    struct kind kinds[ALERT_KINDS_SETS][ALERT_KINDS_WAYS];
    VEC(struct allowance) rules; /* by rule->index */
    struct arena scratch;
    struct strbuf key;
    uint64_t now_ns;
    uint64_t step_ns; /* event_run.step_ns of the last match */
    struct alert_book_stats stats;
};

struct alert_book *alert_book_new(const struct alert_book_options *options)
{
    struct alert_book *b = xnew(struct alert_book);
    b->options = *options;
    return b;
}

struct alert_book *alert_book_free(struct alert_book *b)
{
    if (!b)
        return NULL;
    for (size_t i = 0; i < ALERT_REPEATS_SETS; i++)
        for (size_t k = 0; k < ALERT_REPEATS_WAYS; k++)
            arena_done(&b->repeats[i][k].arena);
    arena_done(&b->scratch);
    strbuf_done(&b->key);
    vec_done(&b->rules);
    free(b);
    return NULL;
}

static void show(struct alert_book *b, const struct alert *a)
{
    b->stats.shown++;
    b->options.show(b->options.ctx, a);
}

static void key_add(struct strbuf *key, struct str s)
{
    strbuf_add(key, str_n(&s.n, sizeof(s.n)));
    strbuf_add(key, s);
}

static uint64_t hash_of(const struct strbuf *key)
{
    uint64_t h = hash_str(strbuf_str(key));
    return h ? h : 1;
}

/* ---- repeats ---- */

static void tell(struct alert_book *b, struct repeat *r)
{
    if (!r->n)
        return;
    r->alert->repeats = r->n;
    r->alert->since_ns = r->since_ns;
    show(b, r->alert);
    r->n = 0;
    r->alert = NULL;
    arena_reset(&r->arena);
}

static void forget(struct repeat *r)
{
    r->key = 0;
    r->n = 0;
    r->alert = NULL;
    arena_done(&r->arena);
}

/* At the end of a window: what went on gets a longer one, what did not is forgotten. */
static void end_window(struct alert_book *b, struct repeat *r, uint64_t now_ns)
{
    if (!r->n) {
        forget(r);
        return;
    }
    tell(b, r);
    r->from_ns = now_ns;
    r->window_ns = r->window_ns * 2 < b->options.window_ns ? r->window_ns * 2 : b->options.window_ns;
}

static bool is_over(const struct repeat *r, uint64_t now_ns)
{
    return now_ns >= r->from_ns && now_ns - r->from_ns >= r->window_ns;
}

/* Whether the match is one more of an alert that was shown. Else there is an entry for it from here on. */
static bool is_repeat(struct alert_book *b, const struct alert_match *m, struct str output, struct str container)
{
    const uint64_t rule = (uint64_t)m->rule->index << 1 | m->is_resolved, now = m->event->time_ns;
    strbuf_clear(&b->key);
    strbuf_add(&b->key, str_n(&rule, sizeof(rule)));
    key_add(&b->key, container);
    key_add(&b->key, output);
    const uint64_t key = hash_of(&b->key);
    struct repeat *set = b->repeats[key % ALERT_REPEATS_SETS], *r = NULL, *oldest = set;
    for (size_t i = 0; i < ALERT_REPEATS_WAYS; i++) {
        if (set[i].key == key)
            r = &set[i];
        if (oldest->key && (!set[i].key || set[i].from_ns < oldest->from_ns))
            oldest = &set[i];
    }
    if (r && is_over(r, now))
        end_window(b, r, now);
    if (r && r->key) {
        if (!r->n++) {
            r->since_ns = event_told_ns(m->event, now);
            r->alert = alert_make(m, arena_str(&r->arena, output), &r->arena);
        }
        r->alert->time_ns = event_told_ns(m->event, now);
        r->alert->num = m->event->num;
        b->stats.repeats++;
        return true;
    }
    if (oldest->key)
        tell(b, oldest);
    forget(oldest);
    oldest->key = key;
    oldest->from_ns = now;
    oldest->window_ns =
        b->options.window_ns < ALERT_WINDOW_FIRST_NS ? b->options.window_ns : ALERT_WINDOW_FIRST_NS;
    return false;
}

/* ---- rate ---- */

static bool is_first_of_kind(struct alert_book *b, const struct alert_match *m, struct str container)
{
    const uint64_t rule = m->rule->index;
    strbuf_clear(&b->key);
    strbuf_add(&b->key, str_n(&rule, sizeof(rule)));
    key_add(&b->key, container);
    key_add(&b->key, alert_text(m->event, F_PROC_NAME));
    key_add(&b->key, alert_text(m->event, F_PROC_EXEPATH));
    const uint64_t key = hash_of(&b->key);
    struct kind *set = b->kinds[key % ALERT_KINDS_SETS], *oldest = set;
    for (size_t i = 0; i < ALERT_KINDS_WAYS; i++) {
        if (set[i].key == key) {
            set[i].seen_ns = m->event->time_ns;
            return false;
        }
        if (set[i].seen_ns < oldest->seen_ns)
            oldest = &set[i];
    }
    *oldest = (struct kind){key, m->event->time_ns};
    return true;
}

static struct allowance *allowance_of(struct alert_book *b, const struct rule *rule)
{
    while (b->rules.n <= rule->index)
        vec_push(&b->rules);
    struct allowance *w = &b->rules.v[rule->index];
    if (!w->rule) {
        w->rule = rule;
        w->tokens = (double)b->options.rate * ALERT_BURST_SECONDS;
    }
    return w;
}

static bool has_token(struct alert_book *b, struct allowance *w, uint64_t now_ns)
{
    const double most = (double)b->options.rate * ALERT_BURST_SECONDS;
    if (w->filled_ns && now_ns > w->filled_ns)
        w->tokens += (double)(now_ns - w->filled_ns) / 1e9 * b->options.rate;
    if (w->tokens > most)
        w->tokens = most;
    if (now_ns > w->filled_ns)
        w->filled_ns = now_ns;
    if (w->tokens < 1)
        return false;
    w->tokens -= 1;
    return true;
}

static void tell_withheld(struct alert_book *b, struct allowance *w, uint64_t now_ns)
{
    if (!w->withheld)
        return;
    show(b, &(struct alert){
                .time_ns = now_ns + b->step_ns,
                .rule = w->rule,
                .name = w->rule->name,
                .priority = w->rule->priority,
                .tags = w->rule->tags,
                .n_tags = w->rule->n_tags,
                .type = EVENT__N,
                .subject = {.pid = -1, .ppid = -1, .uid = -1, .loginuid = -1},
                .withheld = w->withheld,
                .since_ns = w->since_ns + b->step_ns,
            });
    w->withheld = 0;
}

static bool is_withheld(struct alert_book *b, const struct alert_match *m, struct str container)
{
    if (!b->options.rate)
        return false;
    struct allowance *w = allowance_of(b, m->rule);
    const bool is_allowed = has_token(b, w, m->event->time_ns);
    if (is_first_of_kind(b, m, container) || is_allowed)
        return false;
    if (!w->withheld++)
        w->since_ns = m->event->time_ns;
    b->stats.withheld++;
    return true;
}

/* ---- the book ---- */

void alert_book_take(struct alert_book *b, const struct alert_match *m)
{
    if (m->event->time_ns > b->now_ns)
        b->now_ns = m->event->time_ns;
    b->step_ns = event_told_ns(m->event, 0);
    arena_reset(&b->scratch);
    struct str output = alert_output(m, &b->scratch);
    struct str container = alert_text(m->event, F_CONTAINER_ID);
    if (b->options.window_ns && is_repeat(b, m, output, container))
        return;
    if (!is_withheld(b, m, container))
        show(b, alert_make(m, output, &b->scratch));
}

void alert_book_tick(struct alert_book *b, uint64_t now_ns)
{
    if (now_ns > b->now_ns)
        b->now_ns = now_ns;
    for (size_t i = 0; i < ALERT_REPEATS_SETS; i++)
        for (size_t k = 0; k < ALERT_REPEATS_WAYS; k++) {
            struct repeat *r = &b->repeats[i][k];
            if (r->key && is_over(r, b->now_ns))
                end_window(b, r, b->now_ns);
        }
    for (size_t i = 0; i < b->rules.n; i++)
        if (b->rules.v[i].withheld && b->now_ns - b->rules.v[i].since_ns >= ALERT_WITHHELD_NS)
            tell_withheld(b, &b->rules.v[i], b->now_ns);
}

void alert_book_flush(struct alert_book *b)
{
    for (size_t i = 0; i < ALERT_REPEATS_SETS; i++)
        for (size_t k = 0; k < ALERT_REPEATS_WAYS; k++) {
            tell(b, &b->repeats[i][k]);
            forget(&b->repeats[i][k]);
        }
    for (size_t i = 0; i < b->rules.n; i++)
        tell_withheld(b, &b->rules.v[i], b->now_ns);
    vec_clear(&b->rules);
    memset(b->kinds, 0, sizeof(b->kinds));
}

struct alert_book_stats alert_book_stats(const struct alert_book *b)
{
    return b->stats;
}
