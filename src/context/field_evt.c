// SPDX-License-Identifier: Apache-2.0
/* evt.*, syscall.type and util.cnt of a live event; what every event has is answered by event_get(). */
#include <fcntl.h>
#include <sys/stat.h>

#include "context/field_live.h"
#include "context/path.h"

enum { NS = 1'000'000'000 };

int live_evt_latency(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)e;
    /* Falco sees calls only when they return too, and gives 0 since it does. */
    if (ref->id == F_EVT_LATENCY_HUMAN)
        return give_str(ret, STR("0ns"));
    return ref->id == F_EVT_LATENCY_QUANTIZED ? give_uint(ret, 0) : give_u(ret, VALUE_DURATION, 0);
}

int live_evt_deltatime(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const uint64_t ns = e->since_last_ns;
    return give_u(ret, VALUE_DURATION, ref->id == F_EVT_DELTATIME ? ns : ref->id == F_EVT_DELTATIME_S ? ns / NS : ns % NS);
}

int live_evt_outputtime(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return event_get(&e->event, &(struct field_ref){.id = F_EVT_TIME}, ret);
}

int live_evt_dir(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)e;
    (void)ref;
    return give_str(ret, STR("<"));
}

int live_syscall_type(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return e->call->flags & CALL_IS_SYSCALL ? give_str(ret, str_from(event_type_name(e->event.type))) : 0;
}

static bool is_io(const struct live_event *e)
{
    return e->call->category >= CATEGORY_IO_READ;
}

static enum record_fd_type fd_type(const struct live_event *e)
{
    return live_fd_type_of(e);
}

static bool is_file(const struct live_event *e)
{
    enum record_fd_type t = fd_type(e);
    return t == RECORD_FD_FILE || t == RECORD_FD_BLOCK || t == RECORD_FD_CHAR;
}

static bool is_inet(const struct live_event *e)
{
    enum record_fd_type t = fd_type(e);
    return t == RECORD_FD_IPV4 || t == RECORD_FD_IPV6;
}

int live_evt_category(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    if (!is_io(e) || !e->fd)
        return give_str(ret, call_category_word(e->call->category));
    switch (fd_type(e)) {
    case RECORD_FD_FILE:
    case RECORD_FD_BLOCK:
    case RECORD_FD_CHAR:
    case RECORD_FD_DIRECTORY:
        return give_str(ret, STR("file"));
    case RECORD_FD_IPV4:
    case RECORD_FD_IPV6:
        return give_str(ret, STR("net"));
    case RECORD_FD_FIFO:
    case RECORD_FD_UNIX:
    case RECORD_FD_EVENTFD:
    case RECORD_FD_SIGNALFD:
    case RECORD_FD_INOTIFY:
    case RECORD_FD_USERFAULTFD:
        return give_str(ret, STR("ipc"));
    default:
        return give_str(ret, STR("unknown"));
    }
}

int live_evt_cpu(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return give_int(ret, (int64_t)e->record->cpu);
}

int live_evt_args(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return give_str(ret, live_params_text(e));
}

static const struct param *param_of(const struct live_event *e, const struct field_ref *ref)
{
    if (ref->arg_is_index)
        return ref->index < e->call->n_params ? &e->call->params[ref->index] : NULL;
    return call_param(e->call, ref->arg);
}

int live_evt_arg(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct param *p = param_of(e, ref);
    return p ? give_str(ret, live_param_text(e, p)) : 0;
}

int live_evt_rawarg(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct param *p = param_of(e, ref);
    return p ? live_param_value(e, p, ret) : 0;
}

int live_evt_buffer(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct str data = live_text(e, RECORD_DATA);
    *ret = (struct value){.type = VALUE_BYTES, .s = data};
    return data.p != NULL;
}

int live_evt_buflen(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const enum field_id id = ref->id;
    const bool in = e->call->category == CATEGORY_IO_READ, out = e->call->category == CATEGORY_IO_WRITE;
    if (!e->fd || !is_io(e) || e->record->res < 0)
        return 0;
    if ((id == F_EVT_BUFLEN_IN || id == F_EVT_BUFLEN_FILE_IN || id == F_EVT_BUFLEN_NET_IN) && !in)
        return 0;
    if ((id == F_EVT_BUFLEN_OUT || id == F_EVT_BUFLEN_FILE_OUT || id == F_EVT_BUFLEN_NET_OUT) && !out)
        return 0;
    if ((id == F_EVT_BUFLEN_FILE || id == F_EVT_BUFLEN_FILE_IN || id == F_EVT_BUFLEN_FILE_OUT) && !is_file(e))
        return 0;
    if ((id == F_EVT_BUFLEN_NET || id == F_EVT_BUFLEN_NET_IN || id == F_EVT_BUFLEN_NET_OUT) && !is_inet(e))
        return 0;
    return give_uint(ret, (uint64_t)e->record->res);
}

