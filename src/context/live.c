// SPDX-License-Identifier: Apache-2.0
#include "context/live.h"

#include "context/container_codec.h"
#include "context/path.h"

/* Paths */

struct str live_path_raw(const struct live_event *e, unsigned which)
{
    const int position = e->call->path[which];
    return position < 0 ? STR_NULL : live_text(e, RECORD_PARAM + (unsigned)position);
}

bool live_begins_in_cwd(const struct live_event *e, unsigned which)
{
    enum { AT_CWD = -100 };
    const int dir = e->call->dir[which];
    if (e->call->path[which] < 0 || e->event.type == EVENT_EXECVEAT)
        return false;
    return dir < 0 || (e->index.v[RECORD_PARAM + dir] && (int32_t)record_number(e->index.v[RECORD_PARAM + dir]) == AT_CWD);
}

/* The folder that a relative path begins in. */
static struct str base_of(const struct live_event *e, unsigned which)
{
    struct str base = live_text(e, which ? RECORD_BASE_OTHER : RECORD_BASE);
    if (base.n)
        return base;
    return e->process && e->process->cwd && live_begins_in_cwd(e, which) ? intern_str(e->process->cwd) : STR("<UNKNOWN>");
}

static struct str make_path(struct live_event *e, unsigned which)
{
    struct str raw = live_path_raw(e, which);
    if (!raw.n || path_is_clean(raw))
        return raw;
    size_t from = jot_begin(&e->jot);
    path_jot(&e->jot, raw.p[0] == '/' ? STR_NULL : base_of(e, which), raw);
    return jot_end(&e->jot, from);
}

static bool opens_file(const struct live_event *e)
{
    return e->call->flags & CALL_OPENS || e->event.type == EVENT_CREAT;
}

enum record_fd_type live_fd_type_of(const struct live_event *e)
{
    if (!e->fd)
        return RECORD_FD_UNKNOWN;
    const enum record_fd_type t = endpoint_type(e->fd);
    return opens_file(e) && e->fd->num != -1 && t != RECORD_FD_UNKNOWN && t != RECORD_FD_DIRECTORY && t != RECORD_FD_BLOCK && t != RECORD_FD_CHAR
               ? RECORD_FD_FILE
               : t;
}

struct str live_resolved_path(const struct live_event *e, unsigned which)
{
    if (which)
        return live_text(e, RECORD_RESOLVED_OTHER);
    struct str path = live_text(e, e->is_rooted ? RECORD_ROOTED : RECORD_RESOLVED);
    /* What was opened is its own answer. */
    if (!path.n && opens_file(e) && e->fd && e->fd->flags & RECORD_FD_TRUSTED)
        path = e->fd_path;
    return path;
}

struct str live_path(struct live_event *e, unsigned which)
{
    if (e->is_resolved) {
        struct str resolved = live_resolved_path(e, which);
        if (resolved.n)
            return resolved;
    }
    if (!(e->paths_made >> which & 1)) {
        e->paths[which] = make_path(e, which);
        e->paths_made |= (uint8_t)(1 << which);
    }
    return e->paths[which];
}

struct str live_link_raw(const struct live_event *e)
{
    if (e->event.type != EVENT_SYMLINK && e->event.type != EVENT_SYMLINKAT)
        return STR_NULL;
    const struct param *p = call_param(e->call, STR("target"));
    return p ? live_text(e, RECORD_PARAM + p->position) : STR_NULL;
}

struct str live_link_text(struct live_event *e)
{
    struct str raw = live_link_raw(e), folder = live_path(e, 0);
    if (!raw.n || path_is_clean(raw))
        return raw;
    const char *slash = folder.n ? memrchr(folder.p, '/', folder.n) : NULL;
    size_t from = jot_begin(&e->jot);
    path_jot(&e->jot, slash ? str_n(folder.p, (size_t)(slash - folder.p)) : STR_NULL, raw);
    return jot_end(&e->jot, from);
}

struct str live_cwd(struct live_event *e)
{
    struct str cwd = live_text(e, RECORD_CWD);
    if (!cwd.n && e->process)
        cwd = intern_str(e->process->cwd);
    if (!cwd.n || cwd.p[cwd.n - 1] == '/')
        return cwd;
    size_t from = jot_begin(&e->jot);
    jot_add(&e->jot, cwd);
    jot_char(&e->jot, '/');
    return jot_end(&e->jot, from);
}

