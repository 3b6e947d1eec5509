// SPDX-License-Identifier: Apache-2.0
#include "context/state.h"

#include <errno.h>
#include <math.h>

#include "base/alloc.h"
#include "context/dns.h"
#include "context/path.h"
#include "context/state_private.h"

struct state *state_new(void)
{
    return xnew(struct state);
}

struct state *state_free(struct state *s)
{
    free(s);
    return NULL;
}

uint64_t state_bytes(void)
{
    return sizeof(struct state);
}

/* ---- tables ---- */

struct state_head *state_look_up(void *table, size_t size, size_t n, uint64_t key, bool makes, uint64_t now_ns)
{
    char *set = (char *)table + key % (n / STATE_WAYS) * STATE_WAYS * size;
    struct state_head *oldest = (struct state_head *)set;
    for (size_t i = 0; i < STATE_WAYS; i++) {
        struct state_head *h = (struct state_head *)(set + i * size);
        if (h->key == key) {
            h->seen_ns = now_ns;
            return h;
        }
        if (oldest->key && (!h->key || h->seen_ns < oldest->seen_ns))
            oldest = h;
    }
    if (!makes)
        return NULL;
    memset(oldest, 0, size);
    *oldest = (struct state_head){key, now_ns};
    return oldest;
}

/* ---- rows of numbers ---- */

static void running_add(struct running *r, double x)
{
    const double away = x - r->mean;
    r->mean += away / (double)++r->n;
    r->m2 += away * (x - r->mean);
}

double running_spread(const struct running *r)
{
    return r->n > 1 && r->mean > 0 ? 100 * sqrt(r->m2 / (double)(r->n - 1)) / r->mean : 0;
}

/* ---- what was fetched and run ---- */

bool state_is_other_machine(const struct record_fd *fd)
{
    static const uint8_t loopback6[16] = {[15] = 1}, mapped[12] = {[10] = 0xff, [11] = 0xff}, none[16];
    if (!fd || (fd->type != RECORD_FD_IPV4 && fd->type != RECORD_FD_IPV6) || !memcmp(fd->raddr, none, sizeof(none)))
        return false;
    const bool is_mapped = fd->type == RECORD_FD_IPV6 && !memcmp(fd->raddr, mapped, sizeof(mapped));
    if (fd->type == RECORD_FD_IPV4 || is_mapped)
        return fd->raddr[is_mapped ? 12 : 0] != 127;
    return memcmp(fd->raddr, loopback6, sizeof(loopback6)) != 0;
}

static void see_open(struct state *s, struct live_event *e, struct state_now *now)
{
    enum { ACCESS_MODE = 3 };
    const struct record *r = e->record;
    if (r->res < 0 || !e->fd || e->fd->type != RECORD_FD_FILE || !e->fd->ino)
        return;
    const int32_t how = (int32_t)(e->fd->oflags & ACCESS_MODE);
    if (!how && e->event.type != EVENT_CREAT) {
        state_see_key_file(s, e);
        return;
    }
    state_see_rewritten(s, e, now);
    if (e->fd->flags & RECORD_FD_CREATED)
        state_see_made(s, e, e->fd_path);
    else
        state_see_gone(s, e, e->fd_path, now);
    struct written *const both[] = {TAKE(s->written, key_of_inode(e->fd->dev, e->fd->ino), r->time_ns),
                                    TAKE(s->scripts, key_of_path(e->fd_path, r->mntns), r->time_ns)};
    for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
        both[i]->by = key_of_process(r->pid, r->start_ns);
        both[i]->at_ns = r->time_ns;
        memcpy(both[i]->comm, e->process ? e->process->comm : r->comm, sizeof(both[i]->comm));
    }
}

/* What was written by a process that had connected, not too long ago. */
static bool is_fetched(struct state *s, const struct written *w, uint64_t t, struct state_download *ret)
{
    if (!w || t > w->at_ns + STATE_WRITTEN_NS || !FIND(s->networkers, w->by, t))
        return false;
    ret->age_ns = t > w->at_ns ? t - w->at_ns : 0;
    memcpy(ret->by, w->comm, sizeof(w->comm));
    return true;
}

