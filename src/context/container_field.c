// SPDX-License-Identifier: Apache-2.0
#include "base/glob.h"
#include "context/container_field.h"

void container_view_init(struct container_view *v, const struct cgroup_container *c, struct container_cache *cache)
{
    *v = (struct container_view){.type = c->type, .id = str_from(c->id), .pod_uid = str_from(c->pod_uid)};
    if (!v->id.n)
        return;
    v->info = container_cache_get(cache, v->id);
    if (!v->info)
        return;
    v->type = v->info->type; /* the path alone may not tell docker from containerd */
    if (v->info->sandbox_id.n && !str_eq(v->info->sandbox_id, v->id))
        v->sandbox = container_cache_get(cache, v->info->sandbox_id);
}

static int give(struct value *ret, struct str s)
{
    *ret = VALUE_OF_STR(s.p ? s : STR(""));
    return 1;
}

static int give_known(struct value *ret, enum container_known known)
{
    *ret = VALUE_OF_BOOL(known == CONTAINER_YES);
    return known != CONTAINER_UNKNOWN;
}

/* ---- mounts ---- */

static const struct container_mount *find_mount(const struct container_info *c, const struct field_ref *ref)
{
    if (ref->arg_is_index)
        return ref->index < c->n_mounts ? &c->mounts[ref->index] : NULL;
    for (size_t i = 0; i < c->n_mounts; i++) {
        const struct container_mount *m = &c->mounts[i];
        if (glob_match(ref->arg, ref->id == F_CONTAINER_MOUNT_SOURCE ? m->dest : m->source, false))
            return m;
    }
    return NULL;
}

static int mount_field(const struct container_info *c, const struct field_ref *ref, struct value *ret)
{
    const struct container_mount *m = find_mount(c, ref);
    if (!m)
        return 0;
    switch (ref->id) {
    case F_CONTAINER_MOUNT_SOURCE:
        return give(ret, m->source);
    case F_CONTAINER_MOUNT_DEST:
        return give(ret, m->dest);
    case F_CONTAINER_MOUNT_MODE:
        return give(ret, m->mode);
    case F_CONTAINER_MOUNT_RDWR:
        return give(ret, m->rdwr ? STR("true") : STR("false"));
    case F_CONTAINER_MOUNT_PROPAGATION:
        return give(ret, m->propagation);
    default:
        return give(ret, m->text);
    }
}

/* ---- a container that is known ---- */

static int label_field(const struct container_labels *of, struct str key, struct value *ret)
{
    const struct str *value = container_label(of, key);
    return value ? give(ret, *value) : 0;
}

static int probe_field(const struct container_probe *p, struct value *ret)
{
    return p->kind == PROBE_UNKNOWN ? 0 : give(ret, p->kind == PROBE_NONE ? STR("NONE") : p->text);
}

/* Whose pod labels, address and network result count: the sandbox's, unless the container has its pod's itself. */
static const struct container_info *pod_of(const struct container_view *v)
{
    return v->sandbox && !v->info->cni_json.n ? v->sandbox : v->info;
}

static int pod_field(const struct container_view *v, const struct field_ref *ref, struct value *ret)
{
    const struct container_info *c = v->info, *pod = pod_of(v);
    switch (ref->id) {
    case F_K8S_POD_NAME:
        return label_field(&c->labels, STR(CONTAINER_LABEL_POD_NAME), ret);
    case F_K8S_NS_NAME:
        return label_field(&c->labels, STR(CONTAINER_LABEL_POD_NAMESPACE), ret);
    case F_K8S_POD_ID:
    case F_K8S_POD_UID:
        if (label_field(&c->labels, STR(CONTAINER_LABEL_POD_UID), ret))
            return 1;
        return v->pod_uid.n ? give(ret, v->pod_uid) : 0;
    case F_K8S_POD_SANDBOX_ID:
        return give(ret, str_sub(c->sandbox_id, 0, CONTAINER_ID_SHORT));
    case F_K8S_POD_FULL_SANDBOX_ID:
        return give(ret, c->sandbox_id);
    case F_K8S_POD_LABEL:
        return label_field(&pod->pod_labels, ref->arg, ret) ? 1 : label_field(&c->pod_labels, ref->arg, ret);
    case F_K8S_POD_LABELS:
        return give(ret, pod->pod_labels.text);
    case F_K8S_POD_IP:
        return give(ret, c->sandbox_id.n ? pod->ip : STR(""));
    case F_K8S_POD_CNI_JSON:
        return give(ret, c->sandbox_id.n ? pod->cni_json : STR(""));
    default:
        return 0;
    }
}

