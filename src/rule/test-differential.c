// SPDX-License-Identifier: Apache-2.0
/*
 * Random rules on random events, judged twice: by the compiled program, many rules in one, and by a plain
 * walk over the random tree that knows nothing of parser, types, groups, automata or memory between events.
 * They must agree.
 */
#include <fnmatch.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/test-sample.h"

enum { SETS = 300, RULES = 12, EVENTS = 24, VALUES = 4 };

static uint64_t seed = 20261123;
static unsigned rnd(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((seed >> 33) % n);
}

enum kind { TEXT, NUMBER, ADDRESS, FLAG, LIST, ANCESTORS, TYPE };
static const struct {
    const char *name;
    enum kind kind;
} FIELDS_USED[] = {{"proc.name", TEXT}, {"proc.pname", TEXT},      {"fd.name", TEXT},
                   {"fd.num", NUMBER},  {"user.loginuid", NUMBER}, {"fd.sip", ADDRESS},
                   {"fd.types", LIST},  {"proc.aname", ANCESTORS}, {"proc.is_exe_writable", FLAG},
                   {"evt.type", TYPE},  {"evt.arg.name", TEXT}};
static const char *const TEXTS[] = {"a",    "b",           "ab",  "ba",        "aab", "abab",
                                    "/etc", "/etc/passwd", "/et", "/home/u/x", "xyz", "B"};
static const char *const PATTERNS[] = {"a*", "*b", "?b", "/etc/*", "*", "[ab]*", "xyz", "/*/u"};
static const char *const NUMBERS[] = {"0", "1", "-1", "7", "100"};
static const char *const ADDRESSES[] = {"10.0.0.1", "10.0.1.1", "192.168.0.9", "8.8.8.8"};
static const char *const NETS[] = {"10.0.0.0/24", "10.0.0.0/8", "8.8.8.8", "0.0.0.0/0", "192.168.0.8/31"};
static const char *const TYPES[] = {"open", "openat", "execve", "connect"};

struct node {
    enum { LEAF, NOT, AND, OR } kind;
    struct node *kids[3];
    size_t n_kids;
    unsigned field;
    const char *op, *modifier; /* modifier "" for none */
    const char *values[VALUES];
    size_t n_values;
    bool is_list;
    bool right_is_pname; /* val(proc.pname) */
};

#define PICK(table) (table[rnd(ARRAY_SIZE(table))])

static void random_leaf(struct node *n)
{
    static const char *const text_ops[] = {"=",        "!=",   "contains", "icontains",  "startswith",
                                           "endswith", "glob", "in",       "intersects", "pmatch"};
    static const char *const number_ops[] = {"=", "!=", "<", "<=", ">", ">=", "in"};
    static const char *const address_ops[] = {"=", "!=", "in"};
    static const char *const list_ops[] = {"in", "intersects"};
    static const char *const flag_ops[] = {"=", "!="};
    static const char *const modifiers[] = {"anyof", "allof", "oneof"};
    n->field = rnd(ARRAY_SIZE(FIELDS_USED));
    const enum kind kind = FIELDS_USED[n->field].kind;
    n->modifier = "";
    if (!rnd(12)) {
        n->op = "exists";
        return;
    }
    n->op = kind == TEXT || kind == ANCESTORS ? PICK(text_ops)
            : kind == NUMBER                  ? PICK(number_ops)
            : kind == ADDRESS                 ? PICK(address_ops)
            : kind == LIST                    ? PICK(list_ops)
            : kind == FLAG                    ? PICK(flag_ops)
                                              : PICK(address_ops);
    const bool takes_list = !strcmp(n->op, "in") || !strcmp(n->op, "intersects") || !strcmp(n->op, "pmatch");
    if (kind == TEXT && !takes_list && strcmp(n->op, "glob") && !rnd(10)) {
        n->right_is_pname = true;
        return;
    }
    if (!takes_list && (kind == TEXT || kind == ANCESTORS || kind == NUMBER) && !rnd(3))
        n->modifier = PICK(modifiers);
    n->is_list = takes_list || n->modifier[0];
    n->n_values = n->is_list ? rnd(VALUES + 1) : 1;
    for (size_t i = 0; i < n->n_values; i++)
        n->values[i] = kind == NUMBER                                       ? PICK(NUMBERS)
                       : kind == ADDRESS                                    ? PICK(NETS)
                       : kind == FLAG                                       ? (rnd(2) ? "true" : "false")
                       : kind == TYPE                                       ? PICK(TYPES)
                       : !strcmp(n->op, "glob") || !strcmp(n->op, "pmatch") ? PICK(PATTERNS)
                                                                            : PICK(TEXTS);
}

