// SPDX-License-Identifier: Apache-2.0
/* What Davy's sensor tells beyond Falco's fields (event/field_watch.def). */
#include "context/dns.h"
#include "context/field_live.h"
#include "event/record_kind.h"

int live_evt_via(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const unsigned flags = e->record->flags;
    switch (ref->id) {
    case F_EVT_IS_TRUSTED_ARGS:
        return give_bool(ret, flags & RECORD_IS_TRUSTED);
    case F_EVT_IS_CUT:
        return give_bool(ret, flags & RECORD_CUT);
    case F_EVT_IS_UNREAD:
        return give_bool(ret, flags & RECORD_UNREAD);
    default:
        return give_str(ret, flags & RECORD_IS_URING                  ? STR("io_uring")
                             : flags & RECORD_IS_COMPAT               ? STR("compat")
                             : e->call->flags & CALL_IS_SYSCALL ? STR("syscall")
                                                                      : STR("kernel"));
    }
}

int live_proc_program(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct command *c = e->process ? e->process->command : NULL;
    if (!c)
        return 0;
    switch (ref->id) {
    case F_PROC_EXE_DELETED:
        return give_bool(ret, c->exe.flags & RECORD_EXE_DELETED);
    case F_PROC_IS_EXE_SETID:
        return give_bool(ret, c->exe.flags & RECORD_EXE_SETID);
    case F_PROC_EXE_UID:
        return give_uint(ret, c->exe.uid);
    case F_PROC_EXE_MODE:
        return c->exe.mode ? give_uint(ret, c->exe.mode) : 0;
    default:
        return c->loader_n ? give_str(ret, command_loader(c)) : 0;
    }
}

int live_proc_space(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record *r = e->record;
    if (!e->process)
        return 0;
    switch (ref->id) {
    case F_PROC_NS_PID:
        return r->pidns ? give_uint(ret, r->pidns) : 0;
    case F_PROC_NS_MNT:
        return r->mntns ? give_uint(ret, r->mntns) : 0;
    case F_PROC_NS_USER:
        return r->userns ? give_uint(ret, r->userns) : 0;
    case F_USER_EUID:
        return give_uint(ret, r->euid);
    default: {
        struct str root = live_text(e, RECORD_ROOT);
        return root.n ? give_str(ret, root) : 0;
    }
    }
}

/* Whom a call is meant for */

static struct process *process_of_target(struct live_event *e, const struct record_target *t)
{
    struct processes *all = e->context->processes;
    return t->start_ns ? processes_find(all, t->pid, t->start_ns) : processes_find_pid(all, t->pid);
}

/* kill tells its signal as a parameter alone. */
static int64_t signal_sent(const struct live_event *e, const struct record_target *t)
{
    const struct param *sig = call_param(e->call, STR("sig"));
    int64_t n = t->signal;
    if (!n && (!sig || !live_param_number(e, sig, &n)))
        return 0;
    return n;
}

int live_target(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_target *t = record_target(e->index.v[RECORD_TARGET]);
    if (!t)
        return 0;
    /* Some calls tell the number alone. */
    struct process *p = process_of_target(e, t);
    struct str name = str_from(t->comm[0] || !p ? t->comm : p->comm);
    switch (ref->id) {
    case F_TARGET_PID:
        return give_int(ret, t->pid);
    case F_TARGET_TID:
        return give_int(ret, t->tid);
    case F_TARGET_UID:
        return t->start_ns ? give_uint(ret, t->uid) : 0;
    case F_TARGET_NAME:
        return name.n ? give_str(ret, name) : 0;
    case F_TARGET_EXEPATH:
        return p && p->command ? give_str(ret, command_exepath(p->command)) : 0;
    case F_TARGET_CMDLINE:
        return name.n ? give_str(ret, live_command_line(e, p ? p->command : NULL, name)) : 0;
    case F_TARGET_IS_SELF:
        return give_bool(ret, t->pid == e->record->pid);
    case F_TARGET_IS_CHILD:
        return give_bool(ret, p && e->process && processes_parent(e->context->processes, p) == e->process);
    case F_SIGNAL_NUM: {
        const int64_t n = signal_sent(e, t);
        return n > 0 ? give_uint(ret, (uint64_t)n) : 0;
    }
    default: {
        struct str word = words_signal((int)signal_sent(e, t));
        return word.n ? give_str(ret, word) : 0;
    }
    }
}

/* Files */

