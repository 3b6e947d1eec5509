// SPDX-License-Identifier: Apache-2.0
#include "context/live.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "context/container_codec.h"
#include "context/dns.h"
#include "context/login.h"
#include "context/path.h"
#include "context/services.h"
#include "event/feed_path.h"
#include "event/record_kind.h"

static int get(const struct event *event, const struct field_ref *ref, struct value *ret)
{
    /* The event is the first member; the answers made for it are kept in it. */
    struct live_event *e = (struct live_event *)event;
    const live_fn fn = LIVE_FIELDS[ref->id];
    return fn ? fn(e, ref, ret) : 0;
}

static const struct event_ops ops = {.get = get};

struct context *context_new(const struct context_options *options)
{
    struct context *c = xnew(struct context);
    c->options = *options;
    c->boot_ns = options->boot_ns;
    c->processes = processes_new(&(struct processes_options){.max = options->processes, .keep_env = options->keep_env});
    c->users = names_new(CONTEXT_NAMES_MAX);
    c->groups_of_users = names_new(CONTEXT_NAMES_MAX);
    c->hosts = names_new(CONTEXT_HOSTS_MAX);
    c->containers = container_cache_new(options->containers);
    c->groups = xalloc(LIVE_GROUPS * sizeof(*c->groups));
    c->group_ids = xalloc(LIVE_GROUPS * sizeof(*c->group_ids));
    c->configs = configs_new();
    c->state = state_new();
    if (options->port_names)
        c->services = services_new();
    calls_init(c->calls);
    event_run_init(&c->run, options->boot_ns);
    c->live.context = c;
    /* Not cleared: pages that no text reached cost nothing. */
    c->live.jot = (struct jot){.p = xrealloc(NULL, 1, CONTEXT_JOT_BYTES), .size = CONTEXT_JOT_BYTES};
    return c;
}

struct context *context_free(struct context *c)
{
    if (!c)
        return NULL;
    processes_free(c->processes); /* with every text that c->groups holds */
    names_free(c->users);
    names_free(c->groups_of_users);
    names_free(c->hosts);
    container_cache_free(c->containers);
    configs_free(c->configs);
    state_free(c->state);
    services_free(c->services);
    free(c->groups);
    free(c->group_ids);
    free(c->live.jot.p);
    free(c);
    return NULL;
}

size_t context_living(const struct context *c, struct context_process *ret, size_t max)
{
    size_t n = 0;
    for (const struct process *p = NULL; n < max && (p = processes_next(c->processes, p));)
        if (!p->ended_ns && p->pid > 0)
            ret[n++] = (struct context_process){p->pid, p->start_ns};
    return n;
}

bool context_header(const struct context *c, const struct context_process *of, struct record *ret)
{
    const struct process *p = processes_find(c->processes, of->pid, of->start_ns);
    if (!p || p->ended_ns)
        return false;
    ret->pid = ret->tid = p->pid;
    ret->ppid = p->ppid;
    ret->vpid = ret->vtid = p->vpid;
    ret->pgid = p->pgid;
    ret->vpgid = p->vpgid;
    ret->sid = p->sid;
    ret->start_ns = p->start_ns;
    ret->pstart_ns = p->pstart_ns;
    ret->cgroup = p->cgroup_id;
    memcpy(ret->comm, p->comm, sizeof(ret->comm));
    return true;
}

struct context_stats context_stats(const struct context *c)
{
    struct processes_stats p = processes_stats(c->processes);
    struct container_cache_stats containers = container_cache_stats(c->containers);
    return (struct context_stats){
        .processes = p.processes,
        .threads = p.threads,
        .ended = p.ended,
        .containers = containers.entries,
        .users = names_count(c->users) + names_count(c->groups_of_users) + names_count(c->hosts),
        .forgotten = p.forgotten,
        .unknown = p.unknown,
        .events = c->events,
        .bytes = sizeof(*c) + p.bytes + containers.bytes + names_bytes(c->users) + names_bytes(c->groups_of_users) +
                 names_bytes(c->hosts) + configs_bytes(c->configs) + state_bytes() + LIVE_GROUPS * (sizeof(*c->groups) + sizeof(*c->group_ids)) + CONTEXT_JOT_BYTES,
    };
}

