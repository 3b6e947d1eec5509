// SPDX-License-Identifier: Apache-2.0
/* Reads one file of secret rules: what each key means, and what is wrong with it. */
#include <errno.h>
#include <stdarg.h>

#include "base/intl.h"
#include "base/toml.h"
#include "inspect/secret_draft.h"

enum {
    RULES_MAX = 10000,      /* of one file; gitleaks' own has 222 */
    STRINGS_MAX = 20000,    /* elements of one list; gitleaks' longest list of stop words has 1,446 */
    REGEX_BYTES_MAX = 32 << 10, /* of one pattern: 4,000 words of a list; RE2's automaton leaves its cache beyond, at 1 MB/s */
    REGEX_MEMORY = 16 << 20,
    VERSION_MAJOR = 8, /* of gitleaks, whose format this is */
    VERSION_MINOR = 30,
};

struct place {
    struct secret_rules *rules;
    struct secret_draft *draft;
    const char *file;
    struct error *err;
    struct str rule; /* empty: a global key */
};

static int bad(const struct place *at, const struct toml_node *t, const char *fmt, ...) _printf_(3, 4);
static int bad(const struct place *at, const struct toml_node *t, const char *fmt, ...)
{
    char text[640];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), intl_text(fmt), ap);
    va_end(ap);
    if (at->rule.n)
        return error_set(at->err, -EINVAL, "%s:%u:%u: rule %.*s: %s", at->file, t->line, t->column,
                         STR_ARG(at->rule), text);
    return error_set(at->err, -EINVAL, "%s:%u:%u: %s", at->file, t->line, t->column, text);
}

/* Like gitleaks, keys are known in any case. */
static bool is_key(const struct toml_node *t, const char *key)
{
    return str_eq_nocase(t->key, str_from(key));
}

static const struct toml_node *get(const struct toml_node *table, const char *key)
{
    for (size_t i = 0; i < table->n; i++)
        if (is_key(&table->v[i], key))
            return &table->v[i];
    return NULL;
}

static int want(const struct place *at, const struct toml_node *t, enum toml_type type)
{
    if (t->type == type)
        return 0;
    const char *is = _(toml_type_name(t->type)), *must = _(toml_type_name(type));
    return bad(at, t, "`%.*s` is %s %s and must be %s %s", STR_ARG(t->key), strchr("aei", *is) ? "an" : "a", is,
               strchr("aei", *must) ? "an" : "a", must);
}

/* What a key of gitleaks 7 and older is called now; NULL: there is none of it any more, or it never was one. */
static const char *key_today(const struct toml_node *t)
{
    static const struct {
        const char *old, *today;
    } KEYS[] = {{"file", "path"}, {"files", "paths"}, {"fileNameRegex", "path"}, {"filePathRegex", "path"}, {"reportGroup", "secretGroup"}, {"whitelist", "allowlists"}};
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
        if (is_key(t, KEYS[i].old))
            return KEYS[i].today;
    return NULL;
}

static int unknown_key(const struct place *at, const struct toml_node *t, const char *known)
{
    const char *today = key_today(t);
    if (today)
        return bad(at, t, "`%.*s` is of gitleaks 7 or older, and 8 passes it over; what it meant is now called `%s`", STR_ARG(t->key), today);
    if (is_key(t, "repos") || is_key(t, "entropies"))
        return bad(at, t, "`%.*s` is of gitleaks 7 or older, and 8 passes it over; remove it (for entropy there is `entropy`, a least number of bits)",
                   STR_ARG(t->key));
    return bad(at, t, "`%.*s` is not understood here; remove it, or use one of: %s", STR_ARG(t->key), known);
}

/* A list of strings; a function of the caller's then reads t->v[0 … t->n-1].s. */
static int want_strings(const struct place *at, const struct toml_node *t)
{
    int r = want(at, t, TOML_ARRAY);
    if (r < 0)
        return r;
    if (t->n > STRINGS_MAX)
        return bad(at, t, "`%.*s` has more than %d elements; split the file", STR_ARG(t->key), STRINGS_MAX);
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].type != TOML_STRING)
            return bad(at, &t->v[i], "the elements of `%.*s` must be strings, this one is of type %s", STR_ARG(t->key),
                       toml_type_name(t->v[i].type));
    return 0;
}

