// SPDX-License-Identifier: Apache-2.0
/* Pipelines at work on one rule. Steps are numbered over all pipelines, in their order. */
#include <errno.h>

#include "base/intl.h"
#include "base/regex.h"
#include "rule/sigma.h"
#include "rule/typing.h"

static const struct sigma_step *step_at(const struct sigma *s, size_t at)
{
    for (size_t i = 0; i < s->pipelines.n; at -= s->pipelines.v[i++]->n_steps)
        if (at < s->pipelines.v[i]->n_steps)
            return &s->pipelines.v[i]->steps[at];
    return NULL;
}

static bool is_on(const struct yaml_node *map, const char *key)
{
    bool on = false;
    const struct yaml_node *v = yaml_get(map, key);
    return v && yaml_bool(v, &on) && on;
}

/* ---- conditions on the rule ---- */

static bool fits(const struct yaml_node *condition, const char *key, struct str have)
{
    const struct yaml_node *want = yaml_get(condition, key);
    return !want || (want->kind == YAML_SCALAR && str_eq_nocase(want->text, have));
}

static struct str field_name(struct str key)
{
    struct str name = STR_NULL;
    (void)str_split(&key, '|', &name);
    return name;
}

static bool has_field(const struct yaml_node *d, struct str field, unsigned depth)
{
    if (depth > 3)
        return false;
    for (size_t i = 0; d->kind == YAML_SEQUENCE && i < d->n; i++)
        if (has_field(d->v[i], field, depth + 1))
            return true;
    for (size_t i = 0; d->kind == YAML_MAP && i + 1 < d->n; i += 2)
        if (depth ? str_eq(field_name(d->v[i]->text), field) : has_field(d->v[i + 1], field, depth + 1))
            return true;
    return false;
}

static bool was_applied(const struct sigma_work *w, struct str id, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (w->is_active[i] && str_eq(step_at(w->sigma, i)->id, id))
            return true;
    return false;
}

static bool holds_for_rule(const struct sigma_work *w, const struct yaml_node *c, size_t step)
{
    const struct str type = yaml_get(c, "type")->text;
    const struct yaml_node *v;
    if (str_is(type, "logsource"))
        return fits(c, "category", w->category) && fits(c, "product", w->product) && fits(c, "service", w->service);
    if (str_is(type, "contains_field")) {
        const struct yaml_node *detections = yaml_get(w->rule->node, "detection");
        v = yaml_get(c, "field");
        return detections && v->kind == YAML_SCALAR && has_field(detections, v->text, 0);
    }
    if (str_is(type, "processing_item_applied")) {
        v = yaml_get(c, "processing_item_id");
        return v->kind == YAML_SCALAR && was_applied(w, v->text, step);
    }
    const struct yaml_node *key = yaml_get(c, "key"), *val = yaml_get(c, "val");
    const struct map_entry *e = key->kind == YAML_SCALAR ? map_get(&w->state, key->text) : NULL;
    v = e ? e->ptr : NULL;
    return v && v->kind == YAML_SCALAR && val && val->kind == YAML_SCALAR && str_eq(v->text, val->text);
}

/* All conditions, or one with `*_cond_op: or`; turned round with `*_cond_not`. */
static bool combine(const struct yaml_node *step, const char *op_key, const char *not_key, size_t n, size_t n_true)
{
    const struct yaml_node *op = yaml_get(step, op_key);
    const bool is_or = op && op->kind == YAML_SCALAR && str_eq_nocase(op->text, STR("or"));
    return !n || (is_or ? n_true > 0 : n_true == n) != is_on(step, not_key);
}

static bool is_for_rule(const struct sigma_work *w, const struct sigma_step *s, size_t number)
{
    const struct yaml_node *all = yaml_get(s->node, "rule_conditions");
    size_t n_true = 0;
    for (size_t i = 0; all && i < all->n; i++)
        n_true += holds_for_rule(w, all->v[i], number);
    return combine(s->node, "rule_cond_op", "rule_cond_not", all ? all->n : 0, n_true);
}

/* ---- conditions on a field ---- */

