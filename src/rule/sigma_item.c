// SPDX-License-Identifier: Apache-2.0
/* `field|modifiers: values`: what it asks, before anybody says what the field is. */
#include <errno.h>

#include "base/intl.h"
#include "base/regex.h"
#include "event/value.h"
#include "rule/limits.h"
#include "rule/sigma.h"
#include "rule/typing.h"

struct reader {
    struct sigma_work *w;
    struct sigma_item *item;
    const struct yaml_node *key;
    size_t at;     /* of the modifier at hand in the key */
    char flags[4]; /* of a regular expression */
    bool is_encoded; /* base64: no star may be inside any more */
};

static struct arena *arena_of(const struct reader *r)
{
    return &r->w->l.rs->load;
}

#define refuse_item(r, cure, ...) sigma_refuse((r)->w, (r)->key, (r)->at, (cure), __VA_ARGS__)

static int to_texts(struct reader *r, struct sigma_text (*change)(struct reader *r, const struct sigma_text *t, int how), int how)
{
    struct sigma_values *v = &r->item->values;
    if (r->item->compare != SIGMA_TEXT && r->item->compare != SIGMA_FIELD)
        return refuse_item(r, N_("take it away"), "this modifier is for texts, and the one before makes something else of the value");
    for (size_t i = 0; i < v->n; i++)
        if (!v->v[i].is_null)
            v->v[i].text = change(r, &v->v[i].text, how);
    return 0;
}

enum { BEFORE = 1, BEHIND = 2 };

static struct sigma_text wrap(struct reader *r, const struct sigma_text *t, int how)
{
    return sigma_text_wrap(arena_of(r), t, how & BEFORE, how & BEHIND);
}

static struct sigma_text utf16(struct reader *r, const struct sigma_text *t, int how)
{
    return sigma_text_utf16(arena_of(r), t, (enum sigma_utf16)how);
}

static int set_how(struct reader *r, enum operator how, int stars)
{
    r->item->how = how;
    if (r->item->compare == SIGMA_FIELD)
        return 0;
    return to_texts(r, wrap, stars);
}

static int set_compare(struct reader *r, enum sigma_compare compare)
{
    if (r->item->compare != SIGMA_TEXT || r->is_encoded)
        return refuse_item(r, N_("keep one of them"), "two modifiers that each say what the value is");
    r->item->compare = compare;
    return 0;
}

/* Values that are taken as they are written: regular expressions, networks, names of fields. */
static void take_as_written(struct reader *r)
{
    struct sigma_values *v = &r->item->values;
    for (size_t i = 0; i < v->n; i++)
        v->v[i].text = sigma_text_plain(arena_of(r), v->v[i].node->text);
}

static int contains(struct reader *r, int how)
{
    (void)how;
    return set_how(r, OP_ICONTAINS, BEFORE | BEHIND);
}
static int starts(struct reader *r, int how)
{
    (void)how;
    return set_how(r, OP_ISTARTSWITH, BEHIND);
}
static int ends(struct reader *r, int how)
{
    (void)how;
    return set_how(r, OP_IENDSWITH, BEFORE);
}
static int all(struct reader *r, int how)
{
    (void)how;
    r->item->all = true;
    return 0;
}
static int cased(struct reader *r, int how)
{
    (void)how;
    r->item->cased = true;
    return 0;
}
static int neq(struct reader *r, int how)
{
    (void)how;
    r->item->neq = true;
    return 0;
}
static int wide(struct reader *r, int how)
{
    return to_texts(r, utf16, how);
}

static int re(struct reader *r, int how)
{
    (void)how;
    int result = set_compare(r, SIGMA_RE);
    if (!result)
        take_as_written(r);
    return result;
}

static int re_flag(struct reader *r, int how)
{
    if (r->item->compare != SIGMA_RE)
        return refuse_item(r, N_("write it behind re"), "a flag of a regular expression without one");
    const size_t n = strlen(r->flags);
    if (!strchr(r->flags, how) && n + 1 < sizeof(r->flags))
        r->flags[n] = (char)how;
    return 0;
}

static int cidr(struct reader *r, int how)
{
    (void)how;
    int result = set_compare(r, SIGMA_CIDR);
    if (!result)
        take_as_written(r);
    return result;
}

