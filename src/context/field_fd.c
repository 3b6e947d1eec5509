// SPDX-License-Identifier: Apache-2.0
/* fd.*: the descriptor that a call made or used. */
#include "context/field_live.h"
#include "context/path.h"
#include "context/services.h"

static bool is_fd_event(const struct live_event *e)
{
    return e->fd || e->call->flags & (CALL_CREATES_FD | CALL_USES_FD);
}

static bool is_file(enum record_fd_type t)
{
    return t == RECORD_FD_FILE || t == RECORD_FD_BLOCK || t == RECORD_FD_CHAR;
}

/* A failed call has no descriptor; calls relative to a folder have that folder's. */
static int64_t fd_num(const struct live_event *e)
{
    int64_t number;
    if (e->fd)
        return e->fd->num;
    if (e->call->flags & CALL_CREATES_FD)
        return -1;
    for (unsigned i = 0; i < e->call->n_params; i++) {
        const struct param *p = &e->call->params[i];
        if (p->kind == PARAM_FD && p->from == FROM_BLOCK && live_param_number(e, p, &number))
            return number;
    }
    return -1;
}

int live_fd_num(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return is_fd_event(e) ? give_int(ret, fd_num(e)) : 0;
}

int live_fd_type(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return e->fd && e->fd->type != RECORD_FD_UNKNOWN ? give_str(ret, endpoint_type_word(live_fd_type_of(e))) : 0;
}

/* What a call would have made had it not failed. */
static char letter_of_failed(enum event_type type)
{
    switch (type) {
    case EVENT_OPEN:
    case EVENT_OPENAT:
    case EVENT_OPENAT2:
    case EVENT_CREAT:
        return 'f';
    case EVENT_SOCKET:
    case EVENT_ACCEPT:
    case EVENT_ACCEPT4:
        return '4';
    case EVENT_PIPE:
    case EVENT_PIPE2:
        return 'p';
    case EVENT_EVENTFD:
    case EVENT_EVENTFD2:
        return 'e';
    case EVENT_SIGNALFD:
    case EVENT_SIGNALFD4:
        return 's';
    case EVENT_TIMERFD_CREATE:
        return 't';
    case EVENT_INOTIFY_INIT:
    case EVENT_INOTIFY_INIT1:
        return 'i';
    default:
        return 'o';
    }
}

int live_fd_typechar(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    static const char letters[] = "ofdp46unmeltisrbPX";
    (void)ref;
    if (!is_fd_event(e))
        return 0;
    const bool is_known = e->fd && e->fd->num != -1;
    const char c = is_known || (e->fd && e->fd == &e->net) ? endpoint_type_char(live_fd_type_of(e)) : letter_of_failed(e->event.type);
    return give_str(ret, str_n(strchr(letters, c), 1));
}

int live_fd_name(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct str name = live_fd_text(e);
    return name.p ? give_str(ret, name) : 0;
}

/* Whether fd.name is the path of something: by the descriptor, or of a file that could not be opened. */
static bool has_path(const struct live_event *e, bool *ret_is_folder)
{
    const enum record_fd_type t = live_fd_type_of(e);
    *ret_is_folder = t == RECORD_FD_DIRECTORY;
    if (e->fd && e->fd->num != -1)
        return is_file(t) || *ret_is_folder;
    return e->call->flags & CALL_OPENS || e->event.type == EVENT_CREAT;
}

static struct str folder_of(struct live_event *e)
{
    bool is_folder;
    if (!has_path(e, &is_folder))
        return STR_NULL;
    struct str name = live_fd_text(e);
    if (is_folder || !name.p)
        return name;
    const char *slash = memrchr(name.p, '/', name.n);
    if (!slash || slash == name.p)
        return STR("/");
    return str_n(name.p, (size_t)(slash - name.p));
}

int live_fd_directory(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct str folder = folder_of(e);
    return folder.p ? give_str(ret, folder) : 0;
}

int live_fd_filename(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    if (!e->fd || e->fd->num == -1 || !is_file(live_fd_type_of(e)))
        return 0;
    struct str name = live_fd_text(e);
    const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;
    return give_str(ret, !slash ? STR("/") : str_sub(name, (size_t)(slash - name.p) + 1, name.n));
}

