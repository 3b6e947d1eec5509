// SPDX-License-Identifier: Apache-2.0
/* Files of secret rules that extend others, and the rules as the search wants them. */
#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "base/intl.h"
#include "base/toml.h"
#include "inspect/secret_draft.h"

struct merge {
    struct secret_rules *rules;
    struct error *err;
    unsigned depth; /* files that are extended so far */
};

static struct secret_rule *rule_of(struct secret_draft *d, struct str id)
{
    vec_each(rule, &d->rules) if (str_eq(rule->id, id)) return rule;
    return NULL;
}

static bool has(const struct str *v, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(v[i], s))
            return true;
    return false;
}

static void warn(const struct merge *m, const struct secret_draft *d, uint32_t line, uint32_t column, const char *what,
                 struct str id)
{
    vec_add(&m->rules->warnings, arena_printf(&m->rules->arena, "%.*s:%u:%u: %s: %.*s", STR_ARG(d->set.name), line, column,
                                              _(what), STR_ARG(id)));
}

#define SWAP(a, b)                                                                                                     \
    do {                                                                                                               \
        typeof(a) _t = a;                                                                                              \
        a = b;                                                                                                         \
        b = _t;                                                                                                        \
    } while (0)

/* Behind what `to` has. What moved is left empty in `from`. */
#define MOVE_ALL(to, from)                                                                                             \
    do {                                                                                                               \
        vec_each(_e, from) vec_add(to, *_e);                                                                           \
        vec_clear(from);                                                                                               \
    } while (0)

/*
 * A rule of both: what the child says goes before the base's, lists are added up. As in gitleaks, `required` and
 * `skipReport` are the base's alone.
 */
static void merge_rule(struct secret_rule *child, struct secret_rule *base)
{
    if (child->description.n)
        base->description = child->description;
    if (child->entropy != 0)
        base->entropy = child->entropy;
    if (child->group)
        base->group = child->group;
    if (child->regex) {
        SWAP(base->regex, child->regex);
        base->pattern = child->pattern;
    }
    if (child->path) {
        SWAP(base->path, child->path);
        base->path_pattern = child->path_pattern;
    }
    if (child->check)
        base->check = child->check;
    base->text_only |= child->text_only;
    MOVE_ALL(&base->tags, &child->tags);
    MOVE_ALL(&base->words, &child->words);
    MOVE_ALL(&base->allows, &child->allows);
    base->line = child->line;
    base->column = child->column;
    SWAP(*base, *child);
}

/* Adds the rules and lists of a base to the file that extends it. */
static void merge_base(const struct merge *m, struct secret_draft *child, struct secret_draft *base)
{
    for (size_t i = 0; i < child->disabled.n; i++)
        if (!rule_of(base, child->disabled.v[i]))
            warn(m, child, child->line, child->column, N_("disabledRules names a rule that the extended file has not"),
                 child->disabled.v[i]);
    vec_each(rule, &base->rules)
    {
        if (has(child->disabled.v, child->disabled.n, rule->id))
            continue;
        struct secret_rule *mine = rule_of(child, rule->id);
        if (mine) {
            merge_rule(mine, rule);
        } else {
            vec_add(&child->rules, *rule);
            *rule = (struct secret_rule){};
        }
    }
    MOVE_ALL(&child->set.allows, &base->set.allows);
    MOVE_ALL(&child->set.targeted, &base->set.targeted);
}

static int read_draft(struct merge *m, const char *path, struct secret_draft *d)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, TOML_BYTES_MAX, &text, m->err);
    return r < 0 ? r : secret_draft_read(m->rules, strbuf_str(&text), path, d, m->err);
}

static int extend(struct merge *m, struct secret_draft *d);

static int extend_path(struct merge *m, struct secret_draft *d)
{
    _cleanup_(secret_draft_done) struct secret_draft base = {};
    struct str dir = str_dirname(d->set.name);
    const char *path = d->extend_path.p;
    if (dir.n && d->extend_path.p[0] != '/') {
        const char *beside = arena_printf(&m->rules->arena, "%.*s/%s", STR_ARG(dir), path).p;
        if (access(beside, F_OK) == 0 || access(path, F_OK) < 0) /* gitleaks looks in the working directory alone */
            path = beside;
    }
    m->depth++;
    int r = read_draft(m, path, &base);
    if (!r)
        r = extend(m, &base);
    if (r < 0)
        return error_wrap(m->err, r, "%.*s:%u:%u: extend", STR_ARG(d->set.name), d->line, d->column);
    merge_base(m, d, &base);
    return 0;
}

/* The set that useDefault means: the last of a file called gitleaks.toml, else the first, which is the shipped one. */
static size_t default_set(const struct secret_rules *rules)
{
    for (size_t i = rules->sets.n; i-- > 0;)
        if (str_is(str_basename(rules->sets.v[i].name), "gitleaks.toml"))
            return i;
    return 0;
}