static int info_field(const struct container_view *v, const struct field_ref *ref, struct value *ret)
{
    const struct container_info *c = v->info;
    switch (ref->id) {
    case F_CONTAINER_NAME:
        return give(ret, c->name);
    case F_CONTAINER_IMAGE:
        return give(ret, c->image);
    case F_CONTAINER_IMAGE_ID:
        return give(ret, c->image_id);
    case F_CONTAINER_IMAGE_REPOSITORY:
        return give(ret, c->repository);
    case F_CONTAINER_IMAGE_TAG:
        return give(ret, c->tag);
    case F_CONTAINER_IMAGE_DIGEST:
        return give(ret, c->digest);
    case F_CONTAINER_PRIVILEGED:
        return give_known(ret, c->privileged);
    case F_CONTAINER_HOST_PID:
        return give_known(ret, c->host_pid);
    case F_CONTAINER_HOST_NETWORK:
        return give_known(ret, c->host_network);
    case F_CONTAINER_HOST_IPC:
        return give_known(ret, c->host_ipc);
    case F_CONTAINER_MOUNTS:
        return give(ret, c->mounts_text);
    case F_CONTAINER_MOUNT:
    case F_CONTAINER_MOUNT_SOURCE:
    case F_CONTAINER_MOUNT_DEST:
    case F_CONTAINER_MOUNT_MODE:
    case F_CONTAINER_MOUNT_RDWR:
    case F_CONTAINER_MOUNT_PROPAGATION:
        return mount_field(c, ref, ret);
    case F_CONTAINER_HEALTHCHECK:
        return probe_field(&c->healthcheck, ret);
    case F_CONTAINER_LIVENESS_PROBE:
        return probe_field(&c->liveness, ret);
    case F_CONTAINER_READINESS_PROBE:
        return probe_field(&c->readiness, ret);
    case F_CONTAINER_IP:
        return give(ret, c->ip.n || !v->sandbox ? c->ip : v->sandbox->ip);
    case F_CONTAINER_CNI_JSON:
        return give(ret, c->cni_json.n || !v->sandbox ? c->cni_json : v->sandbox->cni_json);
    case F_CONTAINER_LABEL:
        return label_field(&c->labels, ref->arg, ret);
    case F_CONTAINER_LABELS:
        return give(ret, c->labels.text);
    default:
        return pod_field(v, ref, ret);
    }
}

/* ---- what needs no look-up ---- */

static int time_field(const struct container_view *v, enum field_id id, struct value *ret)
{
    uint64_t start = v->start_ns ? v->start_ns : v->info ? v->info->started_ns : 0;
    if (!start || (id == F_CONTAINER_DURATION && v->now_ns < start))
        return 0;
    *ret = id == F_CONTAINER_DURATION ? (struct value){.type = VALUE_DURATION, .u = v->now_ns - start}
                                      : (struct value){.type = VALUE_TIME, .u = start};
    return 1;
}

static int host_field(enum field_id id, struct value *ret)
{
    switch (id) {
    case F_CONTAINER_ID:
    case F_CONTAINER_FULL_ID:
    case F_CONTAINER_NAME:
    case F_CONTAINER_TYPE:
        return give(ret, STR("host"));
    case F_CONTAINER_IMAGE:
    case F_CONTAINER_IMAGE_ID:
    case F_CONTAINER_IMAGE_REPOSITORY:
    case F_CONTAINER_IMAGE_TAG:
    case F_CONTAINER_IMAGE_DIGEST:
    case F_CONTAINER_MOUNTS:
    case F_CONTAINER_IP:
    case F_CONTAINER_CNI_JSON:
    case F_CONTAINER_LABELS:
    case F_K8S_POD_SANDBOX_ID:
    case F_K8S_POD_FULL_SANDBOX_ID:
    case F_K8S_POD_LABELS:
    case F_K8S_POD_IP:
    case F_K8S_POD_CNI_JSON:
        return give(ret, STR(""));
    case F_CONTAINER_PRIVILEGED:
    case F_CONTAINER_HOST_PID:
    case F_CONTAINER_HOST_NETWORK:
    case F_CONTAINER_HOST_IPC:
        return give_known(ret, CONTAINER_NO);
    default:
        return 0;
    }
}

int container_field(const struct container_view *v, const struct field_ref *ref, struct value *ret)
{
    if (ref->id == F_CONTAINER_START_TS || ref->id == F_CONTAINER_DURATION)
        return time_field(v, ref->id, ret);
    if (!v->id.n)
        return host_field(ref->id, ret);
    switch (ref->id) {
    case F_CONTAINER_ID:
        return give(ret, container_short_id(v->type, v->id));
    case F_CONTAINER_FULL_ID:
        return give(ret, v->id);
    case F_CONTAINER_TYPE:
        return give(ret, str_from(container_type_name(v->type)));
    default:
        break;
    }
    if (v->info)
        return info_field(v, ref, ret);
    bool is_pod_id = ref->id == F_K8S_POD_UID || ref->id == F_K8S_POD_ID;
    return is_pod_id && v->pod_uid.n ? give(ret, v->pod_uid) : 0;
}
