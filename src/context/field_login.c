// SPDX-License-Identifier: Apache-2.0
/* Lines of login logs that were written while somebody watches (context/login.h). */
#include "context/field_live.h"
#include "context/login.h"

static int give_address(struct live_event *e, struct value *ret)
{
    enum { FAMILY_IPV6 = 10 };
    const struct record_net *n = record_net(e->index.v[RECORD_NET]);
    struct net *net = n ? jot_net(&e->jot) : NULL;
    if (!net)
        return 0;
    const bool v6 = n->family == FAMILY_IPV6;
    *net = (struct net){.v6 = v6, .prefix = v6 ? 128 : 32};
    memcpy(net->bytes, n->raddr, v6 ? 16 : 4);
    *ret = (struct value){.type = VALUE_IP, .net = net};
    return 1;
}

/* The /24 or /48, as text. */
static int give_network(struct live_event *e, struct value *ret)
{
    enum { BYTES4 = 3, BYTES6 = 6 };
    struct value v;
    uint8_t bytes[16] = {};
    if (!give_address(e, &v))
        return 0;
    const bool v6 = v.net->v6;
    memcpy(bytes, v.net->bytes, v6 ? BYTES6 : BYTES4);
    const size_t from = jot_begin(&e->jot);
    jot_address(&e->jot, bytes, v6);
    jot_add(&e->jot, v6 ? STR("/48") : STR("/24"));
    return give_str(ret, jot_end(&e->jot, from));
}

static int give_text(const struct live_event *e, enum login_param i, struct value *ret)
{
    const struct str s = live_text(e, RECORD_PARAM + i);
    return s.n ? give_str(ret, s) : 0;
}

int live_login(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record_block *number;
    if (e->event.type != EVENT_AUTH)
        return 0;
    switch (ref->id) {
    case F_LOGIN_ACTION:
        return give_text(e, LOGIN_ACTION, ret);
    case F_LOGIN_USER:
        return give_text(e, LOGIN_USER, ret);
    case F_LOGIN_TARGET:
        return give_text(e, LOGIN_TARGET, ret);
    case F_LOGIN_OUTCOME:
        return give_text(e, LOGIN_OUTCOME, ret);
    case F_LOGIN_METHOD:
        return give_text(e, LOGIN_METHOD, ret);
    case F_LOGIN_REASON:
        return give_text(e, LOGIN_REASON, ret);
    case F_LOGIN_COMMAND:
        return give_text(e, LOGIN_COMMAND, ret);
    case F_LOGIN_TTY:
        return give_text(e, LOGIN_TTY, ret);
    case F_LOGIN_FINGERPRINT:
        return give_text(e, LOGIN_KEY, ret);
    case F_LOGIN_HOST:
    case F_LOG_HOST:
        return give_text(e, LOGIN_HOST, ret);
    case F_LOG_PROGRAM:
        return give_text(e, LOGIN_PROGRAM, ret);
    case F_LOG_MESSAGE:
        return give_text(e, LOGIN_MESSAGE, ret);
    case F_LOG_FILE:
        return give_text(e, LOGIN_FILE, ret);
    case F_LOGIN_IP:
        return give_address(e, ret);
    case F_LOGIN_NETWORK:
        return give_network(e, ret);
    case F_LOGIN_PORT:
        return e->fd && e->fd->rport ? give_u(ret, VALUE_PORT, e->fd->rport) : 0;
    case F_LOGIN_IS_INVALID_USER:
        number = e->index.v[RECORD_PARAM + LOGIN_UNKNOWN_USER];
        return number && record_number(number) ? give_bool(ret, true) : 0;
    default:
        number = e->index.v[RECORD_PARAM + LOGIN_PID];
        return number ? give_int(ret, (int64_t)record_number(number)) : 0;
    }
}
