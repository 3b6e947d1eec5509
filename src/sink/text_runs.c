// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "sink/order.h"
#include "sink/text_private.h"

enum { SHOWN = 24, SAID = 6, CLOCK = 9 }; /* moments and lines shown unless everything is wanted; columns of a time */

static void put_moment(struct page *p, const struct report_run *run, const struct report_moment *m)
{
    const double at = m->time_ns > run->started_ns ? (double)(m->time_ns - run->started_ns) / 1e9 : 0;
    page_to(p, TEXT_INDENT);
    page_put(p, page_format(p, "%6.1f s", at));
    page_to(p, TEXT_INDENT + CLOCK);
    page_puts(p, word_of_moment(m->what));
    page_to(p, TEXT_INDENT + 2 * CLOCK);
    page_words_most(p, TEXT_INDENT + 2 * CLOCK, page_safe(p, m->finding ? intl_rule(m->text) : intl_str(m->text)), 2);
    if (m->count > 1)
        page_put(p, page_format(p, " %s%llu", page_mark(p, MARK_TIMES), (unsigned long long)m->count));
    page_end_line(p);
}

/* What it said, line by line; who wants all of it asks for it. */
static void put_said(struct page *p, const struct report_run *run, bool verbose)
{
    struct str rest = run->output, line;
    unsigned lines = 0, left = 0;
    while (str_split(&rest, '\n', &line)) {
        line = str_trim(line);
        if (!line.n)
            continue;
        if (!verbose && lines >= SAID) {
            left++;
            continue;
        }
        page_to(p, TEXT_INDENT);
        if (!lines++)
            page_puts(p, _("it said"));
        page_to(p, TEXT_INDENT + CLOCK);
        page_words_most(p, TEXT_INDENT + CLOCK, page_safe(p, line), verbose ? 20 : 2);
        page_end_line(p);
    }
    if (left) {
        page_to(p, TEXT_INDENT + CLOCK);
        page_words(p, TEXT_INDENT + CLOCK, page_format(p, _("and %s more (--verbose)"), text_number(p, left)));
        page_end_line(p);
    }
}

static void put_run(struct page *p, const struct report_run *run, bool verbose)
{
    text_label(p, 1, _("ran"));
    page_words_most(p, TEXT_INDENT, page_safe(p, run->command), verbose ? 20 : 2);
    page_end_line(p);
    page_to(p, TEXT_INDENT);
    page_words(p, TEXT_INDENT, page_format(p, _("in a jail for %.1f s with %.1f s of processor time; %s; exchanges: %s; files made or changed: %s"),
                                           (double)run->wall_ns / 1e9, (double)run->cpu_ns / 1e9, page_safe(p, intl_str(run->ended)).p,
                                           text_number(p, run->exchanges), text_number(p, run->dropped)));
    page_end_line(p);
    if (run->fast) {
        page_to(p, TEXT_INDENT);
        const double seconds = (double)(run->wall_ns + run->ahead_ns) / 1e9;
        page_words(p, TEXT_INDENT, seconds < 600 ? page_format(p, _("%.1f s by its own clocks: waiting took 1/%u of its time (--fast)"), seconds, run->fast)
                                                 : page_format(p, _("%.0f min by its own clocks: waiting took 1/%u of its time (--fast)"), seconds / 60, run->fast));
        page_end_line(p);
    }
    if (run->lost) {
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, page_format(p, _("%s events were lost"), text_number(p, run->lost)));
        page_end_line(p);
    }
    const size_t n = verbose || run->moments.n <= SHOWN ? run->moments.n : SHOWN;
    for (size_t i = 0; i < n; i++)
        put_moment(p, run, &run->moments.v[i]);
    if (n < run->moments.n) {
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, page_format(p, _("and %s more (--verbose)"), text_number(p, run->moments.n - n)));
        page_end_line(p);
    }
    put_said(p, run, verbose);
    page_end_line(p);
}

void text_runs(struct page *p, const struct report_target *t, bool verbose)
{
    for (size_t i = 0; i < t->runs.n; i++)
        put_run(p, t->runs.v[i], verbose);
}
