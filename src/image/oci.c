// SPDX-License-Identifier: Apache-2.0
/*
 * OCI layouts: index.json, indexes within it, the manifest of one platform, its configuration and layers. Also the flat
 * folders that skopeo and podman write as dir:, with the same documents under other names.
 */
#include <errno.h>

#include "base/text.h"
#include "image/artifact.h"
#include "image/internal.h"
#include "base/json.h"
#include "image/path.h"
#include "image/platform.h"
#include "image/reference.h"

struct candidate {
    struct str digest, ref, os, arch, variant;
    struct str blob; /* the manifest's, in the store */
};

enum { ASKED_MAX = 64 }; /* images that are asked for their platform: each costs two documents */

struct search {
    struct image *img;
    const char *ref; /* NULL: any */
    VEC(struct candidate) found;
    VEC(struct str) indexes; /* digests of those looked into: an index may name another twice, or itself */
    size_t seen;
};

/* Where a blob is: under its digest, which stands in a file's name in one of two ways. */
static struct str blob_name(struct image *img, struct str digest)
{
    struct str path = digest_path(&img->arena, digest);
    if (!img->is_flat || !path.n)
        return path;
    return str_starts(path, STR("/blobs/sha256/")) ? arena_printf(&img->arena, "/%.*s", STR_ARG(str_basename(path))) : STR_NULL;
}

/* Where a manifest is: dir: keeps those that its list names under names of their own. */
static struct str manifest_name(struct image *img, struct str digest)
{
    struct str path = blob_name(img, digest);
    return img->is_flat && path.n ? arena_printf(&img->arena, "%.*s.manifest.json", STR_ARG(path)) : path;
}

bool oci_is_flat(struct image *img)
{
    _cleanup_(part_done) struct part part = {.fd = -1};
    const struct str begin = STR("Directory Transport Version: ");
    char text[32];
    size_t n = 0;
    if (store_get(&img->store, STR("/version"), &part) || part_read(&part, 0, text, begin.n, &n) < 0)
        return false;
    return str_eq(str_n(text, n), begin);
}

static bool is_index(struct str media_type)
{
    return str_is(media_type, "application/vnd.oci.image.index.v1+json") ||
           str_is(media_type, "application/vnd.docker.distribution.manifest.list.v2+json");
}

/* The name that the layout gives to the image: what `skopeo`, `umoci`, `docker` and `ctr` write. */
static struct str ref_of(struct image *img, const json_t *descriptor)
{
    size_t wrong = 0;
    const json_t *notes = json_object_get(descriptor, "annotations");
    struct str name = json_get_str(notes, "io.containerd.image.name", &img->arena, &wrong);
    return name.n ? name : json_get_str(notes, "org.opencontainers.image.ref.name", &img->arena, &wrong);
}

/* A name, or a digest where one name stands for several platforms. */
static bool ref_fits(const json_t *descriptor, const char *ref)
{
    const json_t *notes = json_object_get(descriptor, "annotations");
    const char *const KEYS[] = {"io.containerd.image.name", "org.opencontainers.image.ref.name"};
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++) {
        const char *name = json_string_value(json_object_get(notes, KEYS[i]));
        if (name && reference_is_same(str_from(name), str_from(ref)))
            return true;
    }
    const char *digest = json_string_value(json_object_get(descriptor, "digest"));
    return digest && !strcmp(digest, ref);
}

/* Signatures, provenance and the like stand beside the images they speak of. */
static bool is_attestation(const json_t *d)
{
    const json_t *notes = json_object_get(d, "annotations");
    const char *os = json_string_value(json_object_get(json_object_get(d, "platform"), "os"));
    return json_object_get(notes, "vnd.docker.reference.type") || (os && !strcmp(os, "unknown"));
}

/* A document to decide by, NULL when there is none; whoever reads it afterwards tells what is wrong with it. */
static json_t *peek(struct image *img, struct str blob)
{
    _cleanup_(part_done) struct part part = {.fd = -1};
    _cleanup_free_ char *text = NULL;
    json_t *root = NULL;
    size_t n;
    if (store_get(&img->store, blob, &part) || part_read_all(&part, img->limits.json_bytes, &text, &n) ||
        json_parse(str_n(text, n), &root, NULL) < 0)
        return NULL;
    return root;
}

