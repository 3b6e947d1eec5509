// SPDX-License-Identifier: Apache-2.0
/* thread.*, and what proc.* tells of threads. */
#include "context/field_live.h"

int live_thread_cap(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record *r = e->record;
    if (!e->process)
        return 0;
    size_t from = jot_begin(&e->jot);
    words_jot_capabilities(&e->jot, ref->id == F_THREAD_CAP_PERMITTED     ? r->cap_permitted
                                    : ref->id == F_THREAD_CAP_INHERITABLE ? r->cap_inheritable
                                                                          : r->cap_effective);
    return give_str(ret, jot_end(&e->jot, from));
}

int live_thread_id(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record *r = e->record;
    if (!e->process)
        return 0;
    switch (ref->id) {
    case F_THREAD_TID:
        return give_int(ret, r->tid);
    case F_THREAD_VTID:
        return give_int(ret, r->vtid);
    case F_THREAD_ISMAIN:
        return give_bool(ret, r->tid == r->pid);
    default: {
        size_t from = jot_begin(&e->jot);
        jot_add(&e->jot, str_from(r->comm));
        jot_i64(&e->jot, r->tid);
        return give_str(ret, jot_end(&e->jot, from));
    }
    }
}

int live_thread_faults(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = e->process ? e->process->command : NULL;
    return c ? give_uint(ret, ref->id == F_THREAD_PFMAJOR ? c->exe.pgft_maj : c->exe.pgft_min) : 0;
}

/* Counted from births and ends; a report of usage knows better. */
int live_proc_nthreads(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_usage *usage = record_usage(e->index.v[RECORD_USAGE_DATA]);
    if (!e->process)
        return 0;
    const uint64_t n = usage ? usage->threads : e->process->threads;
    return give_uint(ret, ref->id == F_PROC_NTHREADS || !n ? n : n - 1);
}

/* One path is known: of the unified hierarchy, or the one that says most of the others. It stands for every subsystem. */
static const char *const subsystems[] = {"cpuset", "cpu", "cpuacct", "io", "memory"};
enum { N_SUBSYSTEMS = sizeof(subsystems) / sizeof(subsystems[0]) };

int live_thread_cgroups(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct str path = e->process ? intern_str(e->process->cgroup) : STR_NULL;
    if (!path.n)
        return 0;
    size_t from = jot_begin(&e->jot);
    for (unsigned i = 0; i < N_SUBSYSTEMS; i++) {
        if (i)
            jot_char(&e->jot, ' ');
        jot_add(&e->jot, str_from(subsystems[i]));
        jot_char(&e->jot, '=');
        jot_add(&e->jot, path);
    }
    return give_str(ret, jot_end(&e->jot, from));
}

int live_thread_cgroup(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct str path = e->process ? intern_str(e->process->cgroup) : STR_NULL;
    for (unsigned i = 0; path.n && i < N_SUBSYSTEMS; i++)
        if (str_is(ref->arg, subsystems[i]))
            return give_str(ret, path);
    return 0;
}

/* Hundredths of one processor, in the period that a report of usage covers. */
int live_thread_cpu(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_usage *u = record_usage(e->index.v[RECORD_USAGE_DATA]);
    if (!u || !u->period_ns)
        return 0;
    const double used = (double)(ref->id == F_THREAD_CPU_USER     ? u->user_ns
                                 : ref->id == F_THREAD_CPU_SYSTEM ? u->system_ns
                                                                  : u->user_ns + u->system_ns);
    *ret = (struct value){.type = VALUE_DOUBLE, .d = 100 * used / (double)u->period_ns};
    return 1;
}

int live_thread_exectime(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_usage *u = record_usage(e->index.v[RECORD_USAGE_DATA]);
    (void)ref;
    /* Falco tells it at switches of a processor, which Davy does not look at; 0 otherwise. */
    return e->process ? give_u(ret, VALUE_DURATION, u ? u->user_ns + u->system_ns : 0) : 0;
}
