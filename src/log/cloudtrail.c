// SPDX-License-Identifier: Apache-2.0
/*
 * AWS CloudTrail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * What ct.*, s3.* and ec2.* mean is Falco's plugin cloudtrail's; where its documentation and its code differ, the documentation holds.
 */
#include "base/cleanup.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "log/record.h"
#include "log/who.h"
#include "log/words.h"

static bool is_cloudtrail(struct node root)
{
    if (!node_is(node_get(root, STR("eventName"))) && !node_is(node_get(root, STR("eventname"))))
        return false;
    /* notifications of S3 and streams of DynamoDB have the same names, and say "aws:s3": they are no calls */
    if (str_starts(node_get_str(root, STR("eventSource")), STR("aws:")))
        return false;
    return node_is(node_get(root, STR("eventTime"))) || node_is(node_get(root, STR("eventtime"))) ||
           node_is(node_get(root, STR("userIdentity"))) || node_is(node_get(root, STR("useridentity")));
}

/* ---- what most answers come from ---- */

enum outer { NAME, SOURCE, REGION, CALLER, AGENT, ERROR, ERROR_MESSAGE, EVENT_TYPE, CATEGORY, RECIPIENT, TIME, READONLY, IDENTITY, REQUEST, RESPONSE, ADDITIONAL, OUTER__N };
static const struct str OUTER[OUTER__N] = {
    [NAME] = STR("eventName"), [SOURCE] = STR("eventSource"), [REGION] = STR("awsRegion"), [CALLER] = STR("sourceIPAddress"), [AGENT] = STR("userAgent"),
    [ERROR] = STR("errorCode"), [ERROR_MESSAGE] = STR("errorMessage"), [EVENT_TYPE] = STR("eventType"), [CATEGORY] = STR("eventCategory"),
    [RECIPIENT] = STR("recipientAccountId"), [TIME] = STR("eventTime"), [READONLY] = STR("readOnly"), [IDENTITY] = STR("userIdentity"), [REQUEST] = STR("requestParameters"),
    [RESPONSE] = STR("responseElements"), [ADDITIONAL] = STR("additionalEventData")};
enum inner { TYPE, ARN, ACCOUNT, KEY, PRINCIPAL_ID, USER_NAME, INVOKED_BY, SESSION, INNER__N };
static const struct str INNER[INNER__N] = {[TYPE] = STR("type"), [ARN] = STR("arn"), [ACCOUNT] = STR("accountId"), [KEY] = STR("accessKeyId"),
                                           [PRINCIPAL_ID] = STR("principalId"), [USER_NAME] = STR("userName"), [INVOKED_BY] = STR("invokedBy"), [SESSION] = STR("sessionContext")};
enum issuer { ISSUER_ARN, ISSUER_NAME, ISSUER__N };
static const struct str ISSUER[ISSUER__N] = {STR("arn"), STR("userName")};
static const struct node_names OUTER_NAMES = {OUTER, OUTER__N}, INNER_NAMES = {INNER, INNER__N}, ISSUER_NAMES = {ISSUER, ISSUER__N};

/* Words on the tape of the values, 0 where there is none: kept with all records that differ in nothing else. */
struct view {
    uint32_t has_outer, has_inner, has_issuer; /* nobody asked yet unless they are set */
    uint32_t outer[OUTER__N], inner[INNER__N], issuer[ISSUER__N];
};
_Static_assert(sizeof(struct view) <= NODE_KEPT * sizeof(uint32_t), "what is kept with a record");

static void find_words(struct node object, const struct node_names *names, uint32_t *ret)
{
    struct node_some some;
    node_get_some(object, names, &some);
    for (size_t i = 0; i < names->n; i++)
        ret[i] = node_of_some(&some, i).at;
}

static const void *look(const struct log_record *r)
{
    struct view *v = (struct view *)node_keep(r->root, &OUTER_NAMES);
    if (!v)
        v = arena_new(log_arena(r), struct view);
    if (!v->has_outer) {
        v->has_outer = true;
        find_words(r->root, &OUTER_NAMES, v->outer);
    }
    return v;
}

/* A record is asked through a const event. */
static inline struct view *view(const struct log_record *r)
{
    return (struct view *)(r->view ? r->view : log_view(r));
}

