// SPDX-License-Identifier: Apache-2.0
/*
 * Parameters of calls in Falco's texts. A parameter has a plain text, and some have words: the name behind a number. evt.arg gives the
 * words where there are some, evt.args both: flags=4097(O_RDONLY|O_CLOEXEC).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <time.h>

#include "context/live.h"
#include "context/path.h"

enum { NS = 1'000'000'000, AT_CWD = -100, FAMILY_UNIX = 1, FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };

/* Numbers */

static const struct record_exe *exe_of(const struct live_event *e)
{
    const struct record_exe *exe = record_exe(e->index.v[RECORD_EXE], NULL);
    return exe ? exe : e->process && e->process->command ? &e->process->command->exe : NULL;
}

static bool is_signed(enum param_kind kind)
{
    return kind == PARAM_FD || kind == PARAM_PID || kind == PARAM_ERRNO || kind == PARAM_INT32 || kind == PARAM_INT64;
}

static bool exe_number(const struct live_event *e, enum param_from from, int64_t *ret)
{
    const struct record_exe *exe = exe_of(e);
    if (!exe)
        return false;
    *ret = from == FROM_EXE_FLAGS   ? (int64_t)exe->flags
           : from == FROM_EXE_INO   ? (int64_t)exe->ino
           : from == FROM_EXE_CTIME ? (int64_t)exe->ctime_ns
           : from == FROM_EXE_MTIME ? (int64_t)exe->mtime_ns
           : from == FROM_FDLIMIT   ? (int64_t)exe->fdlimit
           : from == FROM_PGFT_MAJ  ? (int64_t)exe->pgft_maj
           : from == FROM_PGFT_MIN  ? (int64_t)exe->pgft_min
           : from == FROM_VM_SIZE   ? (int64_t)exe->vm_size
           : from == FROM_VM_RSS    ? (int64_t)exe->vm_rss
                                    : (int64_t)exe->vm_swap;
    return true;
}

static bool fd_number(const struct live_event *e, enum param_from from, int64_t *ret)
{
    if (!e->fd)
        return false;
    *ret = from == FROM_FD ? e->fd->num : from == FROM_FD_DEV ? (int64_t)e->fd->dev : (int64_t)e->fd->ino;
    return true;
}

static bool net_number(const struct live_event *e, enum param_from from, int64_t *ret)
{
    const struct record_net *net = record_net(e->index.v[RECORD_NET]);
    if (!net)
        return false;
    *ret = from == FROM_OLD_STATE ? net->old_state
           : from == FROM_STATE   ? net->state
           : from == FROM_SENT    ? (int64_t)net->sent
                                  : (int64_t)net->received;
    return true;
}

static bool usage_number(const struct live_event *e, enum param_from from, int64_t *ret)
{
    const struct record_usage *u = record_usage(e->index.v[RECORD_USAGE_DATA]);
    if (!u)
        return false;
    *ret = from == FROM_PERIOD          ? (int64_t)u->period_ns
           : from == FROM_USER_TIME     ? (int64_t)u->user_ns
           : from == FROM_SYSTEM_TIME   ? (int64_t)u->system_ns
           : from == FROM_USAGE_VM      ? (int64_t)u->vm_kib
           : from == FROM_USAGE_RSS     ? (int64_t)u->rss_kib
           : from == FROM_USAGE_HUGE    ? (int64_t)u->huge_kib
           : from == FROM_USAGE_LOCKED  ? (int64_t)u->locked_kib
           : from == FROM_USAGE_THREADS ? (int64_t)u->threads
                                        : (int64_t)u->busy_threads;
    return true;
}

