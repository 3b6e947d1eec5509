// SPDX-License-Identifier: Apache-2.0
/* The image's configuration (OCI image-spec config.md; docker's is the same for what is read here). */
#include <errno.h>

#include "base/intl.h"
#include "image/internal.h"
#include "base/json.h"
#include "image/path.h"
#include "image/sha512.h"

int blob_text(struct image *img, struct str name, const char *what, struct str *ret)
{
    _cleanup_(part_done) struct part part = {.fd = -1};
    _cleanup_free_ char *text = NULL;
    size_t n;
    int r = store_get(&img->store, name, &part);
    if (!r)
        r = part_read_all(&part, img->limits.json_bytes, &text, &n);
    if (r > 0)
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(MISSING_BLOB), "%s %.*s is not there", _(what), STR_ARG(name));
    else if (r == -EFBIG)
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(BOMB), "%s %.*s is larger than %llu bytes", _(what),
                      STR_ARG(name), (unsigned long long)img->limits.json_bytes);
    else if (r < 0)
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(UNREADABLE), "%s %.*s: %s", _(what), STR_ARG(name),
                      error_words(r));
    else
        *ret = arena_str(&img->arena, str_n(text, n));
    return r;
}

static bool is_sha256(struct str digest)
{
    uint8_t bytes[SHA256_BYTES];
    return str_starts(digest, STR("sha256:")) && digest.n == 7 + SHA256_HEX &&
           hex_decode(str_sub(digest, 7, digest.n), bytes);
}

struct str digest_path(struct arena *a, struct str digest)
{
    if (is_sha256(digest))
        return arena_printf(a, "/blobs/sha256/%.*s", SHA256_HEX, digest.p + 7);
    if (sha512_is(digest))
        return arena_printf(a, "/blobs/sha512/%.*s", 128, digest.p + 7);
    return STR_NULL;
}

bool digest_fits(struct image *img, struct str text, struct str digest)
{
    const struct part part = part_memory(text.p, text.n);
    if (!is_sha256(digest))
        return !sha512_is(digest) || sha512_fits(&part, digest);
    uint8_t bytes[SHA256_BYTES];
    sha256_once(text.p, text.n, bytes);
    struct str hex = hex_encode(&img->arena, bytes, sizeof(bytes));
    return str_eq_nocase(hex, str_sub(digest, 7, digest.n));
}

static void read_history(struct image *img, const json_t *root, size_t *wrong)
{
    const json_t *list = json_object_get(root, "history");
    if (!json_is_array(list)) {
        *wrong += list && !json_is_null(list);
        return;
    }
    size_t n = json_array_size(list), made = 0;
    struct image_history *h = arena_array(&img->arena, struct image_history, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        h[i].created_by = json_get_str(o, "created_by", &img->arena, wrong);
        h[i].comment = json_get_str(o, "comment", &img->arena, wrong);
        h[i].created = json_get_str(o, "created", &img->arena, wrong);
        h[i].empty_layer = json_is_true(json_object_get(o, "empty_layer"));
        made += !h[i].empty_layer;
    }
    img->info.history = h;
    img->info.n_history = n;
    if (!n)
        return;
    if (made != img->info.n_layers) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(HISTORY_MISMATCH),
                      "the history names %zu layers, the image has %zu", made, img->info.n_layers);
        return;
    }
    for (size_t i = 0, layer = 0; i < n; i++)
        if (!h[i].empty_layer)
            img->layers[layer++].created_by = h[i].created_by;
}

static void read_diff_ids(struct image *img, const json_t *root, size_t *wrong)
{
    const struct str *ids = NULL;
    size_t n = json_get_list(json_object_get(root, "rootfs"), "diff_ids", &img->arena, &ids, wrong);
    if (n != img->info.n_layers) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(DIFF_ID_MISMATCH),
                      "the configuration names %zu layers, the manifest %zu", n, img->info.n_layers);
        return;
    }
    for (size_t i = 0; i < n; i++)
        img->layers[i].diff_id = ids[i];
}

static void read_all(struct image *img, struct str text, bool names_layers)
{
    struct image_info *info = &img->info;
    struct arena *a = &img->arena;
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct error err = ERROR_NULL;
    size_t wrong = 0;
    info->config = text;
    if (json_parse(text, &root, &err) < 0 || !json_is_object(root)) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(CORRUPT), "the configuration is no JSON object: %s",
                      err.text);
        return;
    }
    const json_t *c = json_object_get(root, "config");
    wrong += c && !json_is_object(c) && !json_is_null(c);
    info->os = json_get_str(root, "os", a, &wrong);
    info->arch = json_get_str(root, "architecture", a, &wrong);
    info->variant = json_get_str(root, "variant", a, &wrong);
    info->author = json_get_str(root, "author", a, &wrong);
    info->created = json_get_str(root, "created", a, &wrong);
    info->user = json_get_str(c, "User", a, &wrong);
    info->workdir = json_get_str(c, "WorkingDir", a, &wrong);
    info->n_entrypoint = json_get_list(c, "Entrypoint", a, &info->entrypoint, &wrong);
    info->n_cmd = json_get_list(c, "Cmd", a, &info->cmd, &wrong);
    info->n_env = json_get_list(c, "Env", a, &info->env, &wrong);
    info->n_labels = json_get_names(c, "Labels", true, a, &info->labels, &wrong);
    info->n_ports = json_get_names(c, "ExposedPorts", false, a, &info->ports, &wrong);
    info->n_volumes = json_get_names(c, "Volumes", false, a, &info->volumes, &wrong);
    if (names_layers) {
        read_history(img, root, &wrong);
        read_diff_ids(img, root, &wrong);
    }
    if (wrong)
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(CORRUPT),
                      "%zu parts of the configuration are of a wrong type and were left out", wrong);
}

void config_read(struct image *img, struct str text)
{
    read_all(img, text, true);
}

void config_read_old(struct image *img, struct str text)
{
    read_all(img, text, false);
}
