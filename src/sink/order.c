// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/intl.h"
#include "sink/order.h"

enum section section_of(const struct finding *f)
{
    return f->authorised                 ? SECTION_AUTHORISED
           : f->kind == FINDING_CONTEXT  ? SECTION_CONTEXT
           : f->kind == FINDING_EXPOSURE ? SECTION_EXPOSURE
                                         : SECTION_THREAT;
}

/* What a container sees comes before what a higher layer replaced, and that before what one removed. */
static int hiddenness(const struct finding *f)
{
    return str_is(f->subject.layer_state, "deleted") ? 2 : str_is(f->subject.layer_state, "shadowed");
}

static int compare(const void *x, const void *y)
{
    const struct finding *a = *(const struct finding *const *)x, *b = *(const struct finding *const *)y;
    if (section_of(a) != section_of(b))
        return (int)section_of(a) - (int)section_of(b);
    if (a->rule->priority != b->rule->priority)
        return (int)a->rule->priority - (int)b->rule->priority;
    if (a->conclusive != b->conclusive)
        return b->conclusive - a->conclusive;
    if (a->rule->index != b->rule->index)
        return a->rule->index < b->rule->index ? -1 : 1;
    if (hiddenness(a) != hiddenness(b))
        return hiddenness(a) - hiddenness(b);
    return a->id < b->id ? -1 : a->id > b->id;
}

const struct finding **order_findings(const struct report_target *t, size_t *ret_n)
{
    size_t n = t->findings ? findings_count(t->findings) : 0;
    const struct finding **v = xrealloc(NULL, n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++)
        v[i] = findings_get(t->findings, i);
    qsort(v, n, sizeof(*v), compare);
    *ret_n = n;
    return v;
}

static int graveness(const struct report_target *t)
{
    return t->failure.n && t->verdict.word <= VERDICT_AUTHORISED ? 2 * VERDICT_AUTHORISED + 1 : 2 * (int)t->verdict.word;
}

bool order_is_plainly_clean(const struct report_target *t)
{
    return !t->failure.n && t->verdict.word == VERDICT_CLEAN && !t->unread.total;
}

size_t *order_targets(const struct report *r)
{
    size_t *v = xrealloc(NULL, r->targets.n + 1, sizeof(*v)), n = 0;
    for (int g = 2 * VERDICT__N; g >= 0; g--)
        for (size_t i = 0; i < r->targets.n; i++)
            if (graveness(r->targets.v[i]) == g)
                v[n++] = i;
    return v;
}

size_t order_group_end(const struct finding *const *v, size_t from, size_t n)
{
    size_t to = from + 1;
    while (to < n && v[to]->rule == v[from]->rule && section_of(v[to]) == section_of(v[from]))
        to++;
    return to;
}

uint32_t order_first_line(const struct finding *f)
{
    for (size_t i = 0; i < f->n_notes; i++)
        if (f->notes[i].line && !f->notes[i].via.n)
            return f->notes[i].line;
    return 0;
}

static const struct {
    const char *what, *shown;
} MOMENTS[] = {{"start", N_("start")}, {"asked", N_("asked")}, {"found", N_("found")}, {"dropped", N_("wrote")}, {"ended", N_("ended")}};

const char *word_of_moment(const char *what)
{
    for (size_t i = 0; i < ARRAY_SIZE(MOMENTS); i++)
        if (!strcmp(MOMENTS[i].what, what))
            return _(MOMENTS[i].shown);
    return what;
}
