// SPDX-License-Identifier: Apache-2.0
/*
 * Items of detections as conditions of our language. Values of one operator become one check (`anyof`), so that the checks of
 * many rules about one field share their tables and automata; patterns stand behind a text that they need.
 */
#include <errno.h>

#include "base/glob.h"
#include "base/intl.h"
#include "event/field.h"
#include "rule/limits.h"
#include "rule/parser.h"
#include "rule/sigma.h"
#include "rule/typing.h"

/* What a field of ours is, as far as it decides how it is compared. */
struct target {
    struct str text; /* as written in a condition */
    enum value_type type;
    bool is_any; /* cannot stand on the right as it is */
};

void sigma_emit(struct sigma_work *w, const struct yaml_node *node, const char *text)
{
    pieces_insert(w->out, node, 0, str_from(text));
}

static void emit_str(struct sigma_work *w, const struct yaml_node *node, struct str text)
{
    pieces_insert(w->out, node, 0, text);
}

static void emit_quoted(struct sigma_work *w, const struct yaml_node *node, struct str text)
{
    struct strbuf b = {};
    strbuf_addc(&b, '"');
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        if (c == '"' || c == '\\')
            strbuf_printf(&b, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            strbuf_printf(&b, "\\x%02x", c);
        else
            strbuf_addc(&b, (char)c);
    }
    strbuf_addc(&b, '"');
    emit_str(w, node, strbuf_str(&b));
    strbuf_done(&b);
}

const struct field *sigma_field(struct str text)
{
    const char *bracket = text.n ? memchr(text.p, '[', text.n) : NULL;
    struct str name = bracket ? str_sub(text, 0, (size_t)(bracket - text.p)) : text;
    enum field_id id = field_from(name);
    while (id < 0 && name.n) {
        /* evt.arg.flags */
        while (name.n && name.p[name.n - 1] != '.')
            name.n--;
        name.n -= name.n > 0;
        id = name.n ? field_from(name) : FIELD__INVALID;
        if (id >= 0 && !(FIELDS[id].flags & FIELD_ARG_DOT))
            return NULL;
    }
    return id >= 0 ? &FIELDS[id] : NULL;
}

static bool is_call(struct str text)
{
    return text.n && text.p[text.n - 1] == ')' && memchr(text.p, '(', text.n);
}

static int find_target(struct sigma_work *w, const struct yaml_node *node, size_t at, struct str text, struct target *ret)
{
    const struct field *f = sigma_field(text);
    *ret = (struct target){.text = text, .type = VALUE_STRING};
    if (is_call(text))
        return 0; /* a pipeline's expression: text, or the parser complains */
    if (!f)
        return sigma_refuse(w, node, at, N_("map it to one of `davy rules fields` in a pipeline (--sigma-pipeline)"),
                            "nothing gives the field \"%.*s\" for this log source", STR_ARG(text));
    ret->type = f->type;
    ret->is_any = f->flags & FIELD_ANY;
    return 0;
}

static bool is_text(enum value_type t)
{
    return t == VALUE_STRING || t == VALUE_DYNAMIC;
}

static bool is_address(enum value_type t)
{
    return t == VALUE_IP || t == VALUE_NET;
}

static void emit_operand(struct sigma_work *w, const struct yaml_node *node, const struct sigma_item *item, const struct target *t,
                         bool wants_text)
{
    if (item->part != TR_NONE) {
        emit_str(w, node, arena_printf(&w->l.rs->load, "%s(%.*s)", transformer_name(item->part), STR_ARG(t->text)));
        return;
    }
    if (item->compare == SIGMA_NUMBER && !typing_is_number(t->type))
        emit_str(w, node, arena_printf(&w->l.rs->load, "number(%.*s)", STR_ARG(t->text)));
    else if (wants_text && !is_text(t->type))
        emit_str(w, node, arena_printf(&w->l.rs->load, "text(%.*s)", STR_ARG(t->text)));
    else
        emit_str(w, node, t->text);
}