static int order(struct reader *r, int how)
{
    if (r->item->compare == SIGMA_NUMBER && r->item->part != TR_NONE && r->item->order == OP_EQ) {
        r->item->order = (enum operator)how;
        return 0;
    }
    r->item->order = (enum operator)how;
    return set_compare(r, SIGMA_NUMBER);
}

static int part(struct reader *r, int how)
{
    if (r->item->part != TR_NONE)
        return refuse_item(r, N_("keep one of them"), "two parts of a time");
    r->item->part = (enum transformer)how;
    if (r->item->compare == SIGMA_NUMBER)
        return 0;
    r->item->order = OP_EQ;
    return set_compare(r, SIGMA_NUMBER);
}

static int exists(struct reader *r, int how)
{
    (void)how;
    bool does = true;
    const struct sigma_values *v = &r->item->values;
    if (v->n != 1 || !yaml_bool(v->v[0].node, &does))
        return sigma_refuse(r->w, v->n ? v->v[0].node : r->key, 0, N_("write true or false"), "exists asks for true or false");
    r->item->wants_absent = !does;
    return set_compare(r, SIGMA_EXISTS);
}

static int fieldref(struct reader *r, int how)
{
    (void)how;
    struct sigma_values *v = &r->item->values;
    if (r->item->compare != SIGMA_TEXT || r->is_encoded)
        return refuse_item(r, N_("keep one of them"), "two modifiers that each say what the value is");
    r->item->compare = SIGMA_FIELD;
    for (size_t i = 0; i < v->n; i++) {
        if (v->v[i].is_null || !v->v[i].node->text.n)
            return sigma_refuse(r->w, v->v[i].node, 0, N_("write the name of a field"), "this is no field");
        v->v[i].text = sigma_text_plain(arena_of(r), v->v[i].node->text);
    }
    return 0;
}

/* Takes the place of the values by what `change` makes of each. */
static int replace(struct reader *r, int (*change)(struct reader *r, const struct sigma_value *v, struct sigma_values *into))
{
    struct sigma_values into = {};
    int result = 0;
    if (r->item->compare != SIGMA_TEXT)
        return refuse_item(r, N_("take it away"), "this modifier is for texts, and the one before makes something else of the value");
    for (size_t i = 0; i < r->item->values.n && !result; i++) {
        const struct sigma_value *v = &r->item->values.v[i];
        if (v->is_null)
            vec_add(&into, *v);
        else
            result = change(r, v, &into);
        if (!result && into.n > SIGMA_VALUES_MAX)
            result = refuse_item(r, N_("write fewer values"), "more than %d values once they are written out", SIGMA_VALUES_MAX);
    }
    vec_done(&r->item->values);
    r->item->values = into;
    return result;
}

static int add_windash(struct reader *r, const struct sigma_value *v, struct sigma_values *into)
{
    sigma_text_windash(arena_of(r), v, into);
    return 0;
}

static int check_plain(struct reader *r, const struct sigma_value *v)
{
    if (sigma_text_has_wildcard(&v->text))
        return sigma_refuse(r->w, v->node, 0, N_("write \\* and \\? for the characters, and contains behind base64offset"),
                            "a text with wildcards cannot be encoded");
    return 0;
}

static int add_base64(struct reader *r, const struct sigma_value *v, struct sigma_values *into)
{
    struct sigma_value copy = *v;
    if (check_plain(r, v))
        return -EINVAL;
    copy.text = sigma_text_plain(arena_of(r), sigma_base64(arena_of(r), sigma_text_literal(&v->text)));
    vec_add(into, copy);
    return 0;
}

static int add_offsets(struct reader *r, const struct sigma_value *v, struct sigma_values *into)
{
    if (check_plain(r, v))
        return -EINVAL;
    for (unsigned offset = 0; offset < 3; offset++) {
        struct sigma_value copy = *v;
        const struct str s = sigma_base64_offset(arena_of(r), sigma_text_literal(&v->text), offset);
        if (!s.n)
            return sigma_refuse(r->w, v->node, 0, N_("write a longer text"), "too short to be found in base64");
        copy.text = sigma_text_plain(arena_of(r), s);
        copy.is_spelling = v->is_spelling || offset;
        vec_add(into, copy);
    }
    return 0;
}