/* Calls return something; what the kernel tells on its own does not. */
static bool has_result(const struct live_event *e)
{
    const enum event_type t = e->event.type;
    return e->call->flags & CALL_IS_SYSCALL || t == EVENT_INODE_FLAGS || t == EVENT_BLOCK_WRITE || t == EVENT_IO_URING;
}

int live_evt_res(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const int64_t res = e->record->res;
    if (!has_result(e))
        return 0;
    if (res >= 0)
        return give_str(ret, STR("SUCCESS"));
    struct str word = res > -4096 ? words_errno((int)res) : STR_NULL;
    if (word.n)
        return give_str(ret, word);
    size_t from = jot_begin(&e->jot);
    jot_i64(&e->jot, res);
    return give_str(ret, jot_end(&e->jot, from));
}

int live_evt_rawres(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return has_result(e) ? give_int(ret, e->record->res) : 0;
}

int live_evt_failed(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return has_result(e) ? give_bool(ret, e->record->res < 0) : 0;
}

int live_evt_is_io(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const unsigned flags = ref->id == F_EVT_IS_IO_READ    ? CALL_READS
                           : ref->id == F_EVT_IS_IO_WRITE ? CALL_WRITES
                           : ref->id == F_EVT_IS_WAIT     ? CALL_WAITS
                                                          : CALL_READS | CALL_WRITES;
    return give_bool(ret, e->call->flags & flags);
}

int live_evt_io_dir(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    if (e->call->flags & CALL_WRITES)
        return give_str(ret, STR("write"));
    return e->call->flags & CALL_READS ? give_str(ret, STR("read")) : 0;
}

int live_evt_is_syslog(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return give_bool(ret, e->call->flags & CALL_WRITES && fd_type(e) == RECORD_FD_UNIX &&
                              (str_has(e->fd_path, STR("/dev/log")) || str_ends(e->fd_path, STR("/dev-log"))));
}

static bool is_open_of_file(const struct live_event *e)
{
    return e->call->flags & CALL_OPENS || e->event.type == EVENT_CREAT;
}

static bool is_open_of_socket(const struct live_event *e)
{
    return e->event.type == EVENT_ACCEPT || e->event.type == EVENT_ACCEPT4 || e->event.type == EVENT_CONNECT;
}

int live_evt_count(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const bool memory = e->call->category == CATEGORY_MEMORY;
    const bool file = e->fd ? is_file(e) || fd_type(e) == RECORD_FD_DIRECTORY : is_open_of_file(e);
    const bool net = e->fd ? is_inet(e) || fd_type(e) == RECORD_FD_UNIX : is_open_of_socket(e);
    switch (ref->id) {
    case F_EVT_COUNT:
        return give_uint(ret, 1);
    case F_EVT_COUNT_EXIT:
        return e->call->flags & CALL_IS_SYSCALL ? give_uint(ret, 1) : 0;
    case F_EVT_COUNT_PROCINFO:
    case F_EVT_COUNT_THREADINFO:
        return give_uint(ret, e->event.type == EVENT_USAGE);
    default:
        break;
    }
    if (!has_result(e) || (ref->id == F_EVT_COUNT_ERROR_FILE && !file) || (ref->id == F_EVT_COUNT_ERROR_NET && !net) ||
        (ref->id == F_EVT_COUNT_ERROR_MEMORY && !memory) ||
        (ref->id == F_EVT_COUNT_ERROR_OTHER && (file || net || (!e->fd && memory))))
        return 0;
    return give_uint(ret, e->record->res < 0);
}

int live_evt_abspath(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct str path = live_path(e, str_is(ref->arg, "dst"));
    return path.p ? give_str(ret, path) : 0;
}

/* Flags and mode of the calls that open a file by its path; the kernel's bits. */
static uint32_t open_number(const struct live_event *e, int position)
{
    const struct record_block *b = position < 0 ? NULL : e->index.v[RECORD_PARAM + position];
    return b ? (uint32_t)record_number(b) : 0;
}

int live_evt_is_open(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const bool opens = e->call->flags & CALL_OPENS;
    if (ref->id == F_EVT_IS_OPEN_EXEC && e->event.type == EVENT_CREAT)
        return give_bool(ret, open_number(e, e->call->open_mode) & (S_IXUSR | S_IXGRP | S_IXOTH));
    if (!opens)
        return give_bool(ret, false);
    const uint32_t flags = open_number(e, e->call->open_flags);
    switch (ref->id) {
    case F_EVT_IS_OPEN_READ:
        return give_bool(ret, (flags & O_ACCMODE) != O_WRONLY);
    case F_EVT_IS_OPEN_WRITE:
        return give_bool(ret, (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR);
    case F_EVT_IS_OPEN_CREATE:
        return give_bool(ret, (e->fd && e->fd->flags & RECORD_FD_CREATED) ||
                                  ((flags & O_TMPFILE) == O_TMPFILE && e->record->res >= 0));
    default:
        return give_bool(ret, ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) &&
                                  open_number(e, e->call->open_mode) & (S_IXUSR | S_IXGRP | S_IXOTH));
    }
}

int live_util_cnt(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return give_uint(ret, ++e->context->uses);
}
