// SPDX-License-Identifier: Apache-2.0
/*
 * The search against the plain algorithm: each rule whose keyword stands in a fragment runs over the whole fragment, and so
 * again over what each decoding pass makes of it. Contents are generated: samples of every rule of gitleaks' and of our own
 * file, broken samples, text, and what is made to break windows.
 */
#include "base/text.h"
#include "inspect/secret_search.h"
#include "inspect/test-regex-sample.h"
#include "inspect/test-secret.h"

/* A finding: rule, place of its match, and how long the secret in it is. */
struct one {
    size_t rule, from, to, secret;
};

typedef VEC(struct one) ones;

struct plain {
    const struct secret_rules *rules;
    struct str data;
    const char *path;
    ones found;
    struct arena arena;
    VEC(size_t) edges;
};

static bool has_keyword(const struct secret_rule *rule, struct str low)
{
    bool any = !rule->words.n;
    for (size_t i = 0; i < rule->words.n && !any; i++)
        any = str_has(low, rule->words.v[i]);
    return any;
}

static struct str group_of(const struct secret_rule *rule, struct str match)
{
    struct str g[32];
    unsigned n = regex_groups(rule->regex) + 1;
    n = n > 32 ? 32 : n;
    if (n == 1 || !regex_find(rule->regex, match, 0, g, n))
        return match;
    if (rule->group)
        return g[rule->group].p ? g[rule->group] : str_sub(match, 0, 0);
    for (unsigned i = 1; i < n; i++)
        if (g[i].n)
            return g[i];
    return match;
}

static bool has_word(const struct words *words, struct str secret)
{
    struct strbuf low = {};
    secret_lower(&low, secret);
    bool has = words_in(words, strbuf_str(&low));
    strbuf_done(&low);
    return has;
}

static bool allow_of(const struct secret_allow *a, struct str path, struct str secret, struct str match, struct str line)
{
    struct str target = a->target == SECRET_TARGET_MATCH ? match : a->target == SECRET_TARGET_LINE ? line : secret;
    bool by_path = a->paths && path.n && regex_find(a->paths, path, 0, NULL, 0);
    bool by_regex = a->regexes && target.n && regex_find(a->regexes, target, 0, NULL, 0);
    bool by_word = a->stopwords && has_word(a->stopwords, secret);
    if (!a->all)
        return by_path || by_regex || by_word;
    return !a->commits && (!a->paths || by_path) && (!a->regexes || by_regex) && (!a->stopwords || by_word);
}

static bool any_allows(const secret_allows *list, struct str path, struct str secret, struct str match, struct str line)
{
    for (size_t i = 0; i < list->n; i++)
        if (allow_of(&list->v[i], path, secret, match, line))
            return true;
    return false;
}

static struct str line_of(struct str t, size_t from, size_t to)
{
    while (from && t.p[from - 1] != '\n')
        from--;
    while (to < t.n && t.p[to] != '\n')
        to++;
    return str_sub(t, from, to);
}

/* A byte that is no UTF-8 is a character of its own for Go; here one that is in no class either. */
static struct str as_go_reads(struct plain *p, struct str text)
{
    char *copy = arena_alloc(&p->arena, text.n + 1);
    for (size_t i = 0, n; i < text.n; i += n) {
        uint32_t rune;
        n = text_decode(str_sub(text, i, text.n), &rune);
        memcpy(copy + i, n ? text.p + i : "\x7f", n ? n : 1);
        n = n ? n : 1;
    }
    return str_n(copy, text.n);
}

