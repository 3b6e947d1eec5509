// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "log/k8s.h"

/* The specification of the pod: the object's own, that of a template, that of a job's template. */
static struct node spec_of(const struct log_record *r)
{
    static const char *const PLACES[] = {"requestObject/spec", "requestObject/spec/template/spec", "requestObject/spec/jobTemplate/spec/template/spec"};
    struct node n = {};
    for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++) {
        n = node_pointer(r->root, str_from(PLACES[i]));
        if (node_is(node_get(n, STR("containers"))))
            return n;
    }
    return node_pointer(r->root, STR("requestObject/spec"));
}

/* Without tag and digest; a port of the registry stays. */
static struct str repository(struct str image)
{
    const ptrdiff_t at = str_find(image, STR("@"), 0);
    if (at >= 0)
        image.n = (size_t)at;
    const size_t name = image.n - str_basename(image).n;
    const ptrdiff_t colon = str_find(image, STR(":"), name);
    return colon >= 0 ? str_sub(image, 0, (size_t)colon) : image;
}

static void add_ports(struct log_list *l, const struct log_record *r, struct node container)
{
    struct node_each e = node_each(node_get(container, STR("ports")));
    while (node_next(&e)) {
        const struct node host = node_get(e.value, STR("hostPort"));
        log_list_add(l, node_text(node_is(host) ? host : node_get(e.value, STR("containerPort")), log_arena(r)));
    }
}

static struct str effective(const struct log_record *r, struct node spec, struct node container, struct str id)
{
    struct node n = node_get(node_get(container, STR("securityContext")), id);
    if (!node_is(n))
        n = node_get(node_get(spec, STR("securityContext")), id);
    return node_is(n) ? node_text(n, log_arena(r)) : STR("0");
}

static void add_of_container(struct log_list *l, const struct log_record *r, struct node spec, struct node c, enum field_id id)
{
    const struct node security = node_get(c, STR("securityContext"));
    struct arena *a = log_arena(r);
    switch (id) {
    case F_KA_REQ_POD_CONTAINERS_IMAGE:
    case F_KA_REQ_CONTAINER_IMAGE:
        log_list_add(l, node_get_str(c, STR("image")));
        break;
    case F_KA_REQ_POD_CONTAINERS_IMAGE_REPOSITORY:
    case F_KA_REQ_CONTAINER_IMAGE_REPOSITORY:
        log_list_add(l, repository(node_get_str(c, STR("image"))));
        break;
    case F_KA_REQ_POD_CONTAINERS_HOST_PORT:
        add_ports(l, r, c);
        break;
    case F_KA_REQ_POD_CONTAINERS_PRIVILEGED:
    case F_KA_REQ_CONTAINER_PRIVILEGED:
        log_list_add(l, node_text(node_get(security, STR("privileged")), a));
        break;
    case F_KA_REQ_POD_CONTAINERS_ALLOW_PRIVILEGE_ESCALATION:
        log_list_add(l, node_text(node_get(security, STR("allowPrivilegeEscalation")), a));
        break;
    case F_KA_REQ_POD_CONTAINERS_READ_ONLY_FS:
        log_list_add(l, node_text(node_get(security, STR("readOnlyRootFilesystem")), a));
        break;
    case F_KA_REQ_POD_CONTAINERS_RUN_AS_USER:
        log_list_add(l, node_text(node_get(security, STR("runAsUser")), a));
        break;
    case F_KA_REQ_POD_CONTAINERS_EFF_RUN_AS_USER:
        log_list_add(l, effective(r, spec, c, STR("runAsUser")));
        break;
    case F_KA_REQ_POD_CONTAINERS_RUN_AS_GROUP:
        log_list_add(l, node_text(node_get(security, STR("runAsGroup")), a));
        break;
    case F_KA_REQ_POD_CONTAINERS_EFF_RUN_AS_GROUP:
        log_list_add(l, effective(r, spec, c, STR("runAsGroup")));
        break;
    case F_KA_REQ_POD_CONTAINERS_PROC_MOUNT:
        log_list_add(l, node_text(node_get(security, STR("procMount")), a));
        break;
    case F_KA_REQ_POD_CONTAINERS_ADD_CAPABILITIES:
        log_list_add_all(l, r, NODE(security, "capabilities", "add"));
        break;
    default:
        break;
    }
}

