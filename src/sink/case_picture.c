// SPDX-License-Identifier: Apache-2.0
#include "base/intl.h"
#include "base/text.h"
#include "sink/case_picture.h"

enum { WIDTH = 1000, ROW = 26, LEFT = 330, LABEL_COLUMNS = 70, STEP = 22, BOX_LEFT = 10, NAME_COLUMNS = 60 };

static void put_fit(struct writer *w, struct str raw, size_t columns)
{
    struct strbuf safe = {}, fit = {};
    text_add_safe(&safe, raw);
    text_add_fit(&fit, strbuf_str(&safe), columns, true);
    html_text_all(w, strbuf_str(&fit));
    strbuf_done(&safe);
    strbuf_done(&fit);
}

static void put_clock(struct writer *w, uint64_t ns)
{
    struct strbuf b = {};
    text_add_time(&b, ns, 0);
    writer_printf(w, "%.8s", b.p + 11);
    strbuf_done(&b);
}

/* One row for each finding, its mark where it lies between the first and the last. */
void case_picture_timeline(struct writer *w, const struct case_view *v)
{
    const size_t n = v->n_findings < CASE_PICTURE_FINDINGS ? v->n_findings : CASE_PICTURE_FINDINGS;
    const double span = v->last_ns > v->first_ns ? (double)(v->last_ns - v->first_ns) : 1;
    writer_printf(w, "<svg class=\"timeline\" viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"%s\">", WIDTH, n * ROW + 6, _("Timeline"));
    for (size_t i = 0; i < n; i++) {
        const struct case_finding *f = &v->findings[i];
        const size_t y = i * ROW + 16;
        const double from = f->time_ns > v->first_ns ? (double)(f->time_ns - v->first_ns) : 0;
        const long x = html_px(76 + (LEFT - 90) * (from < span ? from : span) / span);
        writer_printf(w, "<g class=\"%s\"><line x1=\"76\" x2=\"%d\" y1=\"%zu\" y2=\"%zu\"/><circle cx=\"%ld\" cy=\"%zu\" r=\"6\"/>"
                         "<text class=\"sub\" x=\"4\" y=\"%zu\">",
                      html_tone(severity_of(f->priority)), LEFT - 14, y, y, x, y, y + 4);
        put_clock(w, f->time_ns);
        writer_printf(w, "</text><text x=\"%d\" y=\"%zu\">", LEFT, y + 4);
        put_fit(w, intl_rule(f->rule), LABEL_COLUMNS);
        if (f->count > 1)
            writer_printf(w, " ×%llu", (unsigned long long)f->count);
        writer_printf(w, "</text><text class=\"sub\" text-anchor=\"end\" x=\"%d\" y=\"%zu\">", WIDTH - 4, y + 4);
        html_text(w, str_from(html_severity(severity_of(f->priority))));
        writer_puts(w, "</text></g>");
    }
    writer_puts(w, "</svg>\n");
}

