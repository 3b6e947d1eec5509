// SPDX-License-Identifier: Apache-2.0
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

extern "C" {
#include "base/regex.h"
}

/* Go writes a named group (?<name>…) too since 1.22; this RE2 knows (?P<name>…) alone. */
static std::string go_names(struct str pattern)
{
    std::string s(pattern.p ? pattern.p : "", pattern.n);
    bool in_class = false;
    for (size_t i = 0; i + 3 < s.size(); i++) {
        if (s[i] == '\\')
            i++;
        else if (s[i] == '[')
            in_class = true;
        else if (s[i] == ']')
            in_class = false;
        else if (!in_class && !s.compare(i, 3, "(?<") && s[i + 3] != '=' && s[i + 3] != '!')
            s.insert(i + 2, "P");
    }
    return s;
}

struct regex {
    std::string pattern;
    RE2::Options options;
    mutable std::once_flag once;
    mutable std::unique_ptr<const RE2> compiled;
    unsigned groups = 0;

    regex(struct str text, enum regex_syntax syntax, size_t max_bytes)
        : pattern(syntax == REGEX_GO ? go_names(text) : std::string(text.p ? text.p : "", text.n)), options(syntax == REGEX_POSIX ? RE2::POSIX : RE2::DefaultOptions)
    {
        options.set_log_errors(false);
        options.set_max_mem(max_bytes ? (int64_t)max_bytes : 8 << 20);
    }
    const RE2 &re() const
    {
        std::call_once(once, [this] { compiled = std::make_unique<const RE2>(pattern, options); });
        return *compiled;
    }
};

int regex_new(struct str pattern, enum regex_syntax syntax, size_t max_bytes, struct regex **ret, struct error *err)
{
    auto r = std::make_unique<struct regex>(pattern, syntax, max_bytes);
    if (!r->re().ok())
        return error_set(err, -EINVAL, "%s", r->re().error().c_str());
    r->groups = (unsigned)r->re().NumberOfCapturingGroups();
    *ret = r.release();
    return 0;
}

struct regex *regex_later(struct str pattern, enum regex_syntax syntax, size_t max_bytes, unsigned groups)
{
    struct regex *r = new regex(pattern, syntax, max_bytes);
    r->groups = groups;
    return r;
}

const void *regex_library(void)
{
    return (const void *)&RE2::QuoteMeta;
}

struct regex *regex_free(struct regex *r)
{
    delete r;
    return NULL;
}

unsigned regex_groups(const struct regex *r)
{
    return r->groups;
}

bool regex_full(const struct regex *r, struct str text)
{
    return r->re().Match(re2::StringPiece(text.p, text.n), 0, text.n, RE2::ANCHOR_BOTH, NULL, 0);
}

bool regex_find(const struct regex *r, struct str text, size_t from, struct str *groups, unsigned n_groups)
{
    enum { FEW = 32 };
    re2::StringPiece few[FEW];
    std::vector<re2::StringPiece> many;
    if (from > text.n)
        return false;
    if (n_groups > FEW)
        many.resize(n_groups);
    re2::StringPiece *found = n_groups > FEW ? many.data() : few;
    if (!r->re().Match(re2::StringPiece(text.p, text.n), from, text.n, RE2::UNANCHORED, found, (int)n_groups))
        return false;
    for (unsigned i = 0; i < n_groups; i++)
        groups[i] = found[i].data() ? str{found[i].data(), found[i].size()} : str{NULL, 0};
    return true;
}

/*
 * The pattern with each alternative in a group of its own: RE2 takes a common beginning out of alternatives (`akia|asia` is
 * `a(?:kia|sia)` for it) and the words with it, but not out of groups. What flags hold for may change; letter case, which
 * alone matters here, is folded anyway.
 */
static std::string grouped(const std::string &s)
{
    std::string out = "(";
    for (size_t i = 0; i < s.size(); i++) {
        char c = s[i];
        out += c;
        if (c == '\\' && i + 1 < s.size()) {
            size_t end = s[i + 1] == 'Q' ? s.find("\\E", i) : i + 1;
            end = end == std::string::npos ? s.size() - 1 : end;
            out.append(s, i + 1, end - i);
            i = end;
        } else if (c == '[') {
            size_t end = i + 1;
            end += end < s.size() && s[end] == '^';
            end += end < s.size() && s[end] == ']';
            for (; end < s.size() && s[end] != ']'; end++) {
                end += s[end] == '\\';
                if (!s.compare(end, 2, "[:"))
                    end = s.find(":]", end) == std::string::npos ? end : s.find(":]", end) + 1;
            }
            out.append(s, i + 1, end - i);
            i = end;
        } else if (c == '(') {
            size_t end = i;
            if (i + 1 < s.size() && s[i + 1] == '?') {
                end = s.find_first_of(":>)", i);
                if (end == std::string::npos)
                    return s;
                out.append(s, i + 1, end - i);
            }
            if (s[end] != ')' || end == i)
                out += '(';
            i = end;
        } else if (c == ')') {
            out += ')';
        } else if (c == '|') {
            out.insert(out.size() - 1, ")");
            out += '(';
        }
    }
    return out + ")";
}

static bool needs(const std::string &pattern, const RE2::Options &options, const struct str *words, size_t n)
{
    re2::FilteredRE2 filter(1);
    int id;
    std::vector<std::string> atoms;
    if (filter.Add(pattern, options, &id) != RE2::NoError)
        return false;
    filter.Compile(&atoms);
    std::vector<int> without, left;
    for (size_t i = 0; i < atoms.size(); i++) {
        bool has = false;
        for (size_t k = 0; k < n && !has; k++)
            has = atoms[i].find(std::string(words[k].p, words[k].n)) != std::string::npos;
        if (!has)
            without.push_back((int)i);
    }
    filter.AllPotentials(without, &left);
    return left.empty();
}

struct str regex_pattern(const struct regex *r)
{
    return str{r->pattern.data(), r->pattern.size()};
}

bool regex_needs(const struct regex *r, const struct str *words, size_t n)
{
    RE2::Options options;
    options.Copy(r->options);
    options.set_log_errors(false);
    return needs(r->pattern, options, words, n) || needs(grouped(r->pattern), options, words, n);
}