static int compile(const struct place *at, const struct toml_node *t, struct regex **ret)
{
    struct error why = ERROR_NULL;
    if (t->s.n > REGEX_BYTES_MAX)
        return bad(at, t, "the pattern is longer than %d bytes; split the rule", REGEX_BYTES_MAX);
    int r = regex_known_get(at->rules->regexes, t->s, REGEX_GO, REGEX_MEMORY, ret, &why);
    if (r < 0)
        return bad(at, t, "the pattern is no regular expression of Go's kind: %s", why.text);
    return 0;
}

/*
 * One pattern out of a list, joined as gitleaks joins them: a flag such as (?i) in one of them therefore holds for those
 * behind it too.
 */
static int compile_any(const struct place *at, const struct toml_node *t, struct regex **ret)
{
    _cleanup_(strbuf_done) struct strbuf all = {};
    int r = want_strings(at, t);
    for (size_t i = 0; !r && i < t->n; i++) {
        _cleanup_(regex_freep) struct regex *one = NULL;
        r = compile(at, &t->v[i], &one); /* alone, to tell which of them is wrong */
        strbuf_adds(&all, i ? "|" : "(?:");
        strbuf_add(&all, t->v[i].s);
    }
    strbuf_addc(&all, ')');
    if (r < 0 || !t->n)
        return r;
    struct error why = ERROR_NULL;
    struct regex *any;
    r = regex_known_get(at->rules->regexes, strbuf_str(&all), REGEX_GO, REGEX_MEMORY, &any, &why);
    if (r < 0)
        return bad(at, t, "the patterns cannot be joined into one: %s; split the list", why.text);
    regex_free(*ret);
    *ret = any;
    return 0;
}

static int read_stopwords(const struct place *at, const struct toml_node *t, struct secret_allow *a)
{
    int r = want_strings(at, t);
    for (size_t i = 0; !r && i < t->n; i++) {
        if (!t->v[i].s.n)
            return bad(at, &t->v[i], "an empty stop word would allow everything; remove it");
        _cleanup_(strbuf_done) struct strbuf low = {};
        secret_lower(&low, t->v[i].s);
        if (!a->stopwords)
            a->stopwords = words_new();
        words_add(a->stopwords, strbuf_str(&low));
    }
    return r;
}

static int read_condition(const struct place *at, const struct toml_node *t, struct secret_allow *a)
{
    int r = want(at, t, TOML_STRING);
    if (r < 0)
        return r;
    a->all = str_eq_nocase(t->s, STR("AND")) || str_is(t->s, "&&");
    if (!a->all && t->s.n && !str_eq_nocase(t->s, STR("OR")) && !str_is(t->s, "||"))
        return bad(at, t, "`condition` is OR or AND, not `%.*s`", STR_ARG(t->s));
    return 0;
}

static int read_target(const struct place *at, const struct toml_node *t, struct secret_allow *a)
{
    int r = want(at, t, TOML_STRING);
    if (r < 0)
        return r;
    a->target = str_is(t->s, "match")  ? SECRET_TARGET_MATCH
                : str_is(t->s, "line") ? SECRET_TARGET_LINE
                                       : SECRET_TARGET_SECRET;
    if (a->target == SECRET_TARGET_SECRET && t->s.n && !str_is(t->s, "secret"))
        return bad(at, t, "`regexTarget` is secret, match or line, not `%.*s`", STR_ARG(t->s));
    return 0;
}

static int read_allow(const struct place *at, const struct toml_node *t, struct secret_targeted *to)
{
    struct secret_allow *a = &to->allow;
    int r = want(at, t, TOML_TABLE);
    to->line = t->line;
    to->column = t->column;
    for (size_t i = 0; !r && i < t->n; i++) {
        const struct toml_node *m = &t->v[i];
        if (is_key(m, "description")) {
            r = want(at, m, TOML_STRING);
        } else if (is_key(m, "condition")) {
            r = read_condition(at, m, a);
        } else if (is_key(m, "regexTarget")) {
            r = read_target(at, m, a);
        } else if (is_key(m, "paths")) {
            r = compile_any(at, m, &a->paths);
        } else if (is_key(m, "regexes")) {
            r = compile_any(at, m, &a->regexes);
        } else if (is_key(m, "stopwords")) {
            r = read_stopwords(at, m, a);
        } else if (is_key(m, "commits")) {
            r = want_strings(at, m);
            a->commits = !r && m->n;
        } else if (is_key(m, "targetRules") && !at->rule.n) {
            r = want_strings(at, m);
            for (size_t k = 0; !r && k < m->n; k++)
                vec_add(&to->rules, arena_str(&at->rules->arena, m->v[k].s));
        } else {
            r = unknown_key(at, m, at->rule.n ? "description, condition, regexTarget, paths, regexes, stopwords, commits"
                                              : "description, condition, regexTarget, paths, regexes, stopwords, "
                                                "commits, targetRules");
        }
    }
    if (!r && !a->paths && !a->regexes && !a->stopwords && !a->commits)
        r = bad(at, t, "an allowlist needs at least one of paths, regexes, stopwords and commits");
    return r;
}