bool live_param_number(const struct live_event *e, const struct param *p, int64_t *ret)
{
    const struct record *r = e->record;
    const struct record_block *b = e->index.v[RECORD_PARAM + p->position];
    const struct record_target *target = record_target(e->index.v[RECORD_TARGET]);
    switch ((enum param_from)p->from) {
    case FROM_BLOCK:
        if (!b)
            return false;
        *ret = is_signed(p->kind) && b->size != sizeof(int64_t) ? (int32_t)record_number(b) : (int64_t)record_number(b);
        return true;
    case FROM_SIGNAL:
    case FROM_TARGET_PID:
    case FROM_TARGET_UID:
        if (!target)
            return false;
        *ret = p->from == FROM_SIGNAL ? (int64_t)target->signal : p->from == FROM_TARGET_PID ? target->pid : (int64_t)target->uid;
        return true;
    case FROM_RES:
        *ret = r->res;
        return true;
    case FROM_TID:
        *ret = r->tid;
        return true;
    case FROM_PID:
        *ret = r->pid;
        return true;
    case FROM_PPID:
        *ret = r->ppid;
        return true;
    case FROM_TTY:
        *ret = r->tty;
        return true;
    case FROM_VPGID:
        *ret = r->vpgid;
        return true;
    case FROM_PGID:
        *ret = r->pgid;
        return true;
    case FROM_LOGINUID:
        *ret = r->loginuid;
        return true;
    case FROM_UID:
        *ret = r->uid;
        return true;
    case FROM_GID:
        *ret = r->gid;
        return true;
    case FROM_CAP_INHERITABLE:
        *ret = (int64_t)r->cap_inheritable;
        return true;
    case FROM_CAP_PERMITTED:
        *ret = (int64_t)r->cap_permitted;
        return true;
    case FROM_CAP_EFFECTIVE:
        *ret = (int64_t)r->cap_effective;
        return true;
    case FROM_EXE_FLAGS:
    case FROM_EXE_INO:
    case FROM_EXE_CTIME:
    case FROM_EXE_MTIME:
    case FROM_FDLIMIT:
    case FROM_PGFT_MAJ:
    case FROM_PGFT_MIN:
    case FROM_VM_SIZE:
    case FROM_VM_RSS:
    case FROM_VM_SWAP:
        return exe_number(e, p->from, ret);
    case FROM_FD:
    case FROM_FD_DEV:
    case FROM_FD_INO:
        return fd_number(e, p->from, ret);
    case FROM_OLD_STATE:
    case FROM_STATE:
    case FROM_SENT:
    case FROM_RECEIVED:
        return net_number(e, p->from, ret);
    case FROM_PERIOD ... FROM_USAGE_BUSY:
        return usage_number(e, p->from, ret);
    default:
        return false;
    }
}

/* Bits in Falco's numbering, with those that the descriptor tells. */
static uint32_t falco_flags(const struct live_event *e, const struct param *p, int64_t number)
{
    uint32_t flags = words_flags(p->words, (uint32_t)number), of_fd = e->fd ? e->fd->flags : 0;
    if (p->words == WORDS_OPEN && e->call->flags & CALL_OPENS) {
        flags |= of_fd & RECORD_FD_CREATED ? WORDS_O_F_CREATED : 0;
        flags |= of_fd & RECORD_FD_UPPER ? WORDS_FD_UPPER_LAYER : of_fd & RECORD_FD_LOWER ? WORDS_FD_LOWER_LAYER : 0;
    } else if (p->words == WORDS_CREAT) {
        flags = (uint32_t)number | (of_fd & RECORD_FD_UPPER ? 1 : of_fd & RECORD_FD_LOWER ? 2 : 0);
    }
    return flags;
}

static bool is_enum(enum param_kind kind)
{
    return kind == PARAM_ENUMFLAGS8 || kind == PARAM_ENUMFLAGS16 || kind == PARAM_ENUMFLAGS32;
}

static bool is_flags(enum param_kind kind)
{
    return kind == PARAM_FLAGS8 || kind == PARAM_FLAGS16 || kind == PARAM_FLAGS32;
}

/* The number as Falco counts; the creat flags have no block of their own. */
static bool falco_number(const struct live_event *e, const struct param *p, int64_t *ret)
{
    int64_t number = 0;
    if (!live_param_number(e, p, &number) && !(p->words == WORDS_CREAT && e->fd))
        return false;
    *ret = is_flags(p->kind) ? falco_flags(e, p, number) : is_enum(p->kind) ? words_enum(p->words, (uint32_t)number) : number;
    return true;
}

/* Texts */