/* As the call wrote it, but for slashes that repeat. */
int live_fd_nameraw(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    struct str raw = e->call->flags & CALL_OPENS || e->event.type == EVENT_CREAT ? live_path_raw(e, 0) : STR_NULL;
    if (!raw.p)
        raw = e->fd && !live_endpoint(e) ? e->fd_path : STR("");
    if (!is_fd_event(e))
        return 0;
    if (path_is_clean(raw))
        return give_str(ret, raw);
    size_t from = jot_begin(&e->jot);
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] != '/' || !i || raw.p[i - 1] != '/')
            jot_char(&e->jot, raw.p[i]);
    return give_str(ret, jot_end(&e->jot, from));
}

/* The container's id (nothing on the host), a colon, and the name or the folder. */
int live_fd_in_container(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    struct value id = {};
    struct str text = ref->id == F_FD_CONTAINERNAME ? live_fd_text(e) : folder_of(e);
    if (!text.p)
        return 0;
    const bool has_id = live_container(e, &(struct field_ref){.id = F_CONTAINER_ID}, &id) && !str_is(id.s, "host");
    size_t from = jot_begin(&e->jot);
    if (has_id)
        jot_add(&e->jot, id.s);
    jot_char(&e->jot, ':');
    jot_add(&e->jot, text);
    return give_str(ret, jot_end(&e->jot, from));
}

int live_fd_uid(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    if (!is_fd_event(e))
        return 0;
    size_t from = jot_begin(&e->jot);
    jot_i64(&e->jot, e->record->tid);
    jot_i64(&e->jot, fd_num(e));
    return give_str(ret, jot_end(&e->jot, from));
}

/* Addresses and ports */

enum end { CLIENT, SERVER, LOCAL, REMOTE, NOWHERE };

static enum end end_of(enum field_id id)
{
    switch (id) {
    case F_FD_CIP:
    case F_FD_CNET:
    case F_FD_CPORT:
    case F_FD_CPROTO:
    case F_FD_CIP_NAME:
        return CLIENT;
    case F_FD_SIP:
    case F_FD_SNET:
    case F_FD_SPORT:
    case F_FD_SPROTO:
    case F_FD_SIP_NAME:
        return SERVER;
    case F_FD_LIP:
    case F_FD_LNET:
    case F_FD_LPORT:
    case F_FD_LPROTO:
    case F_FD_LIP_NAME:
        return LOCAL;
    default:
        return REMOTE;
    }
}

/* The end that a field asks for; NOWHERE when the socket has no such end. */
static enum end find_end(struct live_event *e, enum field_id id)
{
    const struct endpoint *ends = live_endpoint(e);
    const enum end end = end_of(id);
    if (!ends || !ends->has_role || (ends->is_listening && end != SERVER))
        return NOWHERE;
    if (end == LOCAL || end == REMOTE)
        return end;
    return (end == SERVER) == ends->is_server ? LOCAL : REMOTE;
}

static int give_net(struct live_event *e, enum value_type type, const uint8_t *bytes, struct value *ret)
{
    const bool v6 = e->endpoint.v6;
    struct net *net = jot_net(&e->jot);
    if (!net)
        return 0;
    *net = (struct net){.v6 = v6, .prefix = v6 ? 128 : 32};
    memcpy(net->bytes, bytes, v6 ? 16 : 4);
    *ret = (struct value){.type = type, .net = net};
    return 1;
}

static bool is_net_field(enum field_id id)
{
    return id == F_FD_NET || id == F_FD_CNET || id == F_FD_SNET || id == F_FD_LNET || id == F_FD_RNET;
}

int live_fd_ip(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const enum end end = find_end(e, ref->id);
    const enum value_type type = is_net_field(ref->id) ? VALUE_NET : VALUE_IP;
    return end == NOWHERE ? 0 : give_net(e, type, end == LOCAL ? e->endpoint.local : e->endpoint.remote, ret);
}