static void allow_done(struct secret_allow *a)
{
    regex_free(a->paths);
    regex_free(a->regexes);
    words_free(a->stopwords);
}

static void targeted_done(struct secret_targeted *t)
{
    allow_done(&t->allow);
    vec_done(&t->rules);
}

static int read_one_allow(const struct place *at, const struct toml_node *t, secret_allows *list)
{
    struct secret_targeted to = {};
    int r = read_allow(at, t, &to);
    if (r < 0)
        targeted_done(&to);
    else if (to.rules.n)
        vec_add(&at->draft->set.targeted, to);
    else
        vec_add(list, to.allow);
    return r;
}

/* `allowlists` is a list of tables, the old `allowlist` one table; both at once contradict each other. */
static int read_allows(const struct place *at, const struct toml_node *parent, secret_allows *list)
{
    const struct toml_node *one = get(parent, "allowlist"), *many = get(parent, "allowlists");
    if (one && many)
        return bad(at, one, "both `allowlist` and `allowlists`; move it into [[allowlists]]");
    if (one)
        return read_one_allow(at, one, list);
    int r = many ? want(at, many, TOML_ARRAY) : 0;
    for (size_t i = 0; many && !r && i < many->n; i++)
        r = read_one_allow(at, &many->v[i], list);
    return r;
}

static int read_keywords(const struct place *at, const struct toml_node *t, struct secret_rule *rule)
{
    int r = want_strings(at, t);
    for (size_t i = 0; !r && i < t->n; i++) {
        if (!t->v[i].s.n)
            return bad(at, &t->v[i], "an empty keyword is in every file; remove it");
        _cleanup_(strbuf_done) struct strbuf low = {};
        secret_lower(&low, t->v[i].s);
        vec_add(&rule->words, arena_str(&at->rules->arena, strbuf_str(&low)));
    }
    return r;
}

static int read_tags(const struct place *at, const struct toml_node *t, struct secret_rule *rule)
{
    int r = want_strings(at, t);
    for (size_t i = 0; !r && i < t->n; i++) {
        struct str tag = t->v[i].s;
        vec_add(&rule->tags, arena_str(&at->rules->arena, tag));
        rule->text_only |= str_is(tag, "text-only");
        rule->is_in_base64 |= str_is(tag, "base64");
        if (str_is(tag, "yields") && !rule->yields)
            rule->yields = 1;
        if (!str_starts(tag, STR("check:")))
            continue;
        rule->check = secret_check_from(str_sub(tag, 6, tag.n));
        if (!rule->check)
            return bad(at, &t->v[i],
                       "there is no check of that name; see inspect/secret_check.c for those there are");
    }
    return r;
}

static int read_near(const struct place *at, const struct toml_node *t, int64_t *ret)
{
    int r = want(at, t, TOML_INT);
    if (!r && t->i < 0)
        r = bad(at, t, "`%.*s` must be 0 or more", STR_ARG(t->key));
    *ret = r ? -1 : t->i;
    return r;
}

static int read_required(const struct place *at, const struct toml_node *t, struct secret_rule *rule)
{
    int r = want(at, t, TOML_ARRAY);
    for (size_t i = 0; !r && i < t->n; i++) {
        const struct toml_node *one = &t->v[i];
        struct secret_required need = {.lines = -1, .columns = -1, .rule = SIZE_MAX};
        r = one->type == TOML_TABLE ? 0 : bad(at, one, "`required` must be tables: [[rules.required]]");
        for (size_t k = 0; !r && k < one->n; k++) {
            const struct toml_node *m = &one->v[k];
            if (is_key(m, "id")) {
                r = want(at, m, TOML_STRING);
                need.id = r ? STR_NULL : arena_str(&at->rules->arena, m->s);
            } else if (is_key(m, "withinLines")) {
                r = read_near(at, m, &need.lines);
            } else if (is_key(m, "withinColumns")) {
                r = read_near(at, m, &need.columns);
            } else {
                r = unknown_key(at, m, "id, withinLines, withinColumns");
            }
        }
        if (!r && !need.id.n)
            r = bad(at, one, "[[rules.required]] needs the `id` of another rule");
        if (!r)
            vec_add(&rule->required, need);
    }
    return r;
}

