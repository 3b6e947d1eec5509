// SPDX-License-Identifier: Apache-2.0
/* What a finding rests on: the rule's output as people read it, and the places where it was seen. */
#include <limits.h>

#include "base/intl.h"
#include "base/text.h"
#include "base/vec.h"
#include "sink/outline.h"
#include "sink/text_private.h"

enum { OUTPUT_LINES = 3, OUTPUT_LINES_EACH = 2 }; /* of one finding, of each of several; verbose: all */

#define MISSING "<NA>"

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Takes "%name" off a rule's output. False for every other form of a field. */
static bool take_field(struct str *template, enum field_id *ret)
{
    size_t n = 1;
    while (n < template->n && is_name_char(template->p[n]))
        n++;
    while (n > 1 && template->p[n - 1] == '.') /* the end of a sentence */
        n--;
    *ret = field_from(str_sub(*template, 1, n));
    *template = str_sub(*template, n, template->n);
    return *ret != FIELD__INVALID && !(template->n && (template->p[0] == '[' || template->p[0] == '('));
}

/* The value at the start of `rest`, which goes on with `after`. A list stands in parentheses. */
static struct str take_value(struct str *rest, struct str after, bool is_list)
{
    size_t n = rest->n;
    if (str_starts(*rest, STR(MISSING))) {
        n = sizeof(MISSING) - 1;
    } else if (after.n) {
        ptrdiff_t at = 0;
        while ((at = str_find(*rest, after, (size_t)at)) >= 0 && is_list && at && rest->p[at - 1] != ')')
            at++;
        n = at < 0 ? rest->n : (size_t)at;
    }
    struct str value = str_sub(*rest, 0, n);
    *rest = str_sub(*rest, n, rest->n);
    return value;
}

/* A list without its parentheses; words get a blank between them, where a line may end, and the last that do
 * not fit are left out whole. */
static void add_list(struct strbuf *b, struct str list, size_t columns, bool *ret_cut)
{
    struct str word;
    size_t start = b->n;
    list = str_sub(list, 1, list.n - 1);
    *ret_cut = false;
    if (str_has(list, STR(" "))) {
        strbuf_add(b, list);
        return;
    }
    while (str_split(&list, ',', &word)) {
        size_t width = text_width(word) + 2; /* with its comma and blank */
        if (b->n > start && width > columns) {
            *ret_cut = true;
            return;
        }
        columns -= width < columns ? width : columns;
        strbuf_adds(b, b->n > start ? ", " : "");
        strbuf_add(b, word);
    }
}

static void add_value(struct outline *o, struct str value, const struct field *field, size_t columns)
{
    struct strbuf safe = {}, plain = {};
    bool is_cut = false;
    if (!outline_value(o, !str_is(value, MISSING)))
        return;
    text_add_safe(&safe, value);
    value = strbuf_str(&safe);
    ptrdiff_t point = field->type == VALUE_DOUBLE ? str_find(value, STR("."), 0) : -1;
    if (point >= 0)
        value = str_sub(value, 0, (size_t)point + 3);
    if ((field->flags & FIELD_LIST) && value.n >= 2 && value.p[0] == '(' && value.p[value.n - 1] == ')')
        add_list(&plain, value, columns, &is_cut);
    else
        strbuf_add(&plain, value);
    text_add_fit(&o->text, strbuf_str(&plain), columns, true);
    strbuf_adds(&o->text, is_cut ? ", …" : "");
    strbuf_done(&safe);
    strbuf_done(&plain);
}

/* A piece of an output: words of the rule, or the value of a field. */
struct piece {
    bool is_value;
    enum field_id field;
    struct str text; /* of a template's field: empty */
};

struct pieces {
    VEC(struct piece) list;
    struct str rest; /* what did not follow the template */
    bool is_broken;  /* the template was not used to its end */
};

/* Takes the first piece off a rule's output; false when a field stands in a form that is not understood here. */
static bool take_piece(struct str *template, struct piece *ret)
{
    if (str_starts(*template, STR("%%"))) {
        *ret = (struct piece){.text = STR("%")};
        *template = str_sub(*template, 2, template->n);
        return true;
    }
    ptrdiff_t percent = str_find(*template, STR("%"), 0);
    size_t n = percent < 0 ? template->n : (size_t)percent;
    if (n) {
        *ret = (struct piece){.text = str_sub(*template, 0, n)};
        *template = str_sub(*template, n, template->n);
        return true;
    }
    *ret = (struct piece){.is_value = true};
    return take_field(template, &ret->field);
}