/* ---- texts ---- */

enum form { FORM_ANYTHING, FORM_EQUAL, FORM_TYPED, FORM_CONTAINS, FORM_STARTS, FORM_ENDS, FORM_PATTERN, FORM_NULL, FORM__N };

/* Whether a value is one of the field's own type, so that it is compared as such. */
static bool is_typed(const struct target *t, struct str s)
{
    struct value v;
    struct net net;
    double d;
    if (t->type == VALUE_BOOL)
        return str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("false"));
    if (is_address(t->type))
        return net_from_str(s, &net);
    if (t->type == VALUE_DOUBLE)
        return typing_double(s, &d);
    if (t->type == VALUE_INT)
        return typing_number(s, &v) && (v.type == VALUE_INT || v.u <= INT64_MAX);
    if (t->type == VALUE_PORT)
        return typing_number(s, &v) && v.type == VALUE_UINT && v.u <= UINT16_MAX;
    return typing_is_number(t->type) && typing_number(s, &v) && v.type == VALUE_UINT;
}

static enum form form_of(const struct target *t, const struct sigma_value *v)
{
    const struct sigma_part *p = v->text.v;
    const size_t n = v->text.n;
    if (v->is_null)
        return FORM_NULL;
    if (n == 0 || (n == 1 && p[0].kind == SIGMA_LITERAL))
        return !is_text(t->type) && is_typed(t, sigma_text_literal(&v->text)) ? FORM_TYPED : FORM_EQUAL;
    if (n == 1 && p[0].kind == SIGMA_ANY)
        return FORM_ANYTHING;
    if (n == 2 && p[0].kind == SIGMA_LITERAL && p[1].kind == SIGMA_ANY)
        return FORM_STARTS;
    if (n == 2 && p[0].kind == SIGMA_ANY && p[1].kind == SIGMA_LITERAL)
        return FORM_ENDS;
    if (n == 3 && p[0].kind == SIGMA_ANY && p[1].kind == SIGMA_LITERAL && p[2].kind == SIGMA_ANY)
        return FORM_CONTAINS;
    return FORM_PATTERN;
}

/* The only literal part of a value that is no pattern. */
static struct str literal_of(const struct sigma_value *v)
{
    for (size_t i = 0; i < v->text.n; i++)
        if (v->text.v[i].kind == SIGMA_LITERAL)
            return v->text.v[i].text;
    return STR("");
}