static void plain_rule(struct plain *p, size_t number, struct str text, struct str low, size_t offset,
                       const struct secret_decoding *d)
{
    const struct secret_rule *rule = &p->rules->rules.v[number];
    struct str path = str_from(p->path), m;
    const struct secret_set *set = &p->rules->sets.v[rule->set];
    if (!rule->regex || rule->skip_report || !has_keyword(rule, low) ||
        (rule->path && !regex_find(rule->path, path, 0, NULL, 0)))
        return;
    for (size_t at = 0; regex_find(rule->regex, text, at, &m, 1);) {
        size_t from = (size_t)(m.p - text.p), end = from + m.n;
        at = m.n ? end : end + 1;
        struct secret_range whole = {from, end}, place = whole, decoded;
        unsigned kinds;
        while (m.n && m.p[0] == '\n')
            m = str_sub(m, 1, m.n);
        while (m.n && m.p[m.n - 1] == '\n')
            m = str_sub(m, 0, m.n - 1);
        if (!m.n)
            continue;
        if (d && !secret_decode_place(d, whole, &place, &kinds, &decoded))
            continue;
        if (!d)
            place = (struct secret_range){(size_t)(m.p - text.p), (size_t)(m.p - text.p) + m.n};
        struct str raw = d ? str_sub(p->data, offset, p->data.n) : text;
        struct str here = line_of(raw, place.from, place.to), line = d ? line_of(text, decoded.from, decoded.to) : here;
        struct str secret = group_of(rule, m);
        if (str_has(here, STR("gitleaks:allow")) || (rule->entropy != 0 && secret_entropy(secret) <= rule->entropy))
            continue;
        if (any_allows(&set->allows, path, secret, m, line) || any_allows(&rule->allows, path, secret, m, line))
            continue;
        bool targeted = false;
        for (size_t i = 0; i < rule->targeted.n; i++)
            targeted |= allow_of(&set->targeted.v[rule->targeted.v[i]].allow, path, secret, m, line);
        if (targeted || (rule->check && !rule->check(secret)))
            continue;
        vec_add(&p->found, (struct one){number, offset + place.from, offset + place.to, secret.n ? secret.n : m.n});
    }
}

static void plain_fragment(void *ctx, size_t from, size_t to)
{
    struct plain *p = ctx;
    struct secret_decoding *d = xnew(struct secret_decoding);
    struct str text = str_sub(p->data, from, to);
    vec_add(&p->edges, to);
    do {
        struct strbuf low = {};
        struct str clean = as_go_reads(p, text);
        secret_lower(&low, clean);
        for (size_t i = 0; i < p->rules->rules.n; i++)
            plain_rule(p, i, clean, strbuf_str(&low), from, d->depth ? d : NULL);
        strbuf_done(&low);
    } while (d->depth < p->rules->decode_depth && secret_decode(d, text, &text));
    secret_decode_done(d);
    free(d);
}

static void search(const struct secret_rules *rules, struct str data, const char *path, ones *to)
{
    _cleanup_(secret_search_freep) struct secret_search *s = secret_search_new(rules);
    struct content c = {.data = data, .size = data.n, .first = true, .last = true, .is_text = true, .path = str_from(path)};
    for (unsigned k = 0; k < rules->keywords.n; k++) {
        struct str word = rules->keywords.v[k].text;
        for (ptrdiff_t at = 0; (at = str_find_nocase(data, word, (size_t)at)) >= 0; at++)
            secret_search_hit(s, k, (size_t)at + word.n);
    }
    secret_search_find(s, &c);
    vec_each(f, &s->found) if (!f->is_waived)
        vec_add(to, (struct one){(size_t)(f->rule - rules->rules.v), f->match.from, f->match.to, f->text.n});
}

static int by_place(const void *a, const void *b)
{
    const struct one *x = a, *y = b;
    return x->rule != y->rule   ? (x->rule < y->rule ? -1 : 1)
           : x->from != y->from ? (x->from < y->from ? -1 : 1)
           : x->to != y->to     ? (x->to < y->to ? -1 : 1)
                                : (x->secret > y->secret) - (x->secret < y->secret);
}

/* Near an edge between fragments the search may see more than the plain algorithm, which is cut there. */
static bool is_at_edge(const struct plain *p, const struct one *x)
{
    enum { REACH = 4096 };
    for (size_t i = 0; i + 1 < p->edges.n; i++)
        if (x->from < p->edges.v[i] + REACH && x->to + REACH > p->edges.v[i])
            return true;
    return false;
}

static void compare(const struct secret_rules *rules, struct str data, const char *path, size_t *ret_found)
{
    struct plain p = {.rules = rules, .data = data, .path = path};
    ones fast = {};
    secret_fragments(data, plain_fragment, &p);
    search(rules, data, path, &fast);
    if (p.found.n)
        qsort(p.found.v, p.found.n, sizeof(*p.found.v), by_place);
    if (fast.n)
        qsort(fast.v, fast.n, sizeof(*fast.v), by_place);
    for (size_t i = 0, k = 0; i < p.found.n || k < fast.n;) {
        int order = i == p.found.n ? 1 : k == fast.n ? -1 : by_place(&p.found.v[i], &fast.v[k]);
        const struct one *x = order <= 0 ? &p.found.v[i] : &fast.v[k];
        if (order && !is_at_edge(&p, x)) {
            test_fail(__FILE__, __LINE__, "%s by the search: %.*s at %zu-%zu of %zu", order < 0 ? "missed" : "added",
                      STR_ARG(rules->rules.v[x->rule].id), x->from, x->to, data.n);
        }
        i += order <= 0;
        k += order >= 0;
    }
    *ret_found += p.found.n;
    vec_done(&fast);
    vec_done(&p.found);
    vec_done(&p.edges);
    arena_done(&p.arena);
}

