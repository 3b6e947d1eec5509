// SPDX-License-Identifier: Apache-2.0
/* Loads secret rules in gitleaks' TOML format. */
#include <errno.h>

#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/toml.h"
#include "inspect/secret.h"

enum {
    RULES_MAX = 20000,       /* rules in all files together */
    STRINGS_MAX = 100000,    /* elements of one list */
    REGEX_BYTES_MAX = 16384, /* of one pattern */
    REGEX_MEMORY =
        64 << 20, /* RE2's compiled program; gitleaks' generic rule needs more than RE2's default */
};

/* Where an error is, for its message. */
struct place {
    const char *file;
    struct error *err;
    struct str rule; /* empty: a global key */
    struct regex_known *regexes;
};

static int bad(const struct place *at, const struct toml_node *t, const char *fmt, ...) _printf_(3, 4);
static int bad(const struct place *at, const struct toml_node *t, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (at->rule.n)
        return error_set(at->err, -EINVAL, "%s:%u:%u: rule %.*s: %s", at->file, t->line, t->column,
                         STR_ARG(at->rule), text);
    return error_set(at->err, -EINVAL, "%s:%u:%u: %s", at->file, t->line, t->column, text);
}

static int want(const struct place *at, const struct toml_node *t, enum toml_type type)
{
    if (t->type == type)
        return 0;
    return bad(at, t, "`%.*s` is a %s and must be a %s", STR_ARG(t->key), toml_type_name(t->type),
               toml_type_name(type));
}

static int unknown_key(const struct place *at, const struct toml_node *t, const char *known)
{
    return bad(at, t, "`%.*s` is not understood here; remove it, or use one of: %s", STR_ARG(t->key), known);
}

static int compile(const struct place *at, const struct toml_node *t, struct regex **ret)
{
    struct error why = ERROR_NULL;
    if (t->s.n > REGEX_BYTES_MAX)
        return bad(at, t, "the pattern is longer than %d bytes; split the rule", REGEX_BYTES_MAX);
    int r = regex_known_get(at->regexes, t->s, REGEX_GO, REGEX_MEMORY, ret, &why);
    if (r < 0)
        return bad(at, t, "the pattern is no regular expression of Go's kind: %s", why.text);
    return 0;
}