static inline struct node node_of(const struct log_record *r, uint32_t word)
{
    return word ? (struct node){r->root.tape, word} : (struct node){};
}

/* What is no text, as it is written. */
static struct str written(const struct log_record *r, struct node n)
{
    return node_kind(n) == NODE_NULL ? STR_NULL : node_text(n, log_arena(r));
}

static inline struct str text_of(const struct log_record *r, struct node n)
{
    const struct str s = node_str(n);
    return s.p || !node_is(n) ? s : written(r, n);
}

static inline struct node outer_node(const struct log_record *r, enum outer which)
{
    return node_of(r, view(r)->outer[which]);
}

static inline struct str outer(const struct log_record *r, enum outer which)
{
    return text_of(r, outer_node(r, which));
}

static inline struct node who_node(const struct log_record *r, enum inner which)
{
    struct view *v = view(r);
    if (!v->has_inner) {
        v->has_inner = true;
        find_words(outer_node(r, IDENTITY), &INNER_NAMES, v->inner);
    }
    return node_of(r, v->inner[which]);
}

static inline struct str who(const struct log_record *r, enum inner which)
{
    return text_of(r, who_node(r, which));
}

/* Most stand first. */
static struct node session_issuer(struct node session)
{
    struct node_each e = node_each(session);
    return node_next(&e) && str_is(e.name, "sessionIssuer") ? e.value : node_get(session, STR("sessionIssuer"));
}

/* Whose session it is. */
static struct str issuer(const struct log_record *r, enum issuer which)
{
    struct view *v = view(r);
    if (!v->has_issuer) {
        v->has_issuer = true;
        const struct node session = who_node(r, SESSION);
        if (node_is(session))
            find_words(session_issuer(session), &ISSUER_NAMES, v->issuer);
    }
    return node_str(node_of(r, v->issuer[which]));
}

/* LOG_TEXT: members of the record, then of who it was. */
static struct str text(const struct log_record *r, unsigned which)
{
    return which < OUTER__N ? outer(r, (enum outer)which) : who(r, (enum inner)(which - OUTER__N));
}
#define LOG_WHO(which) LOG_TEXT(OUTER__N + (which))

static void begin(struct log_record *r)
{
    r->values.time_ns = log_time(node_str(outer_node(r, TIME)));
    if (!r->values.time_ns) /* kept as a number by whoever kept it */
        r->values.time_ns = log_node_time(outer_node(r, TIME));
}

/* ---- ct.* ---- */

static struct str service_of(struct str source)
{
    const struct str tail = STR(".amazonaws.com");
    return source.n > tail.n && !memcmp(source.p + source.n - tail.n, tail.p, tail.n) ? str_n(source.p, source.n - tail.n) : source;
}

static int get_shortsrc(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return log_give_str(service_of(outer(r, SOURCE)), ret);
}

static struct str user(const struct log_record *r)
{
    const struct str type = who(r, TYPE);
    struct str s = STR_NULL;
    if (str_is(type, "AWSService"))
        return who(r, INVOKED_BY);
    if (str_is(type, "AssumedRole") || str_is(type, "Role")) {
        s = issuer(r, ISSUER_NAME);
        return s.n ? s : type;
    }
    if (str_is(type, "AWSAccount") || str_is(type, "FederatedUser"))
        return type;
    return who(r, USER_NAME);
}

static int get_user(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return log_give_str(user(r), ret);
}

static int get_accountid(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct str s = who(r, ACCOUNT);
    (void)ref;
    return log_give_str(s.n ? s : outer(r, RECIPIENT), ret);
}

static int get_srcdomain(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct str s = outer(r, CALLER);
    struct net net;
    (void)ref;
    return net_from_str(s, &net) ? 0 : log_give_str(s, ret);
}

static int get_managementevent(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    bool b = false;
    (void)ref;
    (void)node_bool(node_get(r->root, STR("managementEvent")), &b);
    return log_give_str(b ? STR("true") : STR("false"), ret);
}

/* Records without readOnly come up: then the first word of the name tells. */
static bool is_readonly(const struct log_record *r)
{
    bool b;
    if (node_bool(outer_node(r, READONLY), &b))
        return b;
    return words_is_read(outer(r, NAME));
}

