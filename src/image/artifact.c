// SPDX-License-Identifier: Apache-2.0
#include <strings.h>

#include "image/artifact.h"

static struct str text_of(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return str_n(json_string_value(v), json_string_length(v));
}

bool artifact_is_layer_type(struct str t)
{
    return !t.n || str_starts(t, STR("application/vnd.oci.image.layer.")) ||
           str_starts(t, STR("application/vnd.docker.image.rootfs.")) ||
           str_starts(t, STR("application/vnd.docker.container.image.rootfs."));
}

enum artifact_config artifact_config_of(struct str text)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    if (json_parse(text, &root, NULL) < 0 || !json_is_object(root))
        return ARTIFACT_CONFIG_OTHER;
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        /* runtimes in Go take a key however its letters are written */
        if (!strcasecmp(key, "rootfs") && json_is_object(value))
            return ARTIFACT_CONFIG_ROOTFS;
    }
    return json_object_size(root) ? ARTIFACT_CONFIG_OTHER : ARTIFACT_CONFIG_EMPTY;
}

static bool is_image_config_type(struct str t)
{
    return !t.n || str_is(t, "application/vnd.oci.image.config.v1+json") ||
           str_is(t, "application/vnd.docker.container.image.v1+json");
}

static bool has_image_layer(const json_t *layers)
{
    for (size_t i = 0; i < json_array_size(layers); i++)
        if (artifact_is_layer_type(text_of(json_array_get(layers, i), "mediaType")))
            return true;
    return false;
}

static struct str name_of(const json_t *manifest)
{
    struct str declared = text_of(manifest, "artifactType"), config = text_of(json_object_get(manifest, "config"), "mediaType");
    struct str layer = text_of(json_array_get(json_object_get(manifest, "layers"), 0), "mediaType");
    bool says_nothing = is_image_config_type(config) || str_is(config, "application/vnd.oci.empty.v1+json");
    return declared.n ? declared : says_nothing && layer.n ? layer : config;
}

struct str artifact_type(const struct artifact_signs *s)
{
    const json_t *m = s->manifest, *layers = json_object_get(m, "layers");
    bool is_foreign = !is_image_config_type(text_of(json_object_get(m, "config"), "mediaType"));
    if (s->config == ARTIFACT_CONFIG_ROOTFS && (s->has_tar || !json_array_size(layers)))
        return STR_NULL;
    /* an empty configuration is an image's only in name: no runtime takes it for layers that it does not name */
    bool is_bare = s->config == ARTIFACT_CONFIG_EMPTY && json_array_size(layers) && !has_image_layer(layers);
    if (s->config != ARTIFACT_CONFIG_ROOTFS && !is_foreign && !is_bare)
        return STR_NULL;
    /* ORAS gives any file the media type of a layer, beside a configuration of {} that says it is none */
    if (has_image_layer(layers) && (!is_foreign || s->config != ARTIFACT_CONFIG_EMPTY))
        return STR_NULL;
    return name_of(m);
}