static int add_expanded(struct reader *r, const struct sigma_value *v, struct sigma_values *into)
{
    return sigma_expand(r->w, v, into);
}

static int windash(struct reader *r, int how)
{
    (void)how;
    return replace(r, add_windash);
}
static int base64(struct reader *r, int how)
{
    (void)how;
    r->is_encoded = true;
    return replace(r, add_base64);
}
static int base64offset(struct reader *r, int how)
{
    (void)how;
    r->is_encoded = true;
    return replace(r, add_offsets);
}
static int expand(struct reader *r, int how)
{
    (void)how;
    return replace(r, add_expanded);
}

static const struct modifier {
    const char *name;
    int (*apply)(struct reader *r, int how);
    int how;
} MODIFIERS[] = {
    {"contains", contains, 0},
    {"startswith", starts, 0},
    {"endswith", ends, 0},
    {"all", all, 0},
    {"cased", cased, 0},
    {"neq", neq, 0},
    {"re", re, 0},
    {"i", re_flag, 'i'},
    {"ignorecase", re_flag, 'i'},
    {"m", re_flag, 'm'},
    {"multiline", re_flag, 'm'},
    {"s", re_flag, 's'},
    {"dotall", re_flag, 's'},
    {"exists", exists, 0},
    {"base64", base64, 0},
    {"base64offset", base64offset, 0},
    {"wide", wide, SIGMA_UTF16LE},
    {"utf16le", wide, SIGMA_UTF16LE},
    {"utf16be", wide, SIGMA_UTF16BE},
    {"utf16", wide, SIGMA_UTF16_BOM},
    {"windash", windash, 0},
    {"cidr", cidr, 0},
    {"lt", order, OP_LT},
    {"lte", order, OP_LE},
    {"gt", order, OP_GT},
    {"gte", order, OP_GE},
    {"fieldref", fieldref, 0},
    {"expand", expand, 0},
    {"minute", part, TR_MINUTE},
    {"hour", part, TR_HOUR},
    {"day", part, TR_DAY},
    {"week", part, TR_WEEK},
    {"month", part, TR_MONTH},
    {"year", part, TR_YEAR},
};

static int apply(struct reader *r, struct str name)
{
    size_t best = 3;
    const char *nearest = NULL;
    for (size_t i = 0; i < sizeof(MODIFIERS) / sizeof(*MODIFIERS); i++) {
        if (str_is(name, MODIFIERS[i].name))
            return MODIFIERS[i].apply(r, MODIFIERS[i].how);
        const size_t d = name.n > 2 ? str_distance(name, str_from(MODIFIERS[i].name), best) : best;
        if (d < best) {
            best = d;
            nearest = MODIFIERS[i].name;
        }
    }
    const struct str cure = nearest ? arena_printf(arena_of(r), _("did you mean \"%s\"?"), nearest)
                                    : STR(N_("davy-rules(5) lists the modifiers that are supported"));
    return refuse_item(r, cure.p, "the modifier \"%.*s\" is not supported", STR_ARG(name));
}

static int add_value(struct reader *r, const struct yaml_node *v)
{
    if (v->kind != YAML_SCALAR)
        return sigma_refuse(r->w, v, 0, N_("write a text or a number, or a list of them"), "a value is no text");
    if (v->text.n > RULE_TEXT_BYTES / 16)
        return sigma_refuse(r->w, v, 0, N_("write a shorter one"), "a value of more than %d bytes", RULE_TEXT_BYTES / 16);
    const bool is_null = v->style == YAML_PLAIN && yaml_is_null(v);
    vec_add(&r->item->values, (struct sigma_value){.node = v, .is_null = is_null, .text = sigma_text_parse(arena_of(r), v->text)});
    return 0;
}

static int add_values(struct reader *r, const struct yaml_node *value)
{
    if (value->kind != YAML_SEQUENCE)
        return add_value(r, value);
    if (!value->n)
        return sigma_refuse(r->w, value, 0, N_("write a value, or null"), "a list without values");
    if (value->n > SIGMA_VALUES_MAX)
        return sigma_refuse(r->w, value, 0, N_("split the rule"), "more than %d values", SIGMA_VALUES_MAX);
    for (size_t i = 0; i < value->n; i++)
        if (add_value(r, value->v[i]))
            return -EINVAL;
    return 0;
}