int live_resolved(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct str path = live_resolved_path(e, ref->id == F_FS_PATH_TARGET_RESOLVED);
    if (ref->id == F_FD_RESOLVED && !path.n && e->fd && e->fd->flags & RECORD_FD_TRUSTED && !live_endpoint(e))
        path = e->fd_path;
    return path.n ? give_str(ret, path) : 0;
}

int live_inode_flags(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct param *now = call_param(e->call, STR("flags")), *old = call_param(e->call, STR("old_flags"));
    int64_t is = 0, was = 0;
    if (e->event.type != EVENT_INODE_FLAGS || !now || !live_param_number(e, now, &is))
        return 0;
    const bool has_old = old && live_param_number(e, old, &was);
    if (ref->id != F_INODE_FLAGS_SET && !has_old)
        return 0;
    size_t from = jot_begin(&e->jot);
    words_jot_flags(&e->jot, WORDS_INODE, (uint32_t)(ref->id == F_INODE_FLAGS_SET ? is : ref->id == F_INODE_FLAGS_ADDED ? is & ~was : was & ~is));
    return give_str(ret, jot_end(&e->jot, from));
}

/* Network */

static int give_dns_ips(struct live_event *e, const struct dns_message *m, struct value *ret)
{
    enum { TYPE_A = 1, TYPE_AAAA = 28 };
    struct value *v = jot_values(&e->jot, DNS_RECORDS_MAX);
    size_t n = 0;
    for (unsigned i = 0; v && i < m->n_records; i++) {
        const struct dns_record *r = &m->records[i];
        const bool v6 = r->type == TYPE_AAAA;
        struct net *net = (v6 && r->data_n == 16) || (r->type == TYPE_A && r->data_n == 4) ? jot_net(&e->jot) : NULL;
        if (!net)
            continue;
        *net = (struct net){.v6 = v6, .prefix = v6 ? 128 : 32};
        memcpy(net->bytes, r->data, r->data_n);
        v[n++] = (struct value){.type = VALUE_IP, .net = net};
    }
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n != 0;
}

static int give_dns_answers(struct live_event *e, struct str packet, const struct dns_message *m, struct value *ret)
{
    struct value *v = jot_values(&e->jot, DNS_RECORDS_MAX);
    char text[DNS_NAME_MAX];
    size_t n = 0;
    for (unsigned i = 0; v && i < m->n_records; i++) {
        size_t size = dns_record_text(packet, &m->records[i], text, sizeof(text));
        if (!size)
            continue;
        size_t from = jot_begin(&e->jot);
        jot_add(&e->jot, str_n(text, size));
        v[n++] = VALUE_OF_STR(jot_end(&e->jot, from));
    }
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n != 0;
}

static int give_copy(struct live_event *e, struct str s, struct value *ret)
{
    size_t from = jot_begin(&e->jot);
    jot_add(&e->jot, s);
    return s.n ? give_str(ret, jot_end(&e->jot, from)) : 0;
}

/* Every label begins one, those beyond the limit and an escaped dot do not. */
static int give_dns_zones(struct live_event *e, struct str question, struct value *ret)
{
    enum { LABELS_MAX = 127 }; /* of a name of 255 bytes */
    struct value *v = jot_values(&e->jot, LABELS_MAX), whole;
    size_t n = 0;
    if (!v || !give_copy(e, question, &whole))
        return 0;
    for (size_t at = 0; n < LABELS_MAX && at < whole.s.n; at++)
        if (!at || (whole.s.p[at - 1] == '.' && (at < 2 || whole.s.p[at - 2] != '\\')))
            v[n++] = VALUE_OF_STR(str_sub(whole.s, at, whole.s.n));
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return 1;
}

int live_dns(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct str packet = live_text(e, RECORD_DNS_PACKET);
    struct dns_message m;
    if (!packet.p || !dns_read(packet, &m))
        return 0;
    switch (ref->id) {
    case F_DNS_QUESTION:
        return give_copy(e, str_from(m.question), ret);
    case F_DNS_ZONES:
        return give_dns_zones(e, str_from(m.question), ret);
    case F_DNS_TYPE: {
        struct str word = dns_type_word(m.type);
        if (word.n || !m.type)
            return word.n ? give_str(ret, word) : 0;
        size_t from = jot_begin(&e->jot);
        jot_add(&e->jot, STR("TYPE")); /* as RFC 3597 writes a type without a name */
        jot_u64(&e->jot, m.type);
        return give_str(ret, jot_end(&e->jot, from));
    }
    case F_DNS_IS_ANSWER:
        return give_bool(ret, m.is_answer);
    case F_DNS_RCODE: {
        struct str word = dns_rcode_word(m.rcode);
        return m.is_answer && word.n ? give_str(ret, word) : 0;
    }
    case F_DNS_ANSWERS:
        return give_dns_answers(e, packet, &m, ret);
    default:
        return give_dns_ips(e, &m, ret);
    }
}

