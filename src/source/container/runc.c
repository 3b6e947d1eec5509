// SPDX-License-Identifier: Apache-2.0
/* runc and crun keep the state of each container in /run, with the place of its bundle. */
#include "source/container/internal.h"

/* runc's state names its bundle among labels: "bundle=/path". */
static struct str bundle_of(const json_t *state)
{
    const json_t *labels = node_at(state, "config", "labels");
    for (size_t i = 0; i < json_array_size(labels); i++) {
        struct str s = text_of(json_array_get(labels, i));
        if (str_starts(s, STR("bundle=")))
            return str_sub(s, 7, s.n);
    }
    return text_at(state, "bundle");
}

static struct container_info *from_state(struct finder *f, const json_t *state, enum container_type type,
                                         const char *folder)
{
    struct container_info *c = container_info_new(type, f->id);
    struct str bundle = bundle_of(state);
    container_set(c, &c->name, f->id);
    c->created_ns = time_from(text_at(state, "created"));
    _cleanup_(json_decrefp) json_t *spec = NULL;
    if (bundle.n)
        spec = store_json(f, STORE_FILE_MAX, "%.*s/config.json", STR_ARG(bundle));
    if (!spec) /* crun keeps a copy */
        spec = store_json(f, STORE_FILE_MAX, "%s/%.*s/config.json", folder, STR_ARG(f->id));
    oci_fill(c, spec, OCI_PLAIN);
    return c;
}

static struct container_info *find_in(struct finder *f, const char *folder)
{
    _cleanup_(json_decrefp) json_t *state =
        store_json(f, STORE_FILE_MAX, "%s/%.*s/state.json", folder, STR_ARG(f->id));
    if (state)
        return from_state(f, state, CONTAINER_RUNC, folder);
    state = store_json(f, STORE_FILE_MAX, "%s/%.*s/status", folder, STR_ARG(f->id));
    return state ? from_state(f, state, CONTAINER_CRUN, folder) : NULL;
}

struct container_info *find_runc(struct finder *f)
{
    static const char *const FOLDERS[] = {"/run/runc", "/run/crun"};
    struct container_info *c = NULL;
    for (size_t i = 0; !c && i < ARRAY_SIZE(FOLDERS); i++)
        c = find_in(f, FOLDERS[i]);
    for (size_t i = 0; !c && f->q->owner && i < ARRAY_SIZE(FOLDERS); i++)
        c = find_in(f, arena_printf(&f->arena, "/run/user/%u%s", f->q->owner, FOLDERS[i] + strlen("/run")).p);
    return c;
}