/* A descriptor must say the type; where one does not, the document itself does. */
static bool is_index_inside(struct image *img, struct str blob)
{
    _cleanup_(json_decrefp) json_t *root = peek(img, blob);
    return json_is_array(json_object_get(root, "manifests")) && !json_object_get(root, "layers");
}

/* The platform that an image's own configuration names, where the descriptor names none. */
static void ask_platform(struct image *img, struct candidate *c)
{
    _cleanup_(json_decrefp) json_t *manifest = peek(img, c->blob);
    size_t wrong = 0;
    struct str digest = json_get_str(json_object_get(manifest, "config"), "digest", &img->arena, &wrong);
    _cleanup_(json_decrefp) json_t *config = peek(img, blob_name(img, digest));
    struct str os = json_get_str(config, "os", &img->arena, &wrong), arch = json_get_str(config, "architecture", &img->arena, &wrong);
    if (!arch.n || str_is(os, "unknown")) /* what BuildKit writes into attestations, which are for no platform */
        return;
    c->os = os;
    c->arch = arch;
    c->variant = json_get_str(config, "variant", &img->arena, &wrong);
}

static void search_index(struct search *s, const json_t *index, struct str ref, int depth);

static void search_descriptor(struct search *s, const json_t *d, struct str ref, int depth)
{
    struct image *img = s->img;
    size_t wrong = 0;
    struct str own = ref_of(img, d);
    struct str digest = json_get_str(d, "digest", &img->arena, &wrong);
    struct str type = json_get_str(d, "mediaType", &img->arena, &wrong);
    if (is_attestation(d) || (s->ref && !depth && !ref_fits(d, s->ref)))
        return;
    if (own.n)
        ref = own;
    const json_t *p = json_object_get(d, "platform");
    struct candidate c = {
        .digest = digest,
        .ref = ref,
        .blob = manifest_name(img, digest),
        .os = json_get_str(p, "os", &img->arena, &wrong),
        .arch = json_get_str(p, "architecture", &img->arena, &wrong),
        .variant = json_get_str(p, "variant", &img->arena, &wrong),
    };
    if (!is_index(type) && (type.n || !is_index_inside(img, c.blob))) {
        vec_each(o, &s->found) if (str_eq(o->digest, digest)) return; /* the same image under another name */
        vec_add(&s->found, c);
        return;
    }
    struct str text;
    struct error err = ERROR_NULL;
    _cleanup_(json_decrefp) json_t *inner = NULL;
    vec_each(i, &s->indexes) if (str_eq(*i, digest)) return;
    if (depth >= IMAGE_INDEX_DEPTH) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(TOO_MANY), "indexes within indexes over %d deep",
                      IMAGE_INDEX_DEPTH);
        return;
    }
    vec_add(&s->indexes, digest);
    if (blob_text(img, manifest_name(img, digest), "index", &text))
        return;
    if (!digest_fits(img, text, digest))
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH), "index %.*s has another digest",
                      STR_ARG(digest));
    if (json_parse(text, &inner, &err) < 0) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(CORRUPT), "index %.*s: %s", STR_ARG(digest), err.text);
        return;
    }
    search_index(s, inner, ref, depth + 1);
}

static void search_index(struct search *s, const json_t *index, struct str ref, int depth)
{
    const json_t *list = json_object_get(index, "manifests");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (++s->seen > IMAGE_INDEX_MANIFESTS) {
            image_trouble(s->img, 0, IMAGE_PROBLEM_MASK(TOO_MANY), "over %d manifests",
                          IMAGE_INDEX_MANIFESTS);
            return;
        }
        search_descriptor(s, json_array_get(list, i), ref, depth);
    }
}

static void add_names(struct search *s, struct strbuf *b, bool platforms)
{
    size_t shown = 0;
    vec_each(c, &s->found)
    {
        if (shown++ == 16) {
            strbuf_adds(b, ", …");
            return;
        }
        strbuf_adds(b, c == s->found.v ? "" : ", ");
        if (platforms)
            text_add_safe(b, arena_printf(&s->img->arena, "%.*s/%.*s", STR_ARG(c->os), STR_ARG(c->arch)));
        else
            text_add_safe(b, c->ref.n ? c->ref : c->digest);
    }
}