static int get_readonly(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return outer(r, NAME).n ? log_give_str(is_readonly(r) ? STR("true") : STR("false"), ret) : 0;
}

static int get_uri(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct node request = outer_node(r, REQUEST);
    const struct str bucket = node_get_str(request, STR("bucketName")), key = node_get_str(request, STR("key"));
    (void)ref;
    return bucket.n && key.n && log_give_str(arena_printf(log_arena(r), "s3://%.*s/%.*s", STR_ARG(bucket), STR_ARG(key)), ret);
}

static bool bytes(const struct log_record *r, struct str which, uint64_t *ret)
{
    return node_u64(node_get(outer_node(r, ADDITIONAL), which), ret);
}

static int get_bytes(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    uint64_t in = 0, out = 0;
    const bool has_in = ref->id != F_S3_BYTES_OUT && bytes(r, STR("bytesTransferredIn"), &in);
    const bool has_out = ref->id != F_S3_BYTES_IN && bytes(r, STR("bytesTransferredOut"), &out);
    return (has_in || has_out) && log_give_uint(in + out, ret);
}

static int get_count(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const bool get = str_is(outer(r, NAME), "GetObject"), put = str_is(outer(r, NAME), "PutObject");
    const bool is = ref->id == F_S3_CNT_GET ? get : ref->id == F_S3_CNT_PUT ? put : !get && !put;
    return is && log_give_uint(1, ret);
}

static int get_instance_name(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct node_each e = node_each(NODE(outer_node(r, REQUEST), "tagSpecificationSet", "items"));
    struct str found = STR_NULL;
    (void)ref;
    while (node_next(&e)) {
        if (!node_is_str(node_get(e.value, STR("resourceType")), "instance"))
            continue;
        struct node_each tag = node_each(node_get(e.value, STR("tags")));
        while (node_next(&tag))
            if (node_is_str(node_get(tag.value, STR("key")), "Name"))
                found = node_get_str(tag.value, STR("value"));
    }
    return log_give_str(found, ret);
}

static int get_imageid(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct node n = node_pointer(r->root, STR("responseElements/instancesSet/items/0/imageId"));
    (void)ref;
    if (!node_is(n))
        n = node_pointer(r->root, STR("responseElements/tagSpecificationSet/items/0/imageId"));
    return log_give_text(r, n, ret);
}

static int get_info(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct value v;
    const struct str name = user(r), from = outer(r, CALLER);
    const bool is_error = outer(r, ERROR).p;
    (void)ref;
    strbuf_printf(&b, "%.*s via %.*s %s%s %.*s", STR_ARG(name), STR_ARG(from), is_error ? "!" : "", is_readonly(r) ? "←" : "→",
                  STR_ARG(outer(r, NAME)));
    if (get_bytes(r, &(struct field_ref){.id = F_S3_BYTES}, &v))
        strbuf_printf(&b, " Size=%llu", (unsigned long long)v.u);
    const struct node request = outer_node(r, REQUEST);
    if (get_uri(r, &(struct field_ref){.id = F_S3_URI}, &v))
        strbuf_printf(&b, " URI=%.*s", STR_ARG(v.s));
    else if (node_get_str(request, STR("bucketName")).n)
        strbuf_printf(&b, " Bucket=%.*s", STR_ARG(node_get_str(request, STR("bucketName"))));
    else if (node_get_str(request, STR("key")).n)
        strbuf_printf(&b, " Key=%.*s", STR_ARG(node_get_str(request, STR("key"))));
    else if (node_get_str(request, STR("Host")).n)
        strbuf_printf(&b, " Host=%.*s", STR_ARG(node_get_str(request, STR("Host"))));
    return log_give_str(arena_str(log_arena(r), strbuf_str(&b)), ret);
}

/* ---- the same words for every provider ---- */

static int get_provider(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)r;
    (void)ref;
    return log_give_str(STR("aws"), ret);
}

static struct str account_of(const struct log_record *r)
{
    const struct str s = outer(r, RECIPIENT);
    return s.n ? s : who(r, ACCOUNT);
}

static int get_account(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return log_give_str(account_of(r), ret);
}

static bool is_login(const struct log_record *r)
{
    return str_is(outer(r, NAME), "ConsoleLogin");
}