/* How the cost grew. */
void case_picture_cost(struct writer *w, const struct case_view *v)
{
    enum { HIGH = 110, TOP = 22, FOOT = 18 };
    const struct case_view_curve *c = &v->curve;
    const double most = c->usd[CASE_CURVE - 1], step = (double)WIDTH / CASE_CURVE;
    struct strbuf line = {};
    for (size_t i = 0; i < CASE_CURVE; i++)
        strbuf_printf(&line, "L%ld %ld", html_px(step * (double)(i + 1)), html_px(TOP + (HIGH - TOP) * (1 - c->usd[i] / most)));
    writer_printf(w, "<svg class=\"cost\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, HIGH + FOOT, _("Cost"));
    writer_printf(w, "<path class=\"area\" d=\"M0 %d%sL%d %dZ\"/><path class=\"edge\" d=\"M0 %d%s\"/><line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", HIGH,
                  line.p, WIDTH, HIGH, HIGH, line.p, WIDTH, HIGH, HIGH);
    writer_printf(w, "<text x=\"0\" y=\"14\">");
    writer_printf(w, c->is_measured ? _("%.*s USD so far, measured") : _("%.*s USD so far, estimated"), STR_ARG(c->all));
    writer_puts(w, " · ");
    writer_printf(w, _("%.*s USD in 30 days if it goes on"), STR_ARG(c->month));
    writer_printf(w, "</text><text class=\"sub\" x=\"0\" y=\"%d\">", HIGH + FOOT - 3);
    put_clock(w, c->from_ns);
    writer_printf(w, "</text><text class=\"sub\" text-anchor=\"end\" x=\"%d\" y=\"%d\">", WIDTH, HIGH + FOOT - 3);
    put_clock(w, c->to_ns);
    writer_puts(w, "</text></svg>\n");
    strbuf_done(&line);
}

struct node {
    const struct alert_process *p;
    size_t parent; /* index, SIZE_MAX: none */
    unsigned depth;
    int worst;     /* priority of what it did, PRIORITY__N: nothing itself */
    bool is_drawn;
};

struct tree {
    struct node v[CASE_PICTURE_PROCESSES];
    size_t n, row;
};

static size_t node_of(struct tree *t, const struct alert_process *p)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].p->pid == p->pid && t->v[i].p->start_ns == p->start_ns)
            return i;
    if (t->n == CASE_PICTURE_PROCESSES)
        return SIZE_MAX;
    t->v[t->n] = (struct node){.p = p, .parent = SIZE_MAX, .worst = PRIORITY__N};
    return t->n++;
}

static void gather(struct tree *t, const struct case_view *v)
{
    for (size_t i = 0; i < v->n_findings; i++) {
        const struct alert_ties *ties = &v->findings[i].ties;
        size_t below = SIZE_MAX;
        for (size_t k = 0; k < ties->n_line; k++) {
            const size_t at = node_of(t, &ties->line[k]);
            if (at == SIZE_MAX)
                break;
            if (below != SIZE_MAX && below != at && t->v[below].parent == SIZE_MAX)
                t->v[below].parent = at;
            if (!k && (int)v->findings[i].priority < t->v[at].worst)
                t->v[at].worst = (int)v->findings[i].priority;
            below = at;
        }
    }
}

static void draw(struct tree *t, struct writer *w, size_t at, unsigned depth, long above)
{
    struct node *n = &t->v[at];
    if (n->is_drawn)
        return; /* what strangers say may go in circles */
    n->is_drawn = true;
    const long x = BOX_LEFT + (long)depth * STEP, y = (long)t->row++ * ROW + 4;
    if (above >= 0)
        writer_printf(w, "<path d=\"M%ld %ldV%ldH%ld\"/>", x - STEP + 8, above + 20, y + 10, x);
    writer_printf(w, "<g class=\"%s\"><rect class=\"%s\" x=\"%ld\" y=\"%ld\" width=\"12\" height=\"20\" rx=\"3\"/><text x=\"%ld\" y=\"%ld\">",
                  n->worst < PRIORITY__N ? html_tone(severity_of((enum priority)n->worst)) : "t-info", n->worst < PRIORITY__N ? "found" : "",
                  x, y, x + 20, y + 14);
    put_fit(w, n->p->name.n ? n->p->name : STR("?"), NAME_COLUMNS);
    writer_printf(w, " (%lld) <tspan class=\"sub\">", (long long)n->p->pid);
    put_fit(w, n->p->exe, NAME_COLUMNS);
    writer_puts(w, "</tspan></text></g>");
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].parent == at && depth < ALERT_LINE_MAX * 2)
            draw(t, w, i, depth + 1, y);
}

void case_picture_tree(struct writer *w, const struct case_view *v)
{
    struct tree t = {};
    gather(&t, v);
    writer_printf(w, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><svg class=\"tree\" width=\"%d\" height=\"%zu\" viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"%s\">",
                  _("Processes"), WIDTH, t.n * ROW + 8, WIDTH, t.n * ROW + 8, _("Processes"));
    for (size_t i = 0; i < t.n; i++)
        if (t.v[i].parent == SIZE_MAX)
            draw(&t, w, i, 0, -1);
    writer_puts(w, "</svg></div>\n");
}