static int choose(struct search *s, const char *platform, const struct candidate **ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf names = {};
    const struct candidate *only = NULL;
    size_t fits = 0;
    if (!s->found.n && s->ref)
        return error_set(err, -ENOENT, "the layout has no image named %s", s->ref);
    if (!s->found.n)
        return error_set(err, -EINVAL, "the layout's index names no image that can be read");
    const char *want = platform ? platform : platform_own();
    const struct platform wanted = platform_parse(str_from(want));
    for (size_t i = 0; platform && i < s->found.n && i < ASKED_MAX; i++)
        if (!s->found.v[i].os.n)
            ask_platform(s->img, &s->found.v[i]);
    vec_each(c, &s->found) if (platform_fits((struct platform){c->os, c->arch, c->variant}, wanted))
    {
        only = c;
        fits++;
    }
    if (!fits && s->found.n == 1 && (!platform || !s->found.v->os.n)) {
        *ret = s->found.v;
        return 0;
    }
    if (fits == 1) {
        *ret = only;
        return 0;
    }
    bool has_platforms = true;
    vec_each(c, &s->found) has_platforms &= c->os.n != 0;
    if (!fits && has_platforms) {
        add_names(s, &names, true);
        return error_set(err, -ENOENT, "no image for %s here, only for: %.*s; choose one with --platform",
                         want, STR_ARG(strbuf_str(&names)));
    }
    add_names(s, &names, false);
    return error_set(err, -ENOTUNIQ, "it holds several images: %.*s; choose one as TARGET:NAME",
                     STR_ARG(strbuf_str(&names)));
}

static void read_layers(struct image *img, const json_t *manifest)
{
    const json_t *list = json_object_get(manifest, "layers");
    image_set_layers(img, json_array_size(list));
    for (size_t i = 0; i < img->info.n_layers; i++) {
        const json_t *d = json_array_get(list, i), *size = json_object_get(d, "size");
        struct image_layer *l = &img->layers[i];
        struct layer_source *src = &img->sources[i];
        size_t wrong = 0;
        l->digest = json_get_str(d, "digest", &img->arena, &wrong);
        l->media_type = json_get_str(d, "mediaType", &img->arena, &wrong);
        src->blob = blob_name(img, l->digest);
        src->may_be_file = !artifact_is_layer_type(l->media_type);
        src->title = json_get_str(json_object_get(d, "annotations"), "org.opencontainers.image.title", &img->arena, &wrong);
        src->is_encrypted = str_ends(l->media_type, STR("+encrypted"));
        if (json_is_integer(size) && json_integer_value(size) >= 0) {
            src->has_declared_size = true;
            src->declared_size = (uint64_t)json_integer_value(size);
        }
    }
}

/* Whether a layer of a foreign media type is a tar, or cannot be looked at to see that it is none. */
static bool has_hidden_tar(struct image *img)
{
    bool found = false;
    for (size_t i = 0; !found && i < img->info.n_layers; i++) {
        struct part part = {.fd = -1};
        if (!img->sources[i].may_be_file)
            continue;
        found = layer_blob(img, (uint32_t)i + 1, &part) || part_is_tar(&part, &img->limits);
        part_done(&part);
    }
    return found;
}

/* What the manifest is of: an image's configuration is read, an artifact's is text like any other. */
static void read_config(struct image *img, const json_t *manifest, struct str text, bool is_there)
{
    struct image_info *info = &img->info;
    struct artifact_signs signs = {.manifest = manifest, .config = artifact_config_of(text)};
    signs.has_tar = signs.config == ARTIFACT_CONFIG_ROOTFS && has_hidden_tar(img);
    info->artifact = arena_str(&img->arena, text_cut(artifact_type(&signs), IMAGE_MEDIA_TYPE_BYTES));
    for (size_t i = 0; info->artifact.n && i < info->n_layers; i++)
        img->sources[i].may_be_file = true;
    info->config = text;
    if (is_there && (!info->artifact.n || signs.config == ARTIFACT_CONFIG_ROOTFS))
        config_read(img, text);
}

/* Names and dates are short and say nothing. */
static void add_annotations(json_t *list, const json_t *of)
{
    enum { VALUE_MIN = 24 };
    const char *key;
    json_t *notes = json_object(), *v;
    json_object_foreach(json_object_get(of, "annotations"), key, v)
    {
        if (json_is_string(v) && json_string_length(v) >= VALUE_MIN)
            (void)json_object_set(notes, key, v);
    }
    if (json_object_size(notes))
        (void)json_array_append(list, notes);
    json_decref(notes);
}