/* What is learned outside the kernel's stream */

static struct str text_of(const struct record_index *index, unsigned tag)
{
    return index->v[tag] ? record_text(index->v[tag]) : STR_NULL;
}

static void take_name(struct names *names, const struct record *r, const struct record_index *index, uint32_t id)
{
    struct name name = {
        .name = text_of(index, RECORD_TEXT),
        .home = text_of(index, RECORD_HOME),
        .shell = text_of(index, RECORD_SHELL),
    };
    names_put(names, r->mntns, &id, sizeof(id), &name);
}

static void take_host(struct context *c, const struct record_index *index)
{
    const struct record_net *net = record_net(index->v[RECORD_NET]);
    if (!net)
        return;
    struct name name = {.name = text_of(index, RECORD_TEXT)};
    names_put(c->hosts, net->family, net->raddr, sizeof(net->raddr), &name);
}

static void take_machine(struct context *c, const struct record *r, const struct record_index *index)
{
    struct str name = text_of(index, RECORD_TEXT);
    const bool is_set = index->v[RECORD_PARAM + 1]; /* the clock was: times go on as they were, and are told as it says */
    if (index->v[RECORD_PARAM])
        c->boot_ns = record_number(index->v[RECORD_PARAM]);
    c->machine_pidns = r->pidns;
    c->step_before_ns = is_set ? c->run.step_ns : 0;
    c->stepped_ns = is_set ? r->time_ns : 0;
    c->run.step_ns = is_set ? (int64_t)record_number(index->v[RECORD_PARAM + 1]) : 0;
    if (!is_set || !c->run.start_ns)
        c->run.start_ns = c->boot_ns + r->time_ns;
    if (!name.n)
        return;
    size_t n = name.n < sizeof(c->run.hostname) ? name.n : sizeof(c->run.hostname) - 1;
    memcpy(c->run.hostname, name.p, n);
    c->run.hostname[n] = 0;
}

static void take_container(struct context *c, const struct record_index *index)
{
    struct container_info *info;
    c->live.container = NULL;
    if (!index->v[RECORD_JSON] || container_decode(record_text(index->v[RECORD_JSON]), &info, NULL) < 0)
        return;
    c->live.container = info;
    container_cache_put(c->containers, info);
}

/* False: a kind of the kernel's stream. */
static bool take_learned(struct context *c, const struct record *r, const struct record_index *index)
{
    switch (r->kind) {
    case RECORD_PROCESS:
        processes_snapshot(c->processes, r, index);
        return true;
    case RECORD_USER:
        take_name(c->users, r, index, r->uid);
        return true;
    case RECORD_GROUP:
        take_name(c->groups_of_users, r, index, r->gid);
        return true;
    case RECORD_HOSTNAME:
        take_host(c, index);
        return true;
    case RECORD_MACHINE:
        take_machine(c, r, index);
        return true;
    case RECORD_CONTAINER:
        take_container(c, index);
        return false;
    default:
        return false;
    }
}

/* Answers of context_options.ask; false when there was none. */
static bool take_answer(struct context *c, const struct record *answer)
{
    struct record_index index;
    if (!answer)
        return false;
    record_index(answer, &index);
    take_learned(c, answer, &index);
    return true;
}

/* A process that was met without a record of its birth, and its parents as far as they are unknown. */
static void ask_processes(struct context *c, struct process *p)
{
    const struct context_ask *ask = &c->options.ask;
    for (unsigned level = 0; p && ask->process && level < CONTEXT_ANCESTORS_MAX; level++) {
        if (!p->command && !p->was_asked) {
            p->was_asked = true;
            int32_t pid = p->pid;
            uint64_t start_ns = p->start_ns;
            take_answer(c, ask->process(ask->ctx, pid, start_ns));
            if (!(p = processes_find(c->processes, pid, start_ns)))
                return;
        }
        struct process *parent = processes_parent(c->processes, p);
        if (!parent && p->ppid > 0 && !p->was_parent_asked) {
            p->was_parent_asked = true;
            int32_t pid = p->ppid;
            uint64_t start_ns = p->pstart_ns;
            take_answer(c, ask->process(ask->ctx, pid, start_ns));
            parent = processes_find(c->processes, pid, start_ns);
        }
        p = parent;
    }
}