static bool is_in(const unsigned *v, size_t n, unsigned number)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] == number)
            return true;
    return false;
}

/* Takes the rules of a set back out of the search. */
static void take_set(struct secret_rules *rules, size_t set, struct secret_draft *ret)
{
    ret->set.name = rules->sets.v[set].name;
    for (unsigned i = 0; i < rules->rules.n; i++) {
        struct secret_rule *rule = &rules->rules.v[i];
        if (rule->set != set || rule->gone)
            continue;
        struct secret_rule moved = *rule;
        vec_done(&moved.keywords);
        vec_done(&moved.targeted);
        vec_add(&ret->rules, moved);
        *rule = (struct secret_rule){.id = rule->id, .set = set, .gone = true};
    }
    SWAP(ret->set.allows, rules->sets.v[set].allows);
    SWAP(ret->set.targeted, rules->sets.v[set].targeted);
}

static int extend_default(struct merge *m, struct secret_draft *d)
{
    _cleanup_(secret_draft_done) struct secret_draft base = {};
    if (!m->rules->sets.n)
        return error_set(m->err, -EINVAL,
                         "%.*s:%u:%u: `useDefault`: no rules are loaded yet; name the file to extend before this one",
                         STR_ARG(d->set.name), d->line, d->column);
    m->depth++;
    take_set(m->rules, default_set(m->rules), &base);
    merge_base(m, d, &base);
    /* Amending a rule that these defaults have not is no mistake of this file: gitleaks' own have it. */
    size_t n = 0;
    vec_each(rule, &d->rules)
    {
        if (!rule->regex && !rule->path) {
            warn(m, d, rule->line, rule->column,
                 N_("the default rules have no such rule to amend (give gitleaks.toml before this file for gitleaks' own)"),
                 rule->id);
            secret_rule_done(rule);
        } else {
            d->rules.v[n++] = *rule;
        }
    }
    d->rules.n = n;
    return 0;
}

/* A rule names required ones of its own file. */
static int check_required(struct merge *m, struct secret_draft *d)
{
    vec_each(rule, &d->rules)
        vec_each(need, &rule->required) if (!rule_of(d, need->id)) return error_set(
            m->err, -EINVAL, "%.*s:%u:%u: rule %.*s: [[rules.required]] names `%.*s`, which this file has not",
            STR_ARG(d->set.name), rule->line, rule->column, STR_ARG(rule->id), STR_ARG(need->id));
    return 0;
}

static int extend(struct merge *m, struct secret_draft *d)
{
    int r = check_required(m, d);
    if (r < 0 || m->depth >= SECRET_EXTEND_DEPTH)
        return r;
    return d->use_default ? extend_default(m, d) : d->extend_path.n ? extend_path(m, d) : 0;
}

static int check_rule(const struct merge *m, const struct secret_draft *d, const struct secret_rule *rule)
{
    unsigned groups = rule->regex ? regex_groups(rule->regex) : 0;
    if (!rule->regex && !rule->path)
        return error_set(m->err, -EINVAL, "%.*s:%u:%u: rule %.*s: a rule needs a `regex`, a `path`, or both",
                         STR_ARG(d->set.name), rule->line, rule->column, STR_ARG(rule->id));
    if (rule->regex && rule->group > groups)
        return error_set(m->err, -EINVAL, "%.*s:%u:%u: rule %.*s: `secretGroup` is %u but the pattern has %u groups",
                         STR_ARG(d->set.name), rule->line, rule->column, STR_ARG(rule->id), rule->group, groups);
    return 0;
}

/* Gives the allowlists that name rules to those rules. */
static int share_targeted(const struct merge *m, struct secret_draft *d)
{
    for (size_t k = 0; k < d->set.targeted.n; k++) {
        struct secret_targeted *t = &d->set.targeted.v[k];
        for (size_t i = 0; i < t->rules.n; i++) {
            struct secret_rule *rule = rule_of(d, t->rules.v[i]);
            if (rule)
                vec_add(&rule->targeted, k);
            else if (d->use_default)
                warn(m, d, t->line, t->column, N_("targetRules names a rule that the default rules have not"), t->rules.v[i]);
            else
                return error_set(m->err, -EINVAL, "%.*s:%u:%u: `targetRules` names `%.*s`, and there is no such rule",
                                 STR_ARG(d->set.name), t->line, t->column, STR_ARG(t->rules.v[i]));
        }
    }
    return 0;
}

static unsigned keyword_number(struct secret_rules *rules, struct str word)
{
    bool new;
    struct map_entry *e = map_put(&rules->known, word, &new);
    if (new) {
        e->u64 = rules->keywords.n;
        vec_add(&rules->keywords, (struct secret_keyword){.text = word});
    }
    return (unsigned)e->u64;
}