static const char *shared_rules(char path[4096])
{
    const char *shared = getenv("DAVY_SHARED");
    (void)snprintf(path, 4096, "%s/data/secrets/gitleaks.toml", shared ? shared : DAVY_SOURCE_ROOT "/../shared");
    if (access(path, R_OK) < 0)
        test_skip("no gitleaks.toml here");
    return path;
}

static struct secret_rules *load_file(const char *path)
{
    struct error err = ERROR_NULL;
    struct secret_rules *r = secret_rules_new();
    if (secret_rules_add_file(r, path, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return r;
}

/* Pieces that windows, decoders and case folding could stumble over. */
static const char *const PIECES[] = {
    "\n", "\n\n", "\"", "'", " ", "=", ":", "\\n", "`", ";", "\t", "\r\n", "token", "secret = ", "password: ", "api_key",
    "\xe2\x84\xaa", "\xc5\xbf", "\xc4\xb0", "\xff", "\xe9", "%41", "%zz", "\\u0041", "U+0041 ", "key\xe2\x84\xaa", "gitleaks:allow",
    "dG9rZW4gPSBub3RoaW5nIGF0IGFsbCBoZXJl", "c2VjcmV0LXdvcmQ9MTIzNDU2Nzg5MA==", "6c6f6e6765722d656e636f6465642d7365637265742d746573743132",
    "-----BEGIN", "-----", "PRIVATE KEY-----", "curl -H ", "kind: Secret\ndata:\n", "xoxb-", "sk_live_", "://", "@", "akia", "AKIA",
};

static void add_base64(struct strbuf *b, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < s.n; i += 3) {
        unsigned v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < s.n ? (uint8_t)s.p[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            strbuf_addc(b, i + k > s.n ? '=' : digits[v >> (18 - 6 * k) & 63]);
    }
}

static void add_sample(struct strbuf *b, const struct secret_rules *rules, uint64_t *seed)
{
    const struct secret_rule *rule = &rules->rules.v[sample_random(seed) % rules->rules.n];
    if (!rule->regex)
        return;
    struct strbuf one = {};
    sample_of(rule->pattern, seed, &one);
    uint64_t how = sample_random(seed) % 16;
    if (how < 3 && one.n) /* broken */
        one.p[sample_random(seed) % one.n] = "!xA9\n"[sample_random(seed) % 5];
    else if (how == 3)
        one.n = one.n / 2;
    if (how == 4) {
        add_base64(b, strbuf_str(&one));
    } else if (how == 5 || how == 6) {
        for (size_t i = 0; i < one.n; i++)
            strbuf_printf(b, how == 5 ? "%02x" : "%%%02X", (uint8_t)one.p[i]);
    } else if (how == 7) {
        for (size_t i = 0; i < one.n; i++)
            strbuf_printf(b, "\\u%04x", (uint8_t)one.p[i]);
    } else {
        strbuf_add(b, strbuf_str(&one));
    }
    strbuf_done(&one);
}

static void make_content(struct strbuf *b, const struct secret_rules *rules, uint64_t *seed, size_t most)
{
    size_t n = sample_random(seed) % most;
    strbuf_clear(b);
    while (b->n < n) {
        uint64_t what = sample_random(seed) % 8;
        if (what < 3)
            add_sample(b, rules, seed);
        else if (what < 7)
            strbuf_adds(b, PIECES[sample_random(seed) % ARRAY_SIZE(PIECES)]);
        else
            for (uint64_t i = sample_random(seed) % 64; i; i--)
                strbuf_addc(b, (char)(' ' + sample_random(seed) % 95));
    }
}

static void run(const struct secret_rules *rules, unsigned contents, size_t most, uint64_t seed)
{
    static const char *const PATHS[] = {"/app/settings.yaml", "/app/.env", "/root/.npmrc", "/app/config.php", "/app/vendor/x.json"};
    struct strbuf b = {};
    size_t found = 0;
    for (unsigned i = 0; i < contents; i++) {
        make_content(&b, rules, &seed, most);
        compare(rules, strbuf_str(&b), PATHS[i % ARRAY_SIZE(PATHS)], &found);
    }
    CHECK(found > contents / 4); /* else it proves nothing */
    strbuf_done(&b);
}

TEST(the_search_finds_what_the_plain_algorithm_finds)
{
    char path[4096];
    _cleanup_(secret_rules_freep) struct secret_rules *gitleaks = load_file(shared_rules(path));
    run(gitleaks, 150, 3000, 42);
    run(gitleaks, 2, 260'000, 7);
}

TEST(so_with_the_shipped_rules)
{
    _cleanup_(secret_rules_freep) struct secret_rules *own = load_file(DAVY_SOURCE_ROOT "/rules/secrets/davy.toml");
    run(own, 150, 3000, 43);
    run(own, 2, 260'000, 9);
}

/* A text that the rule must find, or the reason why there is none; the rule's path decides where. */
static bool finds_a_sample(const struct secret_rules *rules, size_t number, uint64_t *seed)
{
    const struct secret_rule *rule = &rules->rules.v[number];
    struct strbuf b = {}, path = {};
    bool any = false;
    for (int tries = 0; tries < 400 && !any; tries++) {
        struct facts f;
        strbuf_clear(&b);
        strbuf_clear(&path);
        strbuf_adds(&b, "first line\n");
        sample_of(rule->pattern, seed, &b);
        strbuf_adds(&b, "\nlast line\n");
        if (rule->words.n) /* some patterns do not hold the keyword themselves */
            strbuf_add(&b, rule->words.v[0]);
        if (!rule->path || rule->path_pattern.p[0] != '^')
            strbuf_adds(&path, "/app/");
        if (rule->path)
            sample_of(rule->path_pattern, seed, &path);
        look(rules, strbuf_str(&b), path.n ? path.p : "", true, &f);
        for (size_t i = 0; i < f.n_notes; i++)
            any |= f.notes[i].field == F_SECRET_KINDS && str_eq(f.notes[i].value, rule->id);
        facts_done(&f);
    }
    strbuf_done(&b);
    strbuf_done(&path);
    return any;
}

/* The sample with one byte changed so that the pattern no longer matches. */
static void keeps_quiet_on_near_misses(const struct secret_rules *rules, size_t number, uint64_t *seed)
{
    const struct secret_rule *rule = &rules->rules.v[number];
    for (int tries = 0; tries < 30; tries++) {
        struct strbuf b = {};
        struct facts f;
        sample_of(rule->pattern, seed, &b);
        if (b.n)
            b.p[sample_random(seed) % b.n] = '!';
        if (b.n && !regex_find(rule->regex, strbuf_str(&b), 0, NULL, 0)) {
            look(rules, strbuf_str(&b), "/app/x", true, &f);
            for (size_t i = 0; i < f.n_notes; i++)
                CHECK(f.notes[i].field != F_SECRET_KINDS || !str_eq(f.notes[i].value, rule->id));
            facts_done(&f);
        }
        strbuf_done(&b);
    }
}

TEST(each_rule_of_gitleaks_finds_a_sample_of_its_pattern)
{
    char path[4096];
    _cleanup_(secret_rules_freep) struct secret_rules *rules = load_file(shared_rules(path));
    uint64_t seed = 11;
    unsigned found = 0;
    rules->decode_depth = 0; /* samples are plain */
    for (size_t i = 0; i < rules->rules.n; i++) {
        if (!rules->rules.v[i].regex)
            continue;
        if (!finds_a_sample(rules, i, &seed))
            test_fail(__FILE__, __LINE__, "%.*s finds no sample of its pattern", STR_ARG(rules->rules.v[i].id));
        keeps_quiet_on_near_misses(rules, i, &seed);
        found++;
    }
    CHECK_INT(found, 221);
}

/* Those with a check of their own are tested with real keys and tokens in test-secrets-shipped. */
TEST(each_shipped_rule_finds_a_sample_of_its_pattern)
{
    _cleanup_(secret_rules_freep) struct secret_rules *rules = load_file(DAVY_SOURCE_ROOT "/rules/secrets/davy.toml");
    uint64_t seed = 12;
    rules->decode_depth = 0;
    for (size_t i = 0; i < rules->rules.n; i++) {
        const struct secret_rule *rule = &rules->rules.v[i];
        if (!rule->regex || (rule->check && rule->check != secret_check_from(STR("mixed"))))
            continue;
        if (!finds_a_sample(rules, i, &seed))
            test_fail(__FILE__, __LINE__, "%.*s finds no sample of its pattern", STR_ARG(rule->id));
        keeps_quiet_on_near_misses(rules, i, &seed);
    }
}
