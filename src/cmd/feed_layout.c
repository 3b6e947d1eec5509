// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/file.h"
#include "base/map.h"
#include "cmd/feed_json.h"
#include "cmd/feed_layout.h"

struct layout {
    const char *folder;
    struct arena *arena;
    struct map seen;
    struct feed_digests *digests;
    struct error *err;
};

static int read_descriptor(struct layout *l, const json_t *descriptor, enum feed_type type, unsigned depth);

static int load(struct layout *l, const char *path, json_t **ret)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, FEED_LAYOUT_BYTES, &text, l->err);
    return r < 0 ? r : feed_json_parse(path, strbuf_str(&text), ret, l->err);
}

static int read_list(struct layout *l, const json_t *list, enum feed_type type, unsigned depth)
{
    const json_t *item;
    size_t i;
    int r = 0;
    json_array_foreach((json_t *)list, i, item)
        if (!r)
            r = read_descriptor(l, item, type, depth);
    return r;
}

/* An index holds manifests, a manifest a configuration and layers. */
static int read_document(struct layout *l, const char *path, unsigned depth)
{
    _cleanup_(feed_json_freep) json_t *j = NULL;
    if (depth > FEED_LAYOUT_DEPTH)
        return error_set(l->err, -EFBIG, "%s: indexes in indexes, %d deep", path, FEED_LAYOUT_DEPTH);
    int r = load(l, path, &j);
    if (!r)
        r = read_list(l, json_object_get(j, "manifests"), FEED_MANIFEST, depth + 1);
    if (!r && json_is_object(json_object_get(j, "config")))
        r = read_descriptor(l, json_object_get(j, "config"), FEED_CONFIG, depth);
    return r ? r : read_list(l, json_object_get(j, "layers"), FEED_LAYER, depth);
}

static int read_descriptor(struct layout *l, const json_t *descriptor, enum feed_type type, unsigned depth)
{
    struct feed_digest d = {.type = type};
    struct str digest = feed_json_str(descriptor, "digest");
    bool is_new;
    if (!feed_digest_parse(digest, d.digest))
        return error_set(l->err, -EINVAL, "%s: `%.*s` is no SHA-256 digest", l->folder, (int)(digest.n < 80 ? digest.n : 80),
                         digest.n ? digest.p : "");
    (void)map_put(&l->seen, feed_digest_text(l->arena, d.digest), &is_new);
    if (!is_new)
        return 0;
    if (l->digests->n >= FEED_LAYOUT_DIGESTS)
        return error_set(l->err, -EFBIG, "%s: more than %d digests", l->folder, FEED_LAYOUT_DIGESTS);
    vec_add(l->digests, d);
    if (type != FEED_MANIFEST)
        return 0;
    const char *path =
        arena_printf(l->arena, "%s/blobs/sha256/%s", l->folder, hex_encode(l->arena, d.digest, sizeof(d.digest)).p).p;
    return access(path, F_OK) < 0 ? 0 : read_document(l, path, depth); /* other platforms are often left out of a layout */
}

int feed_layout_read(const char *folder, struct arena *a, struct feed_digests *ret, struct error *err)
{
    struct layout l = {.folder = folder, .arena = a, .digests = ret, .err = err};
    const char *path = arena_printf(a, "%s/index.json", folder).p;
    if (access(path, F_OK) < 0)
        return error_set(err, -ENOENT, "%s is a folder without an OCI layout (index.json); name files, or scan it", folder);
    int r = read_document(&l, path, 0);
    map_done(&l.seen);
    return r;
}
