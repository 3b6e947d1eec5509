// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/digest.h"
#include "base/intl.h"
#include "base/json.h"
#include "base/text.h"
#include "image/limits.h"
#include "image/registry/blob.h"
#include "image/registry/find.h"
#include "image/registry/limits.h"

static struct str digest_of(struct str text, struct arena *a)
{
    uint8_t bytes[SHA256_BYTES];
    sha256_once(text.p, text.n, bytes);
    return arena_printf(a, "sha256:%.*s", STR_ARG(hex_encode(a, bytes, sizeof(bytes))));
}

/*
 * Fetches the manifest of that tag or digest, keeps it as a blob and parses it. What came by digest is verified as any blob
 * is; what came by tag must agree with the digest that the registry itself gives.
 */
static int get_manifest(struct find *f, struct str name, struct descriptor *d, struct manifest *ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    struct arena *a = f->arena;
    struct http_response answer;
    if (f->asks)
        f->asks(f->ctx, name);
    const char *url = client_url(f->client, "manifests", name, a).p;
    int r = client_read(f->client, url, MANIFEST_ACCEPT, REGISTRY_MANIFEST_MAX, &text, &answer, err);
    struct str type = arena_str(a, answer.content_type), said = arena_str(a, answer.digest);
    http_response_done(&answer);
    if (r > 0)
        return error_set(err, -ENOENT, "%.*s has no %.*s%s%.*s", STR_ARG(f->reference->registry), STR_ARG(f->reference->repository),
                         digest_is_known(name) ? "@" : ":", STR_ARG(name));
    if (r < 0)
        return r;
    struct str body = strbuf_str(&text);
    bool is_by_digest = digest_is_known(name);
    d->digest = is_by_digest ? name : digest_is_known(said) ? said : digest_of(body, a);
    d->size = body.n;
    r = f->dir < 0 ? 0 : blob_put(f->dir, d->digest, body, err);
    if (r < 0)
        return r == -EBADMSG ? error_wrap(err, r, "the manifest %.*s is not what the registry says", STR_ARG(d->digest)) : r;
    r = manifest_parse(body, type, a, ret, err);
    if (!r)
        d->media_type = ret->media_type;
    return r;
}

static int gather(struct find *f, const struct manifest *index, int depth, struct error *err)
{
    for (size_t i = 0; i < index->n_children; i++) {
        const struct descriptor *d = &index->children[i];
        bool is_inner = str_has(d->media_type, STR("index")) || str_has(d->media_type, STR("manifest.list"));
        bool is_known = false;
        if (++f->seen > IMAGE_INDEX_MANIFESTS)
            return error_set(err, -E2BIG, "the index names over %d manifests", IMAGE_INDEX_MANIFESTS);
        vec_each(c, &f->candidates) is_known |= str_eq(c->digest, d->digest);
        if (d->is_attestation || is_known)
            continue;
        if (!is_inner) {
            vec_add(&f->candidates, *d);
            continue;
        }
        struct descriptor own = *d;
        struct manifest inner;
        if (depth >= IMAGE_INDEX_DEPTH)
            return error_set(err, -E2BIG, "indexes within indexes over %d deep", IMAGE_INDEX_DEPTH);
        int r = get_manifest(f, d->digest, &own, &inner, err);
        if (!r)
            r = inner.is_index ? gather(f, &inner, depth + 1, err)
                               : error_set(err, -EINVAL, "%.*s is said to be an index and is none", STR_ARG(d->digest));
        if (r < 0)
            return r;
    }
    return 0;
}

struct str find_platform_text(const struct platform *f, struct arena *a)
{
    if (!f->os.n)
        return STR_NULL;
    return arena_printf(a, "%.*s/%.*s%s%.*s", STR_ARG(f->os), STR_ARG(f->arch), f->variant.n ? "/" : "", STR_ARG(f->variant));
}

static int no_platform(struct find *f, const char *want, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf names = {};
    size_t shown = 0;
    vec_each(c, &f->candidates)
    {
        if (shown++ == 16) {
            strbuf_adds(&names, ", …");
            break;
        }
        strbuf_adds(&names, names.n ? ", " : "");
        text_add_safe(&names, find_platform_text(&c->platform, f->arena));
    }
    return error_set(err, -ENOENT, "no image for %s, only for: %s; choose one with --platform, or all with --all-platforms", want,
                     names.n ? names.p : _("nothing that can be run"));
}

/* What tools without the referrers API keep under a tag: signatures and the like of one image. None is for a platform. */
static bool are_artifacts(struct find *f)
{
    vec_each(c, &f->candidates) if (!c->is_artifact || c->platform.os.n) return false;
    return f->candidates.n > 0;
}

/* From the images of the index to those that are wanted. */
static int choose(struct find *f, struct error *err)
{
    const char *want = f->platform ? f->platform : platform_own();
    const struct platform wanted = platform_parse(str_from(want));
    const bool all = f->all_platforms || are_artifacts(f);
    size_t kept = 0;
    vec_each(c, &f->candidates)
    {
        bool fits = all || platform_fits(c->platform, wanted);
        /* of several that fit (versions of an operating system) the first counts, as for other tools */
        if (!fits || (kept && !all))
            continue;
        if (++kept > REGISTRY_PLATFORMS_MAX) {
            char text[256];
            (void)snprintf(text, sizeof(text), _("the index has over %d images: the first were taken"), REGISTRY_PLATFORMS_MAX);
            if (f->trouble)
                f->trouble(f->ctx, text);
            break;
        }
        struct chosen one = {.descriptor = *c};
        int r = get_manifest(f, c->digest, &one.descriptor, &one.manifest, err);
        if (!r && one.manifest.is_index)
            r = error_set(err, -EINVAL, "%.*s is said to be an image and is an index", STR_ARG(c->digest));
        if (r < 0)
            return r;
        vec_add(&f->chosen, one);
    }
    return kept ? 0 : no_platform(f, want, err);
}

int find_images(struct find *f, struct error *err)
{
    const struct reference *r = f->reference;
    struct chosen top = {};
    int e = get_manifest(f, r->digest.n ? r->digest : r->tag, &top.descriptor, &top.manifest, err);
    if (e < 0)
        return e;
    if (!top.manifest.is_index) {
        vec_add(&f->chosen, top);
        return 0;
    }
    e = gather(f, &top.manifest, 0, err);
    return e < 0 ? e : choose(f, err);
}

void find_done(struct find *f)
{
    vec_done(&f->chosen);
    vec_done(&f->candidates);
}

struct platform find_config_platform(struct str config, struct arena *a, struct str *ret_created)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    size_t wrong = 0;
    if (json_parse(config, &root, NULL) < 0)
        return (struct platform){};
    if (ret_created)
        *ret_created = json_get_str(root, "created", a, &wrong);
    struct str os = json_get_str(root, "os", a, &wrong);
    if (str_is(os, "unknown")) /* what BuildKit writes into attestations: for no platform, and whoever names one means it */
        return (struct platform){};
    return (struct platform){os, json_get_str(root, "architecture", a, &wrong),
                             json_get_str(root, "variant", a, &wrong)};
}