/* The words that the template goes on with: they end the value before them. */
static struct str words_ahead(struct str template)
{
    ptrdiff_t percent = str_find(template, STR("%"), 0);
    return percent ? str_sub(template, 0, percent < 0 ? template.n : (size_t)percent) : STR("%");
}

/* The output taken apart along the rule's words. What does not follow them is the rest. */
static void split_output(struct pieces *ret, struct str template, struct str output)
{
    struct piece piece;
    ret->rest = output;
    while (template.n && ret->rest.n && take_piece(&template, &piece)) {
        if (piece.is_value) {
            if (str_starts(template, STR("%")) && !str_starts(template, STR("%%")))
                break; /* two values side by side: nothing tells where the first ends */
            piece.text = take_value(&ret->rest, words_ahead(template), FIELDS[piece.field].flags & FIELD_LIST);
        } else if (str_starts(ret->rest, piece.text)) {
            ret->rest = str_sub(ret->rest, piece.text.n, ret->rest.n);
        } else {
            break;
        }
        vec_add(&ret->list, piece);
    }
    if (template.n)
        ret->is_broken = true;
}

static struct piece *find_value(struct pieces *from, enum field_id field)
{
    for (size_t i = 0; i < from->list.n; i++)
        if (from->list.v[i].is_value && from->list.v[i].field == field)
            return &from->list.v[i];
    return NULL;
}

/* The pieces in the order and words of a translated template; false, and nothing changed, when it asks for others. */
static bool translate(struct pieces *p, struct str template)
{
    struct pieces said = {};
    struct piece piece;
    bool ok = !p->rest.n && !p->is_broken;
    while (ok && template.n && (ok = take_piece(&template, &piece))) {
        struct piece *value = piece.is_value ? find_value(p, piece.field) : NULL;
        ok = !piece.is_value || value;
        vec_add(&said.list, value ? *value : piece);
    }
    if (ok) {
        vec_done(&p->list);
        *p = said;
    } else {
        vec_done(&said.list);
    }
    return ok;
}

/*
 * The output of a finding for people: in their language, lists without parentheses, long values without their middle,
 * parts of which nothing is known left out. What does not follow the rule's words is taken as it stands.
 */
static void outline_output(struct outline *o, const struct finding *f, size_t columns)
{
    struct str template = str_trim(f->rule->output);
    struct pieces pieces = {};
    if (str_starts(template, STR("*")))
        template = str_sub(template, 1, template.n);
    split_output(&pieces, template, f->output);
    struct str translated = intl_rule(template);
    if (translated.p != template.p)
        (void)translate(&pieces, translated);
    for (size_t i = 0; i < pieces.list.n; i++) {
        const struct piece *piece = &pieces.list.v[i];
        if (piece->is_value)
            add_value(o, piece->text, &FIELDS[piece->field], columns);
        else
            outline_words(o, piece->text);
    }
    strbuf_add(&o->text, pieces.rest);
    outline_end(o);
    vec_done(&pieces.list);
}

void text_output_words(struct strbuf *b, const struct finding *f)
{
    struct outline o = {};
    outline_output(&o, f, SIZE_MAX / 2);
    strbuf_add(b, str_trim(strbuf_str(&o.text)));
    strbuf_done(&o.text);
}

void text_output(struct page *p, const struct finding *f, bool is_one, bool verbose)
{
    unsigned lines = verbose ? UINT_MAX : is_one ? OUTPUT_LINES : OUTPUT_LINES_EACH;
    size_t room = p->width - TEXT_INDENT;
    struct outline o = {};
    outline_output(&o, f, verbose ? SIZE_MAX / 2 : room * (lines - 1));
    struct str text = page_safe(p, str_trim(strbuf_str(&o.text)));
    if (text.n && !(f->subject.type == EVENT_FILE && str_eq(text, page_safe(p, f->subject.name)))) {
        page_to(p, TEXT_INDENT);
        page_words_most(p, TEXT_INDENT, text, lines);
        page_end_line(p);
    }
    strbuf_done(&o.text);
}

/* A note that only repeats what the output says at the line that the place names. */
static bool is_said(const struct finding *f, const struct note *n)
{
    return !n->excerpt.n && !n->via.n && (!n->value.n || str_has(f->output, n->value));
}