/* ---- what only the finished item can tell ---- */

static int finish_re(struct reader *r, struct sigma_value *v)
{
    struct arena *a = arena_of(r);
    struct regex *regex;
    struct error e = ERROR_NULL;
    const struct str written = sigma_text_literal(&v->text);
    const struct str pattern = r->flags[0] ? arena_printf(a, "(?%s)%.*s", r->flags, STR_ARG(written)) : written;
    if (pattern.n > TYPING_PATTERN_MAX)
        return sigma_refuse(r->w, v->node, 0, N_("split it"), "a regular expression of more than %d bytes", TYPING_PATTERN_MAX);
    if (regex_new(pattern, REGEX_GO, TYPING_REGEX_BYTES, &regex, &e) < 0)
        return sigma_refuse(r->w, v->node, 0, N_("the syntax is RE2's: no (?=…), (?!…), (?<=…), (?<!…) and no \\1"),
                            "the regular expression is not supported: %s", e.text);
    regex_free(regex);
    if (++r->w->sigma->n_regexes > SIGMA_REGEXES_MAX)
        return sigma_refuse(r->w, v->node, 0, N_("load fewer rules, or write contains where no expression is needed"),
                            "the rules together have more than %d regular expressions", SIGMA_REGEXES_MAX);
    v->text = sigma_text_plain(a, pattern);
    return 0;
}

static int finish_number(struct reader *r, struct sigma_value *v)
{
    double d;
    struct value n;
    const struct str s = v->node->text;
    if (r->item->part != TR_NONE ? typing_number(s, &n) && n.type == VALUE_UINT && n.u <= INT32_MAX : typing_double(s, &d)) {
        v->text = sigma_text_plain(arena_of(r), s);
        return 0;
    }
    return sigma_refuse(r->w, v->node, 0, N_("write a number"), "\"%.*s\" is no number", STR_ARG(s));
}

static int finish_net(struct reader *r, struct sigma_value *v)
{
    struct net net;
    if (net_from_str(v->node->text, &net))
        return 0;
    return sigma_refuse(r->w, v->node, 0, N_("write a network such as 10.0.0.0/8"), "\"%.*s\" is no network", STR_ARG(v->node->text));
}

static int finish(struct reader *r)
{
    struct sigma_item *item = r->item;
    for (size_t i = 0; i < item->values.n; i++) {
        struct sigma_value *v = &item->values.v[i];
        int result = 0;
        if (v->is_null && item->compare != SIGMA_TEXT)
            return sigma_refuse(r->w, v->node, 0, N_("write null without modifiers"), "null has no value to compare");
        if (item->compare == SIGMA_RE)
            result = finish_re(r, v);
        else if (item->compare == SIGMA_NUMBER)
            result = finish_number(r, v);
        else if (item->compare == SIGMA_CIDR)
            result = finish_net(r, v);
        if (result)
            return result;
    }
    return 0;
}

static int read_modifiers(struct reader *r, struct str rest)
{
    struct str name;
    unsigned n = 0;
    int result = 0;
    while (!result && str_split(&rest, '|', &name)) {
        r->at = (size_t)(name.p - r->key->text.p);
        result = ++n > SIGMA_MODIFIERS_MAX ? refuse_item(r, N_("write fewer"), "more than %d modifiers", SIGMA_MODIFIERS_MAX) : apply(r, name);
    }
    return result ? result : finish(r);
}

int sigma_item_read(struct sigma_work *w, const struct yaml_node *key, const struct yaml_node *value, struct sigma_item *ret)
{
    struct reader r = {.w = w, .item = ret, .key = key};
    *ret = (struct sigma_item){.key = key, .how = OP_IEQUALS};
    if (key->kind != YAML_SCALAR)
        return sigma_refuse(w, key, 0, N_("write the name of a field"), "this is no field");
    struct str rest = key->text;
    (void)str_split(&rest, '|', &ret->field);
    if (add_values(&r, value))
        return -EINVAL;
    return read_modifiers(&r, rest);
}

int sigma_item_keyword(struct sigma_work *w, const struct yaml_node *value, struct sigma_item *ret)
{
    struct reader r = {.w = w, .item = ret, .key = value};
    *ret = (struct sigma_item){.how = OP_IEQUALS};
    return add_values(&r, value);
}
