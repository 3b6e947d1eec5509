// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/json.h"
#include "image/limits.h"
#include "image/registry/catalog.h"
#include "image/registry/find.h"
#include "image/registry/limits.h"

void registry_names_done(struct registry_names *n)
{
    vec_done(&n->names);
    arena_done(&n->arena);
}

/*
 * <…>; rel="next" of the Link header, which is a path on this registry or its whole address. Empty for anything else: who answers decides
 * what is asked next, but never where.
 */
static struct str next_page(struct str base, struct str link, struct arena *a)
{
    const ptrdiff_t end = str_find(link, STR(">"), 0);
    if (!str_starts(link, STR("<")) || end < 0 || !str_has(str_sub(link, (size_t)end, link.n), STR("next")))
        return STR_NULL;
    struct str to = str_sub(link, 1, (size_t)end);
    if (base.n && str_starts(to, base))
        to = str_sub(to, base.n, to.n);
    for (size_t i = 0; i < to.n; i++)
        if ((unsigned char)to.p[i] <= ' ')
            return STR_NULL;
    return str_starts(to, STR("/v2/")) ? arena_str(a, to) : STR_NULL;
}

static bool is_repository(struct str name)
{
    struct arena a = {};
    struct reference r;
    const bool good = name.n && !reference_parse(arena_printf(&a, "localhost/%.*s", STR_ARG(name)), &a, &r, NULL) && str_eq(r.repository, name);
    arena_done(&a);
    return good;
}

static bool is_tag(struct str name)
{
    struct arena a = {};
    struct reference r;
    const bool good = name.n && !reference_parse(arena_printf(&a, "localhost/x:%.*s", STR_ARG(name)), &a, &r, NULL) && str_eq(r.tag, name);
    arena_done(&a);
    return good;
}

int registry_names_parse(struct str text, bool are_tags, struct str base, struct str link, struct registry_names *ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    const char *key = are_tags ? "tags" : "repositories";
    int r = json_parse(text, &root, err);
    if (r < 0)
        return r;
    const json_t *list = json_object_get(root, key);
    if (!json_is_array(list) && !json_is_null(list))
        return error_set(err, -EPROTO, "the registry's answer has no list of %s", key);
    for (size_t i = 0; i < json_array_size(list) && i < REGISTRY_PAGE_NAMES_MAX; i++) {
        const json_t *v = json_array_get(list, i);
        struct str name = str_n(json_string_value(v), json_string_length(v));
        if (are_tags ? is_tag(name) : is_repository(name))
            vec_add(&ret->names, arena_str(&ret->arena, name));
        else
            ret->odd++;
    }
    /* a page that brings nothing and leads on could do so for ever */
    ret->next = json_array_size(list) ? next_page(base, link, &ret->arena) : STR_NULL;
    return 0;
}

/* 1: there is no such list. */
static int read_page(struct client *c, struct str path, bool are_tags, struct registry_names *ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct http_response answer;
    const char *url = arena_printf(&ret->arena, "%.*s%.*s", STR_ARG(client_base(c)), STR_ARG(path)).p;
    int r = client_read(c, url, "application/json", REGISTRY_PAGE_BYTES_MAX, &text, &answer, err);
    if (!r)
        r = registry_names_parse(strbuf_str(&text), are_tags, client_base(c), answer.link, ret, err);
    http_response_done(&answer);
    return r;
}

int registry_repositories(struct client *c, const struct reference *registry, struct str where, struct registry_names *ret, struct error *err)
{
    *ret = (struct registry_names){};
    struct str first = arena_printf(&ret->arena, "/v2/_catalog?n=%d", REGISTRY_PAGE);
    int r = read_page(c, where.n ? where : first, false, ret, err);
    if (r != 1 && r != -EACCES)
        return r;
    return error_set(err, -ENOSYS, "%.*s does not tell its catalog; name its repositories or images, or log in as somebody who may read it",
                     STR_ARG(registry->registry));
}

int registry_tags(struct client *c, const struct reference *r, struct str where, struct registry_names *ret, struct error *err)
{
    *ret = (struct registry_names){};
    struct str first = arena_printf(&ret->arena, "/v2/%.*s/tags/list?n=%d", STR_ARG(r->repository), REGISTRY_PAGE);
    int e = read_page(c, where.n ? where : first, true, ret, err);
    if (e == 1)
        return error_set(err, -ENOENT, "%.*s has no repository %.*s", STR_ARG(r->registry), STR_ARG(r->repository));
    return e;
}

void registry_found_done(struct registry_found *f)
{
    vec_done(&f->images);
    arena_done(&f->arena);
}

/* What only the configuration says. A configuration that cannot be had is told when the image is fetched. */
static void ask_config(struct client *c, const struct manifest *m, struct arena *a, struct platform *platform, struct str *created)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct http_response answer;
    if (m->config.size > IMAGE_LIMITS_DEFAULT.json_bytes)
        return;
    const char *url = client_url(c, "blobs", m->config.digest, a).p;
    int r = client_read(c, url, NULL, m->config.size, &text, &answer, NULL);
    http_response_done(&answer);
    struct platform said = r ? (struct platform){} : find_config_platform(strbuf_str(&text), a, created);
    if (!platform->os.n)
        *platform = said;
}

static void add_image(struct registry_found *to, struct client *c, const struct chosen *from, bool with_created)
{
    const struct manifest *m = &from->manifest;
    struct platform platform = from->descriptor.platform;
    struct registry_image image = {.digest = from->descriptor.digest, .config = m->config.digest, .n_layers = m->n_children};
    if (!platform.os.n || with_created)
        ask_config(c, m, &to->arena, &platform, &image.created);
    struct registry_layer *layers = arena_array(&to->arena, struct registry_layer, m->n_children);
    for (size_t i = 0; i < m->n_children; i++) {
        layers[i] = (struct registry_layer){m->children[i].digest, m->children[i].size};
        if (__builtin_add_overflow(image.bytes, m->children[i].size, &image.bytes))
            image.bytes = UINT64_MAX;
    }
    image.layers = layers;
    image.platform = find_platform_text(&platform, &to->arena);
    vec_add(&to->images, image);
}

int registry_find(struct client *c, const struct reference *r, const struct registry_wanted *wanted, struct registry_found *ret,
                  struct error *err)
{
    *ret = (struct registry_found){};
    struct find find = {.reference = r,
                        .client = c,
                        .platform = wanted->platform,
                        .all_platforms = wanted->all_platforms,
                        .dir = -1,
                        .arena = &ret->arena};
    int e = find_images(&find, err);
    for (size_t i = 0; !e && i < find.chosen.n; i++)
        add_image(ret, c, &find.chosen.v[i], wanted->with_created);
    find_done(&find);
    if (e || !wanted->platform || wanted->all_platforms || ret->images.n != 1 || !ret->images.v[0].platform.n)
        return e;
    if (platform_fits(platform_parse(ret->images.v[0].platform), platform_parse(str_from(wanted->platform))))
        return 0;
    return error_set(err, -ENOENT, "there is no image for %s, only one for %.*s", wanted->platform, STR_ARG(ret->images.v[0].platform));
}
