// SPDX-License-Identifier: Apache-2.0
/*
 * For people: when, how bad, which rule, who; below it what happened.
 *
 *     14:02:11  CRITICAL  All SSH keys of root replaced   bash(4121) ← cron(612)   container web-7f   user root
 *                         3 keys removed, 1 added …
 *
 * Where events may be of any day, that stands below the time.
 */
#include <time.h>

#include "base/intl.h"
#include "base/text.h"
#include "sink/live_held.h"
#include "sink/live_private.h"
#include "sink/page.h"

enum {
    COLUMN_SEVERITY = 11,
    COLUMN_RULE = 21,
    GAP = 3,
    OUTPUT_LINES = 4, /* of one output unless everything is asked for */
    MEMBERS = 6,      /* of a correlation likewise */
};

static void put_clock(struct page *p, uint64_t time_ns)
{
    struct strbuf b = {};
    live_add_clock(&b, time_ns, 0);
    page_put(p, page_format(p, "%s", b.p));
    strbuf_done(&b);
}

static struct str clock_text(struct page *p, uint64_t time_ns)
{
    struct strbuf b = {};
    live_add_clock(&b, time_ns, 0);
    struct str s = page_format(p, "%s", b.p);
    strbuf_done(&b);
    return s;
}

static struct str with_pid(struct page *p, struct str name, int64_t pid)
{
    struct str safe = page_safe(p, name);
    return pid < 0 ? safe : page_format(p, "%.*s(%lld)", STR_ARG(safe), (long long)pid);
}

static void put_who(struct page *p, const struct alert_subject *s)
{
    struct str container = s->container_name.n ? s->container_name : s->container_id;
    if (s->process.n && s->parent.n)
        page_piece(p, COLUMN_RULE, GAP,
                   page_format(p, "%s %s %s", with_pid(p, s->process, s->pid).p, p->utf8 ? "←" : "<-",
                               with_pid(p, s->parent, s->ppid).p));
    else if (s->process.n)
        page_piece(p, COLUMN_RULE, GAP, with_pid(p, s->process, s->pid));
    if (s->pod.n)
        page_piece(p, COLUMN_RULE, GAP,
                   page_format(p, _("pod %s/%s"), page_safe(p, s->namespace).p, page_safe(p, s->pod).p));
    if (container.n)
        page_piece(p, COLUMN_RULE, GAP, page_format(p, _("container %s"), page_safe(p, container).p));
    if (s->user.n)
        page_piece(p, COLUMN_RULE, GAP, page_format(p, _("user %s"), page_safe(p, s->user).p));
}

static void put_count(struct page *p, const struct alert *a)
{
    const char *since = clock_text(p, a->since_ns).p;
    if (a->repeats)
        page_piece(p, COLUMN_RULE, GAP,
                   page_format(p, _("%s%llu since %s"), page_mark(p, MARK_TIMES), (unsigned long long)a->repeats, since));
    if (a->withheld)
        page_piece(p, COLUMN_RULE, GAP,
                   page_format(p, intl_plural("%llu more since %s, beyond the rule's rate, is not shown",
                                              "%llu more since %s, beyond the rule's rate, are not shown", a->withheld),
                               (unsigned long long)a->withheld, since));
}

static bool is_first_of_rule(const struct alert *a, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(a->members[i].rule, a->members[at].rule))
            return false;
    return true;
}

/* What a correlation is made of: the first match of each rule, or all of them. */
static void put_members(struct page *p, const struct alert *a, bool verbose)
{
    size_t shown = 0;
    for (size_t i = 0; i < a->n_members; i++) {
        if (!verbose && (shown == MEMBERS || !is_first_of_rule(a, i)))
            continue;
        shown++;
        page_to(p, COLUMN_RULE);
        page_puts(p, p->utf8 ? "← " : "<- ");
        put_clock(p, a->members[i].time_ns);
        page_puts(p, "  ");
        page_words(p, COLUMN_RULE + GAP, page_safe(p, intl_rule(a->members[i].rule)));
        page_piece(p, COLUMN_RULE + GAP, GAP, page_format(p, _("event %llu"), (unsigned long long)a->members[i].num));
        page_end_line(p);
    }
    if (shown && shown < a->matches) {
        page_to(p, COLUMN_RULE);
        page_words(p, COLUMN_RULE, page_format(p, intl_plural("of %llu match", "of %llu matches", a->matches), (unsigned long long)a->matches));
        page_end_line(p);
    }
}

