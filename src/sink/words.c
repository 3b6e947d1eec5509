// SPDX-License-Identifier: Apache-2.0
/* The output of a rule in another language than the rule's. */
#include "base/intl.h"
#include "sink/outline.h"
#include "sink/words.h"

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Takes "%name" or "%name[argument]" off a template: its name as the alert has it. Empty for every other form. */
static struct str take_field(struct str *template)
{
    size_t n = 1;
    while (n < template->n && is_name_char(template->p[n]))
        n++;
    while (n > 1 && template->p[n - 1] == '.') /* the end of a sentence */
        n--;
    if (n > 1 && n < template->n && template->p[n] == '[') {
        ptrdiff_t end = str_find(*template, STR("]"), n);
        n = end < 0 ? 1 : (size_t)end + 1;
    }
    struct str name = str_sub(*template, 1, n);
    *template = str_sub(*template, n, template->n);
    return name;
}

static const struct value *find_value(const struct words *w, struct str name)
{
    for (size_t i = 0; i < w->n_fields; i++)
        if (str_eq(w->fields[i].name, name))
            return &w->fields[i].value;
    return NULL;
}

static void add_value(struct outline *o, const struct value *v)
{
    const bool is_list = v->type == VALUE_LIST;
    if (!outline_value(o, v->type != VALUE_NONE && v->type != VALUE_DYNAMIC && !(is_list && !v->list.n)))
        return;
    for (size_t i = 0; is_list && i < v->list.n; i++) {
        strbuf_adds(&o->text, i ? ", " : "");
        value_add_text(&o->text, &v->list.v[i]);
    }
    if (!is_list)
        value_add_text(&o->text, v);
}

/*
 * Fills a template: as people read it, or `as_said`, as the rule itself has said it. False when it asks for what is not there.
 */
static bool fill(struct outline *o, const struct words *w, struct str template, bool as_said)
{
    while (template.n) {
        ptrdiff_t percent = str_find(template, STR("%"), 0);
        const size_t n = percent < 0 ? template.n : (size_t)percent;
        const struct value *v;
        if (as_said)
            strbuf_add(&o->text, str_sub(template, 0, n));
        else
            outline_words(o, str_sub(template, 0, n));
        template = str_sub(template, n, template.n);
        if (str_starts(template, STR("%%"))) {
            strbuf_addc(&o->text, '%');
            template = str_sub(template, 2, template.n);
        } else if (template.n) {
            if (!(v = find_value(w, take_field(&template))))
                return false;
            if (as_said)
                value_add_text(&o->text, v);
            else
                add_value(o, v);
        }
    }
    if (!as_said)
        outline_end(o);
    return true;
}

static struct str template_of(struct str output)
{
    const struct str trimmed = str_trim(output);
    return str_sub(trimmed, str_starts(trimmed, STR("*")), trimmed.n);
}

struct str words_translated(struct strbuf *b, const struct words *w)
{
    struct outline o = {};
    struct str said = w->said;
    const struct str template = template_of(w->output), translated = intl_rule(template);
    if (translated.p != template.p && fill(&o, w, translated, false)) {
        strbuf_add(b, strbuf_str(&o.text));
        said = strbuf_str(b);
    }
    strbuf_done(&o.text);
    return said;
}

bool words_fit(const struct words *w)
{
    struct outline o = {};
    const struct str behind = STR(" container_id=");
    bool fits = fill(&o, w, template_of(w->output), true);
    const struct str ours = strbuf_str(&o.text);
    fits = fits && str_starts(w->said, ours) && (w->said.n == ours.n || str_starts(str_sub(w->said, ours.n, w->said.n), behind));
    strbuf_done(&o.text);
    return fits;
}
