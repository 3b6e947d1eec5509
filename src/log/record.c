// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>

#include "base/cleanup.h"
#include "log/any.h"
#include "log/record.h"
#include "log/sum.h"

int log_give_str(struct str s, struct value *ret)
{
    if (!s.n)
        return 0;
    *ret = VALUE_OF_STR(s);
    return 1;
}

/* Fields are asked for through a const event. */
struct arena *log_arena(const struct log_record *r)
{
    return &((struct log_record *)r)->arena;
}

const void *log_view(const struct log_record *r)
{
    if (!r->view)
        ((struct log_record *)r)->view = r->ops->look(r);
    return r->view;
}

int log_give_text(const struct log_record *r, struct node n, struct value *ret)
{
    const enum node_kind kind = node_kind(n);
    if (kind == NODE_ABSENT || kind == NODE_NULL)
        return 0;
    *ret = VALUE_OF_STR(node_text(n, log_arena(r)));
    return 1;
}

int log_give_bool(bool b, struct value *ret)
{
    *ret = VALUE_OF_BOOL(b);
    return 1;
}

int log_give_uint(uint64_t u, struct value *ret)
{
    *ret = VALUE_OF_UINT(u);
    return 1;
}

int log_give_ip(const struct log_record *r, struct str s, struct value *ret)
{
    struct net net;
    if (!s.n || memchr(s.p, '/', s.n) || !net_from_str(s, &net))
        return 0;
    struct net *copy = arena_new(log_arena(r), struct net);
    *copy = net;
    *ret = (struct value){.type = VALUE_IP, .net = copy};
    return 1;
}

static struct str scalar(const struct log_record *r, const char *pointer)
{
    const struct node n = node_way(r->root, pointer);
    const enum node_kind kind = node_kind(n);
    return kind == NODE_OBJECT || kind == NODE_ARRAY || kind == NODE_NULL ? STR_NULL : node_text(n, log_arena(r));
}

struct str log_first_of(const struct log_record *r, const char *const *pointers)
{
    struct str s = STR_NULL;
    for (; *pointers && !s.n; pointers++)
        s = scalar(r, *pointers);
    return s;
}

int log_give_first_ip_of(const struct log_record *r, struct value *ret, const char *const *pointers)
{
    int got = 0;
    for (; *pointers && !got; pointers++)
        got = log_give_ip(r, scalar(r, *pointers), ret);
    return got;
}

struct log_list log_list(const struct log_record *r)
{
    return (struct log_list){.arena = log_arena(r)};
}

void log_list_add(struct log_list *l, struct str s)
{
    if (!s.n || l->n == LOG_LIST_MAX)
        return;
    if (!l->v)
        l->v = arena_array(l->arena, struct value, LOG_LIST_MAX);
    l->v[l->n++] = VALUE_OF_STR(s);
}

void log_list_add_all(struct log_list *l, const struct log_record *r, struct node n)
{
    const enum node_kind kind = node_kind(n);
    if (kind == NODE_ABSENT || kind == NODE_NULL)
        return;
    if (kind != NODE_ARRAY) {
        log_list_add(l, node_text(n, log_arena(r)));
        return;
    }
    struct node_each e = node_each(n);
    while (l->n < LOG_LIST_MAX && node_next(&e))
        log_list_add(l, node_text(e.value, log_arena(r)));
}

int log_list_give(struct log_list *l, const struct field_ref *ref, struct value *ret)
{
    size_t from = 0;
    if (ref->has_arg && ref->arg_is_index) {
        if (ref->index >= l->n)
            return 0;
        from = ref->index;
        l->n = from + 1;
    }
    if (!l->n)
        return 0;
    *ret = (struct value){.type = VALUE_LIST, .list = {l->v + from, l->n - from}};
    return 1;
}

/* By the format's table, or by the format itself where that says nothing. */
static int answer(const struct log_format_ops *ops, const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    static const struct log_answer NOTHING;
    const bool is_listed = ops->answers && ref->id >= F_JSON_VALUE && ref->id <= F_GUARDDUTY_COUNT;
    const struct log_answer *a = is_listed ? &ops->answers[ref->id - F_JSON_VALUE] : &NOTHING;
    if (a->text) {
        const struct str s = ops->text(r, a->text - 1);
        if (FIELDS[ref->id].type == VALUE_IP)
            return log_give_ip(r, s, ret);
        *ret = VALUE_OF_STR(s);
        return s.p != NULL; /* an empty text is there */
    }
    if (a->get)
        return a->get(r, ref, ret);
    if (!a->pointer)
        return ops->get ? ops->get(r, ref, ret) : 0;
    const struct node n = node_way(r->root, a->pointer);
    bool b;
    uint64_t u;
    switch (FIELDS[ref->id].type) {
    case VALUE_BOOL:
        return node_bool(n, &b) && log_give_bool(b, ret);
    case VALUE_UINT:
        return node_u64(n, &u) && log_give_uint(u, ret);
    case VALUE_IP:
        return log_give_ip(r, node_str(n), ret);
    case VALUE_DOUBLE:
        *ret = (struct value){.type = VALUE_DOUBLE, .d = node_double(n)};
        return node_is(n);
    default:
        return log_give_text(r, n, ret);
    }
}

