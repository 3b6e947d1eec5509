// SPDX-License-Identifier: Apache-2.0
/* config.json of an OCI bundle, which runc, crun and their like are given. */
#include "source/container/internal.h"

static bool has_option(const json_t *mount, const char *option)
{
    const json_t *options = json_object_get(mount, "options");
    for (size_t i = 0; i < json_array_size(options); i++)
        if (str_is(text_of(json_array_get(options, i)), option))
            return true;
    return false;
}

/* The value of "mode=…"; empty when there is none. */
static struct str mode_of(const json_t *mount)
{
    const json_t *options = json_object_get(mount, "options");
    for (size_t i = 0; i < json_array_size(options); i++) {
        struct str s = text_of(json_array_get(options, i));
        if (str_starts(s, STR("mode=")))
            return str_sub(s, 5, s.n);
    }
    return STR("");
}

static struct str propagation_of(const json_t *mount)
{
    static const char *const WORDS[] = {"rprivate", "rslave", "rshared", "private", "slave", "shared"};
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (has_option(mount, WORDS[i]))
            return str_from(WORDS[i]);
    return STR("");
}

/* Files that a runtime makes for each container and binds into it. */
static bool is_runtimes_own(struct str source, struct str dest, enum oci_style style)
{
    static const char *const PODMAN[] = {
        "/etc/resolv.conf", "/etc/hosts",  "/etc/hostname",  "/run/.containerenv",
        "/dev/shm",         "/proc",       "/sys",           "/dev",
        "/dev/pts",         "/dev/mqueue", "/sys/fs/cgroup", "/run/secrets"};
    static const char *const POD[] = {"/etc/resolv.conf", "/etc/hostname", "/dev/shm", "/run/.containerenv",
                                      "/run/secrets"};
    const char *const *own = style == OCI_PODMAN ? PODMAN : POD;
    size_t n = style == OCI_PODMAN ? ARRAY_SIZE(PODMAN) : ARRAY_SIZE(POD);
    static const char *const BY[] = {"/userdata/", "/sandboxes/", "/overlay-containers/"};
    bool is_made = false;
    for (size_t i = 0; i < ARRAY_SIZE(BY); i++)
        is_made |= str_has(source, str_from(BY[i]));
    for (size_t i = 0; i < n; i++)
        if (str_is(dest, own[i]))
            return is_made || !str_starts(source, STR("/"));
    return false;
}

/* What a container without an IPC namespace of its own is given. */
static bool is_shared_memory(struct str source, struct str dest)
{
    return str_eq(source, dest) && (str_is(dest, "/dev/shm") || str_is(dest, "/dev/mqueue"));
}

static void fill_mounts(struct container_info *c, const json_t *spec, enum oci_style style)
{
    const json_t *mounts = json_object_get(spec, "mounts");
    struct str root_propagation = text_at(spec, "linux", "rootfsPropagation");
    for (size_t i = 0; i < json_array_size(mounts); i++) {
        const json_t *m = json_array_get(mounts, i);
        struct container_mount mount = {
            .source = text_at(m, "source"),
            .dest = text_at(m, "destination"),
            .rdwr = !has_option(m, "ro"),
            .mode = mode_of(m),
            .propagation = root_propagation,
        };
        if (style != OCI_PLAIN) {
            bool is_bind =
                str_is(text_at(m, "type"), "bind") || has_option(m, "bind") || has_option(m, "rbind");
            bool is_own = is_runtimes_own(mount.source, mount.dest, style) ||
                          (c->host_ipc == CONTAINER_YES && is_shared_memory(mount.source, mount.dest));
            if (!is_bind || is_own)
                continue;
            mount.mode = STR("");
            mount.propagation = propagation_of(m);
            /* kubelet's word for it */
            if (style == OCI_POD && str_is(mount.propagation, "rprivate"))
                mount.propagation = STR("private");
        }
        container_add_mount(c, &mount);
    }
}

static enum container_known is_hosts(const json_t *spec, const char *type)
{
    const json_t *list = node_at(spec, "linux", "namespaces");
    if (!json_is_array(list))
        return CONTAINER_UNKNOWN;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_is(text_at(json_array_get(list, i), "type"), type))
            return CONTAINER_NO;
    return CONTAINER_YES;
}

static bool may_administrate(const json_t *spec)
{
    const json_t *list = node_at(spec, "process", "capabilities", "bounding");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_is(text_of(json_array_get(list, i)), "CAP_SYS_ADMIN"))
            return true;
    return false;
}

/* Nobody writes "privileged" down; it is that nothing is hidden, filtered or read-only, as containerd and
 * Falco tell it, and that the right to administrate is there. */
static enum container_known is_privileged(const json_t *spec)
{
    const json_t *l = json_object_get(spec, "linux"), *p = json_object_get(spec, "process"),
                 *mounts = json_object_get(spec, "mounts");
    struct str apparmor = text_at(p, "apparmorProfile");
    if (!l || !p)
        return CONTAINER_UNKNOWN;
    if (json_array_size(json_object_get(l, "maskedPaths")) ||
        json_array_size(json_object_get(l, "readonlyPaths")) ||
        json_is_object(json_object_get(l, "seccomp")) || text_at(p, "selinuxLabel").n ||
        (apparmor.n && !str_is(apparmor, "unconfined")) || !may_administrate(spec))
        return CONTAINER_NO;
    for (size_t i = 0; i < json_array_size(mounts); i++) {
        const json_t *m = json_array_get(mounts, i);
        struct str type = text_at(m, "type");
        if ((str_is(type, "sysfs") || str_is(type, "cgroup")) && has_option(m, "ro"))
            return CONTAINER_NO;
    }
    return CONTAINER_YES;
}

void oci_fill(struct container_info *c, const json_t *spec, enum oci_style style)
{
    if (!json_is_object(spec))
        return;
    c->privileged = is_privileged(spec);
    c->host_pid = is_hosts(spec, "pid");
    c->host_network = is_hosts(spec, "network");
    c->host_ipc = is_hosts(spec, "ipc");
    fill_mounts(c, spec, style);
    const json_t *uid = node_at(spec, "process", "user", "uid");
    char text[24];
    if (json_is_integer(uid) && snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(uid)) > 0)
        container_set(c, &c->user, str_from(text));
}
