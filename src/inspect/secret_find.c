// SPDX-License-Identifier: Apache-2.0
/* Runs one rule over one text. The order of the tests is gitleaks'. */
#include "inspect/secret_search.h"

enum {
    NEAR_MAX = SECRET_FRAGMENT + SECRET_FRAGMENT_MORE, /* a match is no longer than what gitleaks sees at once */
    RUN_BYTES = 16 << 10,     /* either side of a keyword within a printable run of a program: RSA keys of 16384 bits in PEM
                                 are 13 KB */
    RUN_FAR_BYTES = 64 << 10, /* the same where a match may lie away from its keyword */
    LINE_BYTES = SECRET_FRAGMENT + SECRET_FRAGMENT_MORE, /* of a line, at either side of a match */
    GROUPS_FEW = 16, /* of a pattern; for one with more, room is made */
};

static size_t line_start(struct str data, size_t at)
{
    size_t least = at > LINE_BYTES ? at - LINE_BYTES : 0;
    const char *nl = at > least ? memrchr(data.p + least, '\n', at - least) : NULL;
    return nl ? (size_t)(nl - data.p) + 1 : least;
}

static size_t line_end(struct str data, size_t at)
{
    size_t n = data.n - at < LINE_BYTES ? data.n - at : LINE_BYTES;
    const char *nl = n ? memchr(data.p + at, '\n', n) : NULL;
    return nl ? (size_t)(nl - data.p) : at + n;
}