/* Records of the kernel's stream */

/* chdir(2) and fchdir(2) that succeeded. */
static void see_folder(struct context *c, struct live_event *e)
{
    struct str resolved = live_text(e, RECORD_RESOLVED), path = live_text(e, RECORD_PARAM + 1), base = live_text(e, RECORD_BASE);
    struct str to = e->event.type == EVENT_FCHDIR ? e->fd_path : resolved;
    if (!e->process || e->record->res < 0)
        return;
    if (!to.n && path.n && e->event.type == EVENT_CHDIR) {
        size_t from = jot_begin(&e->jot);
        path_jot(&e->jot, base.n ? base : intern_str(e->process->cwd), path);
        to = jot_end(&e->jot, from);
    }
    if (to.n)
        processes_set_cwd(c->processes, e->process, to);
}

/*
 * An answer of the domain name system tells what the asker will call the address by: better than what the owner of the
 * address calls it. Only answers of a server that was asked: anybody can send a packet.
 */
static void take_dns(struct context *c, const struct record_index *index)
{
    enum { PORT_DNS = 53, TYPE_A = 1, TYPE_AAAA = 28, FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };
    const struct record_net *net = record_net(index->v[RECORD_NET]);
    struct dns_message m;
    if (!net || net->rport != PORT_DNS || !index->v[RECORD_DNS_PACKET])
        return;
    if (!dns_read(record_text(index->v[RECORD_DNS_PACKET]), &m) || !m.is_answer || m.rcode || !m.question[0])
        return;
    for (unsigned i = 0; i < m.n_records; i++) {
        const struct dns_record *r = &m.records[i];
        const bool v6 = r->type == TYPE_AAAA;
        uint8_t address[16] = {};
        if (r->data_n != (v6 ? 16 : 4) || (!v6 && r->type != TYPE_A))
            continue;
        memcpy(address, r->data, r->data_n);
        names_put(c->hosts, v6 ? FAMILY_IPV6 : FAMILY_IPV4, address, sizeof(address), &(struct name){.name = str_from(m.question)});
    }
}

/* A process may be moved to another group at any time: the header has its id, some records the path. */
static void follow_group(struct context *c, struct process *p, const struct record *r, const struct record_index *index)
{
    struct live_group_id *known = &c->group_ids[r->cgroup & (LIVE_GROUPS - 1)];
    if (index->v[RECORD_CGROUP]) {
        processes_set_cgroup(c->processes, p, record_text(index->v[RECORD_CGROUP]), r->cgroup);
        if (r->cgroup && known->path != p->cgroup) {
            intern_drop(processes_texts(c->processes), known->path);
            *known = (struct live_group_id){r->cgroup, intern_share(p->cgroup)};
        }
    } else if (r->cgroup && p->cgroup_id != r->cgroup && known->path && known->id == r->cgroup) {
        processes_set_cgroup(c->processes, p, intern_str(known->path), r->cgroup);
    }
}

static struct process *take_process(struct context *c, const struct record *r, const struct record_index *index)
{
    bool is_new = false;
    struct process *p;
    const enum event_type type = record_kind_type(r->kind);
    if (r->kind == RECORD_TCP_STATE || r->kind == RECORD_FLOW || r->kind == RECORD_DNS || r->kind == RECORD_GREETING ||
        r->kind == RECORD_CONFIG || r->kind == RECORD_HIDDEN || r->kind == RECORD_REWRITE)
        return processes_recall(c->processes, r);
    if (r->kind == RECORD_PROCEXIT)
        p = processes_exit(c->processes, r);
    else if ((type == EVENT_EXECVE || type == EVENT_EXECVEAT) && r->res >= 0)
        p = processes_exec(c->processes, r, index);
    else
        p = processes_see(c->processes, r, &is_new);
    if (is_new && c->options.ask.process) {
        ask_processes(c, p);
        p = processes_find(c->processes, r->pid, r->start_ns);
    }
    if (p)
        follow_group(c, p, r, index);
    return p;
}

