// SPDX-License-Identifier: Apache-2.0
/* containerd keeps the bundle of each task in /run, with names and images of what CRI and nerdctl started in
 * its annotations; the rest stands in its database. */
#include "source/container/internal.h"

static const char *const STATES[] = {"/run/containerd", "/run/k3s/containerd",
                                     "/run/docker/containerd/daemon", "/run/docker/containerd"};

#define CRI "io.kubernetes.cri."

static void fill_cri(struct finder *f, struct container_info *c, const json_t *notes)
{
    struct str sandbox = text_at(notes, CRI "sandbox-id"), name = text_at(notes, CRI "container-name");
    c->is_sandbox = str_is(text_at(notes, CRI "container-type"), "sandbox");
    container_set(c, &c->name, c->is_sandbox ? text_at(notes, CRI "sandbox-name") : name);
    struct str image = text_at(notes, CRI "image-name");
    if (image.n)
        container_set_image(c, image);
    container_set_pod(c, sandbox.n ? sandbox : c->id, text_at(notes, CRI "sandbox-uid"),
                      text_at(notes, CRI "sandbox-name"), text_at(notes, CRI "sandbox-namespace"));
    if (name.n)
        container_add_label(c, &c->labels, STR(CONTAINER_LABEL_NAME), name);
    network_from_cache(f, c, c->sandbox_id);
}

/* What nerdctl writes as annotations of the bundle. */
static void fill_nerdctl(struct container_info *c, const json_t *notes)
{
    struct str name = text_at(notes, "nerdctl/name");
    add_labels(c, &c->labels, notes);
    if (name.n)
        container_set(c, &c->name, name);
    struct str image = text_at(notes, "nerdctl/image-ref");
    if (image.n)
        container_set_image(c, image);
}

static struct container_info *from_bundle(struct finder *f, const json_t *spec, struct str ns)
{
    const json_t *notes = json_object_get(spec, "annotations");
    bool is_cri = text_at(notes, CRI "container-type").n;
    struct container_info *c = container_info_new(CONTAINER_CONTAINERD, f->id);
    container_set(c, &c->name, container_short_id(CONTAINER_CONTAINERD, f->id));
    if (is_cri)
        fill_cri(f, c, notes);
    else
        fill_nerdctl(c, notes);
    oci_fill(c, spec, is_cri ? OCI_POD : OCI_PLAIN);
    containerd_from_database(f, c, ns);
    return c;
}

static json_t *bundle_in(struct finder *f, const char *state, const char *ns)
{
    static const char *const RUNTIMES[] = {"v2.task", "v1.linux"};
    json_t *spec = NULL;
    for (size_t i = 0; !spec && i < ARRAY_SIZE(RUNTIMES); i++)
        spec = store_json(f, STORE_FILE_MAX, "%s/io.containerd.runtime.%s/%s/%.*s/config.json", state,
                          RUNTIMES[i], ns, STR_ARG(f->id));
    return spec;
}

static json_t *bundle_in_each(struct finder *f, const char *state, struct str *ret_ns)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/io.containerd.runtime.v2.task", state);
    _cleanup_closedir_ DIR *d = store_folder(f, path);
    json_t *spec = NULL;
    size_t seen = 0;
    for (struct dirent *e; d && !spec && seen < STORE_FOLDERS_MAX && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        seen++;
        spec = bundle_in(f, state, e->d_name);
        if (spec)
            *ret_ns = arena_str(&f->arena, str_from(e->d_name));
    }
    return spec;
}

struct container_info *find_containerd(struct finder *f)
{
    _cleanup_(json_decrefp) json_t *spec = NULL;
    struct str ns = str_from(f->ns);
    for (size_t i = 0; !spec && i < ARRAY_SIZE(STATES); i++)
        spec = f->ns ? bundle_in(f, STATES[i], f->ns) : bundle_in_each(f, STATES[i], &ns);
    if (!spec && f->home && f->q->owner)
        spec = bundle_in_each(f, arena_printf(&f->arena, "/run/user/%u/containerd", f->q->owner).p, &ns);
    return spec ? from_bundle(f, spec, ns) : NULL;
}