static bool names_field(const struct yaml_node *c, struct str field)
{
    const struct yaml_node *fields = yaml_get(c, "fields"), *type = yaml_get(c, "match_type");
    const bool is_re = type && type->kind == YAML_SCALAR && str_is(type->text, "re");
    for (size_t i = 0; fields->kind == YAML_SEQUENCE && i < fields->n; i++) {
        struct regex *regex;
        bool matches = str_eq(fields->v[i]->text, field);
        if (is_re && regex_new(fields->v[i]->text, REGEX_GO, TYPING_REGEX_BYTES, &regex, NULL) == 0) {
            matches = regex_find(regex, field, 0, NULL, 0);
            regex_free(regex);
        }
        if (matches)
            return true;
    }
    return false;
}

static bool is_for_field(const struct sigma_step *s, struct str field)
{
    const struct yaml_node *all = yaml_get(s->node, "field_name_conditions");
    size_t n_true = 0;
    for (size_t i = 0; all && i < all->n; i++)
        n_true += names_field(all->v[i], field) == str_is(yaml_get(all->v[i], "type")->text, "include_fields");
    return combine(s->node, "field_name_cond_op", "field_name_cond_not", all ? all->n : 0, n_true);
}

/* ---- the rule as a whole ---- */

static void set_logsource(struct sigma_work *w, const struct yaml_node *from)
{
    const struct yaml_node *category = yaml_get(from, "category"), *product = yaml_get(from, "product"), *service = yaml_get(from, "service");
    w->category = category ? category->text : STR_NULL;
    w->product = product ? product->text : STR_NULL;
    w->service = service ? service->text : STR_NULL;
}

int sigma_apply(struct sigma_work *w, const struct yaml_node *logsource)
{
    w->is_active = arena_array(&w->l.rs->load, bool, w->sigma->n_steps);
    set_logsource(w, logsource);
    for (size_t i = 0; i < w->sigma->n_steps; i++) {
        const struct sigma_step *s = step_at(w->sigma, i);
        w->is_active[i] = is_for_rule(w, s, i);
        if (!w->is_active[i])
            continue;
        if (s->type == STEP_LOGSOURCE)
            set_logsource(w, s->node);
        else if (s->type == STEP_STATE)
            map_put(&w->state, yaml_get(s->node, "key")->text, NULL)->ptr = (void *)yaml_get(s->node, "val");
        else if (s->type == STEP_RULE_FAILURE)
            return sigma_refuse(w, logsource, 0, N_("take it away, or add a pipeline that says what it is here"), "%.*s",
                                STR_ARG(yaml_get(s->node, "message")->text));
    }
    return 0;
}

size_t sigma_state(const struct sigma_work *w, const char *key, const struct yaml_node *const **ret)
{
    struct map_entry *e = map_get(&w->state, str_from(key));
    const struct yaml_node *v = e ? e->ptr : NULL;
    if (!v)
        return 0;
    *ret = v->kind == YAML_SEQUENCE ? v->v : (const struct yaml_node *const *)&e->ptr;
    return v->kind == YAML_SEQUENCE ? v->n : 1;
}

/* A character of an argument in quotes. */
static void add_quoted(struct strbuf *b, char c)
{
    if (c == '"' || c == '\\')
        strbuf_printf(b, "\\%c", c);
    else if ((unsigned char)c < 0x20)
        strbuf_printf(b, "\\x%02x", c);
    else
        strbuf_addc(b, c);
}

static int emit_condition(struct sigma_work *w, const struct sigma_step *s, size_t number)
{
    const struct yaml_node *map = yaml_get(s->node, "conditions");
    sigma_emit(w, s->node, is_on(s->node, "negated") ? " and not (" : " and (");
    for (size_t i = 0; i + 1 < map->n; i += 2) {
        struct sigma_item item = {};
        if (i)
            sigma_emit(w, s->node, " and ");
        int result = sigma_item_read(w, map->v[i], map->v[i + 1], &item);
        if (!result)
            result = sigma_emit_item(w, &item, number + 1);
        vec_done(&item.values);
        if (result)
            return result;
    }
    sigma_emit(w, s->node, ")");
    return 0;
}

