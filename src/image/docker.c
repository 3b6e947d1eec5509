// SPDX-License-Identifier: Apache-2.0
/* What `docker save` writes: manifest.json names the configuration and the layers of each image. */
#include <errno.h>

#include "base/text.h"
#include "image/internal.h"
#include "base/json.h"
#include "image/path.h"
#include "image/reference.h"

static bool has_tag(const json_t *image, const char *ref)
{
    const json_t *tags = json_object_get(image, "RepoTags");
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        if (tag && reference_is_same(str_from(tag), str_from(ref)))
            return true;
    }
    return false;
}

static int choose(const json_t *list, const char *ref, const json_t **ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf names = {};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *image = json_array_get(list, i);
        if (ref ? has_tag(image, ref) : json_array_size(list) == 1) {
            *ret = image;
            return 0;
        }
        const char *tag = json_string_value(json_array_get(json_object_get(image, "RepoTags"), 0));
        if (i >= 16)
            continue;
        strbuf_adds(&names, i ? ", " : "");
        text_add_safe(&names, str_from(tag ? tag : "(no name)"));
    }
    if (!names.n)
        return error_set(err, -EINVAL, "manifest.json names no image");
    if (ref)
        return error_set(err, -ENOENT, "no image named %s here, only: %.*s", ref,
                         STR_ARG(strbuf_str(&names)));
    return error_set(err, -ENOTUNIQ, "it holds several images: %.*s; choose one as TARGET:NAME",
                     STR_ARG(strbuf_str(&names)));
}

static struct str cleaned(struct image *img, struct str raw)
{
    uint64_t ignored = 0;
    return path_clean(&img->arena, raw, &img->limits, &ignored);
}

/* "blobs/sha256/<hex>" (new layout) and "<hex>.json" (old) carry the digest in the name. */
static struct str digest_in_name(struct image *img, struct str path)
{
    struct str hex = str_basename(path);
    uint8_t bytes[SHA256_BYTES];
    if (str_ends(hex, STR(".json")))
        hex = str_sub(hex, 0, hex.n - 5);
    else if (!str_starts(path, STR("/blobs/sha256/")))
        return STR_NULL;
    if (hex.n != SHA256_HEX || !hex_decode(hex, bytes))
        return STR_NULL;
    return arena_printf(&img->arena, "sha256:%.*s", STR_ARG(hex));
}

static void read_config(struct image *img, struct str path)
{
    struct str text;
    if (blob_text(img, path, "configuration", &text))
        return;
    struct str named = digest_in_name(img, path);
    uint8_t bytes[SHA256_BYTES];
    sha256_once(text.p, text.n, bytes);
    struct str hex = hex_encode(&img->arena, bytes, sizeof(bytes));
    img->info.config_digest = arena_printf(&img->arena, "sha256:%.*s", STR_ARG(hex));
    if (named.n && !str_eq_nocase(named, img->info.config_digest))
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH), "configuration %.*s has the digest %.*s",
                      STR_ARG(path), STR_ARG(img->info.config_digest));
    config_read(img, text);
}

int docker_open(struct image *img, const char *ref, struct error *err)
{
    struct str text;
    _cleanup_(json_decrefp) json_t *list = NULL;
    const json_t *image = NULL;
    const struct str *layers = NULL, *tags = NULL;
    size_t wrong = 0;
    if (blob_text(img, STR("/manifest.json"), "manifest", &text))
        return 1;
    if (json_parse(text, &list, NULL) < 0)
        return 1;
    if (!json_is_array(list) || !json_object_get(json_array_get(list, 0), "Layers"))
        return 1;
    int r = choose(list, ref, &image, err);
    if (r < 0)
        return r;
    size_t n_tags = json_get_list(image, "RepoTags", &img->arena, &tags, &wrong);
    img->info.ref = ref ? arena_str(&img->arena, str_from(ref)) : n_tags ? tags[0] : STR_NULL;
    size_t n = json_get_list(image, "Layers", &img->arena, &layers, &wrong);
    image_set_layers(img, n);
    for (size_t i = 0; i < img->info.n_layers; i++) {
        img->sources[i].blob = cleaned(img, layers[i]);
        img->layers[i].digest = digest_in_name(img, img->sources[i].blob);
    }
    struct str config = json_get_str(image, "Config", &img->arena, &wrong);
    if (config.n)
        read_config(img, cleaned(img, config));
    else
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(MISSING_BLOB), "manifest.json names no configuration");
    if (wrong)
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(CORRUPT), "%zu parts of manifest.json are of a wrong type",
                      wrong);
    return 0;
}

void docker_compare(struct image *img)
{
    struct str text;
    _cleanup_(json_decrefp) json_t *list = NULL;
    if (blob_text(img, STR("/manifest.json"), "manifest", &text) || json_parse(text, &list, NULL) < 0)
        return;
    struct str digest = img->info.config_digest;
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t wrong = 0;
        struct str config = json_get_str(json_array_get(list, i), "Config", &img->arena, &wrong);
        struct str named = digest_in_name(img, cleaned(img, config));
        if (!named.n || str_eq_nocase(named, digest))
            return;
    }
    if (json_array_size(list))
        image_trouble(
            img, 0, IMAGE_PROBLEM_MASK(DIGEST_MISMATCH),
            "index.json and manifest.json name different images: tools disagree which one is loaded "
            "(what index.json names was looked at)");
}