static struct str argv_text(const struct live_event *e, bool rest)
{
    struct str args = live_text(e, RECORD_ARGS);
    const char *end = args.n ? memchr(args.p, 0, args.n) : NULL;
    size_t first = end ? (size_t)(end - args.p) : args.n;
    return rest ? str_sub(args, first + 1, args.n) : str_sub(args, 0, first);
}

/* Bytes of a parameter that is a text; p is NULL without it. */
static struct str text_of(const struct live_event *e, const struct param *p)
{
    struct str exepath = {};
    const struct record_target *target = record_target(e->index.v[RECORD_TARGET]);
    switch ((enum param_from)p->from) {
    case FROM_BLOCK:
        return live_text(e, RECORD_PARAM + p->position);
    case FROM_ARGV0:
        return argv_text(e, false);
    case FROM_ARGS:
        return argv_text(e, true);
    case FROM_ENV:
        return live_text(e, RECORD_ENV);
    case FROM_CWD:
        return live_text(e, RECORD_CWD);
    case FROM_COMM:
        return str_from(e->record->comm);
    case FROM_TARGET_COMM:
        return target ? str_from(target->comm) : STR_NULL;
    case FROM_DATA:
        return live_text(e, RECORD_DATA);
    case FROM_EXEPATH:
        if (!record_exe(e->index.v[RECORD_EXE], &exepath) && e->process && e->process->command)
            exepath = command_exepath(e->process->command);
        return exepath;
    default:
        return STR_NULL;
    }
}

/* What is not printable becomes a dot, as Falco prints bytes. */
static void jot_bytes(struct jot *j, struct str s)
{
    size_t from = jot_begin(j);
    jot_add(j, s);
    for (char *p = j->p + from; p < j->p + j->used; p++)
        if (*p < 0x20 || *p > 0x7e)
            *p = '.';
}

static void jot_time(struct jot *j, uint64_t ns)
{
    char text[64];
    time_t seconds = (time_t)(ns / NS);
    struct tm tm;
    if (!localtime_r(&seconds, &tm))
        return;
    size_t n = strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S.", &tm);
    n += (size_t)snprintf(text + n, sizeof(text) - n, "%09u ", (unsigned)(ns % NS));
    n += strftime(text + n, sizeof(text) - n, "%z", &tm);
    jot_add(j, str_n(text, n));
}

/* An address as the call gave it: struct sockaddr of some family. */
static void jot_sockaddr(struct jot *j, struct str s)
{
    uint16_t family, port;
    if (s.n < sizeof(family))
        return;
    memcpy(&family, s.p, sizeof(family));
    const bool v6 = family == FAMILY_IPV6;
    const size_t from = v6 ? 8 : 4, need = v6 ? 24 : 8;
    if (family == FAMILY_UNIX) {
        struct str path = str_sub(s, sizeof(family), s.n);
        jot_add(j, str_n(path.p, strnlen(path.p, path.n)));
    } else if ((v6 || family == FAMILY_IPV4) && s.n >= need) {
        memcpy(&port, s.p + sizeof(family), sizeof(port));
        jot_endpoint(j, (const uint8_t *)s.p + from, v6, ntohs(port));
    } else {
        jot_add(j, STR("family "));
        jot_u64(j, family);
    }
}

/* Both ends in the direction that the call works in: to the peer, or from it. */
static void jot_tuple(struct live_event *e)
{
    struct jot *j = &e->jot;
    const struct endpoint *ends = live_endpoint(e);
    const bool is_incoming = e->call->flags & CALL_INCOMING;
    if (!ends) {
        jot_add(j, e->fd ? e->fd_path : STR("NULL"));
        return;
    }
    jot_endpoint(j, is_incoming ? ends->remote : ends->local, ends->v6, is_incoming ? ends->rport : ends->lport);
    jot_add(j, STR("->"));
    jot_endpoint(j, is_incoming ? ends->local : ends->remote, ends->v6, is_incoming ? ends->lport : ends->rport);
}

static void jot_cgroups(struct live_event *e)
{
    struct str path = live_text(e, RECORD_CGROUP);
    static const char *const subsystems[] = {"cpuset", "cpu", "cpuacct", "io", "memory"};
    for (size_t i = 0; path.n && i < sizeof(subsystems) / sizeof(subsystems[0]); i++) {
        jot_add(&e->jot, str_from(subsystems[i]));
        jot_char(&e->jot, '=');
        jot_add(&e->jot, path);
        jot_char(&e->jot, '.');
    }
}

