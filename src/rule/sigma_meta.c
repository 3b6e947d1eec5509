// SPDX-License-Identifier: Apache-2.0
/* What a Sigma document says about itself, in our terms. */
#include <errno.h>

#include "base/intl.h"
#include "rule/sigma.h"

const struct yaml_node *sigma_node(struct arena *a, const struct yaml_node *at, struct str text)
{
    struct yaml_node *n = arena_new(a, struct yaml_node);
    *n = (struct yaml_node){.kind = YAML_SCALAR, .style = YAML_DOUBLE, .source = at->source, .start = at->start, .end = at->start, .text = text, .weight = 1};
    return n;
}

static const struct yaml_node *scalar(const struct yaml_node *doc, const char *key)
{
    const struct yaml_node *v = yaml_get(doc, key);
    return v && v->kind == YAML_SCALAR && !yaml_is_null(v) && v->text.n ? v : NULL;
}

static int set_level(struct sigma_work *w, const struct yaml_node *doc, struct rule_definition *d)
{
    static const struct {
        const char *level;
        enum priority priority;
    } LEVELS[] = {{"informational", PRIORITY_INFORMATIONAL}, {"low", PRIORITY_NOTICE}, {"medium", PRIORITY_WARNING}, {"high", PRIORITY_ERROR},
                  {"critical", PRIORITY_CRITICAL}};
    const struct yaml_node *level = yaml_get(doc, "level");
    d->priority_node = level ? level : doc;
    d->priority = PRIORITY_WARNING;
    if (!level)
        return 0;
    for (size_t i = 0; i < sizeof(LEVELS) / sizeof(*LEVELS); i++)
        if (level->kind == YAML_SCALAR && str_eq_nocase(level->text, str_from(LEVELS[i].level))) {
            d->priority = LEVELS[i].priority;
            return 0;
        }
    return sigma_refuse(w, level, 0, N_("one of informational, low, medium, high and critical"), "this is no level");
}

static int check_status(struct sigma_work *w, const struct yaml_node *doc)
{
    const struct yaml_node *status = scalar(doc, "status");
    if (status && (str_eq_nocase(status->text, STR("deprecated")) || str_eq_nocase(status->text, STR("unsupported"))))
        return sigma_refuse(w, status, 0, N_("load the rule that its author put in its place, or give it another status"), "its author calls the rule %.*s",
                            STR_ARG(status->text));
    return 0;
}

static bool is_technique(struct str s)
{
    if ((s.n != 5 && s.n != 9) || (s.p[0] != 't' && s.p[0] != 'T'))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (i == 5 ? s.p[i] != '.' : s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

/* attack.t1562.008 is T1562.008 too; the tags that others know the rule by stay. */
static int set_tags(struct sigma_work *w, const struct yaml_node *doc, struct rule_definition *d)
{
    struct arena *a = &w->l.rs->load;
    const struct yaml_node *tags = yaml_get(doc, "tags"), *id = scalar(doc, "id");
    if (tags && tags->kind == YAML_MAP)
        return sigma_refuse(w, tags, 0, N_("write a list: - attack.t1562"), "the tags are no list");
    vec_add(&d->tags, sigma_node(a, doc, STR("sigma")));
    if (id)
        vec_add(&d->tags, sigma_node(a, id, arena_printf(a, "sigma:%.*s", STR_ARG(id->text))));
    const bool is_one = tags && tags->kind == YAML_SCALAR; /* without a list around it */
    const size_t n = is_one ? !yaml_is_null(tags) : tags ? tags->n : 0;
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *t = is_one ? tags : tags->v[i];
        if (yaml_is_null(t))
            continue;
        if (t->kind != YAML_SCALAR || !t->text.n)
            return sigma_refuse(w, t, 0, N_("write a word"), "a tag is no text");
        const struct str prefix = STR("attack."), rest = str_sub(t->text, prefix.n, t->text.n);
        if (str_eq_nocase(str_sub(t->text, 0, prefix.n), prefix) && is_technique(rest)) {
            struct str technique = arena_str(a, rest);
            ((char *)technique.p)[0] = 'T';
            vec_add(&d->tags, sigma_node(a, t, technique));
        }
        vec_add(&d->tags, t);
    }
    return 0;
}

/* The scalars of a list, joined. */
static void add_list(struct strbuf *b, const struct yaml_node *list, const char *between)
{
    for (size_t i = 0; list && list->kind == YAML_SEQUENCE && i < list->n; i++)
        if (list->v[i]->kind == YAML_SCALAR && list->v[i]->text.n)
            strbuf_printf(b, "%s%.*s", b->n ? between : "", STR_ARG(list->v[i]->text));
}

/* A key whose value is a list of texts, or one, as one text of a rule. */
static void set_texts(struct sigma_work *w, const struct yaml_node *doc, const char *key, const char *between, struct node_list *into)
{
    const struct yaml_node *v = yaml_get(doc, key);
    struct strbuf b = {};
    if (v && v->kind == YAML_SCALAR && !yaml_is_null(v) && v->text.n)
        vec_add(into, v);
    add_list(&b, v, between);
    if (b.n)
        vec_add(into, sigma_node(&w->l.rs->load, v, arena_str(&w->l.rs->load, strbuf_str(&b))));
    strbuf_done(&b);
}

static void add_percent(struct strbuf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%')
            strbuf_addc(b, '%');
        strbuf_addc(b, s.p[i] == '\n' ? ' ' : s.p[i]);
    }
}

