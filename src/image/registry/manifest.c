// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/text.h"
#include "base/json.h"
#include "image/limits.h"
#include "image/reference.h"
#include "image/registry/limits.h"
#include "image/registry/manifest.h"

#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_SCHEMA1 "application/vnd.docker.distribution.manifest.v1"

const char MANIFEST_ACCEPT[] = OCI_INDEX ", " DOCKER_LIST ", " OCI_MANIFEST ", " DOCKER_MANIFEST;

/* Layers that a manifest may have are bounded by what the image room looks at, with room for a clear report. */
enum { CHILDREN_MAX = IMAGE_INDEX_MANIFESTS };

static bool is_attestation(const json_t *d, struct platform p)
{
    return json_object_get(json_object_get(d, "annotations"), "vnd.docker.reference.type") || str_is(p.os, "unknown");
}

static int read_descriptor(const json_t *d, struct arena *a, struct descriptor *ret, struct error *err)
{
    size_t wrong = 0;
    const json_t *size = json_object_get(d, "size"), *platform = json_object_get(d, "platform");
    struct descriptor r = {
        .media_type = json_get_str(d, "mediaType", a, &wrong),
        .digest = json_get_str(d, "digest", a, &wrong),
        .platform = {json_get_str(platform, "os", a, &wrong), json_get_str(platform, "architecture", a, &wrong),
                     json_get_str(platform, "variant", a, &wrong)},
        .os_version = json_get_str(platform, "os.version", a, &wrong),
    };
    if (!digest_is_known(r.digest)) {
        struct strbuf safe = {};
        text_add_safe(&safe, str_sub(r.digest, 0, 200));
        int e = error_set(err, -EINVAL, "the manifest names `%s`, which is no digest that can be verified", safe.p ? safe.p : "");
        strbuf_done(&safe);
        return e;
    }
    if (wrong || !json_is_integer(size) || json_integer_value(size) < 0)
        return error_set(err, -EINVAL, "the manifest does not tell the size and type of %.*s", STR_ARG(r.digest));
    r.size = (uint64_t)json_integer_value(size);
    r.n_urls = json_get_list(d, "urls", a, &r.urls, &wrong);
    if (r.n_urls > REGISTRY_URLS_MAX)
        r.n_urls = REGISTRY_URLS_MAX;
    r.is_foreign = str_has(r.media_type, STR(".foreign.")) || str_has(r.media_type, STR(".nondistributable."));
    r.is_artifact = json_get_str(d, "artifactType", a, &wrong).n != 0;
    r.is_attestation = is_attestation(d, r.platform);
    *ret = r;
    return 0;
}

static int read_children(const json_t *list, struct arena *a, struct manifest *m, struct error *err)
{
    size_t n = json_array_size(list);
    if (n > CHILDREN_MAX)
        return error_set(err, -EINVAL, "the manifest names %zu parts, over %d", n, CHILDREN_MAX);
    struct descriptor *v = arena_array(a, struct descriptor, n);
    for (size_t i = 0; i < n; i++) {
        int r = read_descriptor(json_array_get(list, i), a, &v[i], err);
        if (r < 0)
            return r;
    }
    m->children = v;
    m->n_children = n;
    return 0;
}

static bool is_schema1(const json_t *root, struct str type)
{
    const json_t *version = json_object_get(root, "schemaVersion");
    return str_starts(type, STR(DOCKER_SCHEMA1)) || (json_is_integer(version) && json_integer_value(version) == 1);
}

int manifest_parse(struct str text, struct str content_type, struct arena *a, struct manifest *ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct manifest m = {};
    size_t wrong = 0;
    int r = json_parse(text, &root, err);
    if (r < 0)
        return error_wrap(err, r, "manifest");
    ptrdiff_t parameters = str_find(content_type, STR(";"), 0);
    struct str header = str_trim(parameters < 0 ? content_type : str_sub(content_type, 0, (size_t)parameters));
    m.media_type = json_get_str(root, "mediaType", a, &wrong);
    if (!m.media_type.n)
        m.media_type = arena_str(a, header);
    if (is_schema1(root, m.media_type))
        return error_set(err, -EPROTONOSUPPORT,
                         "the image is stored in Docker's first schema, which cannot be verified by digest; store it anew, for "
                         "example with `skopeo copy --format v2s2`");
    const json_t *layers = json_object_get(root, "layers"), *manifests = json_object_get(root, "manifests");
    m.is_index = str_is(m.media_type, OCI_INDEX) || str_is(m.media_type, DOCKER_LIST) || (!layers && json_is_array(manifests));
    /* a document that is both would be read one way here and another way elsewhere */
    if (json_is_array(layers) == json_is_array(manifests) || !json_is_array(m.is_index ? manifests : layers))
        return error_set(err, -EPROTONOSUPPORT, "what the registry holds under this name is no image");
    if (!m.is_index)
        r = read_descriptor(json_object_get(root, "config"), a, &m.config, err);
    if (!r)
        r = read_children(m.is_index ? manifests : layers, a, &m, err);
    if (!r)
        *ret = m;
    return r;
}
