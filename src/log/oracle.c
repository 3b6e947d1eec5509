// SPDX-License-Identifier: Apache-2.0
/*
 * The audit log of Oracle Cloud Infrastructure, by its own interface and by Oracle's service for logs: https://docs.oracle.com/iaas/Content/Audit/Reference/logeventreference.htm
 */
#include "base/cleanup.h"
#include "log/said.h"
#include "log/words.h"

/* By its interface eventType, by the service for logs type: com.oraclecloud.ComputeApi.LaunchInstance. */
static struct str type_of(struct node root)
{
    const struct str own = node_get_str(root, STR("eventType"));
    return own.n ? own : node_get_str(root, STR("type"));
}

static bool oracle_is(struct node root)
{
    return str_starts(type_of(root), STR("com.oraclecloud.")) && node_is(NODE(root, "data", "identity"));
}

/* ocid1.instance.oc1.eu-frankfurt-1.abcd: the kind, and the region where there is one. */
static struct str part_of(struct str ocid, unsigned nth)
{
    struct str piece = STR_NULL;
    if (!str_starts(ocid, STR("ocid1.")))
        return STR_NULL;
    for (unsigned i = 0; i <= nth; i++)
        if (!str_split(&ocid, '.', &piece))
            return STR_NULL;
    return piece;
}

static void set_instance(struct log_record *r, struct str ocid)
{
    if (!str_is(part_of(ocid, 1), "instance"))
        return;
    struct value *one = arena_array(&r->arena, struct value, 1);
    *one = VALUE_OF_STR(ocid);
    log_set(&r->values, F_CLOUD_INSTANCES, (struct value){.type = VALUE_LIST, .list = {one, 1}});
}

static void oracle_begin(struct log_record *r)
{
    const struct node data = node_get(r->root, STR("data"));
    const struct str type = type_of(r->root), name = node_get_str(data, STR("eventName")), user = log_first(r, "data/identity/principalId", NULL), kind = part_of(user, 1);
    const struct str resource = log_first(r, "data/resourceId", NULL), method = log_first(r, "data/request/action", NULL), message = log_first(r, "data/response/message", NULL);
    const char *dot = memrchr(type.p, '.', type.n);
    uint64_t status = 200;
    (void)node_u64(NODE(data, "response", "status"), &status);
    /* whoever may not know of a thing is told that it is not there */
    const bool is_denied = status == 401 || status == 403 || (status == 404 && str_has(message, STR("NotAuthorized"))), is_person = str_is(kind, "user") || str_starts(kind, STR("saml2idp"));
    const struct log_said s = {
        .provider = STR("oracle"), .account = log_first(r, "data/identity/tenantId", "oracle/tenantid", NULL), .region = part_of(resource, 3), .service = words_lower(r, log_first(r, "source", NULL)),
        .action = name.n || !dot ? name : str_sub(type, (size_t)(dot - type.p) + 1, type.n), .principal = log_first(r, "data/identity/principalName", "data/identity/principalId", "data/identity/callerId", NULL),
        .name = log_first(r, "data/identity/principalName", NULL), .type = log_said_type(is_person), .is_person = is_person, .ip = log_first(r, "data/identity/ipAddress", NULL),
        .agent = log_first(r, "data/identity/userAgent", NULL), .key = log_first(r, "data/identity/credentials", NULL), .id = log_first(r, "eventId", "eventID", "id", NULL),
        .resource = log_first(r, "data/resourceName", "data/resourceId", NULL), .is_denied = is_denied, .is_failure = status >= 400,
        .error = status >= 400 ? log_first(r, "data/response/status", NULL) : STR_NULL, .error_message = status >= 400 ? message : STR_NULL,
        .is_login = str_eq_nocase(name, STR("InteractiveLogin")), .is_readonly = str_is(method, "GET") || str_is(method, "HEAD"),
    };
    r->values.time_ns = log_node_time(node_is(node_get(r->root, STR("eventTime"))) ? node_get(r->root, STR("eventTime")) : node_get(r->root, STR("time")));
    set_instance(r, resource);
    log_said_set(r, &s);
}

const struct log_format_ops LOG_ORACLE_OPS = {.type = EVENT_LOG, .is_json = oracle_is, .begin = oracle_begin};
