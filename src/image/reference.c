// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "image/reference.h"

enum { NAME_MAX_BYTES = 255, TAG_MAX_BYTES = 128, PORT_DIGITS_MAX = 5 };

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
static bool is_alnum(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

bool digest_is_known(struct str digest)
{
    if (str_starts(digest, STR("sha256:")))
        return digest.n == 7 + 64 && is_hex(str_sub(digest, 7, digest.n));
    return str_starts(digest, STR("sha512:")) && digest.n == 7 + 128 && is_hex(str_sub(digest, 7, digest.n));
}

/* Host without port; brackets of an IPv6 address stay. */
static struct str without_port(struct str host)
{
    const char *colon = host.n ? memrchr(host.p, ':', host.n) : NULL;
    return !colon || str_ends(host, STR("]")) ? host : str_sub(host, 0, (size_t)(colon - host.p));
}

bool host_is_loopback(struct str host)
{
    struct str h = without_port(host), part;
    if (str_eq_nocase(h, STR("localhost")) || str_is(h, "[::1]"))
        return true;
    unsigned parts = 0;
    uint64_t n;
    bool is_first_127 = str_starts(h, STR("127."));
    while (str_split(&h, '.', &part)) {
        if (part.n > 3 || !str_to_u64(part, &n) || n > 255)
            return false;
        parts++;
    }
    return is_first_127 && parts == 4;
}

/* A label of a host name: letters, digits, dashes inside. */
static bool is_label(struct str s)
{
    if (!s.n || !is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

static bool is_port(struct str s)
{
    uint64_t n;
    return s.n && s.n <= PORT_DIGITS_MAX && str_to_u64(s, &n) && n && n <= UINT16_MAX;
}

static bool is_domain(struct str s)
{
    struct str host = without_port(s), label;
    if (host.n < s.n && !is_port(str_sub(s, host.n + 1, s.n)))
        return false;
    if (str_starts(host, STR("["))) {
        for (size_t i = 1; i + 1 < host.n; i++)
            if (!is_hex(str_sub(host, i, i + 1)) && host.p[i] != ':')
                return false;
        return host.n > 3 && str_ends(host, STR("]"));
    }
    if (!host.n || host.p[host.n - 1] == '.')
        return false;
    while (str_split(&host, '.', &label))
        if (!is_label(label))
            return false;
    return true;
}

/* Whether the first component names a registry: what has a dot, a port or a capital, and localhost. */
static bool looks_like_domain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '.' || s.p[i] == ':' || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
            return true;
    return str_is(s, "localhost");
}

/* Lower-case letters and digits, in runs parted by one dot, one or two underscores, or dashes. */
static bool is_path_component(struct str s)
{
    if (!s.n || !is_lower_or_digit(s.p[0]) || !is_lower_or_digit(s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        if (is_lower_or_digit(s.p[i])) {
            i++;
            continue;
        }
        while (s.p[i] == s.p[from])
            i++; /* ends: the last byte is a letter or digit */
        if ((s.p[from] != '.' && s.p[from] != '_' && s.p[from] != '-') || (s.p[from] == '.' && i - from > 1) ||
            (s.p[from] == '_' && i - from > 2) || !is_lower_or_digit(s.p[i]))
            return false;
    }
    return true;
}

static bool is_tag(struct str s)
{
    if (!s.n || s.n > TAG_MAX_BYTES || (!is_alnum(s.p[0]) && s.p[0] != '_'))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '.' && s.p[i] != '-')
            return false;
    return true;
}

static int check_path(struct str path, struct error *err)
{
    struct str rest = path, component;
    if (!path.n || path.p[path.n - 1] == '/')
        return error_set(err, -EINVAL, "the name of the repository is missing");
    while (str_split(&rest, '/', &component)) {
        if (is_path_component(component))
            continue;
        for (size_t i = 0; i < component.n; i++)
            if (component.p[i] >= 'A' && component.p[i] <= 'Z')
                return error_set(err, -EINVAL, "names of repositories are in lower case: `%.*s`", STR_ARG(component));
        return error_set(err, -EINVAL,
                         "`%.*s` is no part of a repository's name (a-z and 0-9, parted by `.`, `_`, `__` or dashes)",
                         STR_ARG(component));
    }
    return 0;
}

/* Takes digest and tag off the end of *s. */
static int take_suffixes(struct str *s, struct reference *r, struct error *err)
{
    ptrdiff_t at = str_find(*s, STR("@"), 0);
    if (at >= 0) {
        r->digest = str_sub(*s, (size_t)at + 1, s->n);
        *s = str_sub(*s, 0, (size_t)at);
        if (!digest_is_known(r->digest))
            return error_set(err, -EINVAL, "a digest is sha256: and 64, or sha512: and 128, lower-case hex digits");
    }
    struct str last = str_basename(*s);
    ptrdiff_t colon = str_find(last, STR(":"), 0);
    if (colon >= 0) {
        r->tag = str_sub(last, (size_t)colon + 1, last.n);
        *s = str_sub(*s, 0, s->n - r->tag.n - 1);
        if (!is_tag(r->tag))
            return error_set(err, -EINVAL, "`%.*s` is no tag (up to %d of A-Z, a-z, 0-9, `_`, `.`, `-`)", STR_ARG(r->tag),
                             TAG_MAX_BYTES);
    } else if (!r->digest.n) {
        r->tag = STR("latest");
    }
    return 0;
}

static void set_registry(struct reference *r, struct str domain, struct str path, struct arena *a)
{
    bool is_hub = str_is(domain, "docker.io") || str_is(domain, "index.docker.io") ||
                  str_is(domain, "registry-1.docker.io");
    r->registry = is_hub ? STR("docker.io") : arena_str(a, domain);
    r->host = is_hub ? STR("registry-1.docker.io") : r->registry;
    r->repository = is_hub && !memchr(path.p, '/', path.n) ? arena_printf(a, "library/%.*s", STR_ARG(path))
                                                          : arena_str(a, path);
}

int reference_parse(struct str text, struct arena *a, struct reference *ret, struct error *err)
{
    struct reference r = {};
    struct str rest = text, domain = STR("docker.io");
    if (!text.n)
        return error_set(err, -EINVAL, "an empty reference");
    if (text.n > REFERENCE_MAX)
        return error_set(err, -EINVAL, "a reference has at most %d bytes", REFERENCE_MAX);
    if (memchr(text.p, 0, text.n))
        return error_set(err, -EINVAL, "a reference holds no NUL");
    int e = take_suffixes(&rest, &r, err);
    if (e < 0)
        return e;
    ptrdiff_t slash = str_find(rest, STR("/"), 0);
    if (slash >= 0 && looks_like_domain(str_sub(rest, 0, (size_t)slash))) {
        domain = str_sub(rest, 0, (size_t)slash);
        rest = str_sub(rest, (size_t)slash + 1, rest.n);
        if (!is_domain(domain))
            return error_set(err, -EINVAL, "`%.*s` is no host name with an optional port", STR_ARG(domain));
    }
    e = check_path(rest, err);
    if (e < 0)
        return e;
    if (slash < 0 && rest.n == 64 && is_hex(rest))
        return error_set(err, -EINVAL, "64 hex digits are an image's id, which registries do not know; try docker:ID");
    set_registry(&r, domain, rest, a);
    if (r.registry.n + 1 + r.repository.n > NAME_MAX_BYTES)
        return error_set(err, -EINVAL, "a name has at most %d bytes with its registry", NAME_MAX_BYTES);
    r.tag = arena_str(a, r.tag);
    r.digest = arena_str(a, r.digest);
    *ret = r;
    return 0;
}

struct str reference_name(const struct reference *r, struct arena *a)
{
    return arena_printf(a, "%.*s/%.*s%s%.*s%s%.*s", STR_ARG(r->registry), STR_ARG(r->repository), r->tag.n ? ":" : "",
                        STR_ARG(r->tag), r->digest.n ? "@" : "", STR_ARG(r->digest));
}

bool reference_is_same(struct str x, struct str y)
{
    struct arena a = {};
    struct reference rx, ry;
    bool is = str_eq(x, y);
    if (!is && !reference_parse(x, &a, &rx, NULL) && !reference_parse(y, &a, &ry, NULL))
        is = str_eq(reference_name(&rx, &a), reference_name(&ry, &a));
    arena_done(&a);
    return is;
}
