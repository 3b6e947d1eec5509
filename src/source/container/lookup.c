// SPDX-License-Identifier: Apache-2.0
/* Which stores are looked into for which container. */
#include "source/container/internal.h"

typedef struct container_info *(*find_fn)(struct finder *f);

static const struct {
    enum container_type type;
    find_fn find;
} STORES[] = {
    {CONTAINER_DOCKER, find_docker},  {CONTAINER_CONTAINERD, find_containerd},
    {CONTAINER_CRIO, find_crio},      {CONTAINER_PODMAN, find_podman},
    {CONTAINER_RUNC, find_runc},      {CONTAINER_CRUN, find_runc},
    {CONTAINER_NSPAWN, find_machine}, {CONTAINER_KATA, find_containerd},
};

void container_question_init(struct container_question *q, const struct cgroup_container *what,
                             struct str path, int32_t pid)
{
    struct str folder;
    *q = (struct container_question){.what = *what, .pid = pid};
    if (path.n < sizeof(q->path) && !(path.n && memchr(path.p, 0, path.n)))
        memcpy(q->path, path.n ? path.p : "", path.n);
    while (str_split(&path, '/', &folder)) {
        uint64_t uid;
        if (str_starts(folder, STR("user-")) && str_ends(folder, STR(".slice")) &&
            str_to_u64(str_sub(folder, 5, folder.n - 6), &uid) && uid < UINT32_MAX)
            q->owner = (uint32_t)uid;
    }
}

static struct container_info *find_by_type(struct finder *f, enum container_type type)
{
    for (size_t i = 0; i < ARRAY_SIZE(STORES); i++)
        if (STORES[i].type == type)
            return STORES[i].find(f);
    return NULL;
}

/* Where the id alone is known to be a container's. */
static struct container_info *find_anywhere(struct finder *f)
{
    static const find_fn FILES[] = {find_containerd, find_crio, find_podman, find_runc, find_docker};
    struct container_info *c = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(FILES) && !c; i++)
        c = FILES[i](f);
    return c;
}

/* Names are all there is of containers whose runtimes keep nothing that is read here. */
static struct container_info *by_name(const struct finder *f)
{
    enum container_type t = f->q->what.type;
    bool is_written_down =
        t == CONTAINER_DOCKER || t == CONTAINER_PODMAN || t == CONTAINER_CONTAINERD || t == CONTAINER_CRIO;
    bool may_come = f->q->is_early && (t == CONTAINER_RUNC || t == CONTAINER_CRUN || t == CONTAINER_KATA);
    if (f->q->what.is_unnamed || is_written_down || may_come)
        return NULL;
    struct container_info *c = container_info_new(t, f->id);
    container_set(c, &c->name, f->id);
    return c;
}

int container_lookup(const struct container_stores *s, const struct container_question *q,
                     struct container_info **ret)
{
    struct finder f = {.stores = s, .q = q, .id = str_from(q->what.id)};
    struct container_info *c = NULL;
    if (!store_is_name(f.id))
        return 1;
    find_owner(&f);
    c = find_by_type(&f, q->what.type);
    if (!c && !q->what.is_type_sure)
        c = find_anywhere(&f);
    if (!c)
        c = by_name(&f);
    if (c) {
        if (q->what.pod_uid[0])
            container_add_label(c, &c->labels, STR(CONTAINER_LABEL_POD_UID), str_from(q->what.pod_uid));
        namespaces_from_proc(&f, c);
        container_info_seal(c);
        *ret = c;
    }
    strbuf_done(&f.text);
    arena_done(&f.arena);
    return !c;
}