static bool is_printable(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* From a keyword at [from, to) as far as a match that holds it can reach, and one byte more: what stands beside a match
 * decides of \b and $. */
static struct secret_slice near_slice(const struct secret_rule *rule, struct str text, struct secret_range k)
{
    const struct secret_reach *r = &rule->reach;
    size_t most = r->most < NEAR_MAX ? r->most : NEAR_MAX;
    struct secret_slice s = {.from = k.from, .to = k.to, .fragment = SIZE_MAX};
    while (s.from && k.from - s.from < most && r->may[(uint8_t)text.p[s.from - 1]])
        s.from--;
    while (s.to < text.n && s.to - k.to < most && r->may[(uint8_t)text.p[s.to]])
        s.to++;
    if (s.to < text.n)
        s.to++;
    return s;
}

/*
 * In a program a run of printable bytes stands for a text of its own; a match lies within what both the run and the rule's
 * reach hold. Of the run before that, one byte decides as much (of \b and ^) as all of it.
 */
static struct secret_slice near_run_slice(const struct secret_rule *rule, struct str text, struct secret_range k)
{
    const struct secret_reach *r = &rule->reach;
    size_t most = r->most < RUN_BYTES ? r->most : RUN_BYTES, from = k.from, to = k.to;
    while (from && k.from - from < most && r->may[(uint8_t)text.p[from - 1]] && is_printable((uint8_t)text.p[from - 1]))
        from--;
    while (to < text.n && to - k.to < most && r->may[(uint8_t)text.p[to]] && is_printable((uint8_t)text.p[to]))
        to++;
    bool goes_before = from && k.from - from < RUN_BYTES && is_printable((uint8_t)text.p[from - 1]);
    bool goes_on = to < text.n && to - k.to < RUN_BYTES && is_printable((uint8_t)text.p[to]);
    return (struct secret_slice){.base = from - goes_before, .from = from, .to = to + goes_on, .fragment = SIZE_MAX};
}

/* The same where a match may lie away from its keyword: all of the run. */
static struct secret_slice far_run_slice(struct str text, struct secret_range k)
{
    size_t base = k.from, end = k.to;
    while (base && k.from - base < RUN_FAR_BYTES && is_printable((uint8_t)text.p[base - 1]))
        base--;
    while (end < text.n && end - k.to < RUN_FAR_BYTES && is_printable((uint8_t)text.p[end]))
        end++;
    return (struct secret_slice){.base = base, .from = base, .to = end, .fragment = SIZE_MAX};
}

static struct secret_slice slice_at(const struct secret_pass *p, const struct secret_rule *rule, struct secret_range k)
{
    if (p->c->is_text)
        return near_slice(rule, p->text, k);
    return rule->is_near ? near_run_slice(rule, p->text, k) : far_run_slice(p->text, k);
}

static int by_from(const void *a, const void *b)
{
    const struct secret_slice *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Puts the slices in order and makes those that touch one. */
static void join_slices(struct secret_search *s)
{
    if (s->slices.n > 1)
        qsort(s->slices.v, s->slices.n, sizeof(*s->slices.v), by_from);
    size_t n = 0;
    for (size_t i = 0; i < s->slices.n; i++) {
        struct secret_slice one = s->slices.v[i], *last = n ? &s->slices.v[n - 1] : NULL;
        if (!last || one.from > last->to) {
            s->slices.v[n++] = one;
            continue;
        }
        if (one.base < last->base)
            last->base = one.base;
        last->fragment = SIZE_MAX;
        if (one.to > last->to)
            last->to = one.to;
    }
    s->slices.n = n;
}

/* Whether a keyword of the rule stands in the fragment, told from the places that were seen. */
static bool is_seen(const struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule, size_t number)
{
    struct secret_range f = p->fragments[number];
    for (size_t i = 0; i < rule->keywords.n; i++) {
        const struct secret_seen *seen = &p->hits->seen[rule->keywords.v[i]];
        for (size_t k = 0; k < seen->ranges.n; k++) {
            struct secret_range r = seen->ranges.v[k];
            if (r.to <= f.from || r.from >= f.to)
                continue;
            if (r.from >= f.from && r.to <= f.to)
                return true;
            /* It reaches over the edge; several places may be in it. */
            struct str part = str_sub(p->text, r.from > f.from ? r.from : f.from, r.to < f.to ? r.to : f.to);
            if (str_find_nocase(part, s->rules->keywords.v[rule->keywords.v[i]].text, 0) >= 0)
                return true;
        }
    }
    return false;
}

static bool is_wanted(const struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule, size_t number)
{
    const struct secret_odd *odd = &s->odd.v[number];
    for (size_t i = 0; odd->is_odd && i < rule->keywords.n; i++)
        if (s->present.v[odd->bits + rule->keywords.v[i] / 64] >> rule->keywords.v[i] % 64 & 1)
            return true;
    return !rule->keywords.n || is_seen(s, p, rule, number);
}

/* The parts of the text in which the rule's pattern is to be looked for. */
static void slice(struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule, bool inherited)
{
    vec_clear(&s->slices);
    for (size_t i = 0; p->c->is_text && i < p->n_fragments; i++)
        if ((!rule->is_near || s->odd.v[i].is_wide) && (inherited || is_wanted(s, p, rule, i)))
            vec_add(&s->slices, (struct secret_slice){
                                    .base = p->fragments[i].from,
                                    .from = p->fragments[i].from,
                                    .to = p->fragments[i].to,
                                    .fragment = p->decoding ? p->fragment : i,
                                });
    if (p->c->is_text && !rule->is_near)
        return;
    for (size_t i = 0; i < rule->keywords.n; i++)
        vec_each(k, &p->hits->seen[rule->keywords.v[i]].ranges)
            vec_add(&s->slices, slice_at(p, rule, *k));
    join_slices(s);
}

/* The group that is the secret, of `n` with the whole match. */
static struct str chosen(const struct secret_rule *rule, struct str match, const struct str *groups, unsigned n)
{
    if (rule->group)
        return rule->group < n && groups[rule->group].p ? groups[rule->group] : str_sub(match, 0, 0);
    for (unsigned i = 1; i < n; i++)
        if (groups[i].n)
            return groups[i];
    return match;
}

/* The secret in a match: the pattern runs again over the match alone. */
static struct str secret_in(const struct secret_rule *rule, struct str match)
{
    struct str few[GROUPS_FEW], *groups = few;
    unsigned n = regex_groups(rule->regex) + 1;
    if (n == 1)
        return match;
    if (n > GROUPS_FEW)
        groups = xalloc(n * sizeof(*groups));
    struct str secret = regex_find(rule->regex, match, 0, groups, n) ? chosen(rule, match, groups, n) : match;
    if (groups != few)
        free(groups);
    return secret;
}

static size_t fragment_of(const struct secret_pass *p, size_t at)
{
    size_t low = 0, high = p->n_fragments;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (p->fragments[middle].from <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Where a match of a decoded text stands in the content, and its line in the decoded text; false when it was found in an
 * earlier pass. */
static bool place_decoded(const struct secret_pass *p, struct secret_found *f, struct secret_range match, struct str *ret_line)
{
    struct secret_range decoded;
    if (!secret_decode_place(p->decoding, match, &f->match, &f->kinds, &decoded))
        return false;
    f->depth = p->decoding->depth;
    f->match.from += p->offset;
    f->match.to += p->offset;
    if (f->match.to > p->c->data.n)
        f->match.to = p->c->data.n;
    if (f->match.from > f->match.to)
        f->match.from = f->match.to;
    f->secret = f->match;
    f->fragment = p->fragment;
    *ret_line = str_sub(p->text, line_start(p->text, decoded.from), line_end(p->text, decoded.to));
    return true;
}

/* Whether the secret is the base64 of text that is allowed. */
static bool is_allowed_within(const struct secret_pass *p, const struct secret_rules *rules, const struct secret_rule *rule, struct str secret, struct str line)
{
    enum { LEAST = 4, MOST = 256 };
    char room[BASE64_ROOM(MOST)];
    size_t n;
    if (!rule->is_in_base64 || secret.n > MOST || !base64_decode_into(secret, room, &n) || n < LEAST)
        return false;
    for (size_t i = 0; i < n; i++)
        if (room[i] < ' ' || room[i] > '~')
            return false;
    return secret_allowed(rules, rule, p->c->path, str_n(room, n), str_n(room, n), line);
}

/* A piece of something long in base64 (a program, a picture): in a million such bytes any short beginning of a token stands somewhere. */
static bool is_within_base64(struct str text, struct secret_range r)
{
    enum { MOST = 1000 }; /* bytes beside it; whoever writes a token into a URL or a header writes fewer */
    size_t from = r.from, to = r.to;
    while (from && from + MOST > r.from && base64_has(text.p[from - 1]))
        from--;
    while (to < text.n && to < r.to + MOST && base64_has(text.p[to]))
        to++;
    return r.from - from + (to - r.to) >= MOST;
}

static void test_match(struct secret_search *s, const struct secret_pass *p, const struct secret_slice *slice,
                       const struct secret_rule *rule, struct str match, secret_founds *to)
{
    struct secret_range whole = {(size_t)(match.p - p->text.p), (size_t)(match.p - p->text.p) + match.n};
    while (match.n && match.p[0] == '\n')
        match = str_sub(match, 1, match.n);
    while (match.n && match.p[match.n - 1] == '\n')
        match = str_sub(match, 0, match.n - 1);
    if (!match.n)
        return;
    struct secret_found f = {.rule = rule, .fragment = slice->fragment};
    struct str line = STR_NULL;
    if (p->decoding) {
        if (!place_decoded(p, &f, whole, &line))
            return;
    } else {
        f.match = (struct secret_range){(size_t)(match.p - p->text.p), (size_t)(match.p - p->text.p) + match.n};
        if (f.fragment == SIZE_MAX)
            f.fragment = fragment_of(p, f.match.from);
    }
    struct str raw = p->decoding ? p->c->data : p->text;
    struct str here = str_sub(raw, line_start(raw, f.match.from), line_end(raw, f.match.to));
    const bool is_own = s->rules->sets.v[rule->set].is_own;
    /* Whoever made the file says so; whoever asks gitleaks' rules wants that to count. */
    f.is_waived = !is_own && str_has(here, STR("gitleaks:allow"));
    if (f.is_waived && !p->decoding)
        return;
    if (is_own && is_within_base64(raw, f.match))
        return;
    struct str secret = secret_in(rule, match);
    if (rule->entropy != 0 && secret_entropy(secret) <= rule->entropy)
        return;
    if (secret_allowed(s->rules, rule, p->c->path, secret, match, line.n ? line : here))
        return;
    if (is_allowed_within(p, s->rules, rule, secret, line.n ? line : here))
        return;
    if (rule->check && !rule->check(secret))
        return;
    f.is_void = !secret.n;
    if (f.is_void) /* what may be one must still not be shown */
        secret = match;
    if (!p->decoding)
        f.secret = (struct secret_range){(size_t)(secret.p - p->text.p), (size_t)(secret.p - p->text.p) + secret.n};
    f.text = p->decoding ? arena_str(&s->arena, secret) : str_sub(p->c->data, f.secret.from, f.secret.to);
    vec_add(to, f);
}

/* Whether the rule looks at such a file at all. */
static bool wants_file(struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule)
{
    size_t number = (size_t)(rule - s->rules->rules.v);
    if (!p->c->is_text && (rule->text_only || !rule->keywords.n))
        return false;
    if (!s->sets[rule->set]) {
        const struct secret_set *set = &s->rules->sets.v[rule->set];
        bool large = set->bytes_max && (p->c->size ? p->c->size : p->c->data.n) > set->bytes_max;
        s->sets[rule->set] = large || secret_set_allowed(set, p->c->path) ? 2 : 1;
    }
    if (s->sets[rule->set] == 2)
        return false;
    if (!s->paths[number])
        s->paths[number] = (rule->path && !secret_path_matches(rule->path, p->c->path)) ||
                                   secret_rule_path_allowed(s->rules, rule, p->c->path)
                               ? 2
                               : 1;
    return s->paths[number] == 1;
}

void secret_run_rule(struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule, bool inherited,
                     secret_founds *to)
{
    if (!rule->regex || !wants_file(s, p, rule))
        return;
    slice(s, p, rule, inherited);
    size_t before = to->n;
    vec_each(one, &s->slices)
    {
        struct str text = str_sub(p->text, one->base, one->to), match;
        if (!secret_reach_fits(&rule->reach, str_sub(p->text, one->from, one->to)))
            continue;
        for (size_t at = one->from - one->base; regex_find(rule->regex, text, at, &match, 1);) {
            test_match(s, p, one, rule, match, to);
            if (to->n >= SECRET_FOUND_MAX || to->n - before >= SECRET_RULE_FOUND_MAX)
                return;
            size_t end = (size_t)(match.p - text.p) + match.n;
            at = match.n ? end : end + 1;
        }
    }
}

/* Tells line and column of each finding within its fragment. */
static void tell_places(const struct secret_pass *p, secret_founds *v)
{
    vec_each(f, v)
    {
        size_t at = p->decoding ? p->offset : p->fragments[f->fragment].from;
        f->line = 0;
        for (const char *nl; at < f->match.from && (nl = memchr(p->c->data.p + at, '\n', f->match.from - at)); f->line++)
            at = (size_t)(nl - p->c->data.p) + 1;
        f->column = (int64_t)(f->match.from - at);
    }
}

static bool is_within(int64_t a, int64_t b, int64_t most)
{
    return most < 0 || (a > b ? a - b : b - a) <= most;
}

/* Keeps the findings that have another one near, as the rule requires it. */
static void keep_near(secret_founds *all, const secret_founds *others, const struct secret_required *need)
{
    size_t n = 0;
    vec_each(f, all)
    {
        bool any = f->is_waived;
        for (size_t i = 0; i < others->n && !any; i++) {
            const struct secret_found *o = &others->v[i];
            any = !o->is_waived && o->fragment == f->fragment && is_within(f->line, o->line, need->lines) &&
                  is_within(f->column, o->column, need->columns);
        }
        if (any)
            all->v[n++] = *f;
    }
    all->n = n;
}

void secret_run_composite(struct secret_search *s, const struct secret_pass *p, const struct secret_rule *rule,
                          secret_founds *to)
{
    secret_founds all = {};
    secret_run_rule(s, p, rule, false, &all);
    tell_places(p, &all);
    for (size_t i = 0; i < rule->required.n && all.n; i++) {
        const struct secret_required *need = &rule->required.v[i];
        secret_founds others = {};
        if (need->rule != SIZE_MAX)
            secret_run_rule(s, p, &s->rules->rules.v[need->rule], true, &others);
        tell_places(p, &others);
        keep_near(&all, &others, need);
        for (size_t o = 0; all.n && o < others.n && to->n < SECRET_FOUND_MAX; o++) {
            others.v[o].hidden = true;
            vec_add(to, others.v[o]);
        }
        vec_done(&others);
    }
    for (size_t k = 0; k < all.n && to->n < SECRET_FOUND_MAX; k++)
        vec_add(to, all.v[k]);
    vec_done(&all);
}
