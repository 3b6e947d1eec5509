// SPDX-License-Identifier: Apache-2.0
/* Finds secrets around the places of the rules' keywords. The order of the tests is gitleaks'. */
#include "base/text.h"
#include "inspect/secret.h"

enum {
    MERGE_BYTES = 256,     /* places of a keyword nearer than this are one range */
    BEFORE_BYTES = 512,    /* a match begins at most so far before its keyword */
    AFTER_BYTES = 4 << 10, /* and ends at most so far behind it */
    LONG_BYTES =
        16 << 10, /* the same for patterns over several lines, such as keys: 16384-bit RSA in PEM is 13 KB */
    FAR_BYTES = 64 << 10, /* both ways for keywords that are no part of the match */
    LINE_BYTES = 4 << 10, /* of a line, at either side of a match */
    FOUND_MAX = 4096,     /* findings per window; what lies beyond is not looked for */
    RULE_FOUND_MAX = 256, /* findings per rule and window */
    GROUPS_MAX = 32,
    EXCERPT_BEFORE = 48, /* bytes shown before the secret */
    NOTE_REACH = 512,    /* a note's excerpt shows bytes at most so far from its offset */
};

struct range {
    size_t from, to;
};

struct found {
    const struct secret_rule *rule;
    size_t from, to;               /* the match */
    size_t secret_from, secret_to; /* the secret in it */
};

struct secret_search {
    const struct secret_rules *rules;
    struct seen {
        VEC(struct range) ranges;
    } * seen;              /* per keyword */
    VEC(unsigned) touched; /* keywords that were seen */
    bool *due;             /* per rule: already in `queue` */
    VEC(unsigned) queue;   /* rules to run */
    VEC(struct range) slices;
    VEC(struct found) found;
    uint64_t counted; /* end of the last secret counted in the file itself, so that an overlap counts once */
};

struct secret_search *secret_search_new(const struct secret_rules *rules)
{
    struct secret_search *s = xnew(struct secret_search);
    s->rules = rules;
    s->seen = xalloc((rules->keywords.n + 1) * sizeof(*s->seen));
    s->due = xalloc(rules->rules.n + 1);
    return s;
}

struct secret_search *secret_search_free(struct secret_search *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->rules->keywords.n; i++)
        vec_done(&s->seen[i].ranges);
    free(s->seen);
    free(s->due);
    vec_done(&s->touched);
    vec_done(&s->queue);
    vec_done(&s->slices);
    vec_done(&s->found);
    free(s);
    return NULL;
}

void secret_search_hit(struct secret_search *s, unsigned keyword, size_t end)
{
    struct seen *seen = &s->seen[keyword];
    size_t n = seen->ranges.n;
    if (n && end - seen->ranges.v[n - 1].to <= MERGE_BYTES) {
        seen->ranges.v[n - 1].to = end;
        return;
    }
    if (!n)
        vec_add(&s->touched, keyword);
    size_t length = s->rules->keywords.v[keyword].text.n;
    vec_add(&seen->ranges, (struct range){end - length, end});
}