/* Events about a socket that name no descriptor: their ends are those of a descriptor without a number. */
static const struct record_fd *fd_from_net(struct live_event *e)
{
    enum { FAMILY_IPV6 = 10, IS_OUTGOING = 1, PORT_DNS = 53 };
    const struct record_net *net = record_net(e->index.v[RECORD_NET]);
    if (!net)
        return NULL;
    /* Answers come in to who asked: of DNS the port tells who serves. A socket of nobody says nothing of its direction. */
    const bool is_server = e->record->kind == RECORD_DNS ? net->lport == PORT_DNS : e->record->pid && !(net->flags & IS_OUTGOING);
    e->net = (struct record_fd){
        .num = -1,
        .type = net->family == FAMILY_IPV6 ? RECORD_FD_IPV6 : RECORD_FD_IPV4,
        .l4proto = net->l4proto,
        .lport = net->lport,
        .rport = net->rport,
        .flags = is_server ? RECORD_FD_SERVER : 0,
    };
    memcpy(e->net.laddr, net->laddr, sizeof(net->laddr));
    memcpy(e->net.raddr, net->raddr, sizeof(net->raddr));
    return &e->net;
}

/*
 * Asks what a file says when the event may change it: accounts and keys only on the machine itself, because a container's are its own, logs
 * of logins everywhere.
 */
static void ask_config(struct context *c, struct live_event *e)
{
    enum { ACCESS_MODE = 3 };
    if (!c->options.ask.config || e->record->res < 0)
        return;
    const bool is_own = !e->index.v[RECORD_ROOT] && !(c->machine_pidns && e->record->pidns && e->record->pidns != c->machine_pidns);
    switch (e->event.type) {
    case EVENT_OPEN:
    case EVENT_OPENAT:
    case EVENT_OPENAT2:
        if (!e->fd || !(e->fd->oflags & ACCESS_MODE))
            return;
        break;
    case EVENT_CREAT:
    case EVENT_RENAME:
    case EVENT_RENAMEAT:
    case EVENT_RENAMEAT2:
    case EVENT_LINK:
    case EVENT_LINKAT:
    case EVENT_UNLINK:
    case EVENT_UNLINKAT:
    case EVENT_TRUNCATE:
        break;
    default:
        return;
    }
    for (unsigned which = 0; which < 2; which++) {
        const struct str resolved = live_resolved_path(e, which), path = resolved.n ? resolved : live_path(e, which);
        if (path.n && ((is_own && feed_path_is(FEED_CONFIG_FILES, path)) || feed_path_is(FEED_LOGIN_LOGS, path)))
            c->options.ask.config(c->options.ask.ctx, e->record, path);
    }
}

/* Asks what a file holds; of a rename the one that has the new name. */
static void ask_rewrite(struct context *c, struct live_event *e)
{
    if (!c->options.ask.rewrite)
        return;
    if (e->state.look_at.n && e->state.look_at.p[0] == '/')
        c->options.ask.rewrite(c->options.ask.ctx, e->record, e->state.look_at);
    if (!e->state.wants_look)
        return;
    const unsigned which = e->fd ? 0 : 1;
    const struct str resolved = live_resolved_path(e, which), path = resolved.n ? resolved : which ? live_path(e, which) : e->fd_path;
    if (path.n && path.p[0] == '/')
        c->options.ask.rewrite(c->options.ask.ctx, e->record, path);
}

int context_take(struct context *c, const struct record *r, struct live_event **ret)
{
    struct live_event *e = &c->live;
    record_index(r, &e->index);
    if (r->kind == RECORD_CONFIG && !configs_take(c->configs, r, &e->config))
        return 0;
    if (take_learned(c, r, &e->index))
        return 0;
    if (r->kind == RECORD_FORK) {
        processes_fork(c->processes, r, &e->index);
        return 0;
    }
    if (r->kind == RECORD_DNS)
        take_dns(c, &e->index);
    const enum event_type type = record_kind_type(r->kind);
    struct process *process = r->kind == RECORD_CONTAINER || r->kind == RECORD_LOGIN ? NULL : take_process(c, r, &e->index);
    if (type == EVENT__INVALID)
        return 0;
    e->event = (struct event){
        .type = type, .num = ++c->events, .time_ns = c->boot_ns + r->time_ns, .ops = &ops, .run = &c->run};
    if (!c->run.start_ns)
        c->run.start_ns = e->event.time_ns;
    e->record = r;
    e->call = &c->calls[type];
    e->process = process;
    e->fd_path = STR_NULL;
    e->fd = NULL;
    if (e->call->traits & RECORD_HAS_FD && !(e->fd = record_fd(e->index.v[RECORD_FD], &e->fd_path)))
        e->fd = fd_from_net(e);
    e->since_last_ns = c->last_ns && r->time_ns > c->last_ns ? r->time_ns - c->last_ns : 0;
    c->last_ns = r->time_ns;
    e->is_resolved = e->is_rooted = e->is_fd_name_made = false;
    e->endpoint_state = e->paths_made = 0;
    e->jot.used = 0;
    if (type == EVENT_CHDIR || type == EVENT_FCHDIR)
        see_folder(c, e);
    else if (e->index.v[RECORD_BASE] && process && live_begins_in_cwd(e, 0))
        processes_set_cwd(c->processes, process, live_text(e, RECORD_BASE));
    state_take(c->state, e, &e->state);
    ask_config(c, e);
    ask_rewrite(c, e);
    *ret = e;
    return 1;
}