static struct node *random_tree(struct arena *a, unsigned depth)
{
    struct node *n = arena_new(a, struct node);
    unsigned what = depth ? rnd(5) : 0;
    if (what < 2) {
        random_leaf(n);
    } else {
        n->kind = what == 2 ? NOT : what == 3 ? AND : OR;
        n->n_kids = what == 2 ? 1 : 2 + rnd(2);
        for (size_t i = 0; i < n->n_kids; i++)
            n->kids[i] = random_tree(a, depth - 1);
    }
    return n;
}

static void print(const struct node *n, struct strbuf *b)
{
    if (n->kind != LEAF) {
        strbuf_adds(b, n->kind == NOT ? "not (" : "(");
        for (size_t i = 0; i < n->n_kids; i++) {
            if (i)
                strbuf_adds(b, n->kind == AND ? " and " : " or ");
            print(n->kids[i], b);
        }
        strbuf_addc(b, ')');
        return;
    }
    strbuf_printf(b, "%s %s %s ", FIELDS_USED[n->field].name, n->op, n->modifier);
    if (n->right_is_pname)
        strbuf_adds(b, "val(proc.pname)");
    if (n->is_list)
        strbuf_addc(b, '(');
    const bool is_bare = FIELDS_USED[n->field].kind == NUMBER;
    for (size_t i = 0; i < n->n_values; i++)
        strbuf_printf(b, "%s%s%s%s", i ? ", " : "", is_bare ? "" : "\"", n->values[i], is_bare ? "" : "\"");
    if (n->is_list)
        strbuf_addc(b, ')');
}

/* Facts as text, one list of words per field; n = 0: absent. */
struct words {
    const char *v[3];
    size_t n;
};

static bool naive_below(const char *path, const char *entry)
{
    /* Component by component with fnmatch(3); the tables hold neither double nor trailing slashes. */
    if ((*path == '/') != (*entry == '/'))
        return false;
    while (*entry) {
        char a[64] = "", b[64] = "";
        path += *path == '/';
        entry += *entry == '/';
        size_t n = strcspn(path, "/"), m = strcspn(entry, "/");
        memcpy(a, path, n);
        memcpy(b, entry, m);
        if (m && (!n || fnmatch(b, a, 0)))
            return false;
        path += n;
        entry += m;
    }
    return true;
}

static unsigned long naive_address(const char *s, unsigned *prefix)
{
    unsigned a = 0, b = 0, c = 0, d = 0, p = 32;
    (void)sscanf(s, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &p);
    if (prefix)
        *prefix = p;
    return (unsigned long)a << 24 | b << 16 | c << 8 | d;
}

static bool naive_equal(enum kind kind, const char *have, const char *want)
{
    unsigned prefix;
    if (kind == NUMBER)
        return atoll(have) == atoll(want);
    if (kind == ADDRESS) {
        unsigned long net = naive_address(want, &prefix), mask = prefix ? ~0UL << (32 - prefix) : 0;
        return ((naive_address(have, NULL) ^ net) & mask & 0xffffffffUL) == 0;
    }
    return !strcmp(have, want);
}

static bool naive_check(enum kind kind, const char *op, const char *have, const char *want)
{
    size_t n = strlen(have), m = strlen(want);
    if (!strcmp(op, "=") || !strcmp(op, "in") || !strcmp(op, "intersects"))
        return naive_equal(kind, have, want);
    if (!strcmp(op, "!="))
        return !naive_equal(kind, have, want);
    if (!strcmp(op, "contains"))
        return strstr(have, want);
    if (!strcmp(op, "icontains"))
        return strcasestr(have, want);
    if (!strcmp(op, "startswith"))
        return !strncmp(have, want, m);
    if (!strcmp(op, "endswith"))
        return n >= m && !strcmp(have + n - m, want);
    if (!strcmp(op, "glob"))
        return !fnmatch(want, have, 0);
    if (!strcmp(op, "pmatch"))
        return naive_below(have, want);
    long long a = atoll(have), b = atoll(want);
    return !strcmp(op, "<") ? a < b : !strcmp(op, "<=") ? a <= b : !strcmp(op, ">") ? a > b : a >= b;
}

