// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "finding/alert.h"
#include "finding/subject.h"

static bool get(const struct event *event, enum field_id id, int level, struct value *ret)
{
    struct field_ref ref = {.id = id, .has_arg = level >= 0, .arg_is_index = level >= 0, .index = level >= 0 ? (uint32_t)level : 0};
    return event_get(event, &ref, ret) == 1;
}

static int64_t number(const struct event *event, enum field_id id, int level)
{
    struct value v;
    if (!get(event, id, level, &v))
        return -1;
    return v.type == VALUE_INT ? v.i : v.u <= INT64_MAX ? (int64_t)v.u : -1;
}

static struct str text(const struct event *event, enum field_id id, int level, struct arena *a)
{
    struct value v;
    return get(event, id, level, &v) && v.type == VALUE_STRING ? shown_text(a, v.s, NULL) : STR_NULL;
}

static uint64_t start_of(int64_t ns)
{
    return ns > 0 ? (uint64_t)ns : 0;
}

static void fill_line(struct alert_ties *t, const struct event *e, struct arena *a)
{
    const int64_t pid = number(e, F_PROC_PID, -1);
    if (pid < 0)
        return;
    t->line = arena_array(a, struct alert_process, ALERT_LINE_MAX);
    t->line[t->n_line++] = (struct alert_process){
        .pid = pid,
        .session = number(e, F_PROC_SID, -1),
        .start_ns = start_of(number(e, F_PROC_PID_TS, -1)),
        .name = text(e, F_PROC_NAME, -1, a),
        .exe = text(e, F_PROC_EXEPATH, -1, a),
    };
    for (int level = 1; level < ALERT_LINE_MAX; level++) {
        const int64_t above = number(e, F_PROC_APID, level);
        if (above < 0)
            return;
        t->line[t->n_line++] = (struct alert_process){
            .pid = above,
            .session = number(e, F_PROC_ASID, level),
            .start_ns = start_of(number(e, F_PROC_ASTART, level)),
            .name = text(e, F_PROC_ANAME, level, a),
            .exe = text(e, F_PROC_AEXEPATH, level, a),
        };
    }
}

static void add_written(struct alert_ties *t, struct str path)
{
    if (path.n && path.p[0] == '/' && t->n_written < ALERT_WRITTEN_MAX && !(t->n_written && str_eq(t->written[0], path)))
        t->written[t->n_written++] = path;
}

static void fill_written(struct alert_ties *t, const struct event *e, struct arena *a)
{
    struct value v;
    if (get(e, F_EVT_IS_OPEN_WRITE, -1, &v) && v.type == VALUE_BOOL && v.b) {
        add_written(t, text(e, F_FD_NAME, -1, a));
        add_written(t, text(e, F_FD_RESOLVED, -1, a));
    } else {
        /* calls that give a file a name have it as their second path */
        add_written(t, text(e, F_FS_PATH_TARGET, -1, a));
        add_written(t, text(e, F_FS_PATH_TARGET_RESOLVED, -1, a));
    }
}

static void fill_peer(struct alert_ties *t, const struct event *e, struct arena *a)
{
    struct value v;
    struct strbuf b = {};
    if (!get(e, F_FD_RIP, -1, &v) || v.type != VALUE_IP)
        return;
    value_add_text(&b, &v);
    t->peer = arena_str(a, strbuf_str(&b));
    strbuf_done(&b);
    if (get(e, F_FD_RPORT, -1, &v) && v.u <= UINT16_MAX)
        t->peer_port = (unsigned)v.u;
}

/* i-0123456789abcdef0, as AWS names machines. */
static bool is_instance(struct str s)
{
    enum { SHORT = 10, LONG = 19 };
    bool is_hex = (s.n == SHORT || s.n == LONG) && str_starts(s, STR("i-"));
    for (size_t i = 2; is_hex && i < s.n; i++)
        is_hex = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
    return is_hex;
}

static void add_shared(struct alert_ties *t, const char *kind, struct str s, struct arena *a)
{
    if (!s.n || t->n_shared == ALERT_SHARED_MAX)
        return;
    const struct str shared = arena_printf(a, "%s:%.*s", kind, STR_ARG(s));
    for (size_t i = 0; i < t->n_shared; i++)
        if (str_eq(t->shared[i], shared))
            return;
    t->shared[t->n_shared++] = shared;
}

/* Who acts in a cloud, and on which machines; a machine that is named by its id tells of itself so. */
static void fill_shared(struct alert_ties *t, const struct event *e, struct arena *a)
{
    struct value v;
    const struct str host = text(e, F_EVT_HOSTNAME, -1, a), pod = text(e, F_K8S_POD_NAME, -1, a), space = text(e, F_K8S_NS_NAME, -1, a);
    add_shared(t, "key", text(e, F_CLOUD_KEY, -1, a), a);
    add_shared(t, "principal", text(e, F_CLOUD_PRINCIPAL, -1, a), a);
    if (is_instance(host))
        add_shared(t, "instance", host, a);
    if (get(e, F_CLOUD_INSTANCES, -1, &v) && v.type == VALUE_LIST)
        for (size_t i = 0; i < v.list.n; i++)
            add_shared(t, "instance", shown_text(a, v.list.v[i].s, NULL), a);
    if (pod.n && space.n)
        add_shared(t, "pod", arena_printf(a, "%.*s/%.*s", STR_ARG(space), STR_ARG(pod)), a);
}

void alert_ties_fill(struct alert_ties *ties, const struct event *event, struct arena *a)
{
    *ties = (struct alert_ties){};
    fill_line(ties, event, a);
    fill_written(ties, event, a);
    fill_peer(ties, event, a);
    fill_shared(ties, event, a);
    ties->cwd = text(event, F_PROC_CWD, -1, a);
}