static struct str glob_of(struct sigma_work *w, const struct sigma_value *v)
{
    struct strbuf b = {};
    for (size_t i = 0; i < v->text.n; i++) {
        const struct sigma_part *p = &v->text.v[i];
        if (p->kind != SIGMA_LITERAL)
            strbuf_addc(&b, p->kind == SIGMA_ANY ? '*' : '?');
        for (size_t k = 0; p->kind == SIGMA_LITERAL && k < p->text.n; k++) {
            if (memchr("*?[]\\", p->text.p[k], 5))
                strbuf_addc(&b, '\\');
            strbuf_addc(&b, p->text.p[k]);
        }
    }
    const struct str s = arena_str(&w->l.rs->load, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

/* The longest text that a pattern cannot do without; empty when it is too short to tell much. */
static struct str needed_by(const struct sigma_value *v)
{
    enum { TELLS = 3 };
    struct str best = STR("");
    for (size_t i = 0; i < v->text.n; i++)
        if (v->text.v[i].kind == SIGMA_LITERAL && v->text.v[i].text.n > best.n)
            best = v->text.v[i].text;
    return best.n >= TELLS ? best : STR("");
}

static const char *operator_of(enum form form, bool cased)
{
    static const char *const folded[] = {[FORM_EQUAL] = "iequals",   [FORM_CONTAINS] = "icontains", [FORM_STARTS] = "istartswith",
                                         [FORM_ENDS] = "iendswith",  [FORM_PATTERN] = "iglob"};
    static const char *const exact[] = {[FORM_EQUAL] = "=",         [FORM_CONTAINS] = "contains", [FORM_STARTS] = "startswith",
                                        [FORM_ENDS] = "endswith",   [FORM_PATTERN] = "glob"};
    return cased ? exact[form] : folded[form];
}

static int count(struct sigma_work *w, const struct yaml_node *node)
{
    if (++w->n_leaves <= SIGMA_LEAVES_MAX && w->out->text.n <= RULE_TEXT_BYTES)
        return 0;
    return sigma_refuse(w, node, 0, N_("split the rule"), "the rule has more than %d values, or more than %d bytes of them", SIGMA_LEAVES_MAX,
                        RULE_TEXT_BYTES);
}

static int emit_pattern(struct sigma_work *w, const struct sigma_item *item, const struct target *t, const struct sigma_value *v)
{
    const struct str pattern = glob_of(w, v), needed = needed_by(v);
    if (pattern.n > TYPING_PATTERN_MAX)
        return sigma_refuse(w, v->node, 0, N_("split it"), "a pattern of more than %d bytes", TYPING_PATTERN_MAX);
    sigma_emit(w, v->node, "(");
    if (needed.n) {
        emit_operand(w, v->node, item, t, true);
        sigma_emit(w, v->node, item->cased ? " contains " : " icontains ");
        emit_quoted(w, v->node, needed);
        sigma_emit(w, v->node, " and ");
    }
    emit_operand(w, v->node, item, t, true);
    sigma_emit(w, v->node, item->cased ? " glob " : " iglob ");
    emit_quoted(w, v->node, pattern);
    sigma_emit(w, v->node, ")");
    return 0;
}

static struct str value_text(const struct target *t, enum form form, const struct sigma_value *v, struct arena *a)
{
    const struct str s = literal_of(v);
    if (form == FORM_TYPED && t->type == VALUE_BOOL)
        return str_eq_nocase(s, STR("true")) ? STR("true") : STR("false");
    return arena_str(a, s);
}

/* All values of one form, of which one is enough; *first tells whether something stands before. */
static int emit_form(struct sigma_work *w, const struct sigma_item *item, const struct target *t, enum form form, size_t from, size_t to,
                     bool *first)
{
    const struct yaml_node *node = NULL;
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        if (form_of(t, &item->values.v[i]) == form) {
            node = node ? node : item->values.v[i].node;
            n++;
        }
    if (!n)
        return 0;
    if (form == FORM_PATTERN || form == FORM_NULL || form == FORM_ANYTHING) {
        for (size_t i = from; i < to; i++) {
            const struct sigma_value *v = &item->values.v[i];
            if (form_of(t, v) != form)
                continue;
            if (!*first)
                sigma_emit(w, v->node, " or ");
            *first = false;
            if (count(w, v->node) || (form == FORM_PATTERN && emit_pattern(w, item, t, v)))
                return -EINVAL;
            if (form != FORM_PATTERN) {
                sigma_emit(w, v->node, form == FORM_NULL ? "not " : "");
                emit_operand(w, v->node, item, t, false);
                sigma_emit(w, v->node, " exists");
            }
        }
        return 0;
    }
    if (!*first)
        sigma_emit(w, node, " or ");
    *first = false;
    emit_operand(w, node, item, t, form != FORM_TYPED);
    sigma_emit(w, node, form == FORM_TYPED ? (n > 1 ? " in (" : " = ") : arena_printf(&w->l.rs->load, " %s %s", operator_of(form, item->cased), n > 1 ? "anyof (" : "").p);
    bool is_first = true;
    for (size_t i = from; i < to; i++) {
        const struct sigma_value *v = &item->values.v[i];
        if (form_of(t, v) != form)
            continue;
        if (!is_first)
            sigma_emit(w, v->node, ", ");
        is_first = false;
        if (count(w, v->node))
            return -EINVAL;
        emit_quoted(w, v->node, value_text(t, form, v, &w->l.rs->load));
    }
    if (n > 1)
        sigma_emit(w, node, ")");
    return 0;
}

static int emit_texts(struct sigma_work *w, const struct sigma_item *item, const struct target *t, size_t from, size_t to)
{
    bool first = true;
    for (int form = 0; form < FORM__N; form++)
        if (emit_form(w, item, t, (enum form)form, from, to, &first))
            return -EINVAL;
    return 0;
}

/* ---- the others ---- */

static int emit_one(struct sigma_work *w, const struct sigma_item *item, const struct target *t, const struct sigma_value *v)
{
    const struct str s = sigma_text_literal(&v->text);
    double d = 0;
    if (count(w, v->node))
        return -EINVAL;
    emit_operand(w, v->node, item, t, item->compare == SIGMA_RE);
    if (item->compare == SIGMA_RE) {
        sigma_emit(w, v->node, " matches ");
        emit_quoted(w, v->node, s);
    } else {
        const bool is_integer = typing_is_number(t->type) && t->type != VALUE_DOUBLE && item->part == TR_NONE;
        struct value n;
        if (is_integer && !typing_number(s, &n))
            return sigma_refuse(w, v->node, 0, N_("write a whole number"), "the field \"%.*s\" is a whole number", STR_ARG(t->text));
        (void)typing_double(s, &d);
        struct str text = typing_number(s, &n) ? s : arena_printf(&w->l.rs->load, "%.17g", d);
        emit_str(w, v->node, arena_printf(&w->l.rs->load, " %s %.*s", operator_name(item->order), STR_ARG(text)));
    }
    return 0;
}

static int emit_fieldref(struct sigma_work *w, const struct sigma_item *item, const struct target *t, const struct sigma_value *v, size_t from)
{
    static const char *const exact[] = {[OP_IEQUALS] = "=", [OP_ICONTAINS] = "contains", [OP_ISTARTSWITH] = "startswith", [OP_IENDSWITH] = "endswith"};
    struct str *names;
    size_t n;
    if (sigma_map_field(w, v->node, 0, sigma_text_literal(&v->text), from, &names, &n))
        return -EINVAL;
    if (!n)
        return sigma_refuse(w, v->node, 0, N_("compare with another field"), "a pipeline drops the field \"%.*s\"", STR_ARG(v->node->text));
    sigma_emit(w, v->node, "(");
    for (size_t i = 0; i < n; i++) {
        struct target other;
        if (find_target(w, v->node, 0, names[i], &other) || count(w, v->node))
            return -EINVAL;
        if (i)
            sigma_emit(w, v->node, " or ");
        emit_operand(w, v->node, item, t, true);
        emit_str(w, v->node, arena_printf(&w->l.rs->load, " %s ", item->cased ? exact[item->how] : operator_name(item->how)));
        const bool is_plain = is_text(other.type) && !other.is_any && !is_call(other.text);
        emit_str(w, v->node, arena_printf(&w->l.rs->load, is_plain ? "val(%.*s)" : is_call(other.text) ? "%.*s" : "text(%.*s)", STR_ARG(other.text)));
    }
    sigma_emit(w, v->node, ")");
    return 0;
}

/* Networks [from, to) in one check. */
static int emit_nets(struct sigma_work *w, const struct sigma_item *item, const struct target *t, size_t from, size_t to)
{
    const struct yaml_node *node = item->values.v[from].node;
    emit_operand(w, node, item, t, !is_address(t->type));
    sigma_emit(w, node, is_address(t->type) ? " in (" : " cidr (");
    for (size_t i = from; i < to; i++) {
        const struct sigma_value *v = &item->values.v[i];
        if (count(w, v->node))
            return -EINVAL;
        if (i > from)
            sigma_emit(w, v->node, ", ");
        emit_quoted(w, v->node, sigma_text_literal(&v->text));
    }
    sigma_emit(w, node, ")");
    return 0;
}

/* Values [from, to), of which one is enough, about one field. */
static int emit_values(struct sigma_work *w, const struct sigma_item *item, const struct target *t, size_t from, size_t to, size_t step)
{
    if (item->compare == SIGMA_TEXT)
        return emit_texts(w, item, t, from, to);
    if (item->compare == SIGMA_CIDR)
        return emit_nets(w, item, t, from, to);
    if (item->compare == SIGMA_EXISTS) {
        sigma_emit(w, item->values.v[from].node, item->wants_absent ? "not " : "");
        emit_operand(w, item->values.v[from].node, item, t, false);
        sigma_emit(w, item->values.v[from].node, " exists");
        return 0;
    }
    for (size_t i = from; i < to; i++) {
        const struct sigma_value *v = &item->values.v[i];
        if (i > from)
            sigma_emit(w, v->node, " or ");
        if (item->compare == SIGMA_FIELD ? emit_fieldref(w, item, t, v, step) : emit_one(w, item, t, v))
            return -EINVAL;
    }
    return 0;
}

/* A value that asks for absence asks it of every field, all others of one. */
static bool wants_absence(const struct sigma_item *item)
{
    return item->wants_absent || (item->compare == SIGMA_TEXT && item->values.n == 1 && item->values.v[0].is_null);
}

static int emit_fields(struct sigma_work *w, const struct sigma_item *item, const struct target *t, size_t n, size_t from, size_t to, size_t step)
{
    const struct yaml_node *node = item->values.v[from].node;
    sigma_emit(w, node, n > 1 ? "(" : "");
    for (size_t i = 0; i < n; i++) {
        if (i)
            sigma_emit(w, node, wants_absence(item) ? " and " : " or ");
        if (emit_values(w, item, &t[i], from, to, step))
            return -EINVAL;
    }
    sigma_emit(w, node, n > 1 ? ")" : "");
    return 0;
}

/* Keywords stand anywhere in the record; in one that is shown as JSON they are escaped as JSON has it. */
static struct sigma_text keyword(struct sigma_work *w, const struct sigma_text *t, bool is_json)
{
    struct sigma_text k = sigma_text_wrap(&w->l.rs->load, t, true, true);
    for (size_t i = 0; is_json && i < k.n; i++) {
        struct strbuf b = {};
        for (size_t c = 0; c < k.v[i].text.n; c++) {
            if (k.v[i].text.p[c] == '"' || k.v[i].text.p[c] == '\\')
                strbuf_addc(&b, '\\');
            strbuf_addc(&b, k.v[i].text.p[c]);
        }
        k.v[i].text = arena_str(&w->l.rs->load, strbuf_str(&b));
        strbuf_done(&b);
    }
    return k;
}

static int find_keyword_fields(struct sigma_work *w, struct sigma_item *item, const struct yaml_node *node, struct str **ret, size_t *ret_n)
{
    const struct yaml_node *const *states;
    bool is_json = false;
    *ret_n = sigma_state(w, "keywords", &states);
    if (!*ret_n)
        return sigma_refuse(w, node, 0, N_("name the field: field|contains: …"), "keywords without a field are not supported for this log source");
    *ret = arena_array(&w->l.rs->load, struct str, *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        (*ret)[i] = states[i]->text;
        is_json |= str_ends(states[i]->text, STR(".obj"));
    }
    if (item->compare != SIGMA_TEXT && item->compare != SIGMA_RE)
        return sigma_refuse(w, node, 0, N_("name a field"), "this modifier needs a field");
    for (size_t i = 0; item->compare == SIGMA_TEXT && i < item->values.n; i++) {
        if (item->values.v[i].is_null)
            return sigma_refuse(w, item->values.v[i].node, 0, N_("write a word"), "a keyword without text");
        item->values.v[i].text = keyword(w, &item->values.v[i].text, is_json);
    }
    return 0;
}

/* Values that ask for absence, behind all others; how many they are. */
static size_t put_nulls_last(struct sigma_item *item)
{
    size_t n = 0;
    struct sigma_value null = {};
    for (size_t i = 0; i < item->values.n; i++)
        if (item->values.v[i].is_null)
            null = item->values.v[i];
        else
            item->values.v[n++] = item->values.v[i];
    const size_t n_nulls = item->values.n - n;
    while (n < item->values.n)
        item->values.v[n++] = null;
    return n_nulls;
}

/* One of the values is enough. Of several fields that stand for one, any may have a value, but all have to be absent. */
static int emit_any(struct sigma_work *w, struct sigma_item *item, const struct target *t, size_t n, size_t step)
{
    const size_t n_nulls = n > 1 && item->compare == SIGMA_TEXT ? put_nulls_last(item) : 0;
    if (!n_nulls || n_nulls == item->values.n)
        return emit_fields(w, item, t, n, 0, n_nulls ? 1 : item->values.n, step);
    struct sigma_item absent = *item;
    absent.values.v = &item->values.v[item->values.n - 1];
    absent.values.n = 1;
    if (emit_fields(w, item, t, n, 0, item->values.n - n_nulls, step))
        return -EINVAL;
    sigma_emit(w, absent.values.v->node, " or ");
    return emit_fields(w, &absent, t, n, 0, 1, step);
}

static bool is_type(struct str name)
{
    char lower[64];
    if (name.n >= sizeof(lower))
        return false;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i]);
    return event_type_from(str_n(lower, name.n)) != EVENT__INVALID;
}