/* What whoever pushed the image wrote beside it. */
static void read_annotations(struct image *img, const json_t *index, const json_t *manifest, struct str digest)
{
    _cleanup_(json_decrefp) json_t *list = json_array();
    const json_t *entries = json_object_get(index, "manifests"), *layers = json_object_get(manifest, "layers");
    add_annotations(list, index);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const char *of = json_string_value(json_object_get(json_array_get(entries, i), "digest"));
        if (of && str_is(digest, of))
            add_annotations(list, json_array_get(entries, i));
    }
    add_annotations(list, manifest);
    add_annotations(list, json_object_get(manifest, "config"));
    for (size_t i = 0; i < json_array_size(layers); i++)
        add_annotations(list, json_array_get(layers, i));
    _cleanup_free_ char *text = json_array_size(list) ? json_dumps(list, JSON_COMPACT) : NULL;
    if (text)
        img->info.annotations = arena_str(&img->arena, str_from(text));
}

static struct str text_digest(struct image *img, struct str text)
{
    uint8_t bytes[SHA256_BYTES];
    sha256_once(text.p, text.n, bytes);
    return arena_printf(&img->arena, "sha256:%.*s", STR_ARG(hex_encode(&img->arena, bytes, sizeof(bytes))));
}

static int read_manifest(struct image *img, const json_t *index, const struct candidate *c, struct error *err)
{
    struct str text;
    size_t wrong = 0;
    _cleanup_(json_decrefp) json_t *manifest = NULL;
    struct error why = ERROR_NULL;
    if (blob_text(img, c->blob, "manifest", &text))
        return error_set(err, -EINVAL, "manifest %.*s cannot be read", STR_ARG(c->digest));
    if (!digest_fits(img, text, c->digest))
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH), "manifest %.*s has another digest",
                      STR_ARG(c->digest));
    img->info.manifest_digest = text_digest(img, text);
    if (json_parse(text, &manifest, &why) < 0)
        return error_set(err, -EINVAL, "manifest %.*s: %s", STR_ARG(c->digest), why.text);
    if (!json_is_array(json_object_get(manifest, "layers")))
        return error_set(err, -EINVAL, "manifest %.*s has no list of layers", STR_ARG(c->digest));
    read_layers(img, manifest);
    read_annotations(img, index, manifest, c->digest);
    struct str digest = json_get_str(json_object_get(manifest, "config"), "digest", &img->arena, &wrong);
    img->info.config_digest = digest;
    text = STR_NULL;
    bool has_config = !blob_text(img, blob_name(img, digest), "configuration", &text);
    if (has_config && !digest_fits(img, text, digest))
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH), "configuration %.*s has another digest", STR_ARG(digest));
    read_config(img, manifest, text, has_config);
    return 0;
}

int oci_open(struct image *img, const char *ref, const char *platform, struct error *err)
{
    struct search s = {.img = img, .ref = ref};
    struct str text;
    struct error why = ERROR_NULL;
    const struct candidate *c = NULL;
    _cleanup_(json_decrefp) json_t *index = NULL;
    const char *top = img->is_flat ? "manifest.json" : "index.json";
    struct str name = arena_printf(&img->arena, "/%s", top);
    if (blob_text(img, name, "index", &text))
        return error_set(err, -EINVAL, "an OCI layout without a readable %s", top);
    if (json_parse(text, &index, &why) < 0)
        return error_set(err, -EINVAL, "%s: %s", top, why.text);
    if (img->is_flat && json_object_get(index, "layers") && !ref) {
        struct candidate only = {.digest = text_digest(img, text), .blob = name};
        vec_add(&s.found, only);
    } else if (json_is_array(json_object_get(index, "fsLayers"))) {
        return error_set(err, -EPROTONOSUPPORT,
                         "%s is of docker's schema 1, which no engine loads any more; copy the image anew with `skopeo copy --format v2s2`", top);
    } else {
        search_index(&s, index, STR_NULL, 0);
    }
    int r = choose(&s, platform, &c, err);
    if (!r) {
        img->info.ref = c->ref;
        r = read_manifest(img, index, c, err);
    }
    vec_done(&s.found);
    vec_done(&s.indexes);
    return r;
}