static void jot_number(struct jot *j, const struct param *p, int64_t number)
{
    switch ((enum param_kind)p->kind) {
    case PARAM_OCT32:
    case PARAM_MODE:
        jot_octal(j, (uint32_t)number);
        break;
    case PARAM_HEX32:
        jot_upper_hex(j, (uint32_t)number);
        break;
    case PARAM_HEX64:
    case PARAM_DYN:
        jot_upper_hex(j, (uint64_t)number);
        break;
    case PARAM_UID:
    case PARAM_GID:
        jot_i64(j, (int32_t)number);
        break;
    case PARAM_UINT64:
        jot_u64(j, (uint64_t)number);
        break;
    case PARAM_ABSTIME:
        jot_time(j, (uint64_t)number);
        break;
    default:
        jot_i64(j, number);
    }
}

static bool is_text(enum param_kind kind)
{
    return kind == PARAM_CHARBUF || kind == PARAM_FSPATH || kind == PARAM_FSRELPATH;
}

/* The text without words. */
static void jot_plain(struct live_event *e, const struct param *p)
{
    struct jot *j = &e->jot;
    struct str text = text_of(e, p);
    int64_t number;
    if (is_text(p->kind))
        jot_add(j, text.p ? text : STR("<NA>"));
    else if (p->from == FROM_TUPLE)
        jot_tuple(e);
    else if (p->from == FROM_CGROUPS)
        jot_cgroups(e);
    else if (p->kind == PARAM_BYTEBUF && text.p)
        jot_bytes(j, text);
    else if (p->kind == PARAM_SOCKADDR && text.p)
        jot_sockaddr(j, text);
    else if (p->kind != PARAM_BYTEBUF && p->kind != PARAM_SOCKADDR && falco_number(e, p, &number))
        jot_number(j, p, number);
    else
        jot_add(j, STR("NULL"));
}

/* <f>/etc/passwd, <4t>10.0.0.1:1->10.0.0.2:2 */
static void jot_fd(struct jot *j, const struct record_fd *fd, enum record_fd_type type, struct str name)
{
    struct str l4 = endpoint_l4_word(fd->l4proto);
    struct endpoint ends;
    jot_char(j, '<');
    jot_char(j, endpoint_type_char(type));
    if (l4.n && endpoint_read(fd, &ends))
        jot_char(j, l4.p[0]);
    jot_char(j, '>');
    jot_add(j, name);
}

/* The descriptor of that number, as far as the record speaks of it. */
static void jot_fd_words(struct live_event *e, const struct param *p, int64_t num)
{
    struct jot *j = &e->jot;
    struct str path;
    const struct record_fd *other = record_fd(e->index.v[RECORD_FD_OTHER], &path);
    if (num == AT_CWD) {
        jot_add(j, STR("AT_FDCWD"));
    } else if (num < 0) {
        jot_add(j, words_errno((int)num));
    } else if (e->fd && e->fd->num == num) {
        jot_fd(j, e->fd, live_fd_type_of(e), live_fd_text(e));
    } else if (other && other->num == num) {
        jot_fd(j, other, endpoint_type(other), STR_NULL);
        endpoint_jot_name(j, other, path);
    } else {
        for (unsigned which = 0; which < 2; which++) {
            struct str base = live_text(e, which ? RECORD_BASE_OTHER : RECORD_BASE);
            if (e->call->dir[which] == p->position && base.n) {
                jot_add(j, STR("<d>"));
                jot_add(j, base);
                return;
            }
        }
    }
}

static int path_number(const struct live_event *e, const struct param *p)
{
    return e->call->path[0] == p->position ? 0 : e->call->path[1] == p->position ? 1 : -1;
}

/* A relative path made absolute; an absolute one only where the kernel's form counts and differs. */
static void jot_path_words(struct live_event *e, const struct param *p)
{
    const int which = path_number(e, p);
    struct str raw = which < 0 ? STR_NULL : live_path_raw(e, (unsigned)which);
    if (!raw.n || (raw.p[0] == '/' && !e->is_resolved))
        return;
    struct str path = live_path(e, (unsigned)which);
    if (!str_eq(path, raw))
        jot_add(&e->jot, path);
}