/* sh x.sh, bash -e /tmp/x.sh: the first word that is no option. */
static void see_script(struct state *s, struct live_event *e, struct state_now *now)
{
    struct str word;
    for (uint32_t i = 0; i < STATE_WORDS && command_arg(e->process->command, i, &word); i++) {
        if (!word.n || word.p[0] == '-')
            continue;
        if (memchr(word.p, ' ', word.n))
            return; /* a line of a script, as behind -c */
        const size_t from = jot_begin(&e->jot);
        path_jot(&e->jot, intern_str(e->process->cwd), word);
        const struct str path = jot_end(&e->jot, from);
        const struct written *w = path.n ? FIND(s->scripts, key_of_path(path, e->record->mntns), e->record->time_ns) : NULL;
        if (is_fetched(s, w, e->record->time_ns, &now->script))
            now->script_path = path;
        return;
    }
}

static void see_exec(struct state *s, struct live_event *e, struct state_now *now)
{
    const struct record_exe *exe = record_exe(e->index.v[RECORD_EXE], NULL);
    const uint64_t t = e->record->time_ns;
    if (e->record->res < 0)
        return;
    if (e->process && e->process->command)
        see_script(s, e, now);
    if (exe && exe->ino)
        now->is_downloaded = is_fetched(s, FIND(s->written, key_of_inode(exe->dev, exe->ino), t), t, &now->download);
}

/* ---- processor time ---- */

static void see_usage(struct state *s, const struct live_event *e, struct state_now *now)
{
    const struct record_usage *u = record_usage(e->index.v[RECORD_USAGE_DATA]);
    const uint64_t t = e->record->time_ns;
    if (!u || !u->period_ns || u->period_ns > t)
        return;
    struct state_cpu *c = &TAKE(s->cpus, key_of_process(e->record->pid, e->record->start_ns), t)->of;
    const uint64_t used = u->user_ns + u->system_ns, begin = t - u->period_ns;
    if (!c->last_ns)
        c->first_ns = begin;
    if (t <= c->last_ns)
        return;
    c->used_ns += used;
    if (used >= u->period_ns / 2) {
        /* periods that are told are not quite next to each other */
        c->bursts += !c->active_end_ns || begin > c->active_end_ns + u->period_ns / 2;
        c->active_ns += u->period_ns;
        c->active_end_ns = t;
    }
    c->last_ns = t;
    now->cpu = c;
}

/* ---- peers ---- */

static uint64_t key_of_peer(const struct live_event *e)
{
    uint64_t parts[6] = {e->fd->rport, e->fd->type, 0, 0, 0, 0};
    memcpy(parts + 2, e->fd->raddr, sizeof(e->fd->raddr));
    parts[4] = e->process && e->process->command ? hash_str(command_exepath(e->process->command)) : hash_str(str_from(e->record->comm));
    parts[5] = e->record->mntns;
    return key_of(parts, ARRAY_SIZE(parts));
}

static void see_connect(struct state *s, const struct live_event *e, struct state_now *now)
{
    enum { FORGIVEN = 3, KNOWN = 3 };
    const struct record *r = e->record;
    if ((r->res < 0 && r->res != -EINPROGRESS) || !state_is_other_machine(e->fd))
        return;
    (void)TAKE(s->networkers, key_of_process(r->pid, r->start_ns), r->time_ns);
    struct state_peer *p = &TAKE(s->connects, key_of_peer(e), r->time_ns)->of;
    now->beacon = p;
    if (p->last_ns && r->time_ns < p->last_ns + STATE_VISIT_NS)
        return;
    const double interval = (double)(r->time_ns - p->last_ns);
    /* After a long silence it is another row. */
    if (p->of.n >= KNOWN && interval > FORGIVEN * p->of.mean)
        p->of = (struct running){};
    else if (p->last_ns)
        running_add(&p->of, interval);
    p->last_ns = r->time_ns;
}

static void see_flow(struct state *s, const struct live_event *e, struct state_now *now)
{
    const struct record_net *net = record_net(e->index.v[RECORD_NET]);
    if (!net || !net->sent || !state_is_other_machine(e->fd))
        return;
    struct state_peer *p = &TAKE(s->uploads, key_of_peer(e), e->record->time_ns)->of;
    running_add(&p->of, (double)net->sent);
    p->last_ns = e->record->time_ns;
    now->upload = p;
}

/* ---- names ---- */