/* Descriptors */

const struct endpoint *live_endpoint(struct live_event *e)
{
    if (!e->endpoint_state) {
        e->endpoint_state = e->fd && endpoint_read(e->fd, &e->endpoint) ? 2 : 1;
        /* Some calls leave no doubt who is who. */
        if (e->event.type == EVENT_CONNECT)
            e->endpoint.is_server = false;
        else if (e->event.type == EVENT_ACCEPT || e->event.type == EVENT_ACCEPT4)
            e->endpoint.is_server = true;
    }
    return e->endpoint_state == 2 ? &e->endpoint : NULL;
}

static struct str make_fd_name(struct live_event *e)
{
    const unsigned flags = e->call->flags;
    /* What was opened is named as the call named it, whether it succeeded or not. */
    if (opens_file(e)) {
        struct str path = live_path(e, 0);
        if (path.n)
            return path;
    }
    if (!e->fd)
        return flags & (CALL_CREATES_FD | CALL_USES_FD) ? STR("") : STR_NULL;
    if (!live_endpoint(e))
        return e->fd_path;
    size_t from = jot_begin(&e->jot);
    endpoint_jot(&e->jot, &e->endpoint);
    return jot_end(&e->jot, from);
}

struct str live_fd_text(struct live_event *e)
{
    if (!e->is_fd_name_made) {
        e->fd_name = make_fd_name(e);
        e->is_fd_name_made = true;
    }
    return e->fd_name;
}

/* Containers */

/* The container that a control group belongs to; looked at once per group. */
static const struct cgroup_container *container_of(struct live_event *e, struct interned *path)
{
    struct context *c = e->context;
    const uint32_t pidns = e->record->pidns;
    const bool is_isolated = c->machine_pidns && pidns && pidns != c->machine_pidns;
    struct live_group *g = &c->groups[(path->hash ^ is_isolated) & (LIVE_GROUPS - 1)];
    if (g->path == path && g->is_isolated == is_isolated)
        return &g->container;
    intern_drop(processes_texts(c->processes), g->path);
    g->path = intern_share(path);
    g->is_isolated = is_isolated;
    cgroup_container_from_path(intern_str(path), is_isolated, &g->container);
    return &g->container;
}

static void ask_container(struct live_event *e, struct container_view *v, const struct cgroup_container *of)
{
    const struct context_ask *ask = &e->context->options.ask;
    if (!ask->container)
        return;
    const struct record *answer = ask->container(ask->ctx, e->record, intern_str(e->process->cgroup));
    struct container_info *info;
    const struct record_block *json = answer ? record_find(answer, RECORD_JSON) : NULL;
    if (!json || container_decode(record_text(json), &info, NULL) < 0)
        return;
    container_cache_put(e->context->containers, info);
    container_view_init(v, of, e->context->containers);
}

/* False: the event has no process, or tells of a container that nothing is known of. */
static bool view_of(struct live_event *e, struct container_view *ret)
{
    static const struct cgroup_container host;
    if (e->event.type == EVENT_CONTAINER) {
        if (!e->container)
            return false;
        *ret = (struct container_view){.type = e->container->type, .id = e->container->id, .info = e->container};
    } else {
        if (!e->process)
            return false;
        const struct cgroup_container *of = e->process->cgroup ? container_of(e, e->process->cgroup) : &host;
        container_view_init(ret, of, e->context->containers);
        if (ret->id.n && !ret->info)
            ask_container(e, ret, of);
        const struct command *command = e->process->command;
        if (ret->id.n && command && command->exe.pidns_start_ns)
            ret->start_ns = live_wall(e, command->exe.pidns_start_ns);
    }
    ret->now_ns = event_told_ns(&e->event, e->event.time_ns);
    return true;
}

int live_container(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct container_view v = {};
    return view_of(e, &v) ? container_field(&v, ref, ret) : 0;
}

const struct container_info *live_container_info(struct live_event *e)
{
    struct container_view v = {};
    return view_of(e, &v) ? v.info : NULL;
}
