// SPDX-License-Identifier: Apache-2.0
/* The output of an alert in another language than the rule's. */
#include "base/intl.h"
#include "sink/live_private.h"
#include "sink/outline.h"

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

static const struct value *find_value(const struct alert *a, struct str name)
{
    for (size_t i = 0; i < a->n_fields; i++)
        if (str_eq(a->fields[i].name, name))
            return &a->fields[i].value;
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

/* False when the template asks for what the alert has not. */
static bool fill(struct outline *o, const struct alert *a, struct str template)
{
    while (template.n) {
        ptrdiff_t percent = str_find(template, STR("%"), 0);
        const size_t n = percent < 0 ? template.n : (size_t)percent;
        const struct value *v;
        outline_words(o, str_sub(template, 0, n));
        template = str_sub(template, n, template.n);
        if (str_starts(template, STR("%%"))) {
            strbuf_addc(&o->text, '%');
            template = str_sub(template, 2, template.n);
        } else if (template.n) {
            if (!(v = find_value(a, take_field(&template))))
                return false;
            add_value(o, v);
        }
    }
    outline_end(o);
    return true;
}

struct str live_words(struct strbuf *b, const struct alert *a)
{
    struct outline o = {};
    struct str said = a->output;
    struct str template = a->rule ? str_trim(a->rule->output) : STR_NULL;
    if (str_starts(template, STR("*")))
        template = str_sub(template, 1, template.n);
    const struct str translated = intl_rule(template);
    if (translated.p != template.p && fill(&o, a, translated)) {
        strbuf_add(b, strbuf_str(&o.text));
        said = strbuf_str(b);
    }
    strbuf_done(&o.text);
    return said;
}