/* ---- fields of every record ---- */

struct taking {
    const struct log_record *record;
    struct log_list list;
};

static void take(void *ctx, struct node found)
{
    struct taking *t = ctx;
    log_list_add(&t->list, node_text(found, log_arena(t->record)));
}

static int get_json_values(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct taking t = {.record = r, .list = log_list(r)};
    node_pointers(r->root, ref->arg, take, &t);
    return log_list_give(&t.list, &(struct field_ref){.id = ref->id}, ret);
}

static int get_rawtime(const struct log_record *r, struct value *ret)
{
    *ret = VALUE_OF_STR(arena_printf(log_arena(r), "%" PRIu64, r->event.time_ns));
    return 1;
}

static int get_own(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    switch (ref->id) {
    case F_JSON_VALUE:
    case F_JEVT_VALUE:
        return log_give_text(r, node_pointer(r->root, ref->arg), ret);
    case F_JSON_VALUES:
        return get_json_values(r, ref, ret);
    case F_JSON_ANY:
        return any_get(r, ref->arg, ret);
    case F_JSON_OBJ:
    case F_JEVT_OBJ:
        return !node_is(r->root) ? 0 : r->text.n ? log_give_str(str_trim(r->text), ret) : log_give_text(r, r->root, ret);
    case F_JSON_RAWTIME:
    case F_JEVT_RAWTIME:
        return get_rawtime(r, ret);
    case F_LOG_FORMAT:
        return log_give_str(str_from(log_format_name(r->format)), ret);
    case F_LOG_FILE:
        return log_give_str(str_from(r->file), ret);
    case F_LOG_NUMBER:
        return log_give_uint(r->number, ret);
    case F_LOG_LINE:
        return r->line && log_give_uint(r->line, ret);
    default:
        return 0;
    }
}

/* What sinks and cases ask of every event: who, with whom, where. */
static enum field_id same_as(enum field_id id, unsigned nth)
{
    static const enum field_id USER[] = {F_CLOUD_PRINCIPAL, F_LOGIN_USER, F_HTTP_USER},
                               PEER[] = {F_CLOUD_IP, F_LOGIN_IP, F_HTTP_IP, F_FLOW_SRC, F_DNS_CLIENT};
    switch (id) {
    case F_USER_NAME:
        return nth < ARRAY_SIZE(USER) ? USER[nth] : FIELD__INVALID;
    case F_FD_RIP:
        return nth < ARRAY_SIZE(PEER) ? PEER[nth] : FIELD__INVALID;
    case F_PROC_NAME:
        return nth ? FIELD__INVALID : F_LOG_PROGRAM;
    case F_K8S_POD_NAME:
        return nth ? FIELD__INVALID : F_KA_TARGET_POD_NAME;
    case F_K8S_NS_NAME:
        return nth ? FIELD__INVALID : F_KA_TARGET_NAMESPACE;
    default:
        return FIELD__INVALID;
    }
}

/* What the decoder set, or what stands in the record. */
static int get_said(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    if ((r->values.n || r->values.n_named) && log_values_get(&r->values, ref, ret))
        return 1;
    return node_is(r->root) ? answer(r->ops, r, ref, ret) : 0;
}

static int get(const struct event *e, const struct field_ref *ref, struct value *ret)
{
    const struct log_record *r = log_record_of(e);
    enum field_id same;
    if (ref->id > F_LOG_LINE && ref->id <= F_GUARDDUTY_COUNT) /* most are */
        return get_said(r, ref, ret);
    if (ref->id >= F_JSON_VALUE && ref->id <= F_LOG_LINE)
        return get_own(r, ref, ret);
    if (ref->id >= F_LOGIN_NETWORK)
        return r->sum ? log_sum_get(r->sum, ref, ret) : 0;
    if (log_values_get(&r->values, ref, ret)) /* what was told of somebody's own event has the names that are asked for */
        return 1;
    for (unsigned i = 0; (same = same_as(ref->id, i)) != FIELD__INVALID; i++)
        if (event_get(e, &(struct field_ref){.id = same}, ret) == 1)
            return 1;
    return node_is(r->root) ? answer(r->ops, r, ref, ret) : 0;
}

static uint64_t kind(const struct event *e)
{
    const struct log_record *r = log_record_of(e);
    return r->ops->kind && node_is(r->root) ? r->ops->kind(r) : 0;
}

const struct event_ops LOG_EVENT_OPS = {.get = get, .kind = kind};
