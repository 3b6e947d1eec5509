// SPDX-License-Identifier: Apache-2.0
/* Looks at a running container: its processes with their programs, and its merged root as they see it. */
#include <errno.h>

#include "base/intl.h"
#include "cmd/scan.h"
#include "image/local/local.h"
#include "source/proc/member.h"
#include "source/proc/proc.h"

/* The kernel's own file systems: nothing that anybody put there. */
static const char *const NEVER[] = {"/proc", "/sys", "/dev", NULL};

/* 0, or the reason in `err`. */
static int find_members(struct str name, struct proc_members *ret, struct error *err)
{
    char id[LOCAL_ID_MAX];
    const char *rights = geteuid() ? _("; containers of other users need root") : "";
    if (!proc_members_find(name, ret))
        return 0;
    if (local_container_id(name, id))
        return error_set(err, -ESRCH,
                         "no container called %.*s runs here: no control group or runtime state has that id, and neither docker "
                         "nor podman know the name%s",
                         STR_ARG(name), rights);
    if (!proc_members_find(str_from(id), ret))
        return 0;
    return error_set(err, -ESRCH, "the container %.*s (%.12s) does not run; scan its image (docker:IMAGE, podman:IMAGE)%s",
                     STR_ARG(name), id, rights);
}

static int look_at_root(struct scan *s, const struct proc_members *m)
{
    struct error err = ERROR_NULL;
    struct worker_job job = {
        /* a magic link: what is opened is the container's root itself, and the walk stays beneath it */
        .target = arena_printf(&s->arena, "/proc/%lld/root", (long long)m->init).p,
        .origin = "container",
        .machine = s->machine,
        .image.skip = NEVER,
    };
    int r = scan_walk(s, &job, &err);
    if (r > 0)
        report_unread(s->target, STR("/"), str_from(err.text));
    return r < 0 ? r : 0;
}

int scan_container(struct scan *s, const char *target, struct str name)
{
    struct error err = ERROR_NULL;
    struct proc_members members = {};
    _cleanup_(proc_source_freep) struct proc_source *ps = NULL;
    scan_target_begin(s, target, "container");
    s->is_host = true; /* its root is no target of its own kind */
    scan_set_own_machine(s);
    int r = find_members(name, &members, &err);
    if (!r)
        r = proc_source_new(&(struct proc_options){.pids = members.pids.v, .n_pids = members.pids.n}, &ps, &err);
    if (r) {
        report_failure(s->target, str_from(err.text));
        r = 0;
    } else {
        r = scan_processes(s, ps);
        if (!r)
            r = look_at_root(s, &members);
    }
    s->is_host = false;
    scan_target_end(s);
    proc_members_done(&members);
    return r;
}
