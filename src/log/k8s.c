// SPDX-License-Identifier: Apache-2.0
/* Audit records of Kubernetes: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/; ka.* as Falco's plugin k8saudit has them. */
#include "base/cleanup.h"
#include "log/k8s.h"
#include "log/words.h"

static bool is_k8s(struct node root)
{
    return node_is(node_get(root, STR("auditID"))) && node_is(node_get(root, STR("verb")));
}

static void begin(struct log_record *r)
{
    r->values.time_ns = log_node_time(node_get(r->root, STR("stageTimestamp")));
    if (!r->values.time_ns)
        r->values.time_ns = log_time(log_first(r, "requestReceivedTimestamp", "timestamp", "metadata/creationTimestamp", NULL));
}

/* ---- ka.* ---- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static struct str unescape(const struct log_record *r, struct str s)
{
    char *to = arena_alloc(log_arena(r), s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const bool is_code = s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0;
        to[n++] = is_code ? (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])) : s.p[i] == '+' ? ' ' : s.p[i];
        i += is_code ? 2 : 0;
    }
    return str_n(to, n);
}

static int get_uri_param(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct str uri = node_get_str(r->root, STR("requestURI"));
    const ptrdiff_t mark = str_find(uri, STR("?"), 0);
    struct str query = mark < 0 ? STR_NULL : str_sub(uri, (size_t)mark + 1, uri.n), pair;
    while (str_split(&query, '&', &pair)) {
        const ptrdiff_t is = str_find(pair, STR("="), 0);
        const struct str name = is < 0 ? pair : str_sub(pair, 0, (size_t)is);
        if (str_eq(unescape(r, name), ref->arg))
            return log_give_str(unescape(r, is < 0 ? STR_NULL : str_sub(pair, (size_t)is + 1, pair.n)), ret);
    }
    return 0;
}

static int get_list(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    log_list_add_all(&l, r, node_pointer(r->root, ref->id == F_KA_USER_GROUPS       ? STR("user/groups")
                                                  : ref->id == F_KA_SOURCEIPS       ? STR("sourceIPs")
                                                  : ref->id == F_KA_REQ_SERVICE_PORTS ? STR("requestObject/spec/ports")
                                                                                      : STR("requestObject/rules")));
    return log_list_give(&l, ref, ret);
}

/* Names; Falco gives the objects as JSON: both stand in the list. */
static int get_subjects(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    struct node_each e = node_each(node_pointer(r->root, STR("requestObject/subjects")));
    while (node_next(&e)) {
        log_list_add(&l, node_get_str(e.value, STR("name")));
        log_list_add(&l, node_text(e.value, log_arena(r)));
    }
    return log_list_give(&l, ref, ret);
}

static int get_rules(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    struct node_each e = node_each(node_pointer(r->root, STR("requestObject/rules")));
    const struct str what = ref->id == F_KA_REQ_ROLE_RULES_API_GROUPS          ? STR("apiGroups")
                            : ref->id == F_KA_REQ_ROLE_RULES_NON_RESOURCE_URLS ? STR("nonResourceURLs")
                            : ref->id == F_KA_REQ_ROLE_RULES_VERBS             ? STR("verbs")
                                                                               : STR("resources");
    while (node_next(&e))
        if (!ref->has_arg || e.index - 1 == ref->index)
            log_list_add_all(&l, r, node_get(e.value, what));
    return log_list_give(&l, &(struct field_ref){.id = ref->id}, ret);
}

static int get_na(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)r;
    (void)ref;
    return log_give_str(STR("N/A"), ret);
}

static int get_configmap_name(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct node target = node_get(r->root, STR("objectRef"));
    return node_is_str(node_get(target, STR("resource")), "configmaps") ? log_give_text(r, node_get(target, STR("name")), ret) : 0;
}

static int get_pod_name(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    const struct node target = node_get(r->root, STR("objectRef"));
    struct str s = node_get_str(target, STR("name"));
    if (!node_is_str(node_get(target, STR("resource")), "pods"))
        return 0;
    return log_give_str(s.n ? s : log_first(r, "responseObject/metadata/name", "requestObject/metadata/name", NULL), ret);
}

/* ---- the same words for every provider ---- */

static struct str verb(const struct log_record *r)
{
    return node_get_str(r->root, STR("verb"));
}

static struct str user(const struct log_record *r)
{
    return node_str(NODE(r->root, "user", "username"));
}

static struct str outcome(const struct log_record *r)
{
    uint64_t code = 0;
    if (node_is_str(NODE(r->root, "annotations", "authorization.k8s.io/decision"), "forbid"))
        return STR("denied");
    if (!node_u64(NODE(r->root, "responseStatus", "code"), &code))
        return STR_NULL;
    return code == 401 || code == 403 ? STR("denied") : code >= 400 ? STR("failure") : STR("success");
}

static struct str principal_type(const struct log_record *r)
{
    const struct str s = user(r);
    if (str_is(s, "system:anonymous"))
        return STR("anonymous");
    return str_starts(s, STR("system:")) ? STR("service") : s.n ? STR("user") : STR_NULL;
}

