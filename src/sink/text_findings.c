// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>

#include "base/intl.h"
#include "base/text.h"
#include "sink/order.h"
#include "sink/text_private.h"

static void put_severity(struct page *p, const struct finding *f)
{
    enum section section = section_of(f);
    const char *word = section == SECTION_AUTHORISED ? verdict_name(VERDICT_AUTHORISED)
                       : section == SECTION_CONTEXT  ? finding_kind_name(FINDING_CONTEXT)
                       : section == SECTION_EXPOSURE ? verdict_name(VERDICT_EXPOSED)
                                                     : severity_name(severity_of(f->rule->priority));
    struct str upper = page_upper(p, word);
    page_puts(p, " ");
    if (section == SECTION_AUTHORISED || section == SECTION_CONTEXT)
        page_put(p, upper);
    else
        page_coloured(p, page_severity_sgr(severity_of(f->rule->priority)), upper);
    page_to(p, TEXT_INDENT);
}

const char *text_upper(struct page *p, const char *word)
{
    const char *said = _(word);
    struct str upper = page_format(p, "%s", word);
    for (size_t i = 0; i < upper.n; i++)
        ((char *)upper.p)[i] = (char)toupper((unsigned char)upper.p[i]);
    return said == word ? upper.p : page_format(p, "%s %s", said, upper.p).p;
}

void text_label(struct page *p, unsigned column, const char *label)
{
    page_to(p, column);
    page_puts(p, label);
    page_to(p, TEXT_INDENT);
}

static void add_list(struct strbuf *b, const struct str *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        strbuf_adds(b, i ? ", " : "");
        strbuf_add(b, v[i]);
    }
}

struct str text_references(struct page *p, const struct text_sources *s, const char *gap)
{
    struct strbuf b = {}, rows = {};
    if (s->n_rows) {
        add_list(&rows, s->rows, s->n_rows);
        strbuf_printf(&b, intl_plural("row %s", "rows %s", s->n_rows), rows.p);
    }
    if (s->n_techniques) {
        strbuf_adds(&b, b.n ? gap : "");
        add_list(&b, s->techniques, s->n_techniques);
    }
    struct str safe = page_safe(p, strbuf_str(&b));
    strbuf_done(&rows);
    strbuf_done(&b);
    return safe;
}

static struct str references(struct page *p, const struct finding *f, const char *gap)
{
    return text_references(p, &(struct text_sources){f->rows, f->techniques, f->n_rows, f->n_techniques}, gap);
}

/* The title line. False when the references had no room at its right. */
static bool put_title(struct page *p, const struct finding *f, uint64_t n)
{
    struct str title = page_safe(p, intl_rule(f->rule->name)), right = references(p, f, "   ");
    put_severity(p, f);
    page_words(
        p, TEXT_INDENT,
        n > 1 ? page_format(p, "%.*s %s%llu", STR_ARG(title), page_mark(p, MARK_TIMES), (unsigned long long)n)
              : title);
    size_t width = text_width(right);
    bool fits = p->column + TEXT_GAP + width <= p->width;
    if (fits) {
        page_to(p, p->width - (unsigned)width);
        page_put(p, right);
    }
    page_end_line(p);
    return fits;
}

/* Build tools begin history lines with the shell they ran; what follows is what people wrote. */
static struct str shortened_history(struct str s)
{
    static const char *const prefixes[] = {"/bin/sh -c #(nop)", "/bin/sh -c", "|0", "RUN /bin/sh -c"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (str_starts(s, str_from(prefixes[i])))
            return str_trim(str_sub(s, strlen(prefixes[i]), s.n));
    return str_trim(s);
}

static struct str layer_text(struct page *p, const struct subject *s)
{
    struct strbuf b = {}, history = {};
    bool is_effective = str_is(s->layer_state, "effective");
    if (s->layer_count)
        strbuf_printf(&b, is_effective ? _("layer %u of %u, effective") : _("layer %u of %u"), s->layer, s->layer_count);
    else
        strbuf_printf(&b, is_effective ? _("layer %u, effective") : _("layer %u"), s->layer);
    struct str line = page_safe(p, shortened_history(s->created_by));
    size_t room = p->width * 2 / 5 > 48 ? 48 : p->width * 2 / 5;
    if (line.n) {
        text_add_fit(&history, line, room, p->utf8);
        strbuf_printf(&b, " (%.*s)", STR_ARG(strbuf_str(&history)));
    }
    struct str text = arena_str(&p->arena, strbuf_str(&b));
    strbuf_done(&b);
    strbuf_done(&history);
    return text;
}

/* What a reader must know of a file that a container does not show. */
static struct str hidden_text(struct page *p, const struct subject *s)
{
    bool is_deleted = str_is(s->layer_state, "deleted");
    if (!is_deleted && !str_is(s->layer_state, "shadowed"))
        return STR_NULL;
    if (!s->hidden_by)
        return str_from(is_deleted ? _("deleted by a higher layer, still readable")
                                   : _("replaced by a higher layer, still readable"));
    return page_format(p, is_deleted ? _("deleted in layer %u, still readable") : _("replaced in layer %u, still readable"),
                       s->hidden_by);
}

/* Where the same content lies too: whoever cleans up needs each place. */
static void put_also(struct page *p, const struct finding *f, bool verbose)
{
    size_t shown = verbose || f->n_also <= TEXT_ALSO + 1 ? f->n_also : TEXT_ALSO;
    for (size_t i = 0; i < shown; i++) {
        page_to(p, TEXT_INDENT);
        struct str path = page_safe(p, f->also[i]);
        page_piece(p, TEXT_INDENT, TEXT_GAP, page_format(p, _("also at %.*s"), STR_ARG(path)));
        page_end_line(p);
    }
    if (f->n_also_seen > shown) {
        unsigned long long more = f->n_also_seen - shown;
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT,
                   page_format(p, intl_plural("and %llu more path with the same content", "and %llu more paths with the same content", more), more));
        page_end_line(p);
    }
}