static bool is_printable(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

static size_t line_start(struct str data, size_t at, size_t most)
{
    size_t least = at > most ? at - most : 0;
    const char *nl = at > least ? memrchr(data.p + least, '\n', at - least) : NULL;
    return nl ? (size_t)(nl - data.p) + 1 : least;
}

static size_t line_end(struct str data, size_t at, size_t most)
{
    size_t n = data.n - at < most ? data.n - at : most;
    const char *nl = n ? memchr(data.p + at, '\n', n) : NULL;
    return nl ? (size_t)(nl - data.p) : at + n;
}

/* The bytes in which a match around the keyword at [from, to) can lie. */
static struct range slice_around(const struct secret_rule *rule, const struct content *c, struct range k)
{
    size_t before = rule->far ? FAR_BYTES : BEFORE_BYTES;
    size_t after = rule->far ? FAR_BYTES : rule->multiline ? LONG_BYTES : AFTER_BYTES;
    struct range r;
    if (!c->is_text) {
        for (r.from = k.from;
             r.from && k.from - r.from < before && is_printable((uint8_t)c->data.p[r.from - 1]);)
            r.from--;
        for (r.to = k.to; r.to < c->data.n && r.to - k.to < after && is_printable((uint8_t)c->data.p[r.to]);)
            r.to++;
    } else if (rule->far || rule->multiline) {
        r.from = k.from > before ? k.from - before : 0;
        r.to = c->data.n - k.to > after ? k.to + after : c->data.n;
    } else {
        r.from = line_start(c->data, k.from, before);
        /* A match may span a line break (`key:\n  value`), seldom two. */
        r.to = line_end(c->data, k.to, after);
        if (r.to < c->data.n && r.to - k.to < after)
            r.to = line_end(c->data, r.to + 1, after - (r.to - k.to));
    }
    return r;
}

static int by_from(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* The slices of a rule, in order and apart from each other. */
static void slice(struct secret_search *s, const struct secret_rule *rule, const struct content *c)
{
    vec_clear(&s->slices);
    if (!rule->keywords.n) {
        vec_add(&s->slices, (struct range){0, c->data.n});
        return;
    }
    for (size_t i = 0; i < rule->keywords.n; i++)
        vec_each(k, &s->seen[rule->keywords.v[i]].ranges) vec_add(&s->slices, slice_around(rule, c, *k));
    if (s->slices.n > 1)
        qsort(s->slices.v, s->slices.n, sizeof(*s->slices.v), by_from);
    size_t n = 0;
    for (size_t i = 0; i < s->slices.n; i++) {
        struct range r = s->slices.v[i];
        if (n && r.from <= s->slices.v[n - 1].to) {
            if (r.to > s->slices.v[n - 1].to)
                s->slices.v[n - 1].to = r.to;
        } else {
            s->slices.v[n++] = r;
        }
    }
    s->slices.n = n;
}

static int stop(void *ctx, unsigned number, size_t end)
{
    (void)ctx;
    (void)number;
    (void)end;
    return 1;
}

static bool matches_any(struct regex *const *v, size_t n, struct str text)
{
    for (size_t i = 0; i < n; i++)
        if (regex_find(v[i], text, 0, NULL, 0))
            return true;
    return false;
}

/* Whether a list lets this pass. Without a finding (match.p NULL) only a path can decide. */
static bool allows(const struct secret_allow *a, const struct secret_rule *rule, struct str path,
                   struct str secret, struct str match, struct str line)
{
    if (a->rules.n) {
        bool named = false;
        for (size_t i = 0; i < a->rules.n && !named; i++)
            named = rule && str_eq(a->rules.v[i], rule->id);
        if (!named)
            return false;
    }
    bool by_path = a->paths.n && matches_any(a->paths.v, a->paths.n, path);
    if (!match.p)
        return by_path && (!a->all || (!a->regexes.n && !a->stopwords && !a->commits));
    struct str target = a->target == SECRET_TARGET_SECRET  ? secret
                        : a->target == SECRET_TARGET_MATCH ? match
                                                           : line;
    bool by_regex = a->regexes.n && matches_any(a->regexes.v, a->regexes.n, target);
    bool by_word = a->stopwords && literals_scan(a->stopwords, secret, stop, NULL) == 1;
    if (!a->all)
        return by_path || by_regex || by_word;
    return !a->commits && (!a->paths.n || by_path) && (!a->regexes.n || by_regex) &&
           (!a->stopwords || by_word);
}

static bool allowed(const secret_allows *list, const struct secret_rule *rule, struct str path,
                    struct str secret, struct str match, struct str line)
{
    for (size_t i = 0; i < list->n; i++)
        if (allows(&list->v[i], rule, path, secret, match, line))
            return true;
    return false;
}

/* The secret in a match: the pattern runs again over the match alone, as gitleaks does. */
static struct str secret_in(const struct secret_rule *rule, struct str match)
{
    struct str groups[GROUPS_MAX];
    unsigned n = regex_groups(rule->regex) + 1;
    if (n > GROUPS_MAX)
        n = GROUPS_MAX;
    if (n == 1 || !regex_find(rule->regex, match, 0, groups, n))
        return match;
    if (rule->group)
        return rule->group < n && groups[rule->group].n ? groups[rule->group] : match;
    for (unsigned i = 1; i < n; i++)
        if (groups[i].n)
            return groups[i];
    return match;
}

static void test_match(struct secret_search *s, const struct secret_rule *rule, const struct content *c,
                       struct str match)
{
    while (match.n && match.p[0] == '\n')
        match = str_sub(match, 1, match.n);
    while (match.n && match.p[match.n - 1] == '\n')
        match = str_sub(match, 0, match.n - 1);
    if (!match.n)
        return;
    size_t from = (size_t)(match.p - c->data.p), to = from + match.n;
    struct str line =
        str_sub(c->data, line_start(c->data, from, LINE_BYTES), line_end(c->data, to, LINE_BYTES));
    if (str_has(line, STR("gitleaks:allow")))
        return;
    struct str secret = secret_in(rule, match);
    if (rule->entropy > 0 && secret_entropy(secret) <= rule->entropy)
        return;
    if (allowed(&s->rules->allows, rule, c->path, secret, match, line) ||
        allowed(&rule->allows, rule, c->path, secret, match, line))
        return;
    if (rule->check && !rule->check(secret))
        return;
    vec_add(&s->found, (struct found){
                           .rule = rule,
                           .from = from,
                           .to = to,
                           .secret_from = (size_t)(secret.p - c->data.p),
                           .secret_to = (size_t)(secret.p - c->data.p) + secret.n,
                       });
}

static void run_rule(struct secret_search *s, const struct secret_rule *rule, const struct content *c)
{
    if (!c->is_text && (rule->text_only || !rule->keywords.n))
        return;
    if (rule->path && !regex_find(rule->path, c->path, 0, NULL, 0))
        return;
    if (allowed(&rule->allows, rule, c->path, STR_NULL, STR_NULL, STR_NULL))
        return;
    slice(s, rule, c);
    size_t before = s->found.n;
    vec_each(r, &s->slices)
    {
        struct str text = str_sub(c->data, 0, r->to), match;
        /* The byte in front too: rules ask for something that is no part of a word there. */
        for (size_t at = r->from ? r->from - 1 : 0; regex_find(rule->regex, text, at, &match, 1);) {
            test_match(s, rule, c, match);
            if (s->found.n >= FOUND_MAX || s->found.n - before >= RULE_FOUND_MAX)
                return;
            size_t end = (size_t)(match.p - text.p) + match.n;
            at = match.n ? end : end + 1;
        }
    }
}

static int by_secret(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->secret_from != y->secret_from)
        return x->secret_from < y->secret_from ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

/* Whether some other rule's secret on the same line holds this one of a generic rule. */
static bool gives_way(const struct secret_search *s, size_t number, const struct content *c)
{
    const struct found *f = &s->found.v[number];
    if (!f->rule->is_generic)
        return false;
    size_t start = line_start(c->data, f->from, LINE_BYTES);
    struct str secret = str_sub(c->data, f->secret_from, f->secret_to);
    for (size_t step = 0; step < 2; step++)
        for (size_t i = number; step ? ++i < s->found.n : i-- > 0;) {
            const struct found *o = &s->found.v[i];
            if (step ? o->secret_from > f->to : o->secret_to < start)
                break;
            if (!o->rule->is_generic && line_start(c->data, o->from, LINE_BYTES) == start &&
                str_has(str_sub(c->data, o->secret_from, o->secret_to), secret))
                return true;
        }
    return false;
}

/* Values that name a thing and must stay as they are, whatever a rule takes for a secret. */
static bool is_identity(const char *field)
{
    static const char *const prefixes[] = {"wallet.", "file.", "elf.", "ssh.", "yara.", "secret.", "target."};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (!strncmp(field, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

/* Takes a secret out of what other analyzers have stated: whole in values, and every part of it in excerpts
 * near it. */
static void take_out(const struct content *c, struct facts *facts, const struct found *f, struct str shown)
{
    enum { PART = 6 };
    struct str secret = str_sub(c->data, f->secret_from, f->secret_to);
    for (enum field_id id = 0; id < FIELD__N; id++)
        if (!is_identity(FIELDS[id].name))
            facts_redact(facts, id, secret, shown);
    uint64_t from = c->offset + f->secret_from, to = c->offset + f->secret_to;
    for (size_t i = 0; i < facts->n_notes; i++) {
        struct note *n = &facts->notes[i];
        if (n->field == F_SECRET_KINDS || !str_eq(n->via, c->via) || n->offset > to + NOTE_REACH ||
            n->offset + NOTE_REACH < from)
            continue;
        /* An excerpt may begin or end within the secret. */
        for (size_t at = 0; at + PART <= n->excerpt.n; at++)
            if (str_has(secret, str_sub(n->excerpt, at, at + PART))) {
                n->excerpt = arena_printf(&facts->arena, "%.*s…", STR_ARG(str_sub(n->excerpt, 0, at)));
                break;
            }
    }
}

static void state(struct secret_search *s, const struct content *c, struct facts *facts)
{
    size_t shown_to = 0; /* no excerpt reaches back over a secret */
    if (s->found.n > 1)
        qsort(s->found.v, s->found.n, sizeof(*s->found.v), by_secret);
    if (c->first && !c->depth)
        s->counted = 0;
    const uint64_t counted = s->counted;
    for (size_t i = 0; i < s->found.n; i++) {
        const struct found *f = &s->found.v[i];
        _cleanup_(strbuf_done) struct strbuf shown = {}, excerpt = {};
        secret_redact(&shown, str_sub(c->data, f->secret_from, f->secret_to));
        take_out(c, facts, f, strbuf_str(&shown));
        bool is_new = f->secret_from >= shown_to;
        bool is_known = !c->depth && c->offset + f->secret_to <= counted;
        if (!f->rule->skip_report && !is_known && !gives_way(s, i, c)) {
            size_t start = line_start(c->data, f->secret_from, EXCERPT_BEFORE);
            if (start < shown_to)
                start = shown_to < f->secret_from ? shown_to : f->secret_from;
            for (size_t at = f->secret_from; !c->is_text && at > start; at--)
                if (!is_printable((uint8_t)c->data.p[at - 1]))
                    start = at;
            text_add_safe(&excerpt, str_sub(c->data, start, f->secret_from));
            strbuf_add(&excerpt, strbuf_str(&shown));
            struct note n = {.field = F_SECRET_KINDS,
                             .value = f->rule->id,
                             .excerpt = strbuf_str(&excerpt),
                             .via = c->via,
                             .offset = c->offset + f->secret_from};
            content_line(c, f->secret_from, &n.line, &n.column);
            facts_add(facts, F_SECRET_KINDS, f->rule->id);
            facts_note(facts, &n);
            if (is_new)
                facts_count(facts, F_SECRET_COUNT);
            if (!c->depth && c->offset + f->secret_to > s->counted)
                s->counted = c->offset + f->secret_to;
        }
        if (f->secret_to > shown_to)
            shown_to = f->secret_to;
    }
}

static void queue_rule(struct secret_search *s, unsigned rule)
{
    if (s->due[rule])
        return;
    s->due[rule] = true;
    vec_add(&s->queue, rule);
}

static void run_path_rules(const struct secret_rules *rules, const struct content *c, struct facts *facts)
{
    for (size_t i = 0; i < rules->path_only.n; i++) {
        const struct secret_rule *rule = &rules->rules.v[rules->path_only.v[i]];
        if (rule->skip_report || !regex_find(rule->path, c->path, 0, NULL, 0) ||
            allowed(&rule->allows, rule, c->path, STR_NULL, STR_NULL, STR_NULL))
            continue;
        facts_add(facts, F_SECRET_KINDS, rule->id);
        facts_count(facts, F_SECRET_COUNT);
        facts_note(facts, &(struct note){.field = F_SECRET_KINDS, .value = rule->id});
    }
}

void secret_search_run(struct secret_search *s, const struct content *c, struct facts *facts)
{
    const struct secret_rules *rules = s->rules;
    for (size_t i = 0; i < s->touched.n; i++) {
        const struct secret_keyword *k = &rules->keywords.v[s->touched.v[i]];
        for (size_t j = 0; j < k->rules.n; j++)
            queue_rule(s, k->rules.v[j]);
    }
    for (size_t i = 0; i < rules->unkeyed.n; i++)
        queue_rule(s, rules->unkeyed.v[i]);
    bool by_path = rules->path_only.n && c->first && !c->depth;
    if ((s->queue.n || by_path) && !allowed(&rules->allows, NULL, c->path, STR_NULL, STR_NULL, STR_NULL)) {
        for (size_t i = 0; i < s->queue.n && s->found.n < FOUND_MAX; i++)
            run_rule(s, &rules->rules.v[s->queue.v[i]], c);
        state(s, c, facts);
        if (by_path)
            run_path_rules(rules, c, facts);
    }
    for (size_t i = 0; i < s->queue.n; i++)
        s->due[s->queue.v[i]] = false;
    for (size_t i = 0; i < s->touched.n; i++)
        vec_clear(&s->seen[s->touched.v[i]].ranges);
    vec_clear(&s->touched);
    vec_clear(&s->queue);
    vec_clear(&s->found);
}
