// SPDX-License-Identifier: Apache-2.0
/* containers/storage, which podman and CRI-O share: lists of containers and images, and each container's
 * bundle. */
#include "source/container/internal.h"

#define CRIO "io.kubernetes.cri-o."

struct store {
    const char *graph, *run; /* what stays, what a boot clears */
};

static const struct store MACHINES = {"/var/lib/containers/storage", "/run/containers/storage"};

static struct store owners(struct finder *f)
{
    return (struct store){arena_printf(&f->arena, "%s/.local/share/containers/storage", f->home).p,
                          arena_printf(&f->arena, "/run/user/%u/containers", f->q->owner).p};
}

static json_t *bundle_in(struct finder *f, const struct store *s)
{
    json_t *spec = store_json(f, STORE_FILE_MAX, "%s/overlay-containers/%.*s/userdata/config.json", s->run,
                              STR_ARG(f->id));
    if (!spec)
        spec = store_json(f, STORE_FILE_MAX, "%s/overlay-containers/%.*s/userdata/config.json", s->graph,
                          STR_ARG(f->id));
    return spec ? spec
                : store_json(f, STORE_FILE_MAX, "%s/vfs-containers/%.*s/userdata/config.json", s->graph,
                             STR_ARG(f->id));
}

/* The bundle, and in *ret the store that it lies in. */
static json_t *find_bundle(struct finder *f, struct store *ret)
{
    json_t *spec = NULL;
    *ret = MACHINES;
    if (f->bundle) {
        struct str path = str_from(f->bundle);
        /* <graph>/<driver>-containers/<id>/userdata */
        ptrdiff_t end = str_find(path, STR("-containers/"), 0);
        spec = store_json(f, STORE_FILE_MAX, "%s/config.json", f->bundle);
        if (spec && end > 0)
            ret->graph = arena_str(&f->arena, str_dirname(str_sub(path, 0, (size_t)end))).p;
    }
    if (!spec)
        spec = bundle_in(f, ret);
    if (!spec && f->home) {
        *ret = owners(f);
        spec = bundle_in(f, ret);
    }
    return spec;
}

static const json_t *entry_of(const json_t *list, struct str id)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        if (str_eq(text_at(o, "id"), id))
            return o;
    }
    return NULL;
}

/* A list of the store, whichever driver it has. */
static json_t *read_list(struct finder *f, const struct store *s, const char *what)
{
    static const char *const DRIVERS[] = {"overlay", "vfs", "btrfs", "zfs"};
    json_t *list = NULL;
    for (size_t i = 0; !list && i < ARRAY_SIZE(DRIVERS); i++)
        list = store_json(f, STORE_LIST_MAX, "%s/%s-%s/%s.json", s->graph, DRIVERS[i], what, what);
    return list;
}

/* Name and image by the list of containers, the image's digest by that of images. */
static void name_by_lists(struct finder *f, struct container_info *c, const struct store *s)
{
    _cleanup_(json_decrefp) json_t *containers = read_list(f, s, "containers");
    const json_t *o = entry_of(containers, f->id);
    if (!o)
        return;
    _cleanup_(json_decrefp) json_t *more = store_parse(text_at(o, "metadata"));
    struct str name = text_of(json_array_get(json_object_get(o, "names"), 0)),
               image = text_at(more, "image-name");
    if (!c->name.n)
        container_set(c, &c->name, name);
    if (!c->image.n && image.n)
        container_set_image(c, image);
    if (!c->image_id.n)
        container_set(c, &c->image_id, text_at(o, "image"));
    if (!c->created_ns)
        c->created_ns = time_from(text_at(o, "created"));
}

static void find_digest(struct finder *f, struct container_info *c, const struct store *s)
{
    if (!c->image_id.n || c->digest.n)
        return;
    _cleanup_(json_decrefp) json_t *images = read_list(f, s, "images");
    const json_t *o = entry_of(images, c->image_id);
    container_set(c, &c->digest, text_at(o, "digest"));
    struct str name = text_of(json_array_get(json_object_get(o, "names"), 0));
    if (!c->image.n && name.n)
        container_set_image(c, name);
}

/* ---- podman ---- */