/* A condition of our language. {service} in it is the word that the rule's log source has there. */
static void emit_ours(struct sigma_work *w, const struct yaml_node *c)
{
    static const struct str PLACE = {"{service}", 9};
    struct strbuf word = {};
    size_t from = 0;
    strbuf_addc(&word, '"');
    for (size_t i = 0; i < w->service.n; i++)
        add_quoted(&word, w->service.p[i]);
    strbuf_addc(&word, '"');
    sigma_emit(w, c, " and (");
    for (ptrdiff_t at; (at = str_find(c->text, PLACE, from)) >= 0; from = (size_t)at + PLACE.n) {
        pieces_copy(w->out, c, from, (size_t)at);
        pieces_insert(w->out, c, 0, strbuf_str(&word));
    }
    pieces_copy(w->out, c, from, c->text.n);
    sigma_emit(w, c, ")");
    strbuf_done(&word);
}

int sigma_emit_added(struct sigma_work *w)
{
    for (size_t i = 0; i < w->sigma->n_steps; i++) {
        const struct sigma_step *s = step_at(w->sigma, i);
        if (!w->is_active[i])
            continue;
        if (s->type == STEP_CONDITION && emit_condition(w, s, i))
            return -EINVAL;
        if (s->type == STEP_OUR_CONDITION)
            emit_ours(w, yaml_get(s->node, "condition"));
    }
    return 0;
}

/* ---- fields ---- */

struct names {
    struct str *v;
    size_t n;
};

static void add_name(struct names *names, struct str name)
{
    if (names->n < SIGMA_FIELDS_MAX)
        names->v[names->n++] = name;
}

/* How much of the name says that what stands before it is a list, as rules for Splunk and others write it: a{}.b, a[].b, a[*].b. Lists are gone through without being told. */
static size_t list_mark(struct str name)
{
    static const struct str MARKS[] = {{"{}", 2}, {"[]", 2}, {"[*]", 3}};
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(*MARKS); i++)
        if (str_starts(name, MARKS[i]))
            return MARKS[i].n;
    return 0;
}