int live_flow(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_net *net = record_net(e->index.v[RECORD_NET]);
    if (!net || e->event.type != EVENT_FLOW)
        return 0;
    return give_uint(ret, ref->id == F_FLOW_SENT ? net->sent : net->received);
}

int live_tcp_state(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_net *net = record_net(e->index.v[RECORD_NET]);
    if (!net || e->event.type != EVENT_TCP_STATE)
        return 0;
    size_t from = jot_begin(&e->jot);
    words_jot_enum(&e->jot, WORDS_TCP_STATE, ref->id == F_TCP_STATE ? net->state : net->old_state);
    struct str word = jot_end(&e->jot, from);
    return word.n ? give_str(ret, word) : 0;
}

/* Usage */

static int give_share(uint64_t used_ns, uint64_t period_ns, struct value *ret)
{
    *ret = (struct value){.type = VALUE_DOUBLE, .d = period_ns ? 100.0 * (double)used_ns / (double)period_ns : 0};
    return period_ns != 0;
}

int live_usage(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_usage *u = record_usage(e->index.v[RECORD_USAGE_DATA]);
    if (!u)
        return 0;
    switch (ref->id) {
    case F_USAGE_PERIOD:
        return give_u(ret, VALUE_DURATION, u->period_ns);
    case F_USAGE_CPU:
        return give_share(u->user_ns + u->system_ns, u->period_ns, ret);
    case F_USAGE_CPU_USER:
        return give_share(u->user_ns, u->period_ns, ret);
    case F_USAGE_THREADS:
        return give_uint(ret, u->threads);
    case F_USAGE_BUSY_THREADS:
        return give_uint(ret, u->busy_threads);
    case F_USAGE_VM:
        return give_uint(ret, u->vm_kib);
    case F_USAGE_RSS:
        return give_uint(ret, u->rss_kib);
    case F_USAGE_HUGE:
        return give_uint(ret, u->huge_kib);
    default:
        return give_uint(ret, u->locked_kib);
    }
}

/* The sensor */

static struct str reason_word(uint32_t reason)
{
    static const char *const words[] = {
        [RECORD_DROP_FULL] = "full", [RECORD_DROP_SHED] = "shed", [RECORD_DROP_LONG] = "long", [RECORD_DROP_MAP] = "map",
        [RECORD_DROP_KILLED] = "killed",
    };
    return reason < sizeof(words) / sizeof(words[0]) ? str_from(words[reason]) : STR("unknown");
}

static void add_once(struct value *v, size_t *n, size_t max, struct str s)
{
    for (size_t i = 0; i < *n; i++)
        if (str_eq(v[i].s, s))
            return;
    if (*n < max)
        v[(*n)++] = VALUE_OF_STR(s);
}

int live_drops(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    enum { MAX = 64 };
    uint64_t count = 0;
    size_t n = 0;
    if (e->event.type != EVENT_DROPS)
        return 0;
    if (ref->id == F_DROPS_SINCE) {
        const struct record_block *since = e->index.v[RECORD_PARAM];
        return since ? give_u(ret, VALUE_TIME, live_epoch(e, record_number(since))) : 0;
    }
    struct value *v = ref->id == F_DROPS_COUNT ? NULL : jot_values(&e->jot, MAX);
    record_each(b, e->record) {
        if (b->tag != RECORD_DROP)
            continue;
        const struct record_drop *drop = record_drop(b);
        const enum event_type type = drop->kind <= UINT16_MAX ? record_kind_type((uint16_t)drop->kind) : EVENT__INVALID;
        count += drop->count;
        if (v && ref->id == F_DROPS_REASONS)
            add_once(v, &n, MAX, reason_word(drop->reason));
        else if (v && type != EVENT__INVALID)
            add_once(v, &n, MAX, str_from(event_type_name(type)));
    }
    if (ref->id == F_DROPS_COUNT)
        return give_uint(ret, count);
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n != 0;
}
