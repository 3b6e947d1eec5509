// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "image/registry/challenge.h"

static bool is_token_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip_blanks(struct str *s)
{
    while (s->n && (*s->p == ' ' || *s->p == '\t'))
        *s = str_sub(*s, 1, s->n);
}

static void skip_commas(struct str *s)
{
    for (skip_blanks(s); s->n && *s->p == ','; skip_blanks(s))
        *s = str_sub(*s, 1, s->n);
}

static struct str take_token(struct str *s)
{
    size_t n = 0;
    while (n < s->n && is_token_byte(s->p[n]))
        n++;
    struct str token = str_sub(*s, 0, n);
    *s = str_sub(*s, n, s->n);
    return token;
}

/* A quoted string whose opening quote is next; false when it does not end. */
static bool take_quoted(struct str *s, struct arena *a, struct str *ret)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 1; i < s->n; i++) {
        if (s->p[i] == '"') {
            *ret = arena_str(a, strbuf_str(&b));
            *s = str_sub(*s, i + 1, s->n);
            return true;
        }
        if (s->p[i] == '\\' && i + 1 < s->n)
            i++;
        strbuf_addc(&b, s->p[i]);
    }
    return false;
}

/* name=value; 1 when what is next is no parameter (nothing is taken then), -1 when it is broken. */
static int take_param(struct str *s, struct arena *a, struct str *ret_name, struct str *ret_value)
{
    struct str rest = *s;
    struct str name = take_token(&rest);
    skip_blanks(&rest);
    if (!name.n || !rest.n || *rest.p != '=')
        return 1;
    rest = str_sub(rest, 1, rest.n);
    skip_blanks(&rest);
    if (rest.n && *rest.p == '"') {
        if (!take_quoted(&rest, a, ret_value))
            return -1;
    } else {
        *ret_value = arena_str(a, take_token(&rest));
    }
    *ret_name = name;
    *s = rest;
    return 0;
}

static void keep(struct challenge *c, struct str name, struct str value)
{
    struct {
        const char *name;
        struct str *value;
    } known[] = {{"realm", &c->realm}, {"service", &c->service}, {"scope", &c->scope}, {"error", &c->error}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (str_eq_nocase(name, str_from(known[i].name)) && !known[i].value->p)
            *known[i].value = value;
}

/* What follows the scheme: parameters, or one token68 ("Negotiate abc=="). False when it is broken. */
static bool take_params(struct str *s, struct arena *a, struct challenge *c)
{
    for (size_t n = 0;; n++) {
        struct str name, value;
        skip_commas(s);
        int r = take_param(s, a, &name, &value);
        if (r < 0 || n > CHALLENGE_PARAMS_MAX)
            return false;
        if (r)
            return true;
        keep(c, name, value);
    }
}

static void skip_token68(struct str *s)
{
    struct str rest = *s;
    size_t n = 0;
    skip_blanks(&rest);
    while (n < rest.n && (is_token_byte(rest.p[n]) || rest.p[n] == '/'))
        n++;
    size_t word = n;
    while (n < rest.n && rest.p[n] == '=')
        n++;
    struct str after = str_sub(rest, n, rest.n);
    skip_blanks(&after);
    /* "a=b" is a parameter; "abc==" before a comma or the end is a token68 */
    if (word && (!after.n || *after.p == ','))
        *s = after;
}

size_t challenge_parse(struct str header, struct arena *a, struct challenge ret[CHALLENGES_MAX])
{
    size_t n = 0;
    while (n < CHALLENGES_MAX) {
        skip_commas(&header);
        struct challenge c = {.scheme = arena_str(a, take_token(&header))};
        if (!c.scheme.n || (header.n && *header.p != ' ' && *header.p != '\t' && *header.p != ','))
            break;
        skip_token68(&header);
        bool is_whole = take_params(&header, a, &c);
        if (!is_whole)
            break;
        ret[n++] = c;
    }
    return n;
}