/* Fields that an output shows must have a plain name; what a pipeline composed is left out. */
static bool is_shown(struct str field, enum event_source source)
{
    for (size_t i = 0; i < field.n; i++)
        if ((unsigned char)field.p[i] <= ' ' || strchr("()%\\", field.p[i]))
            return false;
    const struct field *f = sigma_field(field);
    return f && (f->sources >> source & 1) && !(f->flags & (FIELD_FILTER_ONLY | FIELD_TABLE_ONLY)) &&
           (!(f->flags & FIELD_ARG_REQUIRED) || field.p[field.n - 1] == ']');
}

struct shown {
    enum event_source source;
    struct strbuf text;
    struct map seen;
};

static void add_shown(struct shown *s, struct arena *a, struct str label, struct str field)
{
    bool is_new = false;
    if (!is_shown(field, s->source))
        return;
    map_put(&s->seen, arena_str(a, field), &is_new);
    if (!is_new)
        return;
    strbuf_adds(&s->text, s->seen.n > 1 ? " " : " (");
    add_percent(&s->text, label);
    strbuf_printf(&s->text, "=%%%.*s", STR_ARG(field));
}

static void set_output(struct sigma_work *w, const struct yaml_node *doc, struct str title, struct rule_definition *d)
{
    struct arena *a = &w->l.rs->load;
    struct shown s = {.source = d->source};
    const struct yaml_node *const *states, *fields = yaml_get(doc, "fields");
    const size_t n = sigma_state(w, "output", &states);
    add_percent(&s.text, title);
    for (size_t i = 0; i < n; i++)
        add_shown(&s, a, states[i]->text, states[i]->text);
    w->is_quiet = true;
    for (size_t i = 0; fields && fields->kind == YAML_SEQUENCE && i < fields->n; i++) {
        struct str *names;
        size_t n_names;
        if (fields->v[i]->kind != YAML_SCALAR || !fields->v[i]->text.n)
            continue;
        if (!sigma_map_field(w, fields->v[i], 0, fields->v[i]->text, 0, &names, &n_names))
            for (size_t k = 0; k < n_names; k++)
                add_shown(&s, a, fields->v[i]->text, names[k]);
    }
    w->is_quiet = false;
    if (s.seen.n)
        strbuf_addc(&s.text, ')');
    vec_add(&d->output, sigma_node(a, doc, arena_str(a, strbuf_str(&s.text))));
    map_done(&s.seen);
    strbuf_done(&s.text);
}

int sigma_meta(struct sigma_work *w, const struct yaml_node *doc, struct rule_definition *d)
{
    const struct yaml_node *description = scalar(doc, "description"), *title = yaml_get(doc, "title");
    if (check_status(w, doc) || set_level(w, doc, d) || set_tags(w, doc, d))
        return -EINVAL;
    set_output(w, doc, title->text, d);
    vec_add(&d->desc, description ? description : title);
    set_texts(w, doc, "falsepositives", "; ", &d->falsepositives);
    set_texts(w, doc, "references", "\n", &d->next);
    return 0;
}