/* Only one text can be in the making: what others need of paths comes first. */
static void make_paths(struct live_event *e)
{
    (void)live_path(e, 0);
    (void)live_path(e, 1);
    (void)live_fd_text(e);
}

static void jot_words_of(struct live_event *e, const struct param *p)
{
    struct jot *j = &e->jot;
    int64_t number;
    if (p->kind == PARAM_FSPATH || p->kind == PARAM_FSRELPATH) {
        jot_path_words(e, p);
        return;
    }
    if (is_text(p->kind) || p->kind == PARAM_BYTEBUF || p->from == FROM_TUPLE || !falco_number(e, p, &number))
        return;
    if (p->kind == PARAM_FD) {
        jot_fd_words(e, p, number);
    } else if (p->kind == PARAM_ERRNO) {
        if (number < 0)
            jot_add(j, words_errno((int)number));
    } else if (p->kind == PARAM_PID) {
        const struct process *named = processes_find_pid(e->context->processes, (int32_t)number);
        if (named)
            jot_add(j, str_from(named->comm));
    } else if (p->kind == PARAM_UID || p->kind == PARAM_GID) {
        const struct name *name = p->kind == PARAM_UID ? live_user(e, (uint32_t)number) : live_group_name(e, (uint32_t)number);
        jot_add(j, (uint32_t)number == UINT32_MAX ? STR("<NONE>") : name ? name->name : STR("<NA>"));
    } else if (p->kind == PARAM_SIGTYPE) {
        jot_add(j, words_signal((int)number));
    } else if (is_enum(p->kind)) {
        words_jot_enum(j, p->words, (uint32_t)number);
    } else if (is_flags(p->kind) || p->kind == PARAM_MODE) {
        words_jot_flags(j, p->words, (uint32_t)number);
    }
}

struct str live_param_text(struct live_event *e, const struct param *p)
{
    /* Most texts stand in the record as they are. */
    if (is_text(p->kind)) {
        const int which = path_number(e, p);
        struct str raw = text_of(e, p);
        if (e->is_resolved && raw.n && raw.p == live_link_raw(e).p)
            return live_link_text(e);
        if (which >= 0 && raw.n && (e->is_resolved || raw.p[0] != '/'))
            return live_path(e, (unsigned)which);
        if (raw.p)
            return raw;
    }
    make_paths(e);
    size_t from = jot_begin(&e->jot);
    jot_words_of(e, p);
    if (jot_begin(&e->jot) == from)
        jot_plain(e, p);
    return jot_end(&e->jot, from);
}

struct str live_params_text(struct live_event *e)
{
    struct jot *j = &e->jot;
    make_paths(e);
    const size_t begin = jot_begin(j);
    for (unsigned i = 0; i < e->call->n_params; i++) {
        const struct param *p = &e->call->params[i];
        if (i)
            jot_char(j, ' ');
        jot_add(j, str_n(p->name, p->name_n));
        jot_char(j, '=');
        jot_plain(e, p);
        size_t from = jot_begin(j);
        jot_char(j, '(');
        jot_words_of(e, p);
        if (jot_begin(j) == from + 1)
            j->used = from;
        else
            jot_char(j, ')');
    }
    return jot_end(j, begin);
}

int live_param_value(struct live_event *e, const struct param *p, struct value *ret)
{
    int64_t number;
    if (is_text(p->kind) || p->kind == PARAM_BYTEBUF || p->kind == PARAM_SOCKADDR) {
        struct str text = text_of(e, p);
        *ret = (struct value){.type = is_text(p->kind) ? VALUE_STRING : VALUE_BYTES, .s = text};
        return text.p != NULL;
    }
    if (!falco_number(e, p, &number))
        return 0;
    if (p->kind == PARAM_ABSTIME)
        return give_u(ret, VALUE_TIME, (uint64_t)number);
    return is_signed(p->kind) ? give_int(ret, number) : give_uint(ret, (uint64_t)number);
}