/* The JSON pointer of a name with dots: a.b is /a/b below the prefix, and so is a..b. */
static struct str json_field(struct arena *a, const struct yaml_node *step, struct str prefix, struct str name)
{
    struct strbuf b = {};
    strbuf_printf(&b, "%.*s[\"", STR_ARG(yaml_get(step, "field")->text));
    strbuf_add(&b, prefix);
    strbuf_addc(&b, '/');
    for (size_t i = 0, mark; i < name.n; i++) {
        if (i && (mark = list_mark(str_sub(name, i, name.n))))
            i += mark - 1;
        else if (name.p[i] == '.' && i && name.p[i - 1] == '.')
            continue;
        else if (name.p[i] == '.')
            strbuf_addc(&b, '/');
        else if (name.p[i] == '~' || name.p[i] == '/')
            strbuf_adds(&b, name.p[i] == '~' ? "~0" : "~1");
        else
            add_quoted(&b, name.p[i]);
    }
    strbuf_adds(&b, "\"]");
    const struct str s = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

/* The value that a text record has under this name. */
static struct str value_field(struct arena *a, const struct yaml_node *step, struct str name)
{
    struct strbuf b = {};
    strbuf_printf(&b, "%.*s[\"", STR_ARG(yaml_get(step, "field")->text));
    for (size_t i = 0; i < name.n; i++)
        add_quoted(&b, name.p[i]);
    strbuf_adds(&b, "\"]");
    const struct str s = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

/* What an earlier step made one of our fields, or an expression of the language. */
static bool is_ours(struct str name)
{
    return sigma_field(name) || memchr(name.p, '(', name.n);
}

/* sourceRanges of source_ranges; the same name where there is nothing to change. */
static struct str camel_case(struct arena *a, struct str name)
{
    struct strbuf b = {};
    for (size_t i = 0; i < name.n; i++) {
        const char next = i && i + 1 < name.n && name.p[i] == '_' ? name.p[i + 1] : 0;
        if (next < 'a' || next > 'z') {
            strbuf_addc(&b, name.p[i]);
        } else {
            strbuf_addc(&b, (char)(next - 'a' + 'A'));
            i++;
        }
    }
    const struct str s = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    return s;
}

static void add_json(struct arena *a, struct names *out, const struct yaml_node *step, struct str prefix, struct str name)
{
    const struct yaml_node *camel = yaml_get(step, "camel");
    const struct str other = camel && str_is(camel->text, "true") ? camel_case(a, name) : name;
    add_name(out, json_field(a, step, prefix, name));
    if (!str_eq(other, name))
        add_name(out, json_field(a, step, prefix, other));
}

static void add_mapped(struct names *out, const struct yaml_node *to)
{
    for (size_t i = 0; to->kind == YAML_SEQUENCE && i < to->n; i++)
        add_name(out, to->v[i]->text);
    if (to->kind == YAML_SCALAR)
        add_name(out, to->text);
}

/* The longest prefix of the mapping that the name begins with. */
static void add_prefix_mapped(struct arena *a, struct names *out, const struct yaml_node *mapping, struct str name)
{
    const struct yaml_node *best = NULL;
    struct str prefix = STR_NULL;
    for (size_t i = 0; i + 1 < mapping->n; i += 2)
        if (str_starts(name, mapping->v[i]->text) && (!best || mapping->v[i]->text.n > prefix.n)) {
            best = mapping->v[i + 1];
            prefix = mapping->v[i]->text;
        }
    if (!best) {
        add_name(out, name);
        return;
    }
    const struct str rest = str_sub(name, prefix.n, name.n);
    for (size_t i = 0; best->kind == YAML_SEQUENCE && i < best->n; i++)
        add_name(out, arena_printf(a, "%.*s%.*s", STR_ARG(best->v[i]->text), STR_ARG(rest)));
    if (best->kind == YAML_SCALAR)
        add_name(out, arena_printf(a, "%.*s%.*s", STR_ARG(best->text), STR_ARG(rest)));
}

/* One step on one name. */
static void map_name(struct sigma_work *w, const struct sigma_step *s, struct str name, struct names *out)
{
    struct arena *a = &w->l.rs->load;
    const struct yaml_node *mapping = yaml_get(s->node, "mapping"), *to;
    switch (s->type) {
    case STEP_FIELD_MAPPING:
        to = sigma_get(mapping, name);
        if (to)
            add_mapped(out, to);
        else
            add_name(out, name);
        return;
    case STEP_PREFIX_MAPPING:
        add_prefix_mapped(a, out, mapping, name);
        return;
    case STEP_PREFIX:
        add_name(out, arena_printf(a, "%.*s%.*s", STR_ARG(yaml_get(s->node, "prefix")->text), STR_ARG(name)));
        return;
    case STEP_SUFFIX:
        add_name(out, arena_printf(a, "%.*s%.*s", STR_ARG(name), STR_ARG(yaml_get(s->node, "suffix")->text)));
        return;
    case STEP_JSON:
        if (is_ours(name)) {
            add_name(out, name);
            return;
        }
        to = yaml_get(s->node, "prefix");
        for (size_t i = 0; to && to->kind == YAML_SEQUENCE && i < to->n; i++)
            add_json(a, out, s->node, to->v[i]->text, name);
        if (!to || to->kind == YAML_SCALAR)
            add_json(a, out, s->node, to ? to->text : STR_NULL, name);
        return;
    case STEP_VALUE:
        add_name(out, is_ours(name) ? name : value_field(a, s->node, name));
        return;
    default:
        add_name(out, name);
    }
}

int sigma_map_field(struct sigma_work *w, const struct yaml_node *node, size_t at, struct str field, size_t from, struct str **ret,
                    size_t *ret_n)
{
    struct names now = {arena_array(&w->l.rs->load, struct str, SIGMA_FIELDS_MAX), 0};
    add_name(&now, field);
    for (size_t i = from; i < w->sigma->n_steps && now.n; i++) {
        const struct sigma_step *s = step_at(w->sigma, i);
        if (!w->is_active[i])
            continue;
        struct names next = {arena_array(&w->l.rs->load, struct str, SIGMA_FIELDS_MAX), 0};
        for (size_t k = 0; k < now.n; k++) {
            const bool is_meant = is_for_field(s, now.v[k]);
            if (is_meant && s->type == STEP_ITEM_FAILURE)
                return sigma_refuse(w, node, at, N_("take it away, or add a pipeline that says what it is here"), "%.*s: %.*s", STR_ARG(field),
                                    STR_ARG(yaml_get(s->node, "message")->text));
            if (is_meant && s->type == STEP_DROP)
                continue;
            if (is_meant)
                map_name(w, s, now.v[k], &next);
            else
                add_name(&next, now.v[k]);
        }
        now = next;
    }
    *ret = now.v;
    *ret_n = now.n;
    return 0;
}

/* ---- values ---- */

static int map_strings(struct sigma_work *w, const struct sigma_step *s, struct sigma_item *item)
{
    struct sigma_values into = {};
    for (size_t i = 0; i < item->values.n; i++) {
        const struct sigma_value *v = &item->values.v[i];
        const struct yaml_node *to =
            v->is_null || sigma_text_has_wildcard(&v->text) ? NULL : sigma_get(yaml_get(s->node, "mapping"), sigma_text_literal(&v->text));
        const size_t n = !to ? 0 : to->kind == YAML_SEQUENCE ? to->n : 1;
        if (!to)
            vec_add(&into, *v);
        for (size_t k = 0; k < n; k++) {
            const struct yaml_node *one = to->kind == YAML_SEQUENCE ? to->v[k] : to;
            struct sigma_value copy = *v;
            copy.is_null = yaml_is_null(one); /* what a log writes for nothing is no value here */
            copy.text = sigma_text_parse(&w->l.rs->load, one->text);
            vec_add(&into, copy);
        }
    }
    vec_done(&item->values);
    item->values = into;
    return 0;
}

int sigma_map_values(struct sigma_work *w, struct sigma_item *item, size_t from)
{
    int result = 0;
    for (size_t i = from; i < w->sigma->n_steps && item->compare == SIGMA_TEXT && !result; i++) {
        const struct sigma_step *s = step_at(w->sigma, i);
        if (w->is_active[i] && s->type == STEP_MAP_STRING && is_for_field(s, item->field))
            result = map_strings(w, s, item);
    }
    return result;
}

/* Whether a step takes a placeholder of that name. */
static bool takes(const struct sigma_step *s, struct str name)
{
    const struct yaml_node *include = yaml_get(s->node, "include"), *exclude = yaml_get(s->node, "exclude");
    bool is_in = !include, is_out = false;
    for (size_t i = 0; include && include->kind == YAML_SEQUENCE && i < include->n; i++)
        is_in |= str_eq(include->v[i]->text, name);
    for (size_t i = 0; exclude && exclude->kind == YAML_SEQUENCE && i < exclude->n; i++)
        is_out |= str_eq(exclude->v[i]->text, name);
    return is_in && !is_out;
}

static const struct yaml_node *find_var(const struct sigma *s, struct str name)
{
    for (size_t i = s->pipelines.n; i-- > 0;) {
        const struct yaml_node *v = sigma_get(yaml_get(s->pipelines.v[i]->node, "vars"), name);
        if (v)
            return v;
    }
    return NULL;
}

/* The first placeholder of a value: %name% in a literal part. */
static bool find_placeholder(const struct sigma_text *t, size_t *ret_part, size_t *ret_from, size_t *ret_to)
{
    for (size_t p = 0; p < t->n; p++) {
        const struct str s = t->v[p].text;
        for (size_t i = 0; i < s.n; i++) {
            size_t end = i + 1;
            if (s.p[i] != '%')
                continue;
            while (end < s.n && s.p[end] != '%' && s.p[end] != ' ')
                end++;
            if (end < s.n && s.p[end] == '%' && end > i + 1) {
                *ret_part = p;
                *ret_from = i;
                *ret_to = end + 1;
                return true;
            }
        }
    }
    return false;
}

/* The value with `mid` in the place of a placeholder. */
static struct sigma_value put(struct arena *a, const struct sigma_value *v, size_t part, size_t from, size_t to, const struct sigma_text *mid)
{
    struct sigma_value copy = *v;
    const struct str s = v->text.v[part].text, head = str_sub(s, 0, from), tail = str_sub(s, to, s.n);
    copy.text = (struct sigma_text){.v = arena_array(a, struct sigma_part, v->text.n + mid->n + 2)};
    struct sigma_text *t = &copy.text;
    struct strbuf b = {};
    struct sigma_part *all = arena_array(a, struct sigma_part, v->text.n + mid->n + 2);
    size_t n = 0;
    for (size_t i = 0; i < part; i++)
        all[n++] = v->text.v[i];
    all[n++] = (struct sigma_part){SIGMA_LITERAL, head};
    for (size_t i = 0; i < mid->n; i++)
        all[n++] = mid->v[i];
    all[n++] = (struct sigma_part){SIGMA_LITERAL, tail};
    for (size_t i = part + 1; i < v->text.n; i++)
        all[n++] = v->text.v[i];
    /* Neighbouring literals become one: what is compared later looks at whole texts. */
    for (size_t i = 0; i < n; i++) {
        if (all[i].kind == SIGMA_LITERAL) {
            strbuf_add(&b, all[i].text);
            continue;
        }
        if (b.n)
            t->v[t->n++] = (struct sigma_part){SIGMA_LITERAL, arena_str(a, strbuf_str(&b))};
        strbuf_clear(&b);
        t->v[t->n++] = all[i];
    }
    if (b.n)
        t->v[t->n++] = (struct sigma_part){SIGMA_LITERAL, arena_str(a, strbuf_str(&b))};
    strbuf_done(&b);
    return copy;
}

static int expand(struct sigma_work *w, const struct sigma_value *v, struct sigma_values *into, unsigned depth)
{
    struct arena *a = &w->l.rs->load;
    size_t part, from, to;
    if (!find_placeholder(&v->text, &part, &from, &to)) {
        vec_add(into, *v);
        return 0;
    }
    const struct str name = str_sub(v->text.v[part].text, from + 1, to - 1);
    bool is_value = false, is_wildcard = false;
    for (size_t i = 0; i < w->sigma->n_steps; i++) {
        const struct sigma_step *s = step_at(w->sigma, i);
        if (w->is_active[i] && (s->type == STEP_PLACEHOLDERS || s->type == STEP_WILDCARD_PLACEHOLDERS) && takes(s, name)) {
            is_value |= s->type == STEP_PLACEHOLDERS;
            is_wildcard |= s->type == STEP_WILDCARD_PLACEHOLDERS;
        }
    }
    const struct yaml_node *values = is_value ? find_var(w->sigma, name) : NULL;
    if (depth > 8 || (!values && !is_wildcard))
        return sigma_refuse(w, v->node, 0, N_("give it in a pipeline: vars: {name: [values]} and the transformation value_placeholders"),
                            "nothing says what the placeholder %%%.*s%% stands for", STR_ARG(name));
    if (!values) {
        struct sigma_text star = {&(struct sigma_part){.kind = SIGMA_ANY}, 1};
        const struct sigma_value copy = put(a, v, part, from, to, &star);
        return expand(w, &copy, into, depth + 1);
    }
    for (size_t i = 0; i < (values->kind == YAML_SEQUENCE ? values->n : 1) && into->n <= SIGMA_VALUES_MAX; i++) {
        const struct yaml_node *value = values->kind == YAML_SEQUENCE ? values->v[i] : values;
        if (value->kind != YAML_SCALAR)
            return sigma_refuse(w, v->node, 0, N_("write texts into vars"), "the placeholder %%%.*s%% stands for no text", STR_ARG(name));
        const struct sigma_text mid = sigma_text_parse(a, value->text);
        const struct sigma_value copy = put(a, v, part, from, to, &mid);
        if (expand(w, &copy, into, depth + 1))
            return -EINVAL;
    }
    return 0;
}

int sigma_expand(struct sigma_work *w, const struct sigma_value *v, struct sigma_values *into)
{
    return expand(w, v, into, 0);
}