/* Calls `each` for every string of a list. */
static int strings(const struct place *at, const struct toml_node *t,
                   int (*each)(void *ctx, const struct place *at, const struct toml_node *s), void *ctx)
{
    int r = want(at, t, TOML_ARRAY);
    if (r < 0)
        return r;
    if (t->n > STRINGS_MAX)
        return bad(at, t, "`%.*s` has more than %d elements; split the file", STR_ARG(t->key), STRINGS_MAX);
    for (size_t i = 0; i < t->n; i++) {
        if (t->v[i].type != TOML_STRING)
            return bad(at, &t->v[i], "the elements of `%.*s` must be strings, this one is a %s",
                       STR_ARG(t->key), toml_type_name(t->v[i].type));
        r = each(ctx, at, &t->v[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_path(void *ctx, const struct place *at, const struct toml_node *s)
{
    struct secret_allow *a = ctx;
    struct regex *re;
    int r = compile(at, s, &re);
    if (!r)
        vec_add(&a->paths, re);
    return r;
}

static int add_regex(void *ctx, const struct place *at, const struct toml_node *s)
{
    struct secret_allow *a = ctx;
    struct regex *re;
    int r = compile(at, s, &re);
    if (!r)
        vec_add(&a->regexes, re);
    return r;
}

static int add_stopword(void *ctx, const struct place *at, const struct toml_node *s)
{
    struct secret_allow *a = ctx;
    if (!s->s.n)
        return bad(at, s, "an empty stop word would allow everything; remove it");
    if (!a->stopwords)
        a->stopwords = literals_new();
    literals_add(a->stopwords, s->s, true, true);
    return 0;
}

static int add_commit(void *ctx, const struct place *at, const struct toml_node *s)
{
    (void)at;
    (void)s;
    ((struct secret_allow *)ctx)->commits = true;
    return 0;
}

struct into_strs {
    struct secret_rules *r;
    struct secret_rule *rule;
    struct secret_allow *allow;
};

static int add_target_rule(void *ctx, const struct place *at, const struct toml_node *s)
{
    (void)at;
    struct into_strs *into = ctx;
    vec_add(&into->allow->rules, arena_str(&into->r->arena, s->s));
    return 0;
}

static int load_allow(struct secret_rules *rules, secret_allows *list, const struct toml_node *t,
                      const struct place *at)
{
    struct secret_allow *a = vec_push(list);
    int r = want(at, t, TOML_TABLE);
    for (size_t i = 0; !r && i < t->n; i++) {
        const struct toml_node *m = &t->v[i];
        if (str_is(m->key, "description")) {
            r = want(at, m, TOML_STRING);
        } else if (str_is(m->key, "condition")) {
            r = want(at, m, TOML_STRING);
            if (!r && (str_eq_nocase(m->s, STR("AND")) || str_is(m->s, "&&")))
                a->all = true;
            else if (!r && m->s.n && !str_eq_nocase(m->s, STR("OR")) && !str_is(m->s, "||"))
                r = bad(at, m, "`condition` is OR or AND, not `%.*s`", STR_ARG(m->s));
        } else if (str_is(m->key, "regexTarget")) {
            r = want(at, m, TOML_STRING);
            if (!r && str_is(m->s, "match"))
                a->target = SECRET_TARGET_MATCH;
            else if (!r && str_is(m->s, "line"))
                a->target = SECRET_TARGET_LINE;
            else if (!r && m->s.n && !str_is(m->s, "secret"))
                r = bad(at, m, "`regexTarget` is secret, match or line, not `%.*s`", STR_ARG(m->s));
        } else if (str_is(m->key, "paths")) {
            r = strings(at, m, add_path, a);
        } else if (str_is(m->key, "regexes")) {
            r = strings(at, m, add_regex, a);
        } else if (str_is(m->key, "stopwords")) {
            r = strings(at, m, add_stopword, a);
        } else if (str_is(m->key, "commits")) {
            r = strings(at, m, add_commit, a);
        } else if (str_is(m->key, "targetRules") && !at->rule.n) {
            r = strings(at, m, add_target_rule, &(struct into_strs){.r = rules, .allow = a});
        } else {
            r = unknown_key(at, m, "description, condition, regexTarget, paths, regexes, stopwords, commits");
        }
    }
    if (!r && !a->paths.n && !a->regexes.n && !a->stopwords && !a->commits)
        r = bad(at, t, "an allowlist needs at least one of paths, regexes, stopwords and commits");
    if (!r && a->stopwords)
        r = literals_compile(a->stopwords, at->err);
    return r;
}

/* `allowlists` is a list of tables, the old `allowlist` one table; both at once contradict each other. */
static int load_allows(struct secret_rules *rules, secret_allows *list, const struct toml_node *parent,
                       const struct place *at)
{
    const struct toml_node *one = toml_get(parent, "allowlist"), *many = toml_get(parent, "allowlists");
    if (one && many)
        return bad(at, one, "both `allowlist` and `allowlists`; move it into [[allowlists]]");
    if (one)
        return load_allow(rules, list, one, at);
    int r = many ? want(at, many, TOML_ARRAY) : 0;
    for (size_t i = 0; many && !r && i < many->n; i++)
        r = load_allow(rules, list, &many->v[i], at);
    return r;
}

static int add_keyword(void *ctx, const struct place *at, const struct toml_node *s)
{
    struct into_strs *into = ctx;
    struct secret_rules *r = into->r;
    if (!s->s.n)
        return bad(at, s, "an empty keyword is in every file; remove it");
    struct str low = arena_str(&r->arena, s->s);
    for (size_t i = 0; i < low.n; i++)
        if (low.p[i] >= 'A' && low.p[i] <= 'Z')
            ((char *)low.p)[i] |= 0x20;
    bool new;
    struct map_entry *e = map_put(&r->known, low, &new);
    if (new) {
        e->u64 = r->keywords.n;
        vec_add(&r->keywords, (struct secret_keyword){.text = low});
    }
    unsigned number = (unsigned)e->u64;
    struct secret_keyword *k = &r->keywords.v[number];
    unsigned rule = (unsigned)(into->rule - r->rules.v);
    if (!k->rules.n || k->rules.v[k->rules.n - 1] != rule) {
        vec_add(&k->rules, rule);
        vec_add(&into->rule->keywords, number);
    }
    return 0;
}

static int add_tag(void *ctx, const struct place *at, const struct toml_node *s)
{
    struct into_strs *into = ctx;
    struct secret_rule *rule = into->rule;
    vec_add(&rule->tags, arena_str(&into->r->arena, s->s));
    if (str_is(s->s, "text-only"))
        rule->text_only = true;
    if (str_starts(s->s, STR("check:"))) {
        rule->check = secret_check_from(str_sub(s->s, 6, s->s.n));
        if (!rule->check)
            return bad(at, s,
                       "there is no check of that name; see inspect/secret_check.c for those there are");
    }
    return 0;
}

/*
 * Whether a keyword is a part of the pattern as written, escapes left out. Then a match lies around the
 * keyword; otherwise (`(sk|rk)_live` with keyword sk_live, or a keyword that only sets the scene) it may lie
 * farther away.
 */
static bool has_own_keyword(const struct secret_rules *r, const struct secret_rule *rule, struct str pattern)
{
    _cleanup_(strbuf_done) struct strbuf plain = {};
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] != '\\')
            strbuf_addc(&plain, pattern.p[i]);
    for (size_t i = 0; i < rule->keywords.n; i++)
        if (str_find_nocase(strbuf_str(&plain), r->keywords.v[rule->keywords.v[i]].text, 0) >= 0)
            return true;
    return false;
}

static int load_rule(struct secret_rules *rules, const struct toml_node *t, struct place *at)
{
    if (rules->rules.n >= RULES_MAX)
        return bad(at, t, "more than %d rules", RULES_MAX);
    int r = want(at, t, TOML_TABLE);
    if (r < 0)
        return r;
    const struct toml_node *id = toml_get(t, "id"), *regex = NULL;
    if (!id || id->type != TOML_STRING || !id->s.n)
        return bad(at, id ? id : t, "a rule needs an `id`: a short name, such as id = \"aws-access-key\"");
    bool new;
    at->rule = arena_str(&rules->arena, id->s);
    map_put(&rules->ids, at->rule, &new);
    if (!new)
        return bad(at, id, "there is a rule of this id already; rename one of them");
    struct secret_rule *rule = vec_push(&rules->rules);
    struct into_strs into = {.r = rules, .rule = rule};
    rule->id = at->rule;
    rule->is_generic = rule->text_only = str_has(rule->id, STR("generic"));
    for (size_t i = 0; !r && i < t->n; i++) {
        const struct toml_node *m = &t->v[i];
        if (str_is(m->key, "id") || str_is(m->key, "allowlist") || str_is(m->key, "allowlists")) {
            continue;
        } else if (str_is(m->key, "description")) {
            r = want(at, m, TOML_STRING);
            if (!r)
                rule->description = arena_str(&rules->arena, m->s);
        } else if (str_is(m->key, "regex")) {
            r = want(at, m, TOML_STRING);
            regex = m;
            if (!r)
                r = compile(at, m, &rule->regex);
        } else if (str_is(m->key, "path")) {
            r = want(at, m, TOML_STRING);
            if (!r)
                r = compile(at, m, &rule->path);
        } else if (str_is(m->key, "secretGroup")) {
            r = want(at, m, TOML_INT);
            if (!r && (m->i < 0 || m->i > 31))
                r = bad(at, m, "`secretGroup` must be 0 to 31");
            rule->group = r ? 0 : (unsigned)m->i;
        } else if (str_is(m->key, "entropy")) {
            if (m->type != TOML_INT && m->type != TOML_DOUBLE)
                r = bad(at, m, "`entropy` must be a number of bits, such as 3.5");
            else
                rule->entropy = m->type == TOML_INT ? (double)m->i : m->d;
        } else if (str_is(m->key, "keywords")) {
            r = strings(at, m, add_keyword, &into);
        } else if (str_is(m->key, "tags")) {
            r = strings(at, m, add_tag, &into);
        } else if (str_is(m->key, "skipReport")) {
            r = want(at, m, TOML_BOOL);
            rule->skip_report = !r && m->b;
        } else {
            r = unknown_key(at, m,
                            "id, description, regex, path, secretGroup, entropy, keywords, tags, skipReport, "
                            "allowlists");
        }
    }
    if (r < 0)
        return r;
    if (!rule->regex && !rule->path)
        return bad(at, t, "a rule needs a `regex`, a `path`, or both");
    if (rule->group && rule->group > (rule->regex ? regex_groups(rule->regex) : 0))
        return bad(at, t, "`secretGroup` is %u but the pattern has %u groups", rule->group,
                   rule->regex ? regex_groups(rule->regex) : 0);
    unsigned number = (unsigned)(rules->rules.n - 1);
    if (!rule->regex)
        vec_add(&rules->path_only, number);
    else if (!rule->keywords.n)
        vec_add(&rules->unkeyed, number);
    if (regex) {
        rule->far = !has_own_keyword(rules, rule, regex->s);
        rule->multiline =
            str_has(regex->s, STR("\\S")) || str_has(regex->s, STR("(?s")) || str_has(regex->s, STR("\\n]"));
    }
    return load_allows(rules, &rule->allows, t, at);
}

struct secret_rules *secret_rules_new(void)
{
    return xnew(struct secret_rules);
}

static void allows_done(secret_allows *allows)
{
    vec_each(a, allows)
    {
        vec_each(re, &a->paths) regex_free(*re);
        vec_each(re, &a->regexes) regex_free(*re);
        vec_done(&a->paths);
        vec_done(&a->regexes);
        vec_done(&a->rules);
        literals_free(a->stopwords);
    }
    vec_done(allows);
}

struct secret_rules *secret_rules_free(struct secret_rules *r)
{
    if (!r)
        return NULL;
    vec_each(rule, &r->rules)
    {
        regex_free(rule->regex);
        regex_free(rule->path);
        vec_done(&rule->keywords);
        vec_done(&rule->tags);
        allows_done(&rule->allows);
    }
    vec_done(&r->rules);
    vec_each(k, &r->keywords) vec_done(&k->rules);
    vec_done(&r->keywords);
    vec_done(&r->unkeyed);
    vec_done(&r->path_only);
    allows_done(&r->allows);
    map_done(&r->known);
    map_done(&r->ids);
    arena_done(&r->arena);
    free(r);
    return NULL;
}

int secret_rules_add(struct secret_rules *rules, struct str text, const char *name, struct error *err)
{
    _cleanup_(arena_done) struct arena arena = {};
    const struct toml_node *root;
    int r = toml_parse(text, name, &arena, &root, err);
    if (r < 0)
        return r;
    struct place at = {.file = name, .err = err, .regexes = rules->regexes};
    for (size_t i = 0; i < root->n; i++) {
        const struct toml_node *m = &root->v[i];
        if (str_is(m->key, "extend"))
            return bad(&at, m,
                       "`extend` is not understood; give the files to Davy one after the other instead");
        if (!str_is(m->key, "title") && !str_is(m->key, "description") && !str_is(m->key, "minVersion") &&
            !str_is(m->key, "rules") && !str_is(m->key, "allowlist") && !str_is(m->key, "allowlists"))
            return unknown_key(&at, m, "title, description, minVersion, rules, allowlists");
    }
    const struct toml_node *list = toml_get(root, "rules");
    r = list ? want(&at, list, TOML_ARRAY) : 0;
    for (size_t i = 0; list && !r && i < list->n; i++) {
        at.rule = STR_NULL;
        r = load_rule(rules, &list->v[i], &at);
    }
    at.rule = STR_NULL;
    return r < 0 ? r : load_allows(rules, &rules->allows, root, &at);
}

int secret_rules_add_file(struct secret_rules *rules, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, TOML_BYTES_MAX, &text, err);
    return r < 0 ? r : secret_rules_add(rules, strbuf_str(&text), path, err);
}