static int read_rule_key(const struct place *at, const struct toml_node *m, struct secret_rule *rule)
{
    int r = 0;
    if (is_key(m, "id") || is_key(m, "allowlist") || is_key(m, "allowlists")) {
        return 0;
    } else if (is_key(m, "description")) {
        r = want(at, m, TOML_STRING);
        rule->description = r ? STR_NULL : arena_str(&at->rules->arena, m->s);
    } else if (is_key(m, "regex")) {
        r = want(at, m, TOML_STRING);
        if (!r && m->s.n) {
            rule->pattern = arena_str(&at->rules->arena, m->s);
            r = compile(at, m, &rule->regex);
        }
    } else if (is_key(m, "path")) {
        r = want(at, m, TOML_STRING);
        if (!r && m->s.n) {
            rule->path_pattern = arena_str(&at->rules->arena, m->s);
            r = compile(at, m, &rule->path);
        }
    } else if (is_key(m, "secretGroup")) {
        r = want(at, m, TOML_INT);
        if (!r && (m->i < 0 || m->i > 999))
            r = bad(at, m, "`secretGroup` must be 0 to 999");
        rule->group = r ? 0 : (unsigned)m->i;
    } else if (is_key(m, "entropy")) {
        if (m->type != TOML_INT && m->type != TOML_DOUBLE)
            return bad(at, m, "`entropy` must be a number of bits, such as 3.5");
        rule->entropy = m->type == TOML_INT ? (double)m->i : m->d;
    } else if (is_key(m, "keywords")) {
        r = read_keywords(at, m, rule);
    } else if (is_key(m, "tags")) {
        r = read_tags(at, m, rule);
    } else if (is_key(m, "skipReport")) {
        r = want(at, m, TOML_BOOL);
        rule->skip_report = !r && m->b;
    } else if (is_key(m, "required")) {
        r = read_required(at, m, rule);
    } else {
        r = unknown_key(at, m, "id, description, regex, path, secretGroup, entropy, keywords, tags, skipReport, required, "
                               "allowlists");
    }
    return r;
}

/* Where a rule of this id goes: of two in one file the later counts, as for gitleaks. */
static struct secret_rule *slot(const struct place *at, const struct toml_node *id)
{
    vec_each(rule, &at->draft->rules) if (str_eq(rule->id, id->s))
    {
        vec_add(&at->rules->warnings,
                arena_printf(&at->rules->arena,
                             _("%s:%u:%u: there is a rule %.*s already; this one takes its place, as in gitleaks"), at->file,
                             id->line, id->column, STR_ARG(id->s)));
        secret_rule_done(rule);
        *rule = (struct secret_rule){};
        return rule;
    }
    return vec_push(&at->draft->rules);
}

static int read_rule(struct place *at, const struct toml_node *t)
{
    int r = want(at, t, TOML_TABLE);
    if (r < 0 || !t->n) /* an empty block says nothing */
        return r;
    const struct toml_node *id = get(t, "id");
    if (!id || id->type != TOML_STRING || !str_trim(id->s).n)
        return bad(at, id ? id : t, "a rule needs an `id`: a short name, such as id = \"aws-access-key\"");
    struct secret_rule *rule = slot(at, id);
    rule->id = at->rule = arena_str(&at->rules->arena, id->s);
    rule->text_only = str_find_nocase(rule->id, STR("generic"), 0) >= 0;
    rule->yields = rule->text_only ? 2 : 0;
    rule->line = t->line;
    rule->column = t->column;
    for (size_t i = 0; !r && i < t->n; i++)
        r = read_rule_key(at, &t->v[i], rule);
    return r < 0 ? r : read_allows(at, t, &rule->allows);
}

