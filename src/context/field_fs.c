// SPDX-License-Identifier: Apache-2.0
/* fs.path.*: paths of calls that succeeded, whatever the call. Falco's source of a link is the new name. */
#include "context/field_live.h"
#include "context/path.h"

enum role { PATH, SOURCE, TARGET };

/*
 * Which of the event's two paths plays the role; -1: none, 2: the descriptor's, 3: the text that a symbolic link holds, 4: what is mounted, which
 * need not be a path at all.
 */
static int path_for(enum event_type type, enum role role)
{
    switch (type) {
    case EVENT_RENAME:
    case EVENT_RENAMEAT:
    case EVENT_RENAMEAT2:
    case EVENT_MOVE_MOUNT:
    case EVENT_PIVOT_ROOT:
        return role == SOURCE ? 0 : role == TARGET ? 1 : -1;
    case EVENT_MOUNT:
        return role == SOURCE ? 4 : role == TARGET ? 0 : -1;
    case EVENT_LINK:
    case EVENT_LINKAT:
        return role == SOURCE ? 1 : role == TARGET ? 0 : -1;
    case EVENT_SYMLINK:
    case EVENT_SYMLINKAT:
        return role == SOURCE ? 0 : role == TARGET ? 3 : -1;
    case EVENT_FCHMOD:
    case EVENT_FCHOWN:
        return role == PATH ? 2 : -1;
    case EVENT_EXECVE:
    case EVENT_EXECVEAT:
    case EVENT_CHDIR:
        return -1;
    default:
        return role == PATH ? 0 : -1;
    }
}

/* A text made a path as Falco does it: what is not absolute begins in the working folder. */
static struct str from_cwd(struct live_event *e, struct str raw)
{
    struct str cwd;
    if (!raw.n || (raw.p[0] == '/' && (!e->is_resolved || path_is_clean(raw))) || (raw.p[0] != '/' && !(cwd = live_cwd(e)).n))
        return raw;
    size_t from = jot_begin(&e->jot);
    path_jot(&e->jot, raw.p[0] == '/' ? STR_NULL : cwd, raw);
    return jot_end(&e->jot, from);
}

static struct str symlink_text(struct live_event *e, bool is_raw)
{
    struct str raw = live_link_raw(e);
    return is_raw ? raw : e->is_resolved ? live_link_text(e) : from_cwd(e, raw);
}

static struct str mounted_text(struct live_event *e, bool is_raw)
{
    const struct param *p = call_param(e->call, STR("dev"));
    struct str raw = p ? live_text(e, RECORD_PARAM + p->position) : STR_NULL;
    return is_raw ? raw : from_cwd(e, raw);
}

int live_fs_path(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const enum field_id id = ref->id;
    const enum role role = id == F_FS_PATH_NAME || id == F_FS_PATH_NAMERAW       ? PATH
                           : id == F_FS_PATH_SOURCE || id == F_FS_PATH_SOURCERAW ? SOURCE
                                                                                 : TARGET;
    const bool is_raw = id == F_FS_PATH_NAMERAW || id == F_FS_PATH_SOURCERAW || id == F_FS_PATH_TARGETRAW;
    const int which = path_for(e->event.type, role);
    if (which < 0 || e->record->res < 0)
        return 0;
    struct str path = which == 2   ? e->fd_path
                      : which == 3 ? symlink_text(e, is_raw)
                      : which == 4 ? mounted_text(e, is_raw)
                      : is_raw     ? live_path_raw(e, (unsigned)which)
                                   : live_path(e, (unsigned)which);
    return path.n ? give_str(ret, path) : 0;
}
