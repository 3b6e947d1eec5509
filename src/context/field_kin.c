// SPDX-License-Identifier: Apache-2.0
/* proc.p*, proc.a*, leaders of session and group: fields that speak of another process than the one that acts. */
#include "context/field_live.h"

struct str live_command_line(struct live_event *e, const struct command *c, struct str name)
{
    if (!c)
        return name;
    if (str_eq(command_name(c), name))
        return command_line(c);
    size_t from = jot_begin(&e->jot);
    jot_add(&e->jot, name);
    if (c->n_args)
        jot_char(&e->jot, ' ');
    jot_add(&e->jot, command_args(c));
    return jot_end(&e->jot, from);
}

static struct process *parent_of(struct live_event *e)
{
    return e->process ? processes_parent(e->context->processes, e->process) : NULL;
}

enum what { NAME, EXE, EXEPATH, LINE, ARGS, ENV };

/* The event's own process is named by the header, which may be of one of its threads. */
static int give_text(struct live_event *e, struct process *p, enum what what, struct value *ret)
{
    const struct command *c = p->command;
    if (what == NAME)
        return give_str(ret, str_from(p == e->process ? e->record->comm : p->comm));
    if (what == LINE)
        return give_str(ret, live_command_line(e, c, str_from(p == e->process ? e->record->comm : p->comm)));
    if (!c)
        return 0;
    if (what == EXE)
        return give_str(ret, command_exe(c));
    if (what == EXEPATH)
        return give_str(ret, command_exepath(c));
    if (what == ARGS)
        return give_str(ret, command_args(c));
    size_t from = jot_begin(&e->jot);
    jot_words(&e->jot, command_env(c), ' ');
    return give_str(ret, jot_end(&e->jot, from));
}

int live_proc_parent(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct process *p = parent_of(e);
    if (!p)
        return 0;
    switch (ref->id) {
    case F_PROC_PNAME:
        return give_text(e, p, NAME, ret);
    case F_PROC_PEXE:
        return give_text(e, p, EXE, ret);
    case F_PROC_PEXEPATH:
        return give_text(e, p, EXEPATH, ret);
    case F_PROC_PCMDLINE:
        return give_text(e, p, LINE, ret);
    default:
        return give_int(ret, p->vpid);
    }
}

static enum what what_of(enum field_id id)
{
    return id == F_PROC_AEXE       ? EXE
           : id == F_PROC_AEXEPATH ? EXEPATH
           : id == F_PROC_ACMDLINE ? LINE
           : id == F_PROC_AARGS    ? ARGS
           : id == F_PROC_AENV     ? ENV
                                   : NAME;
}

static int give_of_ancestor(struct live_event *e, struct process *p, enum field_id id, struct value *ret)
{
    if (id == F_PROC_ASTART)
        return p->start_ns ? give_uint(ret, live_epoch(e, p->start_ns)) : 0;
    if (id == F_PROC_ASID)
        return give_int(ret, p->sid);
    return id == F_PROC_APID ? give_int(ret, p->pid) : give_text(e, p, what_of(id), ret);
}

/* The value of a variable in the nearest ancestor that has it. */
static int give_ancestor_variable(struct live_event *e, struct str name, struct value *ret)
{
    struct process *p = e->process;
    struct str value;
    for (unsigned level = 0; p && level < CONTEXT_ANCESTORS_MAX; level++) {
        p = processes_parent(e->context->processes, p);
        if (p && p->command && command_env_value(p->command, name, &value))
            return give_str(ret, value);
    }
    return 0;
}