const struct event *live_event(const struct live_event *e)
{
    return &e->event;
}

/* The last form: where the process's root shows what it reached by another mount. */
static bool turn_to_root(struct live_event *e)
{
    struct str rooted = live_text(e, RECORD_ROOTED);
    if (e->is_rooted || !rooted.n || str_eq(rooted, live_path(e, 0)))
        return false;
    e->is_resolved = e->is_rooted = true;
    e->is_fd_name_made = false;
    return true;
}

/* Whether a path or what a link says was written in a roundabout way ("/etc/../etc/shadow"), so that parameters of calls do not show what it means. */
static bool is_roundabout(struct live_event *e, unsigned which)
{
    const struct str raw = live_path_raw(e, which);
    return raw.n && raw.p[0] == '/' && !path_is_clean(raw);
}

bool live_event_resolved(struct live_event *e)
{
    if (e->is_resolved)
        return turn_to_root(e);
    const struct str link = live_link_raw(e);
    bool differs = link.n && !path_is_clean(link);
    for (unsigned which = 0; which < 2 && !differs; which++) {
        struct str resolved = live_resolved_path(e, which);
        differs = (resolved.n && !str_eq(resolved, live_path(e, which))) || is_roundabout(e, which);
    }
    if (!differs)
        return turn_to_root(e);
    e->is_resolved = true;
    e->is_fd_name_made = false;
    return true;
}

/* Names */

static const struct name *ask_name(struct live_event *e, struct names *names, uint32_t id,
                                   const struct record *(*ask)(void *ctx, const struct record *about, uint32_t id))
{
    struct context *c = e->context;
    const struct name *name = names_get(names, e->record->mntns, &id, sizeof(id));
    if (!name && ask) {
        /* Asked once, whatever comes of it. */
        names_put(names, e->record->mntns, &id, sizeof(id), &(struct name){});
        take_answer(c, ask(c->options.ask.ctx, e->record, id));
        name = names_get(names, e->record->mntns, &id, sizeof(id));
    }
    /* What was told of the machine as a whole holds where nothing else was told. */
    if (!name || !name->name.n)
        name = names_get(names, 0, &id, sizeof(id));
    return name && name->name.n ? name : NULL;
}

const struct name *live_user(struct live_event *e, uint32_t uid)
{
    return ask_name(e, e->context->users, uid, e->context->options.ask.user);
}

const struct name *live_group_name(struct live_event *e, uint32_t gid)
{
    return ask_name(e, e->context->groups_of_users, gid, e->context->options.ask.group);
}

struct str live_host(struct live_event *e, const uint8_t *bytes, bool v6)
{
    enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };
    struct context *c = e->context;
    uint8_t address[16] = {};
    const uint32_t family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
    memcpy(address, bytes, v6 ? 16 : 4);
    const struct name *name = names_get(c->hosts, family, address, sizeof(address));
    if (!name && c->options.ask.hostname) {
        names_put(c->hosts, family, address, sizeof(address), &(struct name){});
        take_answer(c, c->options.ask.hostname(c->options.ask.ctx, address, v6));
        name = names_get(c->hosts, family, address, sizeof(address));
    }
    return name ? name->name : STR_NULL;
}
