// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <pthread.h>

#include "base/map.h"
#include "event/type.h"

static const struct {
    const char *name;
    enum event_source source;
} TYPES[EVENT__N] = {
#define EVENT_TYPE(id, name, source, help) [EVENT_##id] = {name, source},
#include "event/type.def"
#undef EVENT_TYPE
};

static const char *const SOURCES[SOURCE__N] = {
    [SOURCE_SYSCALL] = "syscall",
    [SOURCE_SCAN] = "scan",
    [SOURCE_LOG] = "log",
    [SOURCE_CLOUDTRAIL] = "aws_cloudtrail",
    [SOURCE_GUARDDUTY] = "guardduty",
    [SOURCE_K8S_AUDIT] = "k8s_audit",
    [SOURCE_GCP_AUDIT] = "gcp_auditlog",
    [SOURCE_AZURE_ACTIVITY] = "azure_activity",
    [SOURCE_AZURE_SIGNIN] = "azure_signin",
    [SOURCE_ACTIONTRAIL] = "alibaba_actiontrail",
    [SOURCE_HUAWEI_CTS] = "huawei_cts",
    [SOURCE_OKTA] = "okta",
    [SOURCE_AUTH] = "auth",
    [SOURCE_JOURNAL] = "journald",
    [SOURCE_WEB_ACCESS] = "web_access",
    [SOURCE_FLOW_LOG] = "flow_log",
    [SOURCE_DNS_LOG] = "dns_log",
};

/* Names of calls that are told under another one. */
static const struct {
    const char *name;
    enum event_type type;
} OTHER_NAMES[] = {
    {"fchmodat2", EVENT_FCHMODAT},
    {"file_setattr", EVENT_INODE_FLAGS},
    {"umount", EVENT_UMOUNT2}, /* Falco's names of what x86-64 calls otherwise */
    {"pread", EVENT_PREAD64},
    {"pwrite", EVENT_PWRITE64},
    {"prlimit", EVENT_PRLIMIT64},
    {"send", EVENT_SENDTO},
    {"recv", EVENT_RECVFROM},
};

static struct map by_name;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_names(void)
{
    for (int i = 0; i < EVENT__N; i++)
        map_put(&by_name, str_from(TYPES[i].name), NULL)->u64 = (uint64_t)i;
    for (size_t i = 0; i < sizeof(OTHER_NAMES) / sizeof(*OTHER_NAMES); i++)
        map_put(&by_name, str_from(OTHER_NAMES[i].name), NULL)->u64 = (uint64_t)OTHER_NAMES[i].type;
}

/* What event_source_gives() says of each source, told once: every rule asks when it is loaded. */
static uint64_t of_source[SOURCE__N][EVENT_WORDS];
static pthread_once_t once_sources = PTHREAD_ONCE_INIT;

static void index_sources(void)
{
    for (unsigned t = 0; t < EVENT__N; t++) {
        const enum event_source from = TYPES[t].source;
        of_source[from][t / 64] |= 1ULL << (t % 64);
        if (event_source_is_log(from))
            of_source[SOURCE_LOG][t / 64] |= 1ULL << (t % 64);
    }
}

const char *event_type_name(enum event_type t)
{
    return TYPES[t].name;
}

enum event_source event_type_source(enum event_type t)
{
    return TYPES[t].source;
}

bool event_source_is_log(enum event_source s)
{
    return s >= SOURCE_LOG && s < SOURCE__N;
}

bool event_source_is_beside(enum event_source a, enum event_source b)
{
    return a == b || (event_source_is_log(a) && event_source_is_log(b));
}

bool event_source_gives(enum event_source s, enum event_type t)
{
    const enum event_source from = TYPES[t].source;
    return from == s || (s == SOURCE_LOG && event_source_is_log(from));
}

void event_source_types(enum event_source s, uint64_t ret[EVENT_WORDS])
{
    (void)pthread_once(&once_sources, index_sources);
    memcpy(ret, of_source[s], sizeof(of_source[s]));
}

enum event_type event_type_from(struct str name)
{
    (void)pthread_once(&once, index_names);
    struct map_entry *e = map_get(&by_name, name);
    return e ? (enum event_type)e->u64 : EVENT__INVALID;
}

const char *event_source_name(enum event_source s)
{
    return SOURCES[s];
}

int event_source_from(struct str name)
{
    for (int i = 0; i < SOURCE__N; i++)
        if (str_is(name, SOURCES[i]))
            return i;
    return -EINVAL;
}
