// SPDX-License-Identifier: Apache-2.0
#include <re2/re2.h>

extern "C" {
#include "base/regex.h"
}

struct regex {
    RE2 re;
    regex(re2::StringPiece pattern, const RE2::Options &options) : re(pattern, options)
    {
    }
};

int regex_new(struct str pattern, enum regex_syntax syntax, size_t max_bytes, struct regex **ret, struct error *err)
{
    RE2::Options options(syntax == REGEX_POSIX ? RE2::POSIX : RE2::DefaultOptions);
    options.set_log_errors(false);
    options.set_max_mem(max_bytes ? (int64_t)max_bytes : 8 << 20);
    struct regex *r = new regex(re2::StringPiece(pattern.p, pattern.n), options);
    if (!r->re.ok()) {
        int code = error_set(err, -EINVAL, "%s", r->re.error().c_str());
        delete r;
        return code;
    }
    *ret = r;
    return 0;
}

struct regex *regex_free(struct regex *r)
{
    delete r;
    return NULL;
}

unsigned regex_groups(const struct regex *r)
{
    return (unsigned)r->re.NumberOfCapturingGroups();
}

bool regex_full(const struct regex *r, struct str text)
{
    return r->re.Match(re2::StringPiece(text.p, text.n), 0, text.n, RE2::ANCHOR_BOTH, NULL, 0);
}

bool regex_find(const struct regex *r, struct str text, size_t from, struct str *groups, unsigned n_groups)
{
    enum { MOST = 32 };
    re2::StringPiece found[MOST];
    if (from > text.n)
        return false;
    unsigned n = n_groups > MOST ? (unsigned)MOST : n_groups;
    if (!r->re.Match(re2::StringPiece(text.p, text.n), from, text.n, RE2::UNANCHORED, found, (int)n))
        return false;
    for (unsigned i = 0; i < n_groups; i++)
        groups[i] = i < n && found[i].data() ? str{found[i].data(), found[i].size()} : str{NULL, 0};
    return true;
}