/* In the console a login fails without an error. */
static bool says_failure(const struct log_record *r)
{
    return node_kind(outer_node(r, RESPONSE)) == NODE_OBJECT && node_is_str(node_get(outer_node(r, RESPONSE), STR("ConsoleLogin")), "Failure");
}

static int get_outcome(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    const struct str code = outer(r, ERROR);
    if (ref->id == F_LOGIN_OUTCOME && !is_login(r))
        return 0;
    const bool failed = says_failure(r);
    if (!code.n)
        return log_give_str(failed ? STR("failure") : STR("success"), ret);
    return log_give_str(ref->id == F_CLOUD_OUTCOME && words_is_denied(code) ? STR("denied") : STR("failure"), ret);
}

static struct str principal(const struct log_record *r)
{
    static const enum inner others[] = {ARN, INVOKED_BY, PRINCIPAL_ID, USER_NAME};
    struct str s = issuer(r, ISSUER_ARN);
    for (size_t i = 0; i < ARRAY_SIZE(others) && !s.n; i++)
        s = who(r, others[i]);
    return s.n ? s : node_str(NODE(r->root, "userIdentity", "onBehalfOf", "userId")); /* somebody of the identity center */
}

static int get_principal(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return log_give_str(principal(r), ret);
}

static int get_principal_type(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    static const struct word_pair KINDS[] = {{"Root", "root"}, {"IAMUser", "user"}, {"AssumedRole", "role"}, {"Role", "role"},
                                             {"AWSService", "service"}, {"AWSAccount", "account"}, {"FederatedUser", "federated"},
                                             {"SAMLUser", "federated"}, {"WebIdentityUser", "federated"}, {"IdentityCenterUser", "federated"},
                                             {"Directory", "federated"}, {"Unknown", "anonymous"}, {}};
    (void)ref;
    return log_give_str(words_pair(KINDS, who(r, TYPE)), ret);
}

static int get_session(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return str_is(who(r, TYPE), "AssumedRole") ? log_give_str(str_basename(who(r, ARN)), ret) : 0;
}

static int get_category(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    static const struct word_pair KINDS[] = {{"Management", "management"}, {"Data", "data"}, {"Insight", "insight"}, {"NetworkActivity", "network"}, {}};
    bool b;
    (void)ref;
    if (str_is(outer(r, EVENT_TYPE), "AwsConsoleSignIn"))
        return log_give_str(STR("login"), ret);
    const struct str s = words_pair(KINDS, outer(r, CATEGORY));
    if (!s.n && node_bool(node_get(r->root, STR("managementEvent")), &b))
        return log_give_str(b ? STR("management") : STR("data"), ret);
    return log_give_str(s, ret);
}

static void add_resources(struct log_list *l, const struct log_record *r)
{
    struct node_each e = node_each(node_get(r->root, STR("resources")));
    while (node_next(&e)) {
        const struct str arn = node_get_str(e.value, STR("ARN"));
        log_list_add(l, arn.n ? arn : node_get_str(e.value, STR("arn")));
    }
    words_add_names(l, outer_node(r, REQUEST));
}

static int get_resources(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    add_resources(&l, r);
    if (ref->id == F_CLOUD_RESOURCE)
        return l.n && log_give_str(l.v[0].s, ret);
    return log_list_give(&l, ref, ret);
}

static int get_instances(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    struct log_list l = log_list(r);
    const struct str session = str_basename(who(r, ARN));
    if (words_is_instance(session)) /* the machine itself, by the role that it carries */
        log_list_add(&l, session);
    words_add_instances(&l, outer_node(r, REQUEST));
    words_add_instances(&l, outer_node(r, RESPONSE));
    return log_list_give(&l, ref, ret);
}

static int get_mfa(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    bool b;
    const struct str s = node_str(node_get(outer_node(r, ADDITIONAL), STR("MFAUsed")));
    (void)ref;
    if (s.n)
        return log_give_bool(str_eq_nocase(s, STR("yes")), ret);
    return node_bool(NODE(who_node(r, SESSION), "attributes", "mfaAuthenticated"), &b) && log_give_bool(b, ret);
}

static int get_is_readonly(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    (void)ref;
    return log_give_bool(is_readonly(r), ret);
}