static void put_place(struct page *p, const struct finding *f, bool verbose)
{
    const struct subject *s = &f->subject;
    if (s->type == EVENT_IMAGE || s->type == EVENT_HOST)
        return; /* the target itself, named in the header */
    struct str pid = page_format(p, "(%lld)", (long long)s->pid);
    if (s->type == EVENT_PROCESS && str_has(f->output, pid))
        return; /* the output begins with the process */
    page_to(p, TEXT_INDENT);
    if (s->layer)
        page_piece(p, TEXT_INDENT, TEXT_GAP, layer_text(p, s));
    struct str hidden = hidden_text(p, s);
    if (hidden.n)
        page_piece(p, TEXT_INDENT, TEXT_GAP, hidden);
    struct str name = page_safe(p, s->name);
    uint32_t line = s->type == EVENT_FILE ? order_first_line(f) : 0;
    page_piece(p, TEXT_INDENT, TEXT_GAP, line ? page_format(p, "%.*s:%u", STR_ARG(name), line) : name);
    if (s->type == EVENT_PROCESS && s->path.n)
        page_piece(p, TEXT_INDENT, TEXT_GAP, page_safe(p, s->path));
    page_end_line(p);
    put_also(p, f, verbose);
}

void text_sentence(struct page *p, const char *label, struct str raw)
{
    if (!str_trim(raw).n)
        return;
    text_label(p, 3, label);
    page_words(p, TEXT_INDENT, page_safe(p, str_trim(raw)));
    page_end_line(p);
}

static void put_approval(struct page *p, const struct finding *f)
{
    struct str by = page_safe(p, f->authorised_by), why = page_safe(p, f->authorised_why);
    struct str until = page_safe(p, f->authorised_until);
    page_to(p, TEXT_INDENT);
    page_words(p, TEXT_INDENT,
               page_format(p, _("approved by %.*s until %.*s (policy entry %u): %.*s"), STR_ARG(by),
                           STR_ARG(until), f->policy_entry, STR_ARG(why)));
    page_end_line(p);
}

/* All findings of one rule in one section. */
static void put_group(struct page *p, const struct report_target *t, const struct finding *const *v, size_t n,
                      bool verbose)
{
    const struct finding *first = v[0];
    unsigned long long lost = findings_not_kept(t->findings, first->rule, first->authorised);
    size_t shown = verbose || n < TEXT_SUBJECTS ? n : TEXT_SUBJECTS;
    bool has_references = put_title(p, first, n + lost);
    for (size_t i = 0; i < shown; i++) {
        put_place(p, v[i], verbose);
        if (!i || !str_eq(v[i]->output, v[i - 1]->output))
            text_output(p, v[i], n == 1, verbose);
        if (n == 1 || verbose)
            text_notes(p, v[i], verbose);
        if (verbose)
            text_sentence(p, "sha256", v[i]->subject.sha256);
    }
    if (n > shown) {
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, page_format(p, _("and %llu more, see --format json"), (unsigned long long)(n - shown)));
        page_end_line(p);
    }
    if (lost) { /* no form of the report has them */
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, page_format(p, _("and %llu more, counted and not kept"), lost));
        page_end_line(p);
    }
    if (first->authorised)
        put_approval(p, first);
    text_sentence(p, _("why"), intl_rule(first->rule->desc));
    if (!first->authorised)
        text_sentence(p, _("next"), intl_rule(first->rule->next));
    if (intl_rule(first->rule->name).p != first->rule->name.p)
        text_sentence(p, _("rule"), first->rule->name); /* as policies, --format json and davy rules know it */
    if (!has_references)
        text_sentence(p, _("see"), references(p, first, page_format(p, " %s ", page_mark(p, MARK_DOT)).p));
    page_end_line(p);
}

/* Context in one paragraph: it decides nothing alone. */
static void put_context(struct page *p, const struct report_target *t, const struct finding *const *v,
                        size_t n)
{
    struct strbuf names = {};
    uint64_t total = 0;
    for (size_t i = 0, end; i < n; i = end) {
        end = order_group_end(v, i, n);
        uint64_t count = end - i + findings_not_kept(t->findings, v[i]->rule, false);
        total += count;
        strbuf_adds(&names, i ? _(", ") : "");
        strbuf_add(&names, page_safe(p, intl_rule(v[i]->rule->name)));
        if (count > 1)
            strbuf_printf(&names, " %s%llu", page_mark(p, MARK_TIMES), (unsigned long long)count);
    }
    text_label(p, 1, _("context"));
    page_words(p, TEXT_INDENT,
               page_format(p, intl_plural("%llu sign that counts only beside others (--verbose lists them): %.*s",
                                          "%llu signs that count only beside others (--verbose lists them): %.*s", total),
                           (unsigned long long)total, STR_ARG(strbuf_str(&names))));
    page_end_line(p);
    page_end_line(p);
    strbuf_done(&names);
}

void text_findings(struct page *p, const struct report_target *t, bool verbose)
{
    size_t n;
    _cleanup_free_ const struct finding **v = order_findings(t, &n);
    for (size_t i = 0, end; i < n; i = end) {
        if (section_of(v[i]) == SECTION_CONTEXT && !verbose) {
            put_context(p, t, v + i, n - i);
            return;
        }
        end = order_group_end(v, i, n);
        put_group(p, t, v + i, end - i, verbose);
    }
}