static void install_rule(struct secret_rules *rules, struct secret_rule *from, size_t set)
{
    unsigned number = (unsigned)rules->rules.n;
    struct secret_rule *rule = vec_push(&rules->rules);
    SWAP(*rule, *from);
    rule->set = set;
    for (size_t i = 0; i < rule->words.n; i++) {
        unsigned k = keyword_number(rules, rule->words.v[i]);
        if (is_in(rule->keywords.v, rule->keywords.n, k))
            continue;
        vec_add(&rule->keywords, k);
        vec_add(&rules->keywords.v[k].rules, number);
    }
    if (!rule->regex) {
        vec_add(&rules->path_only, number);
        return;
    }
    for (size_t i = 0; i < rule->words.n; i++)
        for (size_t k = 0; k < rule->words.v[i].n; k++)
            rule->is_wide |= (uint8_t)rule->words.v[i].p[k] >= 0x80;
    rules->any_wide |= rule->is_wide;
    if (!rule->keywords.n)
        vec_add(&rules->unkeyed, number);
    rule->reach = secret_reach_of(rule->pattern);
    rule->is_near = rule->words.n && !rule->is_wide &&
                    regex_known_needs(rules->regexes, rule->regex, rule->words.v, rule->words.n);
}

/* Numbers of the rules that rules of the set require; those that a child disabled are missing from then on. */
static void resolve_required(struct secret_rules *rules, size_t set)
{
    vec_each(rule, &rules->rules) if (rule->set == set && !rule->gone)
        vec_each(need, &rule->required) for (size_t i = 0; i < rules->rules.n; i++)
    {
        const struct secret_rule *other = &rules->rules.v[i];
        if (other->set == set && !other->gone && str_eq(other->id, need->id))
            need->rule = i;
    }
}

static void forget_gone(struct secret_rules *rules)
{
    vec_each(k, &rules->keywords)
    {
        size_t n = 0;
        for (size_t i = 0; i < k->rules.n; i++)
            if (!rules->rules.v[k->rules.v[i]].gone)
                k->rules.v[n++] = k->rules.v[i];
        k->rules.n = n;
    }
    size_t n = 0;
    for (size_t i = 0; i < rules->unkeyed.n; i++)
        if (!rules->rules.v[rules->unkeyed.v[i]].gone)
            rules->unkeyed.v[n++] = rules->unkeyed.v[i];
    rules->unkeyed.n = n;
    n = 0;
    for (size_t i = 0; i < rules->path_only.n; i++)
        if (!rules->rules.v[rules->path_only.v[i]].gone)
            rules->path_only.v[n++] = rules->path_only.v[i];
    rules->path_only.n = n;
}

static int add_draft(struct merge *m, struct secret_draft *d)
{
    struct secret_rules *rules = m->rules;
    int r = extend(m, d);
    for (size_t i = 0; !r && i < d->rules.n; i++)
        r = check_rule(m, d, &d->rules.v[i]);
    if (!r)
        r = share_targeted(m, d);
    if (r < 0)
        return r;
    size_t set = rules->sets.n;
    struct secret_set *s = vec_push(&rules->sets);
    SWAP(*s, d->set);
    vec_each(rule, &d->rules) install_rule(rules, rule, set);
    resolve_required(rules, set);
    forget_gone(rules);
    return 0;
}

int secret_rules_add(struct secret_rules *rules, struct str text, const char *name, struct error *err)
{
    _cleanup_(secret_draft_done) struct secret_draft d = {};
    struct merge m = {.rules = rules, .err = err};
    int r = secret_draft_read(rules, text, name, &d, err);
    return r < 0 ? r : add_draft(&m, &d);
}

int secret_rules_add_file(struct secret_rules *rules, const char *path, struct error *err)
{
    _cleanup_(secret_draft_done) struct secret_draft d = {};
    struct merge m = {.rules = rules, .err = err};
    int r = read_draft(&m, path, &d);
    return r < 0 ? r : add_draft(&m, &d);
}

void secret_rules_own(struct secret_rules *r)
{
    r->sets.v[r->sets.n - 1].is_own = true;
}

struct secret_rules *secret_rules_new(void)
{
    static const char *const ODD[SECRET_ODD_N] = {"\xe2\x84\xaa", "\xc5\xbf", "\xc4\xb0"};
    struct secret_rules *r = xnew(struct secret_rules);
    r->decode_depth = SECRET_DECODE_DEPTH;
    for (size_t i = 0; i < SECRET_ODD_N; i++)
        (void)keyword_number(r, str_from(ODD[i]));
    return r;
}

struct secret_rules *secret_rules_free(struct secret_rules *r)
{
    if (!r)
        return NULL;
    vec_each(rule, &r->rules) secret_rule_done(rule);
    vec_each(set, &r->sets) secret_set_done(set);
    vec_each(k, &r->keywords) vec_done(&k->rules);
    vec_done(&r->rules);
    vec_done(&r->sets);
    vec_done(&r->keywords);
    vec_done(&r->unkeyed);
    vec_done(&r->path_only);
    vec_done(&r->warnings);
    map_done(&r->known);
    arena_done(&r->arena);
    free(r);
    return NULL;
}