static void put_day(struct page *p, uint64_t time_ns)
{
    const time_t seconds = (time_t)(time_ns / 1'000'000'000);
    struct tm tm = {};
    (void)localtime_r(&seconds, &tm);
    page_put(p, page_format(p, " %04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday));
}

static void put_output(struct page *p, const struct alert *a, bool verbose)
{
    struct strbuf words = {};
    struct str output = page_safe(p, str_trim(live_words(&words, a)));
    if (output.n) {
        page_to(p, COLUMN_RULE);
        page_words_most(p, COLUMN_RULE, output, verbose ? UINT32_MAX : OUTPUT_LINES);
    }
    strbuf_done(&words);
}

static void put_alert(struct page *p, const struct alert *a, const struct live_look *look, struct live_seam *ret)
{
    page_puts(p, " ");
    put_clock(p, a->time_ns);
    page_to(p, COLUMN_SEVERITY);
    page_severity(p, a->priority);
    page_to(p, COLUMN_RULE - 1);
    page_puts(p, " ");
    page_words(p, COLUMN_RULE, page_safe(p, intl_rule(a->name)));
    put_count(p, a);
    put_who(p, &a->subject);
    if (a->is_resolved)
        page_piece(p, COLUMN_RULE, GAP, str_from(_("behind a link or mount")));
    *ret = (struct live_seam){p->out.n, p->column};
    page_end_line(p);
    if (look->dated)
        put_day(p, a->time_ns);
    put_output(p, a, look->verbose);
    if (look->dated || a->output.n)
        page_end_line(p);
    put_members(p, a, look->verbose);
}

void live_text_add(struct strbuf *b, const struct alert *a, const struct live_look *look, struct live_seam *ret)
{
    struct page p = {.width = look->width, .colour = look->colour, .utf8 = look->utf8};
    put_alert(&p, a, look, ret);
    ret->at += b->n;
    strbuf_add(b, strbuf_str(&p.out));
    page_done(&p);
}

static void add(struct strbuf *b, const struct alert *a, const struct live_look *look)
{
    struct live_seam seam;
    live_text_add(b, a, look, &seam);
}

void live_add_case(struct strbuf *b, const struct live_case *c, unsigned column, const struct live_look *look)
{
    struct page p = {.width = look->width, .utf8 = look->utf8, .column = column};
    page_piece(&p, COLUMN_RULE, GAP, c->is_new ? page_format(&p, _("case %lld opened"), (long long)c->id)
                                               : page_format(&p, _("%s case %lld"), look->utf8 ? "↑" : "^", (long long)c->id));
    strbuf_add(b, strbuf_str(&p.out));
    page_done(&p);
}

const struct live_format LIVE_TEXT = {.name = "text", .help = N_("for people, as wide as the terminal"), .add = add};

/* "1.2 M": people want the order of it. */
static void add_rate(struct strbuf *b, double n)
{
    if (n >= 999.5e3)
        strbuf_printf(b, "%.1f M", n / 1e6);
    else if (n >= 9999.5)
        strbuf_printf(b, "%.0f k", n / 1e3);
    else
        text_add_count(b, (uint64_t)(n + 0.5));
}

/* What a narrow terminal has no room for is left out whole, the least of it first. */
enum room { ROOM_ALL, ROOM_NO_SHARE, ROOM_NO_RATE, ROOM__N };

static void add_live(struct strbuf *b, const struct live_status *s, const char *dot, enum room room)
{
    struct strbuf n = {};
    add_rate(&n, s->seen_per_second);
    if (room < ROOM_NO_RATE)
        strbuf_printf(b, _("%s events/s seen"), n.p ? n.p : "0");
    if (s->left_share >= 0 && room < ROOM_NO_SHARE)
        strbuf_printf(b, _(" %s %.2g %% left the kernel"), dot, s->left_share * 100);
    strbuf_clear(&n);
    text_add_count(&n, s->dropped);
    strbuf_printf(b, _(" %s %s dropped"), room < ROOM_NO_RATE ? dot : "", n.p);
    strbuf_done(&n);
}

static void add_status(struct strbuf *line, const struct live_status *s, const struct live_look *look, enum room room)
{
    const char *dot = look->utf8 ? "·" : "-";
    struct strbuf n = {};
    strbuf_clear(line);
    strbuf_adds(line, look->utf8 ? " ─ " : " - ");
    if (!s->is_replay)
        add_live(line, s, dot, room);
    else {
        add_rate(&n, s->seen_per_second);
        strbuf_printf(line, _("%s events/s replayed"), n.p);
    }
    strbuf_clear(&n);
    text_add_count(&n, s->alerts);
    strbuf_printf(line, intl_plural(" %s %s finding", " %s %s findings", s->alerts), dot, n.p);
    strbuf_clear(&n);
    text_add_size(&n, s->memory);
    strbuf_printf(line, _(" %s %s %s ^C to stop"), dot, n.p, dot);
    strbuf_done(&n);
}

void live_status_add(struct strbuf *b, const struct live_status *s, const struct live_look *look)
{
    const size_t width = look->width > 1 ? look->width - 1 : 1;
    struct strbuf line = {};
    for (int room = 0; room < ROOM__N && (!room || text_width(strbuf_str(&line)) > width); room++)
        add_status(&line, s, look, (enum room)room);
    text_add_fit(b, strbuf_str(&line), width, look->utf8);
    strbuf_done(&line);
}