/* fd.ip, fd.net, fd.port: both ends, the one that a listening socket has. */
int live_fd_either(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct endpoint *ends = live_endpoint(e);
    struct value *v = ends ? jot_values(&e->jot, 2) : NULL;
    size_t n = 0;
    if (!v)
        return 0;
    const bool is_port = ref->id == F_FD_PORT || ref->id == F_FD_PROTO;
    const enum value_type type = ref->id == F_FD_NET ? VALUE_NET : VALUE_IP;
    if (is_port)
        n += (size_t)give_u(&v[n], VALUE_PORT, endpoint_client_port(ends));
    else
        n += (size_t)give_net(e, type, endpoint_client(ends), &v[n]);
    if (ends->is_listening)
        n = 0;
    if (is_port)
        n += (size_t)give_u(&v[n], VALUE_PORT, endpoint_server_port(ends));
    else
        n += (size_t)give_net(e, type, endpoint_server(ends), &v[n]);
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n != 0;
}

int live_fd_port(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const enum end end = find_end(e, ref->id);
    return end == NOWHERE ? 0 : give_u(ret, VALUE_PORT, end == LOCAL ? e->endpoint.lport : e->endpoint.rport);
}

int live_fd_service(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const enum end end = find_end(e, ref->id);
    if (end == NOWHERE)
        return 0;
    const uint16_t port = end == LOCAL ? e->endpoint.lport : e->endpoint.rport;
    const struct services *services = e->context->services;
    struct str name = services ? services_name(services, port, e->fd->l4proto) : STR_NULL;
    if (name.n)
        return give_str(ret, name);
    size_t from = jot_begin(&e->jot);
    jot_u64(&e->jot, port);
    return give_str(ret, jot_end(&e->jot, from));
}

int live_fd_host(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const enum end end = find_end(e, ref->id);
    if (end == NOWHERE)
        return 0;
    struct str name = live_host(e, end == LOCAL ? e->endpoint.local : e->endpoint.remote, e->endpoint.v6);
    return name.n ? give_str(ret, name) : 0;
}

int live_fd_l4proto(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct endpoint *ends = live_endpoint(e);
    if (!e->fd || e->fd->type == RECORD_FD_UNKNOWN)
        return 0;
    struct str word = ends ? endpoint_l4_word(e->fd->l4proto) : STR_NULL;
    const bool is_told = word.n && (ends->has_role || str_is(word, "raw"));
    return give_str(ret, is_told ? word : STR("<NA>"));
}

int live_fd_sockfamily(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    if (live_endpoint(e))
        return give_str(ret, STR("ip"));
    return e->fd && e->fd->type == RECORD_FD_UNIX ? give_str(ret, STR("unix")) : 0;
}

int live_fd_is_server(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct endpoint *ends = live_endpoint(e);
    return e->fd ? give_bool(ret, ends && ends->is_server) : 0;
}

int live_fd_flag(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const unsigned flag = ref->id == F_FD_CONNECTED        ? RECORD_FD_CONNECTED
                          : ref->id == F_FD_NAME_CHANGED   ? RECORD_FD_NAME_CHANGED
                          : ref->id == F_FD_IS_UPPER_LAYER ? RECORD_FD_UPPER
                          : ref->id == F_FD_IS_LOWER_LAYER ? RECORD_FD_LOWER
                                                           : RECORD_FD_DELETED;
    return e->fd && e->fd->type != RECORD_FD_UNKNOWN ? give_bool(ret, e->fd->flags & flag) : 0;
}

int live_fd_inode(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    if (!e->fd || e->fd == &e->net || e->fd->type == RECORD_FD_UNKNOWN)
        return 0;
    const uint32_t dev = e->fd->dev;
    switch (ref->id) {
    case F_FD_DEV:
        return give_int(ret, dev);
    case F_FD_DEV_MAJOR:
        return give_int(ret, dev >> 8 & 0xfff);
    case F_FD_DEV_MINOR:
        return give_int(ret, (dev & 0xff) | (dev >> 12 & 0xfff00));
    case F_FD_MODE:
        return give_uint(ret, e->fd->mode);
    case F_FD_LINKS:
        return give_uint(ret, e->fd->links);
    default:
        return give_int(ret, (int64_t)e->fd->ino);
    }
}