/* An index names a container, not an element of what all of them have. */
static void add_of_containers(struct log_list *l, const struct log_record *r, const struct field_ref *ref)
{
    static const char *const KINDS[] = {"containers", "initContainers", "ephemeralContainers"};
    const struct node spec = spec_of(r);
    uint64_t at = 0;
    for (size_t k = 0; k < ARRAY_SIZE(KINDS); k++) {
        struct node list = node_get(spec, str_from(KINDS[k]));
        if (!node_is(list))
            list = node_get(node_get(r->root, STR("requestObject")), str_from(KINDS[k]));
        struct node_each e = node_each(list);
        while (node_next(&e))
            if (!ref->has_arg || at++ == ref->index)
                add_of_container(l, r, spec, e.value, ref->id);
    }
}

static void add_of_volumes(struct log_list *l, const struct log_record *r, const struct field_ref *ref)
{
    struct node_each e = node_each(node_get(spec_of(r), STR("volumes")));
    while (node_next(&e)) {
        if (ref->has_arg && ref->arg_is_index && e.index - 1 != ref->index)
            continue;
        if (ref->id == F_KA_REQ_POD_VOLUMES_FLEXVOLUME_DRIVER) {
            log_list_add(l, node_str(NODE(e.value, "flexVolume", "driver")));
        } else if (ref->id == F_KA_REQ_POD_VOLUMES_VOLUME_TYPE) {
            struct node_each m = node_each(e.value);
            while (node_next(&m))
                if (!str_is(m.name, "name"))
                    log_list_add(l, m.name);
        } else {
            log_list_add(l, node_str(NODE(e.value, "hostPath", "path")));
        }
    }
}

/* ka.req.volume.hostpath[/etc*] */
static int get_hostpath(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    add_of_volumes(&l, r, &(struct field_ref){.id = ref->id});
    const bool is_prefix = str_ends(ref->arg, STR("*"));
    const struct str wanted = str_sub(ref->arg, 0, ref->arg.n - is_prefix);
    bool is = false;
    for (size_t i = 0; i < l.n; i++)
        is |= is_prefix ? str_starts(l.v[i].s, wanted) : str_eq(l.v[i].s, wanted);
    return l.n && log_give_str(is ? STR("true") : STR("false"), ret);
}

int k8s_pod_get(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    const struct node spec = spec_of(r), security = node_get(spec, STR("securityContext"));
    switch (ref->id) {
    case F_KA_REQ_VOLUME_HOSTPATH:
        return get_hostpath(r, ref, ret);
    case F_KA_REQ_POD_VOLUMES_HOSTPATH:
    case F_KA_REQ_POD_VOLUMES_FLEXVOLUME_DRIVER:
    case F_KA_REQ_POD_VOLUMES_VOLUME_TYPE:
        add_of_volumes(&l, r, ref);
        return log_list_give(&l, &(struct field_ref){.id = ref->id}, ret);
    case F_KA_REQ_POD_HOST_IPC:
        return log_give_text(r, node_get(spec, STR("hostIPC")), ret);
    case F_KA_REQ_POD_HOST_NETWORK:
    case F_KA_REQ_CONTAINER_HOST_NETWORK:
        return log_give_text(r, node_get(spec, STR("hostNetwork")), ret);
    case F_KA_REQ_POD_HOST_PID:
        return log_give_text(r, node_get(spec, STR("hostPID")), ret);
    case F_KA_REQ_POD_RUN_AS_USER:
        return log_give_text(r, node_get(security, STR("runAsUser")), ret);
    case F_KA_REQ_POD_RUN_AS_GROUP:
        return log_give_text(r, node_get(security, STR("runAsGroup")), ret);
    case F_KA_REQ_POD_FS_GROUP:
        return log_give_text(r, node_get(security, STR("fsGroup")), ret);
    case F_KA_REQ_POD_SUPPLEMENTAL_GROUPS:
        log_list_add_all(&l, r, node_get(security, STR("supplementalGroups")));
        return log_list_give(&l, ref, ret);
    case F_KA_REQ_CONTAINER_IMAGE:
    case F_KA_REQ_CONTAINER_IMAGE_REPOSITORY:
        add_of_containers(&l, r, &(struct field_ref){.id = ref->id, .has_arg = true});
        return l.n && log_give_str(l.v[0].s, ret);
    case F_KA_REQ_CONTAINER_PRIVILEGED:
        add_of_containers(&l, r, &(struct field_ref){.id = ref->id});
        for (size_t i = 0; i < l.n; i++)
            if (str_is(l.v[i].s, "true"))
                return log_give_str(STR("true"), ret);
        return node_is(node_get(spec, STR("containers"))) && log_give_str(STR("false"), ret);
    default:
        add_of_containers(&l, r, ref);
        return log_list_give(&l, &(struct field_ref){.id = ref->id}, ret);
    }
}