/* What asks for a type of event that nothing here is of would wait for ever: auditd has records of programs that tell it so, such as ADD_USER. */
static int check_types(struct sigma_work *w, const struct sigma_item *item, const struct target *t)
{
    const struct sigma_value *unknown = NULL;
    for (size_t i = 0; i < item->values.n && item->compare == SIGMA_TEXT && str_is(t->text, "evt.type"); i++) {
        const struct sigma_value *v = &item->values.v[i];
        if (form_of(t, v) != FORM_EQUAL || is_type(literal_of(v)))
            return 0;
        unknown = v;
    }
    return unknown ? sigma_refuse(w, unknown->node, 0, N_("take it away, or judge records of auditd (davy logs)"), "no event is of the type \"%.*s\"", STR_ARG(literal_of(unknown))) : 0;
}

int sigma_emit_item(struct sigma_work *w, struct sigma_item *item, size_t step)
{
    const struct yaml_node *node = item->key ? item->key : item->values.v[0].node;
    struct target targets[SIGMA_FIELDS_MAX];
    struct str *names;
    size_t n;
    int result = item->field.n ? sigma_map_field(w, node, 0, item->field, step, &names, &n) : find_keyword_fields(w, item, node, &names, &n);
    if (!result && item->field.n && n)
        result = sigma_map_values(w, item, step);
    if (result)
        return result;
    if (!n) {
        sigma_emit(w, node, "evt.type exists"); /* dropped: nothing is asked */
        return 0;
    }
    n = n < SIGMA_FIELDS_MAX ? n : SIGMA_FIELDS_MAX;
    for (size_t i = 0; i < n; i++)
        if (find_target(w, node, 0, names[i], &targets[i]) || check_types(w, item, &targets[i]))
            return -EINVAL;
    sigma_emit(w, node, item->neq ? "not (" : "(");
    if (item->all) {
        for (size_t i = 0, end; i < item->values.n; i = end) {
            end = i + 1;
            while (end < item->values.n && item->values.v[end].is_spelling)
                end++;
            if (i)
                sigma_emit(w, node, " and ");
            if (emit_fields(w, item, targets, n, i, end, step))
                return -EINVAL;
        }
    } else if (emit_any(w, item, targets, n, step)) {
        return -EINVAL;
    }
    sigma_emit(w, node, ")");
    return 0;
}
