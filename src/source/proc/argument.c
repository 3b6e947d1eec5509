// SPDX-License-Identifier: Apache-2.0
#include "source/proc/argument.h"

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
