// SPDX-License-Identifier: Apache-2.0
#include "log/unknown.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/intl.h"
#include "base/text.h"

/* What has these members, and how to go on; the narrow ones first. is_known: it says nothing of what anybody did, and that need not be told. */
static const struct {
    const char *members[3];
    bool is_known;
    const char *says;
} GUESSES[] = {
    {{"digestS3Bucket", "logFiles"}, true, N_("this is a digest of CloudTrail, which signs the files of a log and holds no records")},
    {{"s3", "eventName", "eventSource"}, false, N_("these are notifications of S3, which say what became of an object: who asked for it stands in CloudTrail's data events; rules can ask for json.value[/s3/object/key] and others")},
    {{"dynamodb", "eventName"}, false, N_("these are changes of a table of DynamoDB: who made them stands in CloudTrail's data events")},
    {{"detail-type", "detail"}, false, N_("these are events of EventBridge of another kind than calls by CloudTrail and findings of GuardDuty: rules can ask for json.value[/detail-type] and others")},
    {{"class_uid"}, false, N_("this is OCSF of a class that is not read here: of OCSF, calls of CloudTrail and findings of GuardDuty are")},
    {{"winlog"}, false, N_("these are events of Windows, which are not judged here")},
    {{"EventID", "Channel"}, false, N_("these are events of Windows, which are not judged here")},
    {{"@timestamp", "ecs"}, false, N_("this is a record in Elastic's common schema: have the collector keep the original line (event.original), which is read")},
    {{"@timestamp", "agent"}, false, N_("this is a record in Elastic's common schema: have the collector keep the original line (event.original), which is read")},
    {{"event_type", "stats"}, true, N_("these are figures that Suricata tells of itself, and no records of what it saw")},
    {{"decoder", "manager", "rule"}, false, N_("these are alerts of Wazuh: give the logs that they were made of")},
    {{"process_exec"}, false, N_("these are events of Tetragon: davy watch sees the same acts by itself")},
    {{"hostIdentifier", "unixTime"}, false, N_("these are answers of osquery, which are not read: rules can ask for json.value[/columns/NAME]")},
    {{"logName", "insertId"}, false, N_("these are entries of Google Cloud Logging other than audit and flow logs: choose the log names with cloudaudit.googleapis.com")},
    {{"apiVersion", "kind", "metadata"}, false, N_("these are objects of Kubernetes and no log: what was done to them stands in the audit log of the cluster")},
    {{"Statement"}, false, N_("this is a policy and no log")},
    {{"id", "timestamp", "message"}, false, N_("these are lines of CloudWatch whose message is of no known format: a rule of yours can ask for json.value[/message]")},
    {{"level", "msg"}, false, N_("this is the log of an application: a rule of yours can ask for json.value[/msg] and others")},
    {{"level", "message"}, false, N_("this is the log of an application: a rule of yours can ask for json.value[/message] and others")},
    {{"severity", "message"}, false, N_("this is the log of an application: a rule of yours can ask for json.value[/message] and others")},
};

static bool has_all(struct node root, const char *const members[], size_t n)
{
    for (size_t i = 0; i < n && members[i]; i++)
        if (!node_is(node_get(root, str_from(members[i]))))
            return false;
    return true;
}

static void guess(struct log_unknown *u, struct node root)
{
    u->guess = N_("no rule judges them but one that asks for json.value[/NAME]; have the log exported as its provider writes it, if it is one that davy-logs(1) names");
    if (str_starts(node_get_str(root, STR("message")), STR("CWL CONTROL MESSAGE"))) {
        u->guess = N_("this is a message by which CloudWatch tries its subscription, and no record");
        u->is_known = true;
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(GUESSES); i++)
        if (has_all(root, GUESSES[i].members, ARRAY_SIZE(GUESSES[i].members))) {
            u->guess = GUESSES[i].says;
            u->is_known = GUESSES[i].is_known;
            return;
        }
}

static void add(struct log_unknown *u, size_t *n, struct str s)
{
    memcpy(u->members + *n, s.p, s.n);
    *n += s.n;
    u->members[*n] = 0;
}

static void name_members(struct log_unknown *u, struct node root)
{
    struct node_each e = node_each(root);
    size_t n = 0;
    for (unsigned i = 0; node_next(&e); i++) {
        if (i)
            add(u, &n, STR(", "));
        if (i == UNKNOWN_NAMES) {
            add(u, &n, STR("…"));
            return;
        }
        const struct str name = text_cut(e.name, UNKNOWN_NAME);
        if (name.n && !memchr(name.p, 0, name.n))
            add(u, &n, name);
        else
            add(u, &n, STR("?"));
    }
}

void log_unknown_take(struct log_unknown *u, struct node root, uint64_t number, uint64_t line)
{
    if (u->records++)
        return;
    u->number = number;
    u->line = line;
    guess(u, root);
    name_members(u, root);
}

void log_unknowns_add(struct log_unknowns *all, const char *file, struct log_unknown *u)
{
    size_t i = 0;
    if (!u->records)
        return;
    if (!u->is_known) {
        all->records += u->records;
        all->files++;
    }
    while (i < all->n && strcmp(all->kinds[i].first.members, u->members) != 0)
        i++;
    if (i == all->n && i < UNKNOWN_KINDS) {
        all->kinds[i] = (struct log_unknown_kind){.first = *u, .file = xstrdup(file)};
        all->kinds[i].first.records = 0;
        all->n++;
    }
    if (i < all->n) {
        all->kinds[i].first.records += u->records;
        all->kinds[i].files++;
    }
    *u = (struct log_unknown){};
}

static int by_records(const void *a, const void *b)
{
    const struct log_unknown_kind *x = a, *y = b;
    return (x->first.records < y->first.records) - (x->first.records > y->first.records);
}

void log_unknowns_sort(struct log_unknowns *all)
{
    qsort(all->kinds, all->n, sizeof(all->kinds[0]), by_records);
}

void log_unknowns_done(struct log_unknowns *all)
{
    for (size_t i = 0; i < all->n; i++)
        free(all->kinds[i].file);
    *all = (struct log_unknowns){};
}