static int get_is_console(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    bool b = false;
    const struct str type = outer(r, EVENT_TYPE), agent = outer(r, AGENT);
    (void)ref;
    if (node_bool(node_get(r->root, STR("sessionCredentialFromConsole")), &b) && b)
        return log_give_bool(true, ret);
    return log_give_bool(str_starts(type, STR("AwsConsole")) || str_has(agent, STR("console.amazonaws.com")) ||
                             str_is(agent, "signin.amazonaws.com") || str_has(agent, STR("S3Console")),
                         ret);
}

/* ---- login.* ---- */

static int get_login(const struct log_record *r, const struct field_ref *ref, struct value *ret)
{
    if (!is_login(r))
        return 0;
    switch (ref->id) {
    case F_LOGIN_USER: {
        const struct str s = who(r, USER_NAME);
        return log_give_str(s.n ? s : str_is(who(r, TYPE), "Root") ? STR("root") : user(r), ret);
    }
    case F_LOGIN_IP:
        return log_give_ip(r, outer(r, CALLER), ret);
    case F_LOGIN_REASON:
        return log_give_str(outer(r, ERROR_MESSAGE), ret);
    case F_LOGIN_HOST:
        return log_give_str(STR("console"), ret);
    case F_LOGIN_METHOD: {
        const struct str type = who(r, TYPE);
        return log_give_str(str_is(type, "Root") || str_is(type, "IAMUser") ? STR("password") : STR("federated"), ret);
    }
    default:
        return 0;
    }
}

/* Of all that cloud.* tells but of the act itself. The key of a session is another each time, and stands for nobody (log/habit.c). */
static void did(const struct log_record *r, const struct log_state *s, struct log_did *ret)
{
    const struct str key = who(r, KEY);
    const struct str words[] = {who(r, TYPE), principal(r), log_key_lasts(STR("aws"), key) ? key : STR_NULL, account_of(r), outer(r, REGION), outer(r, CALLER), outer(r, AGENT)};
    ret->who = log_state_digest(s, words, ARRAY_SIZE(words)) | 1; /* 0 is nobody's */
    ret->service = service_of(outer(r, SOURCE));
    ret->action = outer(r, NAME);
}

/* What is there and empty is not what is absent. */
static uint64_t kind(const struct log_record *r)
{
    const struct str words[] = {outer(r, NAME), outer(r, SOURCE), outer(r, ERROR), who(r, TYPE)};
    const uint64_t *keys = hash_keys();
    return hash_quick_all(words, ARRAY_SIZE(words), keys[0] ^ says_failure(r), keys[1]) | 1;
}

