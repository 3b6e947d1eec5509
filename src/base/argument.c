// SPDX-License-Identifier: Apache-2.0
#include "base/argument.h"

/* How names of options and variables end whose value nobody else should read; compared without case, '-' as '_'. */
static const char *const SECRET_ENDINGS[] = {
    "password", "passwd", "passphrase", "pass",       "pwd",         "token",     "secret",
    "api_key",  "apikey", "access_key", "secret_key", "private_key", "auth_key", "credentials",
};

static bool ends_so(struct str name, const char *ending)
{
    size_t n = strlen(ending);
    if (name.n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name.p[name.n - n + i];
        c = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        if (c != ending[i])
            return false;
    }
    return name.n == n || strchr("-_.:", name.p[name.n - n - 1]) ||
           (name.p[name.n - n] >= 'A' && name.p[name.n - n] <= 'Z');
}

static bool names_secret(struct str name)
{
    for (size_t i = 0; i < sizeof(SECRET_ENDINGS) / sizeof(SECRET_ENDINGS[0]); i++)
        if (ends_so(name, SECRET_ENDINGS[i]))
            return true;
    return false;
}

static bool names_file(struct str value)
{
    return value.n && (value.p[0] == '/' || value.p[0] == '@' || str_starts(value, STR("./")));
}

void argument_add(struct strbuf *b, struct str argument, bool *hide)
{
    bool is_option = argument.n > 1 && argument.p[0] == '-';
    if (*hide && !is_option) {
        *hide = false;
        strbuf_add(b, names_file(argument) || !argument.n ? argument : STR("…"));
        return;
    }
    const char *equals = argument.n ? memchr(argument.p, '=', argument.n) : NULL;
    struct str name = equals ? str_n(argument.p, (size_t)(equals - argument.p)) : argument;
    bool secret = names_secret(name) && (equals || is_option);
    *hide = secret && !equals;
    if (!secret || !equals || names_file(str_sub(argument, name.n + 1, argument.n))) {
        strbuf_add(b, argument);
        return;
    }
    strbuf_add(b, name);
    strbuf_adds(b, "=…");
}

/* How tokens begin that tell what they are by themselves, and how long the shortest is: vendors' own documents. */
static const struct {
    const char *prefix;
    size_t least;
} TOKENS[] = {
    {"ghp_", 40}, {"gho_", 40}, {"ghs_", 40}, {"ghu_", 40}, {"github_pat_", 60}, {"glpat-", 26}, {"npm_", 40}, {"xoxb-", 24},
    {"xoxp-", 24}, {"sk_live_", 32}, {"rk_live_", 32}, {"AKIA", 20}, {"ASIA", 20}, {"hvs.", 24}, {"dop_v1_", 64}, {"SG.", 60},
    {"AIza", 39}, {"pypi-", 80}, {"eyJhbGciOi", 60},
};

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

/* Bytes of a vendor's token that begins here, 0: none. */
static size_t token_at(struct str s, size_t at)
{
    size_t n = 0;
    if (at && is_token_char(s.p[at - 1]))
        return 0;
    while (at + n < s.n && is_token_char(s.p[at + n]))
        n++;
    for (size_t i = 0; i < sizeof(TOKENS) / sizeof(TOKENS[0]); i++)
        if (n >= TOKENS[i].least && str_starts(str_sub(s, at, at + n), str_from(TOKENS[i].prefix)))
            return n;
    return 0;
}

/* Where "user:password@" of an address has its password: *ret_from to *ret_to; false without one. */
static bool find_password(struct str s, size_t from, size_t *ret_from, size_t *ret_to)
{
    ptrdiff_t scheme = str_find(s, STR("://"), from);
    if (scheme < 0)
        return false;
    size_t colon = 0, at = (size_t)scheme + 3;
    for (; at < s.n && s.p[at] != '/' && s.p[at] != '?' && s.p[at] != '"' && s.p[at] != '\''; at++)
        if (s.p[at] == ':' && !colon)
            colon = at + 1;
        else if (s.p[at] == '@') {
            *ret_from = colon;
            *ret_to = at;
            return colon && colon < at;
        }
    return false;
}

/* A word without what tells by its form that it is secret. */
static bool add_word(struct strbuf *b, struct str word)
{
    size_t from = 0, to = 0;
    bool is_hidden = false;
    const bool has_password = find_password(word, 0, &from, &to);
    for (size_t i = 0; i < word.n;) {
        const bool is_password = has_password && i == from;
        const size_t n = is_password ? to - from : token_at(word, i);
        if (n) {
            strbuf_adds(b, "…");
            is_hidden = true;
            i += n;
        } else {
            strbuf_addc(b, word.p[i++]);
        }
    }
    return is_hidden;
}

static bool is_scheme(struct str word)
{
    return str_eq_nocase(word, STR("bearer")) || str_eq_nocase(word, STR("basic")) || str_eq_nocase(word, STR("token"));
}

static bool ends_nocase(struct str s, struct str ending)
{
    return s.n >= ending.n && str_eq_nocase(str_sub(s, s.n - ending.n, s.n), ending);
}

static const char *const LISTS[] = {"args=", "env="};

bool argument_add_line(struct strbuf *b, struct str line, char between)
{
    struct strbuf word = {};
    struct str rest = line, argument;
    bool hide = false, is_header = false, is_hidden = false;
    for (bool is_first = true; str_split(&rest, between, &argument); is_first = false) {
        if (!is_first)
            strbuf_addc(b, between);
        if (is_header && argument.n) {
            const bool says_how = is_scheme(argument);
            strbuf_add(b, says_how ? argument : STR("…"));
            is_header = says_how;
            is_hidden = true;
            continue;
        }
        strbuf_clear(&word);
        if (!hide) /* what evt.args writes before the first word */
            for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++)
                if (str_starts(argument, str_from(LISTS[i]))) {
                    strbuf_adds(b, LISTS[i]);
                    argument = str_sub(argument, strlen(LISTS[i]), argument.n);
                }
        argument_add(&word, argument, &hide);
        is_hidden |= !str_eq(strbuf_str(&word), argument);
        is_hidden |= add_word(b, strbuf_str(&word));
        is_header = ends_nocase(argument, STR("authorization:"));
    }
    strbuf_done(&word);
    return is_hidden;
}