struct container_info *find_podman(struct finder *f)
{
    struct store s;
    _cleanup_(json_decrefp) json_t *spec = find_bundle(f, &s);
    if (!spec)
        return ask_engine(f, CONTAINER_PODMAN);
    const json_t *notes = json_object_get(spec, "annotations");
    struct container_info *c = container_info_new(CONTAINER_PODMAN, f->id);
    podman_from_database(f, c, s.graph);
    name_by_lists(f, c, &s);
    find_digest(f, c, &s);
    oci_fill(c, spec, OCI_PODMAN);
    /* the specification of a privileged one is not always without masks */
    if (str_eq_nocase(text_at(notes, "io.podman.annotations.privileged"), STR("true")))
        c->privileged = CONTAINER_YES;
    /* `podman kube play` gives containers the names of their pods */
    container_set_pod(c, text_at(notes, "io.kubernetes.cri-o.SandboxID"), STR_NULL, STR_NULL, STR_NULL);
    network_from_cache(f, c, f->id);
    return c;
}

/* ---- CRI-O ---- */

static void fill_volumes(struct container_info *c, struct str volumes)
{
    _cleanup_(json_decrefp) json_t *list = store_parse(volumes);
    for (size_t i = 0; i < json_array_size(list); i++)
        cri_mount(c, json_array_get(list, i));
}

static void fill_labels(struct container_info *c, struct container_labels *of, struct str labels)
{
    _cleanup_(json_decrefp) json_t *o = store_parse(labels);
    add_labels(c, of, o);
}

/* What only the sandbox's bundle says. */
static void fill_from_sandbox(struct finder *f, struct container_info *c)
{
    struct finder of_sandbox = {.stores = f->stores, .q = f->q, .id = c->sandbox_id, .home = f->home};
    struct store s;
    _cleanup_(json_decrefp) json_t *spec = store_is_name(c->sandbox_id) ? find_bundle(&of_sandbox, &s) : NULL;
    const json_t *notes = json_object_get(spec, "annotations");
    _cleanup_(json_decrefp) json_t *pods = store_parse(text_at(notes, CRIO "Annotations"));
    fill_labels(c, &c->pod_labels, text_at(notes, CRIO "Labels"));
    if (c->name.n && !c->is_sandbox)
        probes_from_pod(c, text_at(pods, "kubectl.kubernetes.io/last-applied-configuration"), c->name);
    strbuf_done(&of_sandbox.text);
    arena_done(&of_sandbox.arena);
}

/* kubelet asks for an image by its id as a rule, and a name stands beside it; older versions give a digest as
 * the reference. */
static void fill_image(struct container_info *c, const json_t *notes)
{
    static const char *const NAMES[] = {CRIO "ImageName", CRIO "SomeNameOfTheImage", CRIO "Image"};
    struct str reference = text_at(notes, CRIO "ImageRef");
    const char *at = reference.n ? memchr(reference.p, '@', reference.n) : NULL;
    for (size_t i = 0; i < ARRAY_SIZE(NAMES) && !c->image.n; i++) {
        struct str name = text_at(notes, NAMES[i]);
        if (name.n && !container_is_hex_id(name))
            container_set_image(c, name);
    }
    if (at)
        container_set(c, &c->digest, str_from(at + 1));
    else if (reference.n)
        container_set(c, &c->image_id,
                      str_starts(reference, STR("sha256:")) ? str_sub(reference, 7, reference.n) : reference);
}

struct container_info *find_crio(struct finder *f)
{
    struct store s;
    _cleanup_(json_decrefp) json_t *spec = find_bundle(f, &s);
    const json_t *notes = json_object_get(spec, "annotations");
    struct str sandbox = text_at(notes, CRIO "SandboxID"), type = text_at(notes, CRIO "ContainerType");
    if (!type.n)
        return NULL;
    struct container_info *c = container_info_new(CONTAINER_CRIO, f->id);
    _cleanup_(json_decrefp) json_t *about = store_parse(text_at(notes, CRIO "Metadata"));
    c->is_sandbox = str_is(type, "sandbox");
    container_set(c, &c->name,
                  text_at(about, "name").n ? text_at(about, "name") : text_at(notes, CRIO "Name"));
    fill_image(c, notes);
    fill_labels(c, &c->labels, text_at(notes, CRIO "Labels"));
    container_set_pod(c, sandbox.n ? sandbox : f->id, text_at(notes, CONTAINER_LABEL_POD_UID),
                      text_at(notes, CRIO "KubeName").n ? text_at(notes, CRIO "KubeName")
                                                        : text_at(notes, CONTAINER_LABEL_POD_NAME),
                      text_at(notes, CRIO "Namespace"));
    container_set(c, &c->ip, text_at(notes, CRIO "IP.0"));
    container_set(c, &c->cni_json, text_at(notes, CRIO "CNIResult"));
    c->created_ns = time_from(text_at(notes, CRIO "Created"));
    oci_fill(c, spec, OCI_POD);
    fill_volumes(c, text_at(notes, CRIO "Volumes"));
    fill_from_sandbox(f, c);
    find_digest(f, c, &s);
    return c;
}
