// SPDX-License-Identifier: Apache-2.0
/*
 * containerd's database: of each container the image, labels, and what CRI noted (a JSON text of kubelet's
 * configuration); of each image its digest. What bundles cannot tell: labels of pods, mounts as kubelet asked
 * for them, whether kubelet said privileged.
 */
#include "base/vec.h"
#include "source/container/database.h"

static const char *const PLACES[] = {
    "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db",
    "/var/lib/rancher/k3s/agent/containerd/io.containerd.metadata.v1.bolt/meta.db",
    "/var/lib/docker/containerd/daemon/io.containerd.metadata.v1.bolt/meta.db",
};

/* What one look finds; taken over once the state is known to be whole. */
struct findings {
    struct str ns, id;
    struct arena arena;
    struct str image, digest, note; /* note: JSON of CRI */
    VEC(struct container_label) labels;
};

static void add_label(void *ctx, struct str key, struct str value)
{
    struct findings *f = ctx;
    if (f->labels.n < CONTAINER_LABELS_MAX)
        vec_add(&f->labels, (struct container_label){arena_str(&f->arena, key), arena_str(&f->arena, value)});
}

static struct str get(struct bolt *b, struct findings *f, const struct str *path, size_t n)
{
    _cleanup_(strbuf_done) struct strbuf value = {};
    return bolt_get(b, path, n, &value) ? STR_NULL : arena_str(&f->arena, strbuf_str(&value));
}

/* The value within a protobuf Any: field 1 its type, field 2 the bytes; lengths are numbers of seven bits a
 * byte. */
static struct str any_value(struct str any)
{
    struct str value = STR_NULL;
    while (any.n) {
        uint64_t n = 0;
        size_t at = 1;
        unsigned tag = (uint8_t)any.p[0];
        for (unsigned shift = 0; at < any.n && shift < 35; shift += 7) {
            uint8_t byte = (uint8_t)any.p[at++];
            n |= (uint64_t)(byte & 0x7f) << shift;
            if (!(byte & 0x80))
                break;
        }
        if ((tag & 7) != 2 || n > any.n - at)
            return STR_NULL;
        if (tag >> 3 == 2)
            value = str_sub(any, at, at + (size_t)n);
        any = str_sub(any, at + (size_t)n, any.n);
    }
    return value;
}

static bool look(struct bolt *b, void *ctx)
{
    static const char *const NOTES[] = {"io.cri-containerd.container.metadata",
                                        "io.cri-containerd.sandbox.metadata"};
    struct findings *f = ctx;
    struct str path[8] = {STR("v1"), f->ns, STR("containers"), f->id, STR("image")};
    arena_reset(&f->arena);
    vec_clear(&f->labels);
    f->note = f->digest = STR_NULL;
    f->image = get(b, f, path, 5);
    path[4] = STR("labels");
    int r = bolt_each(b, path, 5, add_label, f);
    path[4] = STR("extensions");
    for (size_t i = 0; i < ARRAY_SIZE(NOTES) && !f->note.n; i++) {
        path[5] = str_from(NOTES[i]);
        f->note = any_value(get(b, f, path, 6));
    }
    if (f->image.n) {
        struct str image[] = {STR("v1"), f->ns, STR("images"), f->image, STR("target"), STR("digest")};
        f->digest = get(b, f, image, ARRAY_SIZE(image));
    }
    return !r || f->image.n || f->note.n;
}

/* ---- what CRI noted ---- */

static void take_mounts(struct container_info *c, const json_t *mounts)
{
    if (!json_array_size(mounts))
        return;
    c->n_mounts = 0; /* in place of those of the bundle, where the runtime's own stand among them */
    for (size_t i = 0; i < json_array_size(mounts); i++)
        cri_mount(c, json_array_get(mounts, i));
}

static void take_note(struct container_info *c, const json_t *note)
{
    const json_t *m = json_object_get(note, "Metadata"), *config = json_object_get(m, "Config");
    struct str reference = text_at(m, "ImageRef"), ip = text_at(m, "IP");
    if (str_starts(reference, STR("sha256:")))
        container_set(c, &c->image_id, str_sub(reference, 7, reference.n));
    if (ip.n && !c->ip.n)
        container_set(c, &c->ip, ip);
    take_mounts(c, json_object_get(config, "mounts"));
    const json_t *context = node_at(config, "linux", "security_context");
    if (json_is_object(context) && !c->is_sandbox)
        c->privileged = container_known_from(json_is_true(json_object_get(context, "privileged")));
}

/* Labels of the pod, and the probes that kubectl noted, from its sandbox. */
static void take_sandbox(struct container_info *c, const json_t *note)
{
    const json_t *config = node_at(note, "Metadata", "Config");
    struct str ip = text_at(note, "Metadata", "IP");
    add_labels(c, &c->pod_labels, json_object_get(config, "labels"));
    if (ip.n && !c->ip.n)
        container_set(c, &c->ip, ip);
    if (!c->is_sandbox)
        probes_from_pod(c, text_at(config, "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
                        c->name);
}

static bool look_in_each(struct finder *f, struct findings *found)
{
    for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++)
        if (database_look(f, PLACES[i], look, found))
            return true;
    return false;
}

static void done(struct findings *f)
{
    vec_done(&f->labels);
    arena_done(&f->arena);
}

void containerd_from_database(struct finder *f, struct container_info *c, struct str ns)
{
    struct findings own = {.ns = ns, .id = f->id}, sandbox = {.ns = ns, .id = c->sandbox_id};
    if (look_in_each(f, &own)) {
        _cleanup_(json_decrefp) json_t *note = store_parse(own.note);
        if (own.image.n && !c->image.n)
            container_set_image(c, own.image);
        if (own.digest.n && !c->digest.n)
            container_set(c, &c->digest, own.digest);
        for (size_t i = 0; i < own.labels.n; i++)
            container_add_label(c, &c->labels, own.labels.v[i].key, own.labels.v[i].value);
        struct str name = STR_NULL;
        for (size_t i = 0; i < own.labels.n; i++)
            if (str_is(own.labels.v[i].key, "nerdctl/name"))
                name = own.labels.v[i].value;
        if (name.n)
            container_set(c, &c->name, name);
        take_note(c, note);
    }
    if (store_is_name(sandbox.id) && look_in_each(f, &sandbox)) {
        _cleanup_(json_decrefp) json_t *note = store_parse(sandbox.note);
        take_sandbox(c, note);
    }
    done(&own);
    done(&sandbox);
}
