// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "cmd/hunt.h"

static bool is_host(struct str s)
{
    return str_has(s, STR(".")) || str_has(s, STR(":")) || str_is(s, "localhost");
}

static int registry(struct str host, struct str pattern, struct arena *a, struct hunt_target *ret, struct error *err)
{
    struct reference r;
    /* the grammar of references says what a host is */
    int e = reference_parse(arena_printf(a, "%.*s/x", STR_ARG(host)), a, &r, err);
    if (e < 0)
        return e;
    r.repository = r.tag = STR_NULL;
    *ret = (struct hunt_target){.kind = HUNT_REGISTRY, .reference = r, .pattern = pattern};
    ret->name = pattern.n ? arena_printf(a, "%.*s/%.*s", STR_ARG(r.registry), STR_ARG(pattern)) : r.registry;
    return 0;
}

int hunt_target_parse(struct str text, struct arena *a, struct hunt_target *ret, struct error *err)
{
    static const char *const SCHEMES[] = {"https://", "http://", "docker://", "registry:"};
    struct str rest = str_trim(text), host;
    for (size_t i = 0; i < ARRAY_SIZE(SCHEMES); i++)
        if (str_starts(rest, str_from(SCHEMES[i])))
            rest = str_sub(rest, strlen(SCHEMES[i]), rest.n);
    if (str_starts(rest, STR("/")) || str_starts(rest, STR("./")) || str_starts(rest, STR("../")))
        return error_set(err, -EINVAL, "`%.*s` reads as a path: a hunt goes through registries, as in registry.example:5000 or ghcr.io/acme/*; "
                                       "davy scan looks at files and folders",
                         STR_ARG(text));
    while (str_ends(rest, STR("/")))
        rest.n--;
    if (!rest.n)
        return error_set(err, -EINVAL, "one of the targets is empty; is a variable of the command line not set?");
    if (!str_has(rest, STR("/")) && is_host(rest) && !str_has(rest, STR("@"))) {
        /* name:tag of docker.io, or host:port? Ports are numbers. */
        struct str port = str_sub(rest, (size_t)(str_find(rest, STR(":"), 0) + 1), rest.n);
        uint64_t n;
        if (!str_has(rest, STR(":")) || (str_to_u64(port, &n) && n && n < 65536))
            return registry(rest, STR_NULL, a, ret, err);
    }
    if (str_has(rest, STR("*")) || str_has(rest, STR("?"))) {
        struct str pattern = rest;
        (void)str_split(&pattern, '/', &host);
        if (!pattern.n || !is_host(host))
            return error_set(err, -EINVAL, "`%.*s`: a pattern of repositories follows the registry that they are in, as in ghcr.io/acme/*", STR_ARG(text));
        return registry(host, arena_str(a, pattern), a, ret, err);
    }
    struct reference r;
    int e = reference_parse(rest, a, &r, err);
    if (e < 0)
        return e;
    const bool has_tag = r.digest.n || str_has(str_basename(rest), STR(":"));
    if (!has_tag)
        r.tag = STR_NULL;
    *ret = (struct hunt_target){.kind = has_tag ? HUNT_REFERENCE : HUNT_REPOSITORY, .reference = r};
    ret->name = has_tag ? reference_name(&r, a) : arena_printf(a, "%.*s/%.*s", STR_ARG(r.registry), STR_ARG(r.repository));
    return 0;
}
