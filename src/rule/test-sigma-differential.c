// SPDX-License-Identifier: Apache-2.0
/*
 * Random Sigma rules on random events, judged twice: by the compiled program, many rules in one, and by a plain walk over what was
 * written, which knows nothing of our language, of groups or of guards. They must agree.
 */
#include <ctype.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "rule/test-sigma-sample.h"

enum { SETS = 60, RULES = 40, EVENTS = 24, DETECTIONS = 4, ITEMS = 2, VALUES = 3 };

static uint64_t seed = 20261129;
static unsigned rnd(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((seed >> 33) % n);
}
#define PICK(table) (table[rnd(ARRAY_SIZE(table))])

static const struct {
    const char *sigma, *ours;
} FIELDS_USED[] = {{"Image", "proc.exepath"}, {"CommandLine", "proc.exeline"}, {"User", "user.name"}, {"ParentImage", "proc.pexepath"}, {"CurrentDirectory", "proc.cwd"}};
static const char *const TEXTS[] = {"a", "B", "ab", "Ba", "aab", "abab", "/x/ab", "a*b", "b?a", "a\\b", "", "A[b]"};
/* As Sigma writes them. */
static const char *const VALUES_USED[] = {"a",   "AB",   "ab*",   "*B",    "a?",     "*a*b*", "a\\*b", "b\\?a", "a\\\\b", "",
                                          "*",   "/x/*", "[b]",   "?",     "*/?/*b", "aab",   "\\\\",  "A[B]",  "b*a",    "a\\b"};
static const char *const EXPRESSIONS[] = {"a+b", "^a", "b$", "x|^$"};

struct item {
    unsigned field;
    enum { PLAIN, CONTAINS, STARTS, ENDS, RE, EXISTS, NUL } how;
    bool all, cased, neq, flag;
    const char *v[VALUES];
    size_t n;
};
struct detection {
    struct item items[ITEMS];
    size_t n;
    bool is_list; /* one item is enough */
};
struct condition {
    enum { NAME, NOT, AND, OR, ANY_OF, ALL_OF } kind;
    unsigned which; /* detection of NAME; the pattern of the others: 0 them, 1 s*, 2 s1* */
    struct condition *kids[2];
};
struct spec {
    struct detection d[DETECTIONS];
    struct condition *condition;
};
static const char *const NAMES[DETECTIONS] = {"s1_a", "s1_b", "s2", "_s"};
static const char *const PATTERNS[] = {"them", "s*", "s1*"};
static const bool MEANT[][DETECTIONS] = {{true, true, true, false}, {true, true, true, false}, {true, true, false, false}};

static void random_item(struct item *i)
{
    *i = (struct item){.field = rnd(ARRAY_SIZE(FIELDS_USED)), .how = rnd(7)};
    i->n = i->how == EXISTS || i->how == NUL ? 1 : 1 + rnd(VALUES);
    i->cased = i->how <= ENDS && !rnd(4);
    i->all = i->how <= RE && !rnd(4);
    i->neq = i->how <= RE && !rnd(6);
    i->flag = rnd(2);
    for (size_t k = 0; k < i->n; k++)
        i->v[k] = i->how == RE ? PICK(EXPRESSIONS) : PICK(VALUES_USED);
}

static struct condition *random_condition(struct arena *a, unsigned depth)
{
    struct condition *c = arena_new(a, struct condition);
    c->kind = depth ? rnd(6) : rnd(2) ? NAME : ANY_OF + rnd(2);
    c->which = c->kind == NAME ? rnd(DETECTIONS) : rnd(ARRAY_SIZE(PATTERNS));
    for (unsigned i = 0; i < 2 && c->kind >= NOT && c->kind <= OR; i++)
        c->kids[i] = random_condition(a, depth - 1);
    return c;
}

static void random_spec(struct arena *a, struct spec *s)
{
    for (size_t d = 0; d < DETECTIONS; d++) {
        s->d[d].n = 1 + rnd(ITEMS);
        s->d[d].is_list = rnd(3) == 0;
        for (size_t i = 0; i < s->d[d].n; i++)
            random_item(&s->d[d].items[i]);
        if (!s->d[d].is_list && s->d[d].n == 2 && s->d[d].items[0].field == s->d[d].items[1].field)
            s->d[d].n = 1; /* a map has each key once */
    }
    s->condition = random_condition(a, 3);
}

