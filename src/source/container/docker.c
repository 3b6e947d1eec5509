// SPDX-License-Identifier: Apache-2.0
/* docker's files: config.v2.json and hostconfig.json of a container, repositories.json of the images. Their
 * members are those of its API, so that an answer of the socket is read by the same code. */
#include "source/container/internal.h"

static const char *const DATA_ROOTS[] = {"/var/lib/docker", "/var/snap/docker/common/var-lib-docker",
                                         "/var/lib/balena-engine"};

static void fill_mount(struct container_info *c, const json_t *m, struct str dest)
{
    struct str mode = text_at(m, "Mode");
    /* the file's name for it is older than the API's */
    if (!mode.n)
        mode = text_at(m, "Relabel");
    container_add_mount(c, &(struct container_mount){
                               .source = text_at(m, "Source"),
                               .dest = dest.n ? dest : text_at(m, "Destination"),
                               .mode = mode,
                               .rdwr = json_is_true(json_object_get(m, "RW")),
                               .propagation = text_at(m, "Propagation"),
                           });
}

static int by_dest(const void *a, const void *b)
{
    return str_cmp(((const struct container_mount *)a)->dest, ((const struct container_mount *)b)->dest);
}

static void fill_mounts(struct container_info *c, const json_t *o)
{
    const json_t *list = json_object_get(o, "Mounts"), *points = json_object_get(o, "MountPoints");
    for (size_t i = 0; i < json_array_size(list); i++)
        fill_mount(c, json_array_get(list, i), STR_NULL);
    json_t *m;
    const char *dest;
    json_object_foreach((json_t *)(uintptr_t)points, dest, m)
    {
        fill_mount(c, m, str_from(dest));
    }
    /* docker keeps them by destination and answers in any order; podman in the user's */
    if (c->type == CONTAINER_DOCKER && c->n_mounts)
        qsort(c->mounts, c->n_mounts, sizeof(*c->mounts), by_dest);
}

void fill_healthcheck(struct container_info *c, const json_t *test)
{
    struct str kind = text_of(json_array_get(test, 0));
    if (str_is(kind, "NONE"))
        c->healthcheck.kind = PROBE_NONE;
    if (str_is(kind, "CMD-SHELL")) {
        container_add_word(c, &c->healthcheck, STR("/bin/sh"));
        container_add_word(c, &c->healthcheck, STR("-c"));
    } else if (!str_is(kind, "CMD")) {
        return;
    }
    for (size_t i = 1; i < json_array_size(test); i++)
        container_add_word(c, &c->healthcheck, text_of(json_array_get(test, i)));
}

static struct str address_of(const json_t *c)
{
    struct str ip = text_at(c, "NetworkSettings", "IPAddress");
    const json_t *networks = node_at(c, "NetworkSettings", "Networks");
    if (!ip.n)
        ip = text_at(networks, "bridge", "IPAddress");
    json_t *n;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)networks, name, n)
    {
        (void)name;
        if (!ip.n)
            ip = text_at(n, "IPAddress");
    }
    return ip;
}

struct container_info *docker_info(enum container_type type, const json_t *o, const json_t *host)
{
    struct str id = text_at(o, "Id"), name = text_at(o, "Name");
    struct str image = text_at(o, "ImageName"); /* podman's */
    if (!id.n)
        id = text_at(o, "ID");
    if (!id.n || id.n >= CONTAINER_ID_MAX)
        return NULL;
    struct container_info *c = container_info_new(type, id);
    container_set(c, &c->name, str_starts(name, STR("/")) ? str_sub(name, 1, name.n) : name);
    container_set_image(c, image.n ? image : text_at(o, "Config", "Image"));
    struct str image_id = text_at(o, "Image");
    if (image_id.n)
        container_set(c, &c->image_id,
                      str_starts(image_id, STR("sha256:")) ? str_sub(image_id, 7, image_id.n) : image_id);
    if (text_at(o, "ImageDigest").n)
        container_set(c, &c->digest, text_at(o, "ImageDigest"));
    container_set(c, &c->user, text_at(o, "Config", "User"));
    container_set(c, &c->ip, address_of(o));
    c->created_ns = time_from(text_at(o, "Created"));
    c->started_ns = time_from(text_at(o, "State", "StartedAt"));
    const json_t *labels = node_at(o, "Config", "Labels");
    add_labels(c, &c->labels, labels);
    container_set(c, &c->sandbox_id, text_at(labels, CONTAINER_LABEL_SANDBOX));
    c->is_sandbox = str_has(c->name, STR("k8s_POD")) ||
                    str_is(text_at(labels, "io.kubernetes.docker.type"), "podsandbox");
    if (c->is_sandbox) {
        container_set(c, &c->sandbox_id, c->id);
        add_labels(c, &c->pod_labels, labels);
    }
    fill_mounts(c, o);
    fill_healthcheck(c, node_at(o, "Config", "Healthcheck", "Test"));
    probes_from_pod(c, text_at(labels, "io.kubernetes.container.last-applied-config"), STR_NULL);
    if (!host)
        return c;
    c->privileged = known_at(host, "Privileged");
    c->host_pid = container_known_from(str_is(text_at(host, "PidMode"), "host"));
    c->host_network = container_known_from(str_is(text_at(host, "NetworkMode"), "host"));
    c->host_ipc = container_known_from(str_is(text_at(host, "IpcMode"), "host"));
    return c;
}