static int get_cloud(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct node target = node_get(r->root, STR("objectRef"));
    const struct str resource = node_get_str(target, STR("resource")), sub = node_get_str(target, STR("subresource")),
                     space = node_get_str(target, STR("namespace")), name = node_get_str(target, STR("name"));
    struct log_list l = log_list(r);
    switch (ref->id) {
    case F_CLOUD_PROVIDER:
        return log_give_str(STR("kubernetes"), ret);
    case F_CLOUD_ACCOUNT:
        return log_give_str(log_first(r, "cluster_name", "clusterName", "cluster", NULL), ret);
    case F_CLOUD_ACTION:
        return log_give_str(arena_printf(log_arena(r), "%.*s %.*s%s%.*s", STR_ARG(verb(r)), STR_ARG(resource), sub.n ? "/" : "", STR_ARG(sub)), ret);
    case F_CLOUD_OUTCOME:
        return log_give_str(outcome(r), ret);
    case F_CLOUD_PRINCIPAL_TYPE:
        return log_give_str(principal_type(r), ret);
    case F_CLOUD_IP:
        return log_give_first_ip(r, ret, "sourceIPs/0", NULL);
    case F_CLOUD_RESOURCE:
    case F_CLOUD_RESOURCES:
        if (!resource.n)
            return 0;
        log_list_add(&l, arena_printf(log_arena(r), "%.*s/%.*s/%.*s", STR_ARG(space), STR_ARG(resource), STR_ARG(name)));
        return ref->id == F_CLOUD_RESOURCE ? log_give_str(l.v[0].s, ret) : log_list_give(&l, ref, ret);
    case F_CLOUD_IS_READONLY:
        return log_give_bool(str_is(verb(r), "get") || str_is(verb(r), "list") || str_is(verb(r), "watch"), ret);
    default:
        return 0;
    }
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(KA_AUDITID)] = {"auditID"},
    [LOG_FIELD(KA_STAGE)] = {"stage"},
    [LOG_FIELD(KA_AUTH_DECISION)] = {"annotations/authorization.k8s.io~1decision"},
    [LOG_FIELD(KA_AUTH_REASON)] = {"annotations/authorization.k8s.io~1reason"},
    [LOG_FIELD(KA_USER_NAME)] = {"user/username"},
    [LOG_FIELD(KA_USER_GROUPS)] = {.get = get_list},
    [LOG_FIELD(KA_IMPUSER_NAME)] = {"impersonatedUser/username"},
    [LOG_FIELD(KA_VERB)] = {"verb"},
    [LOG_FIELD(KA_URI)] = {"requestURI"},
    [LOG_FIELD(KA_URI_PARAM)] = {.get = get_uri_param},
    [LOG_FIELD(KA_TARGET_NAME)] = {"objectRef/name"},
    [LOG_FIELD(KA_TARGET_NAMESPACE)] = {"objectRef/namespace"},
    [LOG_FIELD(KA_TARGET_RESOURCE)] = {"objectRef/resource"},
    [LOG_FIELD(KA_TARGET_SUBRESOURCE)] = {"objectRef/subresource"},
    [LOG_FIELD(KA_TARGET_POD_NAME)] = {.get = get_pod_name},
    [LOG_FIELD(KA_REQ_BINDING_SUBJECTS)] = {.get = get_subjects},
    [LOG_FIELD(KA_REQ_BINDING_ROLE)] = {"requestObject/roleRef/name"},
    [LOG_FIELD(KA_REQ_BINDING_SUBJECT_HAS_NAME)] = {.get = get_na},
    [LOG_FIELD(KA_REQ_CONFIGMAP_NAME)] = {.get = get_configmap_name},
    [LOG_FIELD(KA_REQ_CONFIGMAP_OBJ)] = {"requestObject/data"},
    [LOG_FIELD(KA_REQ_ROLE_RULES)] = {.get = get_list},
    [LOG_FIELD(KA_REQ_ROLE_RULES_API_GROUPS)] = {.get = get_rules},
    [LOG_FIELD(KA_REQ_ROLE_RULES_NON_RESOURCE_URLS)] = {.get = get_rules},
    [LOG_FIELD(KA_REQ_ROLE_RULES_VERBS)] = {.get = get_rules},
    [LOG_FIELD(KA_REQ_ROLE_RULES_RESOURCES)] = {.get = get_rules},
    [LOG_FIELD(KA_REQ_SERVICE_TYPE)] = {"requestObject/spec/type"},
    [LOG_FIELD(KA_REQ_SERVICE_PORTS)] = {.get = get_list},
    [LOG_FIELD(KA_RESP_NAME)] = {"responseObject/metadata/name"},
    [LOG_FIELD(KA_RESPONSE_CODE)] = {"responseStatus/code"},
    [LOG_FIELD(KA_RESPONSE_REASON)] = {"responseStatus/reason"},
    [LOG_FIELD(KA_USERAGENT)] = {"userAgent"},
    [LOG_FIELD(KA_SOURCEIPS)] = {.get = get_list},
    [LOG_FIELD(KA_CLUSTER_NAME)] = {"cluster_name"},
    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_SERVICE)] = {"objectRef/resource"},
    [LOG_FIELD(CLOUD_ACTION)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_ERROR)] = {"responseStatus/reason"},
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = {"responseStatus/message"},
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {"user/username"},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {"user/username"},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_CALLER)] = {"sourceIPs/0"},
    [LOG_FIELD(CLOUD_IP)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_AGENT)] = {"userAgent"},
    [LOG_FIELD(CLOUD_ID)] = {"auditID"},
    [LOG_FIELD(CLOUD_RESOURCE)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_cloud},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_cloud},
};

static int get_request(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    return str_starts(str_from(FIELDS[ref->id].name), STR("ka.req.")) ? k8s_pod_get(r, ref, ret) : 0;
}

const struct log_format_ops LOG_K8S_AUDIT_OPS = {.type = EVENT_K8S_AUDIT, .is_json = is_k8s, .begin = begin, .answers = ANSWERS, .get = get_request};
