// SPDX-License-Identifier: Apache-2.0
/* A squarified treemap (Bruls, Huizing and van Wijk, 2000): rows of rectangles as near to squares as they can be. */
#include "base/intl.h"
#include "base/text.h"
#include "sink/html.h"

enum { WIDTH = 1000, HEIGHT = 300 };

struct box {
    double x, y, w, h;
};

static double worst_ratio(const struct html_folder *v, size_t from, size_t to, double sum, double side, double scale)
{
    double worst = 0, thick = sum * scale / side;
    for (size_t i = from; i < to; i++) {
        double length = (double)v[i].bytes * scale / thick;
        double ratio = length > thick ? length / thick : thick / length;
        worst = ratio > worst ? ratio : worst;
    }
    return worst;
}

static enum html_kind main_kind(const struct html_folder *f)
{
    enum html_kind best = HTML_DATA;
    for (int k = 0; k < HTML_KIND__N; k++)
        if (f->kinds[k] > f->kinds[best])
            best = (enum html_kind)k;
    return best;
}

/* As many of the first characters as fit, or none when it would say nothing. */
static void put_label(struct writer *w, const struct box *b, const struct html_folder *f)
{
    enum { CHARACTER = 8, LINE = 18, LEAST = 4 };
    struct strbuf safe = {}, fit = {};
    size_t columns = b->w > 16 ? (size_t)((b->w - 14) / CHARACTER) : 0;
    if (columns >= LEAST && b->h > LINE + 6) {
        text_add_safe(&safe, f->name);
        text_add_fit(&fit, strbuf_str(&safe), columns, true);
        writer_printf(w, "<text x=\"%ld\" y=\"%ld\">", html_px(html_px(b->x + 8)), html_px(b->y + LINE));
        html_text(w, strbuf_str(&fit));
        writer_puts(w, "</text>");
        if (b->h > 2 * LINE + 6 && columns >= 7) {
            writer_printf(w, "<text class=\"sub\" x=\"%ld\" y=\"%ld\">", html_px(html_px(b->x + 8)), html_px(b->y + 2 * LINE));
            html_size(w, f->bytes);
            writer_puts(w, "</text>");
        }
    }
    strbuf_done(&safe);
    strbuf_done(&fit);
}

static void put_box(struct writer *w, const struct box *b, const struct html_folder *f)
{
    writer_puts(w, "<g><title>");
    html_text(w, f->name);
    writer_puts(w, ": ");
    html_size(w, f->bytes);
    if (f->findings)
        writer_printf(w, _(", findings: %u"), f->findings);
    writer_printf(w, "</title><rect class=\"%s\" x=\"%ld\" y=\"%ld\" width=\"%ld\" height=\"%ld\" rx=\"3\"/>",
                  html_kind_class(main_kind(f)), html_px(b->x), html_px(b->y), html_px(b->w), html_px(b->h));
    put_label(w, b, f);
    if (f->findings && b->w > 8 && b->h > 8)
        writer_printf(w, "<rect class=\"hit\" x=\"%ld\" y=\"%ld\" width=\"%ld\" height=\"%ld\" rx=\"2\"/>", html_px(b->x + 3),
                      html_px(b->y + 3), html_px(b->w - 6), html_px(b->h - 6));
    writer_puts(w, "</g>\n");
}

/* One row along the shorter side; what is left of the space stays in *space. */
static void put_row(struct writer *w, const struct html_folder *v, size_t from, size_t to, double sum, double scale,
                    struct box *space)
{
    bool tall = space->w >= space->h;
    double side = tall ? space->h : space->w, thick = sum * scale / side, at = 0;
    for (size_t i = from; i < to; i++) {
        double length = (double)v[i].bytes * scale / thick;
        struct box b = tall ? (struct box){space->x, space->y + at, thick, length}
                            : (struct box){space->x + at, space->y, length, thick};
        put_box(w, &b, &v[i]);
        at += length;
    }
    if (tall)
        *space = (struct box){space->x + thick, space->y, space->w - thick, space->h};
    else
        *space = (struct box){space->x, space->y + thick, space->w, space->h - thick};
}

void html_treemap(struct writer *w, const struct html_folder *v, size_t n, size_t number)
{
    double total = 0;
    struct box space = {0, 0, WIDTH, HEIGHT};
    for (size_t i = 0; i < n; i++)
        total += (double)v[i].bytes;
    if (total <= 0)
        return;
    double scale = (double)WIDTH * HEIGHT / total;
    writer_printf(w, "<svg class=\"treemap\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"bytes-title-%zu\">"
                     "<title id=\"bytes-title-%zu\">",
                  WIDTH, HEIGHT, number, number);
    html_text(w, str_from(_("Folders as rectangles whose areas are their bytes; the table below says the same")));
    writer_puts(w, "</title>\n");
    for (size_t from = 0, to; from < n && v[from].bytes; from = to) {
        double side = space.w < space.h ? space.w : space.h, sum = (double)v[from].bytes;
        if (side < 1)
            break;
        for (to = from + 1; to < n && v[to].bytes; to++) {
            double more = sum + (double)v[to].bytes;
            if (worst_ratio(v, from, to + 1, more, side, scale) > worst_ratio(v, from, to, sum, side, scale))
                break;
            sum = more;
        }
        put_row(w, v, from, to, sum, scale, &space);
    }
    writer_puts(w, "</svg>\n");
}