int live_proc_ancestor(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct processes *t = e->context->processes;
    if (!e->process)
        return 0;
    if (ref->has_arg && !ref->arg_is_index)
        return give_ancestor_variable(e, ref->arg, ret);
    if (ref->has_arg) {
        struct process *p = processes_ancestor(t, e->process, ref->index);
        return p ? give_of_ancestor(e, p, ref->id, ret) : 0;
    }
    struct value *v = jot_values(&e->jot, CONTEXT_ANCESTORS_MAX);
    size_t n = 0, level = 0;
    for (struct process *p = processes_parent(t, e->process); v && p && level < CONTEXT_ANCESTORS_MAX; level++) {
        n += (size_t)give_of_ancestor(e, p, ref->id, &v[n]);
        p = processes_parent(t, p);
    }
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n != 0;
}

/*
 * Who leads the session or the group: the process of that id, and when it is gone the farthest ancestor that belongs to it.
 * Ids are the machine's, so that a pid namespace makes no difference.
 */
static struct process *leader_of(struct live_event *e, bool of_session)
{
    struct processes *t = e->context->processes;
    const int32_t id = of_session ? e->record->sid : e->record->pgid;
    struct process *p = e->process, *leader = p;
    if (id == e->record->pid)
        return p;
    struct process *named = id > 0 ? processes_find_pid(t, id) : NULL;
    if (named && (of_session ? named->sid : named->pgid) == id)
        return named;
    for (unsigned level = 0; (p = processes_parent(t, p)) && level < CONTEXT_ANCESTORS_MAX; level++) {
        if ((of_session ? p->sid : p->pgid) != id)
            break;
        leader = p;
    }
    return leader;
}

int live_proc_leader(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    if (!e->process)
        return 0;
    const enum field_id id = ref->id;
    const bool of_session = id == F_PROC_SNAME || id == F_PROC_SID_EXE || id == F_PROC_SID_EXEPATH;
    const enum what what = id == F_PROC_SID_EXE || id == F_PROC_PGID_EXE || id == F_PROC_VPGID_EXE               ? EXE
                           : id == F_PROC_SID_EXEPATH || id == F_PROC_PGID_EXEPATH || id == F_PROC_VPGID_EXEPATH ? EXEPATH
                                                                                                                 : NAME;
    return give_text(e, leader_of(e, of_session), what, ret);
}

/* The oldest ancestor whose name ends in "sh", the process itself included. */
int live_proc_loginshellid(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct process *p = e->process, *shell = NULL;
    for (unsigned level = 0; p && level <= CONTEXT_ANCESTORS_MAX; level++) {
        if (str_ends(str_from(p->comm), STR("sh")))
            shell = p;
        p = processes_parent(e->context->processes, p);
    }
    return shell ? give_int(ret, shell->pid) : 0;
}

static struct interned *group_of(const struct process *p)
{
    return p ? p->cgroup : NULL;
}

static bool runs(struct live_event *e, const struct process *p, const struct container_probe *probe)
{
    if (!p->command)
        return false;
    const size_t used = e->jot.used;
    struct str word;
    jot_add(&e->jot, command_exe(p->command));
    jot_char(&e->jot, 0);
    for (uint32_t i = 0; command_arg(p->command, i, &word); i++) {
        jot_add(&e->jot, word);
        jot_char(&e->jot, 0);
    }
    const bool is = container_probe_is(probe, jot_end(&e->jot, used));
    e->jot.used = used;
    return is;
}

/* The process, or one of its ancestors in the same container, runs the command of a probe. */
int live_proc_is_probe(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct process *p = e->process;
    const struct container_info *info = live_container_info(e);
    bool is = false;
    if (!p)
        return 0;
    const struct container_probe *probe = !info                                                ? NULL
                                          : ref->id == F_PROC_IS_CONTAINER_HEALTHCHECK         ? &info->healthcheck
                                          : ref->id == F_PROC_IS_CONTAINER_LIVENESS_PROBE ? &info->liveness
                                                                                               : &info->readiness;
    for (unsigned level = 0; probe && p && group_of(p) == group_of(e->process) && !is && level < CONTEXT_ANCESTORS_MAX; level++) {
        is = runs(e, p, probe);
        p = processes_parent(e->context->processes, p);
    }
    return give_bool(ret, is);
}
