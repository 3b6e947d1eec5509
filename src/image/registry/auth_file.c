// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/digest.h"
#include "base/json.h"
#include "image/registry/auth_file.h"

enum { HELPER_NAME_MAX = 64 };

/* "https://index.docker.io/v1/" gives "docker.io", "host/ns" stays. */
static struct str normal_key(struct str key)
{
    ptrdiff_t scheme = str_find(key, STR("://"), 0);
    if (scheme >= 0)
        key = str_sub(key, (size_t)scheme + 3, key.n);
    while (str_ends(key, STR("/")))
        key = str_sub(key, 0, key.n - 1);
    if (str_ends(key, STR("/v1")) || str_ends(key, STR("/v2")))
        key = str_sub(key, 0, key.n - 3);
    if (str_is(key, "index.docker.io") || str_is(key, "registry-1.docker.io"))
        return STR("docker.io");
    return key;
}

/* The member of `object` whose key names the image most narrowly; NULL when none does. */
static json_t *narrowest(json_t *object, const struct reference *r, struct arena *a)
{
    struct str want = arena_printf(a, "%.*s/%.*s", STR_ARG(r->registry), STR_ARG(r->repository));
    json_t *value, *found = NULL;
    const char *name;
    size_t best = 0;
    json_object_foreach(object, name, value)
    {
        struct str key = normal_key(str_from(name));
        bool fits = str_starts(want, key) && (want.n == key.n || want.p[key.n] == '/');
        if (fits && key.n > best) {
            best = key.n;
            found = value;
        }
    }
    return found;
}

static bool is_helper_name(struct str s)
{
    if (!s.n || s.n > HELPER_NAME_MAX || s.p[0] == '.' || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!fits)
            return false;
    }
    return true;
}

/* "user:password" in base64. */
static int split_auth(struct str encoded, struct arena *a, struct credential *c, struct error *err)
{
    struct str plain;
    ptrdiff_t colon = base64_decode(a, encoded, &plain) ? str_find(plain, STR(":"), 0) : -1;
    if (colon <= 0)
        return error_set(err, -EINVAL, "`auth` is not user:password in base64");
    c->user = arena_str(a, str_sub(plain, 0, (size_t)colon));
    c->password = arena_str(a, str_sub(plain, (size_t)colon + 1, plain.n));
    while (c->password.n && !c->password.p[c->password.n - 1])
        c->password.n--; /* docker pads with NUL */
    return 0;
}

/* What goes into a header must not end it. */
static bool is_safe(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

static int check(const struct credential *c, struct error *err)
{
    if (!is_safe(c->user) || !is_safe(c->password) || !is_safe(c->identity_token) || !is_safe(c->registry_token))
        return error_set(err, -EINVAL, "a credential holds control characters");
    return 0;
}

static int read_entry(const json_t *entry, struct arena *a, struct credential *c, struct error *err)
{
    size_t wrong = 0;
    struct str auth = json_get_str(entry, "auth", a, &wrong);
    c->identity_token = json_get_str(entry, "identitytoken", a, &wrong);
    c->registry_token = json_get_str(entry, "registrytoken", a, &wrong);
    c->user = json_get_str(entry, "username", a, &wrong);
    c->password = json_get_str(entry, "password", a, &wrong);
    if (wrong)
        return error_set(err, -EINVAL, "a credential is no text");
    int r = auth.n ? split_auth(auth, a, c, err) : 0;
    return r < 0 ? r : check(c, err);
}

static int find_helper(json_t *root, const struct reference *r, struct arena *a, struct credential *c, struct error *err)
{
    size_t wrong = 0;
    const json_t *own = narrowest(json_object_get(root, "credHelpers"), r, a);
    if (own)
        c->helper = arena_str(a, str_n(json_string_value(own), json_string_length(own)));
    else
        c->helper = json_get_str(root, "credsStore", a, &wrong);
    if (wrong || (own && !json_is_string(own)) || (c->helper.n && !is_helper_name(c->helper)))
        return error_set(err, -EINVAL, "`%s` names no credential helper (letters, digits, `.`, `_`, `-`)",
                         own ? "credHelpers" : "credsStore");
    c->server = str_is(r->registry, "docker.io") ? STR("https://index.docker.io/v1/") : arena_str(a, r->registry);
    return 0;
}

int auth_file_find(struct str json, const struct reference *r, struct arena *a, struct credential *ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct credential c = {};
    int e = json_parse(json, &root, err);
    if (e < 0)
        return e;
    if (!json_is_object(root))
        return error_set(err, -EINVAL, "not a JSON object");
    e = find_helper(root, r, a, &c, err);
    if (e < 0)
        return e;
    const json_t *entry = narrowest(json_object_get(root, "auths"), r, a);
    e = entry ? read_entry(entry, a, &c, err) : 0;
    if (e < 0)
        return e;
    if (!c.helper.n && !c.user.n && !c.identity_token.n && !c.registry_token.n)
        return 1;
    *ret = c;
    return 0;
}

int auth_helper_answer(struct str json, struct arena *a, struct credential *ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct credential c = {};
    size_t wrong = 0;
    int e = json_parse(json, &root, err);
    if (e < 0)
        return e;
    struct str user = json_get_str(root, "Username", a, &wrong), secret = json_get_str(root, "Secret", a, &wrong);
    if (wrong || !user.n || !secret.n)
        return error_set(err, -EINVAL, "the answer has no Username and Secret");
    if (str_is(user, "<token>"))
        c.identity_token = secret; /* docker's convention */
    else
        c = (struct credential){.user = user, .password = secret};
    e = check(&c, err);
    if (!e)
        *ret = c;
    return e;
}
