// SPDX-License-Identifier: Apache-2.0
/* What was not looked at. */
#include "base/intl.h"
#include "base/text.h"
#include "sink/text_private.h"

/* Whether an earlier gap has the same reason, so that its line speaks for this one too. */
static bool is_told(const struct report_gaps *gaps, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(gaps->list.v[k].why, gaps->list.v[i].why))
            return true;
    return false;
}

static size_t count_equal(const struct report_gaps *gaps, size_t from)
{
    size_t n = 0;
    for (size_t k = from; k < gaps->list.n; k++)
        n += str_eq(gaps->list.v[k].why, gaps->list.v[from].why);
    return n;
}

/* `n` gaps of one reason, of which `what` is the first. */
static void put_gap(struct page *p, const struct report_gap *gap, size_t n)
{
    struct str what = page_safe(p, intl_str(gap->what)), why = page_safe(p, intl_str(gap->why));
    if (n > 1)
        what = page_format(p, _("%.*s and %zu more"), STR_ARG(what), n - 1);
    page_to(p, TEXT_INDENT);
    page_piece(p, TEXT_INDENT, 0, why.n ? page_format(p, _("%.*s:"), STR_ARG(what)) : what);
    if (why.n) {
        page_to(p, p->column + 1);
        page_words(p, TEXT_INDENT + 2, why);
    }
    page_end_line(p);
}

void text_gaps(struct page *p, const char *label, struct str says, const struct report_gaps *gaps, bool verbose)
{
    text_label(p, 1, label);
    if (!gaps->total) {
        page_words(p, TEXT_INDENT, str_from(_("nothing")));
        page_end_line(p);
        return;
    }
    page_words(p, TEXT_INDENT, says);
    page_end_line(p);
    size_t lines = 0, shown = 0;
    for (size_t i = 0; i < gaps->list.n && (verbose || lines < TEXT_GAPS); i++) {
        if (!verbose && is_told(gaps, i))
            continue;
        size_t n = verbose ? 1 : count_equal(gaps, i);
        put_gap(p, &gaps->list.v[i], n);
        shown += n;
        lines++;
    }
    if (gaps->total > shown) {
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT,
                   page_format(p, verbose ? _("and %llu more") : _("and %llu more, see --verbose"),
                               (unsigned long long)(gaps->total - shown)));
        page_end_line(p);
    }
}