static void print_item(const struct item *i, struct strbuf *b)
{
    static const char *const how[] = {"", "|contains", "|startswith", "|endswith", "|re", "|exists", ""};
    strbuf_printf(b, "'%s%s%s%s%s%s': ", FIELDS_USED[i->field].sigma, i->neq ? "|neq" : "", how[i->how], i->how == RE && i->flag ? "|i" : "",
                  i->cased ? "|cased" : "", i->all ? "|all" : "");
    if (i->how == EXISTS) {
        strbuf_adds(b, i->flag ? "true" : "false");
        return;
    }
    if (i->how == NUL) {
        strbuf_adds(b, "null");
        return;
    }
    strbuf_addc(b, '[');
    for (size_t k = 0; k < i->n; k++)
        strbuf_printf(b, "%s'%s'", k ? ", " : "", i->v[k]);
    strbuf_addc(b, ']');
}

static void print_condition(const struct condition *c, struct strbuf *b)
{
    if (c->kind == NAME) {
        strbuf_adds(b, NAMES[c->which]);
    } else if (c->kind == NOT) {
        strbuf_adds(b, "not (");
        print_condition(c->kids[0], b);
        strbuf_addc(b, ')');
    } else if (c->kind == AND || c->kind == OR) {
        strbuf_adds(b, c->kind == OR ? "(" : "");
        print_condition(c->kids[0], b);
        strbuf_adds(b, c->kind == AND ? " and " : " or ");
        print_condition(c->kids[1], b);
        strbuf_adds(b, c->kind == OR ? ")" : "");
    } else {
        strbuf_printf(b, "%s of %s", c->kind == ANY_OF ? "1" : "all", PATTERNS[c->which]);
    }
}

static void print(const struct spec *s, unsigned number, struct strbuf *b)
{
    strbuf_printf(b, "title: r%u\nlogsource: {product: linux, category: process_creation}\ndetection:\n", number);
    for (size_t d = 0; d < DETECTIONS; d++) {
        strbuf_printf(b, "  %s:\n", NAMES[d]);
        for (size_t i = 0; i < s->d[d].n; i++) {
            strbuf_adds(b, s->d[d].is_list ? "    - " : "    ");
            print_item(&s->d[d].items[i], b);
            strbuf_addc(b, '\n');
        }
    }
    strbuf_adds(b, "  condition: ");
    print_condition(s->condition, b);
    strbuf_adds(b, "\n---\n");
}

/* ---- the plain walk ---- */

/* A star is tried with every rest of the text. `more`: whether anything may follow. */
static bool naive_match(const char *pattern, const char *text, bool cased, bool more)
{
    if (!*pattern)
        return more || !*text;
    if (*pattern == '*')
        return naive_match(pattern + 1, text, cased, more) || (*text && naive_match(pattern, text + 1, cased, more));
    if (!*text)
        return false;
    if (*pattern == '?')
        return naive_match(pattern + 1, text + 1, cased, more);
    if (*pattern == '\\' && (pattern[1] == '*' || pattern[1] == '?' || pattern[1] == '\\'))
        pattern++;
    return (cased ? *pattern == *text : tolower(*pattern) == tolower(*text)) && naive_match(pattern + 1, text + 1, cased, more);
}

static bool naive_expression(const char *e, const char *text, bool nocase)
{
    char low[64];
    size_t n = strlen(text);
    for (size_t i = 0; i <= n; i++)
        low[i] = nocase ? (char)tolower(text[i]) : text[i];
    if (!strcmp(e, "^a"))
        return low[0] == 'a';
    if (!strcmp(e, "b$"))
        return n && low[n - 1] == 'b';
    return !strcmp(e, "a+b") ? strstr(low, "ab") != NULL : strchr(low, 'x') || !n;
}

static bool naive_value(const struct item *i, const char *value, const char *text)
{
    if (i->how == RE)
        return naive_expression(value, text, i->flag);
    const bool floats = i->how == CONTAINS || i->how == ENDS, more = i->how == CONTAINS || i->how == STARTS;
    for (const char *from = text;; from++) {
        if (naive_match(value, from, i->cased, more))
            return true;
        if (!floats || !*from)
            return false;
    }
}