/* The excerpt in so many columns, with the value in its middle: what stands far from it is left out. */
static void put_excerpt(struct page *p, const struct note *n, size_t room)
{
    struct str text = page_safe(p, str_trim(n->excerpt)), value = page_safe(p, n->value);
    ptrdiff_t at = value.n ? str_find(text, value, 0) : -1;
    size_t width = text_width(value), mark = text_width(str_from(page_mark(p, MARK_ELLIPSIS)));
    struct strbuf cut = {};
    if (at > 0 && text_width(text) > room && width + 2 * mark < room) {
        size_t left = (room - width) / 2, from = 0;
        while (text_width(str_sub(text, from, (size_t)at)) > left - mark) {
            uint32_t c;
            from += text_decode(str_sub(text, from, text.n), &c);
        }
        if (from)
            strbuf_adds(&cut, page_mark(p, MARK_ELLIPSIS));
        text = str_sub(text, from, text.n);
        room -= from ? mark : 0;
    }
    size_t end = text.n;
    bool is_long = text_width(text) > room;
    size_t tail = is_long ? mark : 0;
    while (end && text_width(str_sub(text, 0, end)) + tail > room) {
        end--;
        while (end && ((unsigned char)text.p[end] & 0xc0) == 0x80)
            end--;
    }
    strbuf_add(&cut, str_sub(text, 0, end));
    if (is_long)
        strbuf_adds(&cut, page_mark(p, MARK_ELLIPSIS));
    page_put(p, strbuf_str(&cut));
    strbuf_done(&cut);
}

static void put_note(struct page *p, const struct note *n)
{
    page_to(p, TEXT_INDENT);
    if (n->line && !n->via.n)
        page_piece(p, TEXT_INDENT, 0, page_format(p, _("line %u"), n->line));
    else
        page_piece(p, TEXT_INDENT, 0, page_format(p, _("byte %llu"), (unsigned long long)n->offset));
    if (n->via.n) {
        struct str via = page_safe(p, n->via);
        page_piece(p, TEXT_INDENT, 1, page_format(p, _("inside %.*s"), STR_ARG(via)));
    }
    struct note shown = *n;
    if (!shown.excerpt.n)
        shown.excerpt = shown.value;
    size_t width = text_width(page_safe(p, str_trim(shown.excerpt)));
    if (p->column + 2 + (width < 24 ? width : 24) > p->width) { /* too little room beside the place */
        page_end_line(p);
        page_to(p, TEXT_INDENT);
    } else {
        page_to(p, p->column + 2);
    }
    put_excerpt(p, &shown, p->width > p->column ? p->width - p->column : 1);
    page_end_line(p);
}

/* More escapes than text: bytes of a program or a picture, which tell a reader nothing. */
static bool is_binary(struct str excerpt)
{
    size_t odd = 0;
    for (size_t i = 0; i < excerpt.n; i++)
        odd += (unsigned char)excerpt.p[i] < ' ' || (unsigned char)excerpt.p[i] == 0x7f ||
               (excerpt.p[i] == '\\' && i + 1 < excerpt.n && excerpt.p[i + 1] == 'x');
    return odd * 8 > excerpt.n;
}

static bool is_same_note(const struct note *a, const struct note *b)
{
    return a->line == b->line && a->offset == b->offset && str_eq(a->via, b->via) &&
           str_eq(a->excerpt, b->excerpt);
}

/* Whether `b` tells nothing that `a`, which is shown already, does not. */
static bool is_repeated(const struct note *a, const struct note *b)
{
    bool same_place = str_eq(a->via, b->via) && a->line == b->line && (a->line || a->offset == b->offset);
    if (same_place && (str_eq(a->excerpt, b->excerpt) || str_has(a->excerpt, b->value)))
        return true;
    return b->value.n && str_eq(a->value, b->value) && str_eq(a->via, b->via) &&
           (!b->excerpt.n || str_has(b->excerpt, b->value));
}

static bool is_new(const struct note *notes, const bool *shown, size_t i, bool verbose)
{
    for (size_t k = 0; k < i; k++)
        if (shown[k] && (verbose ? is_same_note(&notes[k], &notes[i]) : is_repeated(&notes[k], &notes[i])))
            return false;
    return true;
}

void text_notes(struct page *p, const struct finding *f, bool verbose)
{
    size_t n_shown = 0, more = f->n_notes_seen - f->n_notes;
    bool shown[FINDING_NOTES_MAX] = {};
    for (size_t i = 0; i < f->n_notes && i < FINDING_NOTES_MAX; i++) {
        struct note n = f->notes[i];
        if (!verbose && is_binary(n.excerpt))
            n.excerpt = STR_NULL;
        if (is_said(f, &n) || !is_new(f->notes, shown, i, verbose))
            continue;
        if (n_shown == TEXT_NOTES && !verbose) {
            more++;
            continue;
        }
        put_note(p, &n);
        shown[i] = true;
        n_shown++;
    }
    if (more && n_shown) {
        page_to(p, TEXT_INDENT);
        page_words(p, TEXT_INDENT, page_format(p, intl_plural("and %zu more place", "and %zu more places", more), more));
        page_end_line(p);
    }
}
