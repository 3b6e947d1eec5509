// SPDX-License-Identifier: Apache-2.0
/* What is not a secret although a rule matches, and the fragments that rules see. */
#include "inspect/secret_search.h"

enum { READ_BYTES = 4096 }; /* that gitleaks reads at once while it looks for a blank line */

static bool has_stopword(const struct secret_allow *a, struct str secret)
{
    if (!a->stopwords || !secret.n)
        return false;
    _cleanup_(strbuf_done) struct strbuf low = {};
    secret_lower(&low, secret);
    return words_in(a->stopwords, strbuf_str(&low));
}

static bool matches(const struct regex *re, struct str text)
{
    return re && text.n && regex_find(re, text, 0, NULL, 0);
}

bool secret_path_matches(const struct regex *re, struct str path)
{
    return matches(re, path) || (path.n && path.p[0] == '/' && matches(re, str_sub(path, 1, path.n)));
}

/* The path alone: with AND only a list that asks for nothing else. */
static bool path_allows(const struct secret_allow *a, struct str path)
{
    return !(a->all && (a->regexes || a->stopwords || a->commits)) && secret_path_matches(a->paths, path);
}

static bool allows(const struct secret_allow *a, struct str path, struct str secret, struct str match, struct str line)
{
    struct str target = a->target == SECRET_TARGET_SECRET  ? secret
                        : a->target == SECRET_TARGET_MATCH ? match
                                                           : line;
    if (!a->all)
        return matches(a->regexes, target) || has_stopword(a, secret);
    return !a->commits && (!a->paths || secret_path_matches(a->paths, path)) && (!a->regexes || matches(a->regexes, target)) &&
           (!a->stopwords || has_stopword(a, secret));
}

/* Whether the list lets the file pass, or a folder that it lies in: gitleaks does not enter one whose path is allowed. */
static bool place_allows(const struct secret_allow *a, struct str path)
{
    if (!a->paths)
        return false;
    for (size_t i = 1; i < path.n; i++)
        if (path.p[i] == '/' && path_allows(a, str_sub(path, 0, i)))
            return true;
    return path_allows(a, path);
}

bool secret_set_allowed(const struct secret_set *set, struct str path)
{
    for (size_t i = 0; i < set->allows.n; i++)
        if (place_allows(&set->allows.v[i], path))
            return true;
    return false;
}

bool secret_rule_path_allowed(const struct secret_rules *rules, const struct secret_rule *rule, struct str path)
{
    const struct secret_set *set = &rules->sets.v[rule->set];
    for (size_t i = 0; i < rule->allows.n; i++)
        if (path_allows(&rule->allows.v[i], path))
            return true;
    for (size_t i = 0; i < rule->targeted.n; i++)
        if (path_allows(&set->targeted.v[rule->targeted.v[i]].allow, path))
            return true;
    return false;
}

bool secret_allowed(const struct secret_rules *rules, const struct secret_rule *rule, struct str path, struct str secret,
                    struct str match, struct str line)
{
    const struct secret_set *set = &rules->sets.v[rule->set];
    for (size_t i = 0; i < set->allows.n; i++)
        if (allows(&set->allows.v[i], path, secret, match, line))
            return true;
    for (size_t i = 0; i < rule->allows.n; i++)
        if (allows(&rule->allows.v[i], path, secret, match, line))
            return true;
    for (size_t i = 0; i < rule->targeted.n; i++)
        if (allows(&set->targeted.v[rule->targeted.v[i]].allow, path, secret, match, line))
            return true;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Whether the text ends in a blank line: two line ends with nothing but blanks between and behind. */
static bool ends_blank(const char *p, size_t n)
{
    unsigned lines = 0;
    while (n && is_blank(p[n - 1]) && lines < 2)
        lines += p[--n] == '\n';
    return lines == 2;
}

/* Takes `n` bytes more, through gitleaks' buffer. */
static void take(struct str data, size_t n, size_t *to, size_t *buffered)
{
    while (n) {
        if (!*buffered)
            *buffered = data.n - *to < READ_BYTES ? data.n - *to : READ_BYTES;
        size_t part = n < *buffered ? n : *buffered;
        *buffered -= part;
        *to += part;
        n -= part;
    }
}

/*
 * gitleaks reads up to SECRET_FRAGMENT bytes, then byte by byte through a buffer of READ_BYTES until a blank line ends the
 * fragment; the next fragment begins with what is left in that buffer.
 */
void secret_fragments(struct str data, void (*each)(void *ctx, size_t from, size_t to), void *ctx)
{
    size_t buffered = 0;
    for (size_t from = 0; from < data.n;) {
        size_t left = data.n - from, n = buffered ? buffered : left < SECRET_FRAGMENT ? left : SECRET_FRAGMENT;
        size_t to = from + n;
        buffered = 0;
        bool blank = ends_blank(data.p + from, n);
        unsigned lines = !blank && data.p[to - 1] == '\n';
        while (!blank && to < data.n && to - from - n < SECRET_FRAGMENT_MORE) {
            if (!lines && data.p[to] != '\n') { /* nothing before the next line end counts */
                size_t more = from + n + SECRET_FRAGMENT_MORE - to, most = data.n - to < more ? data.n - to : more;
                const char *nl = memchr(data.p + to, '\n', most);
                take(data, nl ? (size_t)(nl - data.p) - to : most, &to, &buffered);
                continue;
            }
            char c = data.p[to];
            take(data, 1, &to, &buffered);
            lines = c == '\n' ? lines + 1 : is_blank(c) ? lines : 0;
            blank = lines >= 2;
        }
        each(ctx, from, to);
        from = to;
    }
}