static void see_dns(struct state *s, const struct live_event *e, struct state_now *now)
{
    struct dns_message m;
    if (!e->index.v[RECORD_DNS_PACKET] || !dns_read(record_text(e->index.v[RECORD_DNS_PACKET]), &m) || m.is_answer || !m.question[0])
        return;
    const uint64_t h = hash_str(str_from(m.question)), t = e->record->time_ns;
    struct question *q = TAKE(s->questions, h ? h : 1, t);
    if (!q->first_ns)
        q->first_ns = t;
    now->is_question = true;
    now->known_for_ns = t > q->first_ns ? t - q->first_ns : 0;
}

bool state_is_asked(struct state *s, struct str name, uint64_t now_ns)
{
    const uint64_t h = hash_str(name);
    return FIND(s->questions, h ? h : 1, now_ns) != NULL;
}

/* ---- renames ---- */

struct str state_ending(struct str path)
{
    const struct str name = str_basename(path);
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    return dot && dot > name.p ? str_sub(name, (size_t)(dot - name.p) + 1, name.n) : STR_NULL;
}

/* The ending that `to` has in place of that of `from`, or behind it; empty when it is renamed otherwise. */
static struct str new_ending(struct str from, struct str to)
{
    const struct str old = state_ending(from), now = state_ending(to);
    if (!now.n || now.n >= STATE_ENDING_MAX)
        return STR_NULL;
    const struct str a = str_basename(from), b = str_basename(to), stem = str_sub(b, 0, b.n - now.n - 1);
    if (str_eq(a, stem))
        return now;
    return old.n && !str_eq(old, now) && str_eq(str_sub(a, 0, a.n - old.n - 1), stem) ? now : STR_NULL;
}

static void see_rename(struct state *s, struct live_event *e, struct state_now *now)
{
    const struct record *r = e->record;
    struct state_renames *n = &TAKE(s->renamers, key_of_process(r->pid, r->start_ns), r->time_ns)->of;
    const struct str ending = new_ending(live_path(e, 0), live_path(e, 1));
    if (r->time_ns > n->since_ns + STATE_RENAMES_NS)
        *n = (struct state_renames){.since_ns = r->time_ns};
    n->n++;
    if (!ending.n || !str_is(ending, n->ending)) {
        n->same = 0;
        memset(n->ending, 0, sizeof(n->ending));
        memcpy(n->ending, ending.n ? ending.p : "", ending.n);
    }
    n->same += ending.n != 0;
    now->renames = n;
}

static struct str path_of(struct live_event *e, unsigned which)
{
    const struct str resolved = live_resolved_path(e, which);
    return resolved.n ? resolved : live_path(e, which);
}

static void see_moved(struct state *s, struct live_event *e, struct state_now *now)
{
    if (e->record->res < 0) {
        state_see_refused(s, e);
        return;
    }
    see_rename(s, e, now);
    state_see_renamed(s, e, now);
    state_see_gone(s, e, path_of(e, 0), now);
    state_see_moved(s, e, path_of(e, 0), now);
}

void state_take(struct state *s, struct live_event *e, struct state_now *ret)
{
    *ret = (struct state_now){};
    switch (e->event.type) {
    case EVENT_OPEN:
    case EVENT_OPENAT:
    case EVENT_OPENAT2:
    case EVENT_CREAT:
        see_open(s, e, ret);
        break;
    case EVENT_EXECVE:
    case EVENT_EXECVEAT:
        see_exec(s, e, ret);
        break;
    case EVENT_CONNECT:
        see_connect(s, e, ret);
        state_find_keys(s, e, ret);
        break;
    case EVENT_DNS:
        see_dns(s, e, ret);
        break;
    case EVENT_REWRITE:
        state_take_look(s, e, ret);
        break;
    case EVENT_FLOW:
        see_flow(s, e, ret);
        break;
    case EVENT_USAGE:
        see_usage(s, e, ret);
        break;
    case EVENT_RENAME:
    case EVENT_RENAMEAT:
    case EVENT_RENAMEAT2:
        see_moved(s, e, ret);
        break;
    case EVENT_UNLINK:
    case EVENT_UNLINKAT:
    case EVENT_TRUNCATE:
        if (e->record->res >= 0)
            state_see_gone(s, e, path_of(e, 0), ret);
        break;
    default:
        break;
    }
}
