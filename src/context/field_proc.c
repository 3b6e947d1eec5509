// SPDX-License-Identifier: Apache-2.0
/* proc.* of the process that acts; its relatives are in field_kin.c, its threads in field_thread.c. */
#include "context/field_live.h"

static const struct command *command_of(const struct live_event *e)
{
    return e->process ? e->process->command : NULL;
}

int live_proc_name(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return e->process ? give_str(ret, str_from(e->record->comm)) : 0;
}

int live_proc_exe(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct command *c = command_of(e);
    return c ? give_str(ret, command_exe(c)) : 0;
}

int live_proc_exepath(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct command *c = command_of(e);
    return c ? give_str(ret, command_exepath(c)) : 0;
}

int live_proc_args(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    struct str arg;
    if (!c)
        return 0;
    if (!ref->has_arg)
        return give_str(ret, command_args(c));
    return ref->arg_is_index && command_arg(c, ref->index, &arg) ? give_str(ret, arg) : 0;
}

/* A thread may have another name than its process had at exec. */
int live_proc_cmdline(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    if (!e->process)
        return 0;
    return give_str(ret, live_command_line(e, command_of(e), str_from(e->record->comm)));
}

int live_proc_cmdnargs(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    if (!c)
        return 0;
    if (ref->id == F_PROC_CMDNARGS)
        return give_uint(ret, c->n_args);
    return give_uint(ret, c->n_args ? command_args(c).n - (c->n_args - 1) : 0);
}

int live_proc_exeline(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct command *c = command_of(e);
    if (!c)
        return 0;
    size_t from = jot_begin(&e->jot);
    jot_add(&e->jot, command_exe(c));
    jot_char(&e->jot, ' '); /* Falco has it even where no argument follows */
    jot_add(&e->jot, command_args(c));
    return give_str(ret, jot_end(&e->jot, from));
}

int live_proc_env(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    struct str value = STR("");
    if (!c)
        return 0;
    if (ref->has_arg)
        return command_env_value(c, ref->arg, &value) ? give_str(ret, value) : 0;
    size_t from = jot_begin(&e->jot);
    jot_words(&e->jot, command_env(c), ' ');
    return give_str(ret, jot_end(&e->jot, from));
}

int live_proc_cwd(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct str cwd = live_cwd(e);
    return cwd.n ? give_str(ret, cwd) : 0;
}

/* Ids that the header has. */
int live_proc_id(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record *r = e->record;
    if (!e->process)
        return 0;
    switch (ref->id) {
    case F_PROC_TTY:
        return give_uint(ret, r->tty);
    case F_PROC_PID:
        return give_int(ret, r->pid);
    case F_PROC_PPID:
        return give_int(ret, r->ppid);
    case F_PROC_VPID:
        return give_int(ret, r->vpid);
    case F_PROC_SID:
        return give_int(ret, r->sid);
    case F_PROC_VPGID:
        return give_int(ret, r->vpgid);
    case F_PROC_PGID:
        return give_int(ret, r->pgid);
    case F_PROC_IS_SID_LEADER:
        return give_bool(ret, r->sid == r->pid);
    case F_PROC_IS_VPGID_LEADER:
        return give_bool(ret, r->vpgid == r->vpid);
    case F_PROC_IS_PGID_LEADER:
        return give_bool(ret, r->pgid == r->pid);
    default:
        return 0;
    }
}

int live_proc_time(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const uint64_t now = e->record->time_ns, start = e->record->start_ns, pstart = e->record->pstart_ns;
    if (!e->process)
        return 0;
    switch (ref->id) {
    case F_PROC_DURATION:
        return start && now >= start ? give_u(ret, VALUE_DURATION, now - start) : 0;
    case F_PROC_PPID_DURATION:
        return pstart && now >= pstart ? give_u(ret, VALUE_DURATION, now - pstart) : 0;
    case F_PROC_PID_TS:
        return start ? give_u(ret, VALUE_DURATION, live_epoch(e, start)) : 0;
    default:
        return pstart ? give_u(ret, VALUE_DURATION, live_epoch(e, pstart)) : 0;
    }
}

