// SPDX-License-Identifier: Apache-2.0
/* The categories that a study counts by: rules/study/categories.toml. */
#include <errno.h>

#include "base/file.h"
#include "base/glob.h"
#include "base/intl.h"
#include "base/toml.h"
#include "cmd/hunt_study.h"

enum { FILE_MAX = 1 << 20 };

struct reading {
    struct study *study;
    const char *file;
    struct error *err;
};

static int wrong(const struct reading *r, const struct toml_node *n, const char *what)
{
    return error_set(r->err, -EINVAL, "%s:%u:%u: %s", r->file, n->line, n->column, _(what));
}

static int read_list(const struct reading *r, const struct toml_node *table, const char *key, const struct str **ret, size_t *ret_n)
{
    const struct toml_node *list = toml_get(table, key);
    if (!list)
        return 0;
    if (list->type != TOML_ARRAY)
        return wrong(r, list, N_("a list of texts is expected here"));
    struct str *v = arena_array(&r->study->arena, struct str, list->n);
    for (size_t i = 0; i < list->n; i++) {
        if (list->v[i].type != TOML_STRING)
            return wrong(r, &list->v[i], N_("a text is expected here"));
        v[i] = arena_str(&r->study->arena, list->v[i].s);
    }
    *ret = v;
    *ret_n = list->n;
    return 0;
}

static struct str text(const struct reading *r, const struct toml_node *table, const char *key)
{
    const struct toml_node *n = toml_get(table, key);
    return n && n->type == TOML_STRING ? arena_str(&r->study->arena, n->s) : STR_NULL;
}

static int read_category(const struct reading *r, const struct toml_node *t, const struct str parent)
{
    const struct toml_node *cited = toml_get(t, "cited"), *parts = toml_get(t, "part");
    struct study_category c = {.name = text(r, t, "name"), .title = text(r, t, "title"), .needs = text(r, t, "needs")};
    int e = read_list(r, t, "tags", &c.tags, &c.n_tags);
    if (!e)
        e = read_list(r, t, "rules", &c.rules, &c.n_rules);
    if (!e)
        e = read_list(r, t, "words", &c.words, &c.n_words);
    if (!e)
        e = read_list(r, t, "kinds", &c.kinds, &c.n_kinds);
    if (e < 0)
        return e;
    if (!c.name.n || !c.title.n || (!c.n_tags && !c.n_rules && !c.n_words))
        return wrong(r, t, N_("a category needs `name`, `title`, and one of `tags`, `rules` and `words`"));
    if (r->study->categories.n == STUDY_CATEGORIES_MAX)
        return wrong(r, t, N_("there are too many categories"));
    c.cited = cited && cited->type == TOML_INT && cited->i > 0 ? (uint64_t)cited->i : 0;
    vec_each(p, &r->study->categories) if (parent.n && str_eq(p->name, parent)) c.parent = p;
    vec_add(&r->study->categories, c);
    for (size_t i = 0; !e && parts && parts->type == TOML_ARRAY && i < parts->n; i++)
        e = read_category(r, &parts->v[i], c.name);
    return e;
}

int study_categories(struct study *s, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf content = {};
    _cleanup_(arena_done) struct arena a = {};
    const struct toml_node *root = NULL;
    const char *file = arena_printf(&s->arena, "%s/rules/study/categories.toml", cmd_data_dir()).p;
    const struct reading r = {s, file, err};
    vec_reserve(&s->categories, STUDY_CATEGORIES_MAX); /* parents are pointed to */
    int e = file_read(file, FILE_MAX, &content, err);
    if (!e)
        e = toml_parse(strbuf_str(&content), file, &a, &root, err);
    const struct toml_node *list = e ? NULL : toml_get(root, "category");
    if (!e && (!list || list->type != TOML_ARRAY))
        e = wrong(&r, root, N_("there is no [[category]]"));
    for (size_t i = 0; !e && i < list->n; i++)
        e = list->v[i].type == TOML_TABLE ? read_category(&r, &list->v[i], STR_NULL) : wrong(&r, &list->v[i], N_("a table is expected here"));
    return e;
}

static bool has_word(const struct str *patterns, size_t n, struct str words)
{
    struct str rest = words, word;
    while (str_split(&rest, ' ', &word))
        for (size_t i = 0; i < n; i++)
            if (glob_match(patterns[i], word, false))
                return true;
    return false;
}

static bool has(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i], s))
            return true;
    return false;
}

static bool speaks(const struct study_category *c, const struct hunt_rule *rule, struct str detail)
{
    const struct study_category *kinds = c->n_kinds || !c->parent ? c : c->parent;
    if (kinds->n_kinds ? !has(kinds->kinds, kinds->n_kinds, rule->kind) : str_is(rule->kind, "context"))
        return false;
    if (c->parent && !speaks(c->parent, rule, detail))
        return false;
    return has(c->rules, c->n_rules, rule->name) || has_word(c->tags, c->n_tags, rule->tags) || has_word(c->words, c->n_words, detail);
}

uint64_t study_bits(const struct study *s, const struct hunt_rule *rule, struct str detail)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < s->categories.n; i++)
        bits |= (uint64_t)speaks(&s->categories.v[i], rule, detail) << i;
    return bits;
}