static bool naive_element(const struct node *n, const char *have)
{
    const enum kind kind = FIELDS_USED[n->field].kind;
    size_t hits = 0;
    for (size_t i = 0; i < n->n_values; i++)
        hits += naive_check(kind, n->op, have, n->values[i]);
    if (!strcmp(n->modifier, "allof"))
        return hits && hits == n->n_values;
    return !strcmp(n->modifier, "oneof") ? hits == 1 : hits > 0;
}

static bool naive(const struct node *n, const struct words *facts)
{
    if (n->kind == NOT)
        return !naive(n->kids[0], facts);
    if (n->kind != LEAF) {
        for (size_t i = 0; i < n->n_kids; i++)
            if (naive(n->kids[i], facts) != (n->kind == AND))
                return n->kind == OR;
        return n->kind == AND;
    }
    const struct words *w = &facts[n->field];
    if (!w->n)
        return false;
    if (!strcmp(n->op, "exists"))
        return true;
    if (n->right_is_pname)
        return facts[1].n && naive_check(TEXT, n->op, w->v[0], facts[1].v[0]);
    const bool all = FIELDS_USED[n->field].kind == LIST && !strcmp(n->op, "in");
    for (size_t i = 0; i < w->n; i++)
        if (naive_element(n, w->v[i]) != all)
            return !all;
    return all;
}

static void random_facts(struct words *facts, struct strbuf *text)
{
    strbuf_clear(text);
    for (size_t f = 0; f < ARRAY_SIZE(FIELDS_USED); f++) {
        const enum kind kind = FIELDS_USED[f].kind;
        struct words *w = &facts[f];
        w->n = kind == TYPE ? 1 : kind == LIST || kind == ANCESTORS ? rnd(4) : rnd(3) > 0;
        if (w->n)
            strbuf_printf(text, "%s=", FIELDS_USED[f].name);
        for (size_t i = 0; i < w->n; i++) {
            w->v[i] = kind == NUMBER    ? PICK(NUMBERS)
                      : kind == ADDRESS ? PICK(ADDRESSES)
                      : kind == FLAG    ? (rnd(2) ? "true" : "false")
                      : kind == TYPE    ? PICK(TYPES)
                                        : PICK(TEXTS);
            strbuf_printf(text, "%s%s", i ? "|" : "", w->v[i]);
        }
        if (w->n)
            strbuf_adds(text, "; ");
    }
}

TEST(program_agrees_with_a_plain_walk)
{
    size_t hits = 0;
    for (int set = 0; set < SETS; set++) {
        struct arena arena = {};
        struct strbuf problems = {}, texts[RULES] = {}, facts_text = {}, buffer = {};
        struct node *trees[RULES];
        struct rule rule = {.source = SOURCE_SYSCALL};
        struct compiler *c = compiler_new();
        struct program *p = NULL;
        struct error err = ERROR_NULL;
        for (uint32_t i = 0; i < RULES; i++) {
            trees[i] = random_tree(&arena, 4);
            print(trees[i], &texts[i]);
            const struct ast *a = sample_check(texts[i].p, &rule, &arena, &problems);
            if (!a)
                test_fail(__FILE__, __LINE__, "%s: %s", texts[i].p, problems.p);
            compiler_add_rule(c, i, SOURCE_SYSCALL, a);
        }
        CHECK_INT(compiler_finish(c, &buffer), 0);
        CHECK_INT(program_load(buffer.p, buffer.n, &p, &err), 0);
        struct eval *ev = eval_new(p);
        for (int e = 0; e < EVENTS; e++) {
            struct words facts[ARRAY_SIZE(FIELDS_USED)] = {};
            struct sample s;
            random_facts(facts, &facts_text);
            CHECK(sample_init(&s, facts_text.p));
            eval_begin(ev, &s.event);
            for (uint32_t i = 0; i < RULES; i++) {
                bool want = naive(trees[i], facts);
                hits += want;
                if (eval_rule(ev, i) != want)
                    test_fail(__FILE__, __LINE__, "%s on %s: the plain walk says %d", texts[i].p,
                              facts_text.p, want);
            }
            sample_done(&s);
        }
        eval_free(ev);
        program_free(p);
        compiler_free(c);
        for (int i = 0; i < RULES; i++)
            strbuf_done(&texts[i]);
        strbuf_done(&buffer);
        strbuf_done(&facts_text);
        strbuf_done(&problems);
        arena_done(&arena);
    }
    /* Neither all nor none: otherwise the comparison would say nothing. */
    CHECK(hits > SETS * RULES * EVENTS / 10 && hits < SETS * RULES * EVENTS / 10 * 9);
}