static bool naive_item(const struct item *i, const char *const *facts)
{
    const char *text = facts[i->field];
    if (i->how == EXISTS)
        return (text != NULL) == i->flag;
    if (i->how == NUL)
        return !text;
    size_t n = 0;
    for (size_t k = 0; text && k < i->n; k++)
        n += naive_value(i, i->v[k], text);
    return (i->all ? n == i->n : n > 0) != i->neq;
}

static bool naive_detection(const struct detection *d, const char *const *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += naive_item(&d->items[i], facts);
    return d->is_list ? n > 0 : n == d->n;
}

static bool naive(const struct spec *s, const struct condition *c, const char *const *facts)
{
    size_t n = 0, of = 0;
    switch (c->kind) {
    case NAME:
        return naive_detection(&s->d[c->which], facts);
    case NOT:
        return !naive(s, c->kids[0], facts);
    case AND:
        return naive(s, c->kids[0], facts) && naive(s, c->kids[1], facts);
    case OR:
        return naive(s, c->kids[0], facts) || naive(s, c->kids[1], facts);
    default:
        for (size_t d = 0; d < DETECTIONS; d++)
            if (MEANT[c->which][d]) {
                of++;
                n += naive_detection(&s->d[d], facts);
            }
        return c->kind == ANY_OF ? n > 0 : n == of;
    }
}

static int mark(void *ctx, const struct rule *rule, const struct event *event)
{
    bool *hits = ctx;
    (void)event;
    hits[rule->index] = true;
    return 0;
}

TEST(program_agrees_with_a_plain_walk)
{
    size_t hits = 0, events = 0;
    for (int set = 0; set < SETS; set++) {
        struct arena arena = {};
        struct diags diags = {};
        struct strbuf text = {}, facts_text = {};
        static struct spec specs[RULES];
        struct ruleset *rs = sigma_sample_ruleset(&diags);
        for (unsigned r = 0; r < RULES; r++) {
            random_spec(&arena, &specs[r]);
            print(&specs[r], r, &text);
        }
        CHECK_INT(ruleset_load_sigma_memory(rs, "t.yml", strbuf_str(&text), &diags), 0);
        CHECK_INT(ruleset_compile(rs, &diags), 0);
        strbuf_clear(&text);
        sigma_sample_say(&diags, &text);
        if (text.n)
            test_fail(__FILE__, __LINE__, "%s", text.p);
        CHECK_INT(ruleset_count(rs), RULES);
        struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
        for (int e = 0; e < EVENTS; e++) {
            const char *facts[ARRAY_SIZE(FIELDS_USED)] = {};
            bool found[RULES] = {};
            struct sample s;
            strbuf_clear(&facts_text);
            strbuf_adds(&facts_text, "evt.type=execve; evt.res=SUCCESS");
            for (size_t f = 0; f < ARRAY_SIZE(FIELDS_USED); f++)
                if (rnd(5)) {
                    facts[f] = PICK(TEXTS);
                    strbuf_printf(&facts_text, "; %s=%s", FIELDS_USED[f].ours, facts[f]);
                }
            CHECK(sample_init(&s, facts_text.p));
            CHECK_INT(evaluator_run(ev, &s.event, mark, found), 0);
            for (unsigned r = 0; r < RULES; r++) {
                const bool want = naive(&specs[r], specs[r].condition, facts);
                hits += want;
                if (found[r] != want) {
                    strbuf_clear(&text);
                    print(&specs[r], r, &text);
                    test_fail(__FILE__, __LINE__, "%s on %s: the plain walk says %d", text.p, facts_text.p, want);
                }
            }
            sample_done(&s);
        }
        events += evaluator_stats(ev).events;
        evaluator_free(ev);
        ruleset_free(rs);
        diags_done(&diags);
        strbuf_done(&text);
        strbuf_done(&facts_text);
        arena_done(&arena);
    }
    /* Neither all nor none: otherwise the comparison would say nothing. */
    CHECK(hits > SETS * RULES * EVENTS / 10 && hits < SETS * RULES * EVENTS / 10 * 9);
    CHECK_INT(events, SETS * EVENTS);
}