static const struct log_answer ANSWERS[LOG_FIELDS_N] = {
    [LOG_FIELD(CT_ID)] = {"eventID"},
    [LOG_FIELD(CT_ERROR)] = LOG_TEXT(ERROR),
    [LOG_FIELD(CT_ERRORMESSAGE)] = LOG_TEXT(ERROR_MESSAGE),
    [LOG_FIELD(CT_TIME)] = {"eventTime"},
    [LOG_FIELD(CT_SRC)] = LOG_TEXT(SOURCE),
    [LOG_FIELD(CT_SHORTSRC)] = {.get = get_shortsrc},
    [LOG_FIELD(CT_NAME)] = LOG_TEXT(NAME),
    [LOG_FIELD(CT_USER)] = {.get = get_user},
    [LOG_FIELD(CT_USER_ACCOUNTID)] = {.get = get_accountid},
    [LOG_FIELD(CT_USER_IDENTITYTYPE)] = LOG_WHO(TYPE),
    [LOG_FIELD(CT_USER_PRINCIPALID)] = LOG_WHO(PRINCIPAL_ID),
    [LOG_FIELD(CT_USER_ARN)] = LOG_WHO(ARN),
    [LOG_FIELD(CT_USER_ACCESSKEYID)] = LOG_WHO(KEY),
    [LOG_FIELD(CT_REGION)] = LOG_TEXT(REGION),
    [LOG_FIELD(CT_RESPONSE_SUBNETID)] = {"responseElements/subnetId"},
    [LOG_FIELD(CT_RESPONSE_RESERVATIONID)] = {"responseElements/reservationId"},
    [LOG_FIELD(CT_RESPONSE)] = {"responseElements"},
    [LOG_FIELD(CT_REQUEST_AVAILABILITYZONE)] = {"requestParameters/availabilityZone"},
    [LOG_FIELD(CT_REQUEST_CLUSTER)] = {"requestParameters/cluster"},
    [LOG_FIELD(CT_REQUEST_FUNCTIONNAME)] = {"requestParameters/functionName"},
    [LOG_FIELD(CT_REQUEST_GROUPNAME)] = {"requestParameters/groupName"},
    [LOG_FIELD(CT_REQUEST_HOST)] = {"requestParameters/Host"},
    [LOG_FIELD(CT_REQUEST_NAME)] = {"requestParameters/name"},
    [LOG_FIELD(CT_REQUEST_POLICY)] = {"requestParameters/policy"},
    [LOG_FIELD(CT_REQUEST_SERIALNUMBER)] = {"requestParameters/serialNumber"},
    [LOG_FIELD(CT_REQUEST_SERVICENAME)] = {"requestParameters/serviceName"},
    [LOG_FIELD(CT_REQUEST_SUBNETID)] = {"requestParameters/subnetId"},
    [LOG_FIELD(CT_REQUEST_TASKDEFINITION)] = {"requestParameters/taskDefinition"},
    [LOG_FIELD(CT_REQUEST_USERNAME)] = {"requestParameters/userName"},
    [LOG_FIELD(CT_REQUEST)] = {"requestParameters"},
    [LOG_FIELD(CT_SRCIP)] = LOG_TEXT(CALLER),
    [LOG_FIELD(CT_SRCDOMAIN)] = {.get = get_srcdomain},
    [LOG_FIELD(CT_USERAGENT)] = LOG_TEXT(AGENT),
    [LOG_FIELD(CT_INFO)] = {.get = get_info},
    [LOG_FIELD(CT_MANAGEMENTEVENT)] = {.get = get_managementevent},
    [LOG_FIELD(CT_READONLY)] = {.get = get_readonly},
    [LOG_FIELD(CT_REQUESTID)] = {"requestID"},
    [LOG_FIELD(CT_EVENTTYPE)] = LOG_TEXT(EVENT_TYPE),
    [LOG_FIELD(CT_APIVERSION)] = {"apiVersion"},
    [LOG_FIELD(CT_RESOURCES)] = {"resources"},
    [LOG_FIELD(CT_RECIPIENTACCOUNTID)] = LOG_TEXT(RECIPIENT),
    [LOG_FIELD(CT_SERVICEEVENTDETAILS)] = {"serviceEventDetails"},
    [LOG_FIELD(CT_SHAREDEVENTID)] = {"sharedEventID"},
    [LOG_FIELD(CT_VPCENDPOINTID)] = {"vpcEndpointId"},
    [LOG_FIELD(CT_EVENTCATEGORY)] = LOG_TEXT(CATEGORY),
    [LOG_FIELD(CT_ADDENDUM_REASON)] = {"addendum/reason"},
    [LOG_FIELD(CT_ADDENDUM_UPDATEDFIELDS)] = {"addendum/updatedFields"},
    [LOG_FIELD(CT_ADDENDUM_ORIGINALREQUESTID)] = {"addendum/originalRequestID"},
    [LOG_FIELD(CT_ADDENDUM_ORIGINALEVENTID)] = {"addendum/originalEventID"},
    [LOG_FIELD(CT_SESSIONCREDENTIALFROMCONSOLE)] = {"sessionCredentialFromConsole"},
    [LOG_FIELD(CT_EDGEDEVICEDETAILS)] = {"edgeDeviceDetails"},
    [LOG_FIELD(CT_TLSDETAILS_TLSVERSION)] = {"tlsDetails/tlsVersion"},
    [LOG_FIELD(CT_TLSDETAILS_CIPHERSUITE)] = {"tlsDetails/cipherSuite"},
    [LOG_FIELD(CT_TLSDETAILS_CLIENTPROVIDEDHOSTHEADER)] = {"tlsDetails/clientProvidedHostHeader"},
    [LOG_FIELD(CT_ADDITIONALEVENTDATA)] = {"additionalEventData"},
    [LOG_FIELD(S3_URI)] = {.get = get_uri},
    [LOG_FIELD(S3_BUCKET)] = {"requestParameters/bucketName"},
    [LOG_FIELD(S3_KEY)] = {"requestParameters/key"},
    [LOG_FIELD(S3_BYTES)] = {.get = get_bytes},
    [LOG_FIELD(S3_BYTES_IN)] = {.get = get_bytes},
    [LOG_FIELD(S3_BYTES_OUT)] = {.get = get_bytes},
    [LOG_FIELD(S3_CNT_GET)] = {.get = get_count},
    [LOG_FIELD(S3_CNT_PUT)] = {.get = get_count},
    [LOG_FIELD(S3_CNT_OTHER)] = {.get = get_count},
    [LOG_FIELD(EC2_NAME)] = {.get = get_instance_name},
    [LOG_FIELD(EC2_IMAGEID)] = {.get = get_imageid},
    [LOG_FIELD(ECR_REPOSITORY)] = {"requestParameters/repositoryName"},
    [LOG_FIELD(ECR_IMAGETAG)] = {"requestParameters/imageTag"},
    [LOG_FIELD(ECR_IMAGE_TAG)] = {"requestParameters/imageTag"},

    [LOG_FIELD(CLOUD_PROVIDER)] = {.get = get_provider},
    [LOG_FIELD(CLOUD_REGION)] = LOG_TEXT(REGION),
    [LOG_FIELD(CLOUD_ACCOUNT)] = {.get = get_account},
    [LOG_FIELD(CLOUD_SERVICE)] = {.get = get_shortsrc},
    [LOG_FIELD(CLOUD_ACTION)] = LOG_TEXT(NAME),
    [LOG_FIELD(CLOUD_OUTCOME)] = {.get = get_outcome},
    [LOG_FIELD(CLOUD_ERROR)] = LOG_TEXT(ERROR),
    [LOG_FIELD(CLOUD_ERROR_MESSAGE)] = LOG_TEXT(ERROR_MESSAGE),
    [LOG_FIELD(CLOUD_PRINCIPAL)] = {.get = get_principal},
    [LOG_FIELD(CLOUD_PRINCIPAL_NAME)] = {.get = get_user},
    [LOG_FIELD(CLOUD_PRINCIPAL_TYPE)] = {.get = get_principal_type},
    [LOG_FIELD(CLOUD_KEY)] = LOG_WHO(KEY),
    [LOG_FIELD(CLOUD_SESSION)] = {.get = get_session},
    [LOG_FIELD(CLOUD_CALLER)] = LOG_TEXT(CALLER),
    [LOG_FIELD(CLOUD_IP)] = LOG_TEXT(CALLER),
    [LOG_FIELD(CLOUD_AGENT)] = LOG_TEXT(AGENT),
    [LOG_FIELD(CLOUD_ID)] = {"eventID"},
    [LOG_FIELD(CLOUD_CATEGORY)] = {.get = get_category},
    [LOG_FIELD(CLOUD_RESOURCE)] = {.get = get_resources},
    [LOG_FIELD(CLOUD_RESOURCES)] = {.get = get_resources},
    [LOG_FIELD(CLOUD_INSTANCES)] = {.get = get_instances},
    [LOG_FIELD(CLOUD_MFA)] = {.get = get_mfa},
    [LOG_FIELD(CLOUD_IS_READONLY)] = {.get = get_is_readonly},
    [LOG_FIELD(CLOUD_IS_CONSOLE)] = {.get = get_is_console},
    [LOG_FIELD(CLOUD_BYTES)] = {.get = get_bytes},
    [LOG_FIELD(LOGIN_USER)] = {.get = get_login},
    [LOG_FIELD(LOGIN_IP)] = {.get = get_login},
    [LOG_FIELD(LOGIN_OUTCOME)] = {.get = get_outcome},
    [LOG_FIELD(LOGIN_METHOD)] = {.get = get_login},
    [LOG_FIELD(LOGIN_REASON)] = {.get = get_login},
    [LOG_FIELD(LOGIN_HOST)] = {.get = get_login},
};

const struct log_format_ops LOG_CLOUDTRAIL_OPS = {.type = EVENT_CLOUDTRAIL, .is_json = is_cloudtrail, .begin = begin, .look = look, .text = text, .did = did, .kind = kind, .is_login = is_login, .answers = ANSWERS};