/* The repository and digest by which docker knows the image, where the container was started by another name.
 */
static void name_image(struct finder *f, struct container_info *c, const char *data)
{
    static const char *const DRIVERS[] = {"overlay2", "fuse-overlayfs", "overlay", "btrfs", "zfs", "vfs"};
    _cleanup_(json_decrefp) json_t *all = NULL;
    for (size_t i = 0; !all && i < ARRAY_SIZE(DRIVERS); i++)
        all = store_json(f, STORE_LIST_MAX, "%s/image/%s/repositories.json", data, DRIVERS[i]);
    json_t *repository, *id;
    const char *name, *reference;
    json_object_foreach((json_t *)(uintptr_t)node_at(all, "Repositories"), name, repository)
    {
        if (c->repository.n && !str_is(c->repository, name))
            continue;
        json_object_foreach(repository, reference, id)
        {
            struct str ref = str_from(reference), digest = text_of(id);
            if (!str_ends(digest, c->image_id) || digest.n != c->image_id.n + strlen("sha256:"))
                continue;
            const char *at = memchr(ref.p, '@', ref.n);
            if (!c->repository.n)
                container_set(c, &c->repository, str_from(name));
            if (at && !c->digest.n)
                container_set(c, &c->digest, str_from(at + 1));
            if (!at && !c->tag.n && ref.n > strlen(name))
                container_set(c, &c->tag, str_sub(ref, strlen(name) + 1, ref.n));
        }
    }
}

static struct container_info *find_in(struct finder *f, const char *data)
{
    _cleanup_(json_decrefp) json_t *o =
        store_json(f, STORE_FILE_MAX, "%s/containers/%.*s/config.v2.json", data, STR_ARG(f->id));
    if (!o)
        return NULL;
    _cleanup_(json_decrefp) json_t *host =
        store_json(f, STORE_FILE_MAX, "%s/containers/%.*s/hostconfig.json", data, STR_ARG(f->id));
    struct container_info *c = docker_info(CONTAINER_DOCKER, o, host);
    if (!c)
        return NULL;
    struct str mode = text_at(host, "NetworkMode"), other = str_sub(mode, strlen("container:"), mode.n);
    if (!c->ip.n && str_starts(mode, STR("container:")) && store_is_name(other)) {
        _cleanup_(json_decrefp) json_t *with =
            store_json(f, STORE_FILE_MAX, "%s/containers/%.*s/config.v2.json", data, STR_ARG(other));
        container_set(c, &c->ip, address_of(with));
    }
    if (c->image_id.n)
        name_image(f, c, data);
    return c;
}

struct container_info *find_docker(struct finder *f)
{
    _cleanup_(json_decrefp) json_t *daemon = store_json(f, STORE_FILE_MAX, "/etc/docker/daemon.json");
    struct str data = text_at(daemon, "data-root");
    struct container_info *c = NULL;
    if (data.n)
        c = find_in(f, arena_str(&f->arena, data).p);
    for (size_t i = 0; !c && i < ARRAY_SIZE(DATA_ROOTS); i++)
        c = find_in(f, DATA_ROOTS[i]);
    if (!c && f->home)
        c = find_in(f, arena_printf(&f->arena, "%s/.local/share/docker", f->home).p);
    return c ? c : ask_engine(f, CONTAINER_DOCKER);
}