static int read_extend(const struct place *at, const struct toml_node *t)
{
    struct secret_draft *d = at->draft;
    int r = want(at, t, TOML_TABLE);
    d->line = t->line;
    d->column = t->column;
    for (size_t i = 0; !r && i < t->n; i++) {
        const struct toml_node *m = &t->v[i];
        if (is_key(m, "path")) {
            r = want(at, m, TOML_STRING);
            d->extend_path = r ? STR_NULL : arena_str(&at->rules->arena, m->s);
        } else if (is_key(m, "useDefault")) {
            r = want(at, m, TOML_BOOL);
            d->use_default = !r && m->b;
        } else if (is_key(m, "disabledRules")) {
            r = want_strings(at, m);
            for (size_t k = 0; !r && k < m->n; k++)
                vec_add(&d->disabled, arena_str(&at->rules->arena, m->v[k].s));
        } else if (is_key(m, "url")) {
            if (m->type != TOML_STRING || m->s.n)
                r = bad(at, m, "`url` is not followed (nor does gitleaks); fetch the file and name it with `path`");
        } else {
            r = unknown_key(at, m, "path, useDefault, disabledRules");
        }
    }
    if (!r && d->use_default && d->extend_path.n)
        r = bad(at, t, "both `path` and `useDefault`; extend one of them, and let that file extend the other");
    return r;
}

/* What is asked for may be newer than the format that is known here; gitleaks warns and goes on too. */
static void note_version(const struct place *at, const struct toml_node *t)
{
    unsigned major = 0, minor = 0;
    char text[32];
    (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(t->s));
    int n = sscanf(text + (text[0] == 'v'), "%u.%u", &major, &minor);
    if (n >= 1 && (major < VERSION_MAJOR || (major == VERSION_MAJOR && minor <= VERSION_MINOR)))
        return;
    vec_add(&at->rules->warnings,
            arena_printf(&at->rules->arena, _("%s:%u:%u: minVersion is `%s`; the format known here is that of gitleaks %d.%d"),
                         at->file, t->line, t->column, text, VERSION_MAJOR, VERSION_MINOR));
}

static int read_key(struct place *at, const struct toml_node *m)
{
    int r = 0;
    if (is_key(m, "title") || is_key(m, "description")) {
        r = want(at, m, TOML_STRING);
    } else if (is_key(m, "minVersion")) {
        r = want(at, m, TOML_STRING);
        if (!r)
            note_version(at, m);
    } else if (is_key(m, "maxTargetMegaBytes")) {
        r = want(at, m, TOML_INT);
        if (!r && (m->i < 0 || m->i > INT32_MAX))
            r = bad(at, m, "`maxTargetMegaBytes` must be 0 (no limit) or more");
        at->draft->set.bytes_max = r ? 0 : (uint64_t)m->i * 1'000'000;
    } else if (is_key(m, "extend")) {
        r = read_extend(at, m);
    } else if (is_key(m, "rules")) {
        r = want(at, m, TOML_ARRAY);
        if (!r && m->n > RULES_MAX)
            r = bad(at, m, "more than %d rules; split the file", RULES_MAX);
        for (size_t i = 0; !r && i < m->n; i++, at->rule = r ? at->rule : STR_NULL)
            r = read_rule(at, &m->v[i]);
    } else if (!is_key(m, "allowlist") && !is_key(m, "allowlists")) {
        r = unknown_key(at, m, "title, description, minVersion, maxTargetMegaBytes, extend, rules, allowlists");
    }
    return r;
}

int secret_draft_read(struct secret_rules *rules, struct str text, const char *name, struct secret_draft *d,
                      struct error *err)
{
    _cleanup_(arena_done) struct arena arena = {};
    const struct toml_node *root;
    int r = toml_parse(text, name, &arena, &root, err);
    if (r < 0)
        return r;
    d->set.name = arena_str(&rules->arena, str_from(name));
    struct place at = {.rules = rules, .draft = d, .file = name, .err = err};
    for (size_t i = 0; !r && i < root->n; i++)
        r = read_key(&at, &root->v[i]);
    return r < 0 ? r : read_allows(&at, root, &d->set.allows);
}

void secret_rule_done(struct secret_rule *rule)
{
    rule->regex = regex_free(rule->regex);
    rule->path = regex_free(rule->path);
    vec_done(&rule->words);
    vec_done(&rule->keywords);
    vec_done(&rule->tags);
    vec_done(&rule->required);
    vec_done(&rule->targeted);
    vec_each(a, &rule->allows) allow_done(a);
    vec_done(&rule->allows);
}

void secret_set_done(struct secret_set *set)
{
    vec_each(a, &set->allows) allow_done(a);
    vec_each(t, &set->targeted) targeted_done(t);
    vec_done(&set->allows);
    vec_done(&set->targeted);
}

void secret_draft_done(struct secret_draft *d)
{
    vec_each(rule, &d->rules) secret_rule_done(rule);
    vec_done(&d->rules);
    vec_done(&d->disabled);
    secret_set_done(&d->set);
}
