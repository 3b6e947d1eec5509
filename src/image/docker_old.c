// SPDX-License-Identifier: Apache-2.0
/*
 * What `docker save` wrote before version 1.10: `repositories` names the highest layer of each image, and each layer is a
 * folder with its tar and a description that names the layer beneath. Docker read it up to version 27.
 */
#include <errno.h>

#include "base/json.h"
#include "base/text.h"
#include "image/internal.h"
#include "image/reference.h"

/* One image of `repositories`: {"name": {"tag": "layer"}}. */
struct named {
    struct str ref, id;
};

struct names {
    VEC(struct named) all;
};

static void names_done(struct names *n)
{
    vec_done(&n->all);
}

static bool is_id(struct str s)
{
    uint8_t bytes[SHA256_BYTES];
    return s.n == SHA256_HEX && hex_decode(s, bytes);
}

/* 0, or 1 when the text is of something else. */
static int read_names(struct image *img, struct str text, struct names *ret)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    const char *name, *tag;
    json_t *tags, *id;
    if (json_parse(text, &root, NULL) < 0 || !json_is_object(root))
        return 1;
    json_object_foreach(root, name, tags)
    {
        json_object_foreach(tags, tag, id)
        {
            struct str s = str_n(json_string_value(id), json_string_length(id));
            if (!is_id(s))
                return 1;
            struct named n = {.ref = arena_printf(&img->arena, "%s:%s", name, tag), .id = arena_str(&img->arena, s)};
            vec_add(&ret->all, n);
        }
    }
    return ret->all.n ? 0 : 1;
}

static int choose(const struct names *names, const char *ref, const struct named **ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf list = {};
    bool is_one = true;
    for (size_t i = 0; i < names->all.n; i++) {
        const struct named *n = &names->all.v[i];
        if (ref && reference_is_same(n->ref, str_from(ref))) {
            *ret = n;
            return 0;
        }
        is_one &= str_eq(n->id, names->all.v->id);
        if (i >= 16)
            continue;
        strbuf_adds(&list, list.n ? ", " : "");
        text_add_safe(&list, n->ref);
    }
    if (ref)
        return error_set(err, -ENOENT, "no image named %s here, only: %.*s", ref, STR_ARG(strbuf_str(&list)));
    if (!is_one)
        return error_set(err, -ENOTUNIQ, "it holds several images: %.*s; choose one as TARGET:NAME", STR_ARG(strbuf_str(&list)));
    *ret = names->all.v;
    return 0;
}

/* What the layer's description says of how the layer was made, and the layer beneath. */
struct step {
    struct str id, text, parent;
    struct image_history made;
};

static bool read_step(struct image *img, struct str id, struct step *ret)
{
    struct arena *a = &img->arena;
    const struct str *words = NULL;
    _cleanup_(json_decrefp) json_t *root = NULL;
    _cleanup_(strbuf_done) struct strbuf line = {};
    struct error err = ERROR_NULL;
    size_t wrong = 0;
    *ret = (struct step){.id = id};
    if (blob_text(img, arena_printf(a, "/%.*s/json", STR_ARG(id)), "configuration", &ret->text))
        return false;
    if (json_parse(ret->text, &root, &err) < 0 || !json_is_object(root)) {
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(CORRUPT), "the configuration is no JSON object: %s", err.text);
        return true;
    }
    size_t n = json_get_list(json_object_get(root, "container_config"), "Cmd", a, &words, &wrong);
    for (size_t i = 0; i < n; i++)
        strbuf_printf(&line, "%s%.*s", i ? " " : "", STR_ARG(words[i]));
    ret->made.created_by = arena_str(a, strbuf_str(&line));
    ret->made.created = json_get_str(root, "created", a, &wrong);
    ret->made.comment = json_get_str(root, "comment", a, &wrong);
    ret->parent = json_get_str(root, "parent", a, &wrong);
    return true;
}

/* The layers from the highest down; a chain that comes back to itself ends like one that is too long. */
static void read_chain(struct image *img, struct str id)
{
    VEC(struct step) steps = {};
    struct step s;
    while (id.n && steps.n <= img->limits.layers && is_id(id)) {
        if (!read_step(img, id, &s) && steps.n)
            break;
        vec_add(&steps, s);
        id = s.parent;
    }
    if (id.n && !is_id(id))
        image_trouble(img, 0, IMAGE_PROBLEM_MASK(CORRUPT), "a layer stands on %.*s, which is no layer", STR_ARG(id));
    image_set_layers(img, steps.n);
    size_t n = img->info.n_layers;
    struct image_history *h = arena_array(&img->arena, struct image_history, n);
    for (size_t i = 0; i < n; i++) {
        const struct step *of = &steps.v[n - 1 - i];
        img->sources[i].blob = arena_printf(&img->arena, "/%.*s/layer.tar", STR_ARG(of->id));
        img->layers[i].created_by = of->made.created_by;
        h[i] = of->made;
    }
    img->info.history = h;
    img->info.n_history = n;
    if (steps.n && steps.v->text.n)
        config_read_old(img, steps.v->text);
    vec_done(&steps);
}

int docker_old_open(struct image *img, const char *ref, struct error *err)
{
    _cleanup_(names_done) struct names names = {};
    const struct named *image = NULL;
    struct str text;
    if (blob_text(img, STR("/repositories"), "manifest", &text) || read_names(img, text, &names))
        return 1;
    int r = choose(&names, ref, &image, err);
    if (r < 0)
        return r;
    img->info.ref = image->ref;
    read_chain(img, image->id);
    return 0;
}