int live_proc_exe_flag(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    const uint32_t flag = ref->id == F_PROC_IS_EXE_WRITABLE      ? RECORD_EXE_WRITABLE
                          : ref->id == F_PROC_IS_EXE_UPPER_LAYER ? RECORD_EXE_UPPER
                          : ref->id == F_PROC_IS_EXE_LOWER_LAYER ? RECORD_EXE_LOWER
                                                                 : RECORD_EXE_MEMFD;
    return c ? give_bool(ret, c->exe.flags & flag) : 0;
}

/* How long after `from` `to` was; 0 when it was not. */
static uint64_t after(uint64_t from, uint64_t to)
{
    return from && to > from ? to - from : 0;
}

int live_proc_exe_ino(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    if (!c || !c->exe.ino)
        return 0;
    const uint64_t pidns = c->exe.pidns_start_ns ? live_wall(e, c->exe.pidns_start_ns) : 0;
    switch (ref->id) {
    case F_PROC_EXE_INO:
        return give_int(ret, (int64_t)c->exe.ino);
    case F_PROC_EXE_INO_CTIME:
        return give_u(ret, VALUE_TIME, c->exe.ctime_ns);
    case F_PROC_EXE_INO_MTIME:
        return give_u(ret, VALUE_TIME, c->exe.mtime_ns);
    case F_PROC_EXE_INO_CTIME_DURATION_PROC_START:
        return give_u(ret, VALUE_TIME, after(c->exe.ctime_ns, live_wall(e, e->record->start_ns)));
    case F_PROC_EXE_INO_CTIME_DURATION_PIDNS_START:
        return give_u(ret, VALUE_TIME, after(pidns, c->exe.ctime_ns));
    default:
        return pidns ? give_uint(ret, pidns) : 0;
    }
}

int live_proc_memory(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    const struct record_usage *now = record_usage(e->index.v[RECORD_USAGE_DATA]);
    const bool is_thread = ref->id >= F_THREAD_VMSIZE && ref->id <= F_THREAD_VMRSS_B;
    if (!c && !now)
        return 0;
    const uint64_t size = now ? now->vm_kib : c->exe.vm_size, rss = now ? now->rss_kib : c->exe.vm_rss;
    if (is_thread && e->record->tid != e->record->pid)
        return give_uint(ret, 0);
    switch (ref->id) {
    case F_PROC_VMSIZE:
    case F_THREAD_VMSIZE:
        return give_uint(ret, size);
    case F_PROC_VMRSS:
    case F_THREAD_VMRSS:
        return give_uint(ret, rss);
    case F_THREAD_VMSIZE_B:
        return give_uint(ret, size * 1024);
    case F_THREAD_VMRSS_B:
        return give_uint(ret, rss * 1024);
    default:
        return c ? give_uint(ret, c->exe.vm_swap) : 0;
    }
}

int live_proc_fdlimit(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct command *c = command_of(e);
    return c && c->exe.fdlimit ? give_int(ret, (int64_t)c->exe.fdlimit) : 0;
}

static int give_stdio(const struct command *c, unsigned num, bool is_name, struct value *ret)
{
    if (!c || c->stdio[num].type == RECORD_FD_UNKNOWN)
        return 0;
    return give_str(ret, is_name ? command_stdio_name(c, num) : endpoint_type_word((enum record_fd_type)c->stdio[num].type));
}

int live_proc_stdio(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    switch (ref->id) {
    case F_PROC_STDIN_TYPE:
    case F_PROC_STDIN_NAME:
        return give_stdio(c, 0, ref->id == F_PROC_STDIN_NAME, ret);
    case F_PROC_STDOUT_TYPE:
    case F_PROC_STDOUT_NAME:
        return give_stdio(c, 1, ref->id == F_PROC_STDOUT_NAME, ret);
    default:
        return give_stdio(c, 2, ref->id == F_PROC_STDERR_NAME, ret);
    }
}

/* Types of descriptors: the standard ones as they were at exec, and the event's own. */
int live_fd_types(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = command_of(e);
    struct value *v = jot_values(&e->jot, 4);
    size_t n = 0;
    for (unsigned i = 0; v && c && i < 3; i++)
        if (!ref->has_arg || (ref->arg_is_index && ref->index == i))
            n += (size_t)give_stdio(c, i, false, &v[n]);
    if (v && e->fd && (!ref->has_arg || (ref->arg_is_index && e->fd->num >= 0 && ref->index == (uint32_t)e->fd->num && !n)))
        v[n++] = VALUE_OF_STR(endpoint_type_word(endpoint_type(e->fd)));
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n != 0;
}
