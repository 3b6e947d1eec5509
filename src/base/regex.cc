// SPDX-License-Identifier: Apache-2.0
#include <re2/re2.h>

#include <memory>
#include <mutex>
#include <string>

extern "C" {
#include "base/regex.h"
}

struct regex {
    std::string pattern; /* until it is compiled */
    RE2::Options options;
    mutable std::once_flag once;
    mutable std::unique_ptr<const RE2> compiled;
    unsigned groups = 0;

    regex(struct str text, enum regex_syntax syntax, size_t max_bytes)
        : pattern(text.p ? text.p : "", text.n), options(syntax == REGEX_POSIX ? RE2::POSIX : RE2::DefaultOptions)
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
    enum { MOST = 32 };
    re2::StringPiece found[MOST];
    if (from > text.n)
        return false;
    unsigned n = n_groups > MOST ? (unsigned)MOST : n_groups;
    if (!r->re().Match(re2::StringPiece(text.p, text.n), from, text.n, RE2::UNANCHORED, found, (int)n))
        return false;
    for (unsigned i = 0; i < n_groups; i++)
        groups[i] = i < n && found[i].data() ? str{found[i].data(), found[i].size()} : str{NULL, 0};
    return true;
}
