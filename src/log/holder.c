// SPDX-License-Identifier: Apache-2.0
#include "log/holder.h"

#include "log/json_scan.h"
#include "log/limits.h"

/* What an object is, by where it stands. */
enum within { TOP, ANSWER, HITS, DATA, STREAM, TABLE, SERIES };

/* Members whose array holds the records of a file, whatever else there is. */
static const char *const HOLDERS[] = {"Records", "records", "logEvents", "items", "Items", "Events", "events", "Findings", "Messages",
                                      "findings", "traces", "value", "entries", "results", "QueryResultRows", "receivedMessages", "configurationItems", NULL};
/* What else may stand first in an object that has one of them. */
static const char *const BESIDE[] = {"kind", "apiVersion", "metadata", "messageType", "owner", "logGroup", "logStream", "@odata.context",
                                     "nextLink", "NextToken", "nextToken", "RequestId", "requestId", "EndTime", "StartTime", "total",
                                     "count", "meta_data", "searchedLogStreams", "ResponseMetadata", "QueryStatus", "QueryStatistics", "invocationId", "deliveryStreamArn",
                                     "nextForwardToken", "nextBackwardToken", "nextPageToken", "queryLanguage", "preview", "init_offset", "Stats", "schema", "statistics", "links", "pagination", "fileVersion", "configSnapshotId", NULL};
/* What may stand first in an object that has one of STEPS, and else says nothing: records may begin so too. */
static const char *const BEFORE[] = {"took", "_scroll_id", "pit_id", "timed_out", "id", "is_partial", "isPartial", "status", "FrameType", "fields", "columns", "messages",
                                     "jobComplete", "cursor", "statement_id", "meta", "resultSetMetaData", NULL};

/* A member that leads on. `to`: what its object is, or its array holds. */
static const struct step {
    enum within in;
    const char *name;
    char opens;
    int to;
} STEPS[] = {
    {TOP, "hits", '{', HITS},
    {TOP, "response", '{', ANSWER},
    {TOP, "rawResponse", '{', ANSWER},
    {TOP, "Response", '{', TOP}, /* of Tencent Cloud */
    {TOP, "responses", '[', LOG_HOLDS_ANSWERS},
    {TOP, "data", '{', DATA},
    {TOP, "streams", '[', LOG_HOLDS_STREAMS},
    {TOP, "tables", '[', LOG_HOLDS_TABLES},
    {TOP, "Tables", '[', LOG_HOLDS_TABLES},
    {TOP, "series", '[', LOG_HOLDS_SERIES},
    {TOP, "data", '[', LOG_HOLDS_ROWS},
    {TOP, "rows", '[', LOG_HOLDS_ROWS},
    {TOP, "Rows", '[', LOG_HOLDS_ROWS},
    {TOP, "datarows", '[', LOG_HOLDS_ROWS},
    {ANSWER, "hits", '{', HITS},
    {HITS, "hits", '[', LOG_HOLDS_RECORDS},
    {DATA, "result", '[', LOG_HOLDS_STREAMS},
    {STREAM, "values", '[', LOG_HOLDS_LINES},
    {SERIES, "values", '[', LOG_HOLDS_ROWS},
    {TABLE, "rows", '[', LOG_HOLDS_ROWS},
    {TABLE, "Rows", '[', LOG_HOLDS_ROWS},
};

/* Members that say what rows or lines behind them are. */
static const char *const HEADS[] = {"stream", "columns", "Columns", "fields", "schema", "meta", "resultSetMetaData", NULL};

static const struct step *step_of(enum within in, struct str name, char opens)
{
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(*STEPS); i++)
        if (STEPS[i].in == in && STEPS[i].opens == opens && str_is(name, STEPS[i].name))
            return &STEPS[i];
    return NULL;
}

static bool is_step(struct str name)
{
    return step_of(TOP, name, '{') || step_of(TOP, name, '[');
}

/* A string at `at`: its bytes as written; false when it does not end here. */
static bool read_string(struct str b, size_t *at, struct str *ret)
{
    const size_t from = *at + 1;
    for (size_t i = from; i < b.n; i++) {
        if (b.p[i] == '\\') {
            i++;
        } else if (b.p[i] == '"') {
            *ret = str_sub(b, from, i);
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static void skip(struct str b, size_t *at)
{
    while (*at < b.n && (b.p[*at] == ' ' || b.p[*at] == '\t' || b.p[*at] == '\n' || b.p[*at] == '\r' || b.p[*at] == ','))
        ++*at;
}

/* Behind a value; false when it does not end here. */
static bool skip_value(struct str b, size_t *at, struct str *ret)
{
    const size_t from = *at;
    size_t end;
    *ret = STR_NULL;
    if (b.p[*at] == '"')
        return read_string(b, at, ret);
    if (b.p[*at] == '{' || b.p[*at] == '[') {
        struct json_scan scan = {};
        if (!json_scan(&scan, str_sub(b, *at, b.n), &end))
            return false;
        *at += end;
        *ret = str_sub(b, from, *at);
        return true;
    }
    while (*at < b.n && !strchr(",}] \t\r\n", b.p[*at]))
        ++*at;
    return *at < b.n;
}

/* "data" is a word of many: of interfaces that follow JSON:API (Datadog, Atlassian) it holds objects. */
static bool holds_objects(struct str b, size_t at)
{
    skip(b, &at);
    return at < b.n && b.p[at] == '{';
}

static int find(struct str b, size_t at, enum within in, unsigned objects, struct log_holder *ret, bool *ret_by_name)
{
    /* what is not told by so much is told by nothing: a record that begins like an answer is not looked through again with every piece of it */
    const int unsure = b.n > 2 * LOG_TABLE_HEAD ? 0 : -1;
    bool may_hold = true;
    struct str head = STR_NULL;
    for (unsigned member = 0; member < LOG_ENVELOPE_KEYS; member++) {
        struct str name, value;
        skip(b, &at);
        if (at == b.n)
            return -1;
        if (b.p[at] != '"')
            return 0;
        if (!read_string(b, &at, &name))
            return unsure;
        if (!member && in == TOP) {
            may_hold = str_is_any(name, HOLDERS) || str_is_any(name, BESIDE) || str_is(name, "data");
            if (!may_hold && !str_is_any(name, BEFORE) && !is_step(name)) {
                *ret_by_name = true;
                return 0;
            }
        }
        skip(b, &at);
        if (at == b.n)
            return -1;
        if (b.p[at++] != ':')
            return 0;
        skip(b, &at);
        if (at == b.n)
            return -1;
        const struct step *step = step_of(in, name, b.p[at]);
        const bool is_rows = step && step->opens == '[' && (step->to == LOG_HOLDS_ROWS || step->to == LOG_HOLDS_LINES);
        if (step && step->opens == '{') {
            const int r = find(b, at + 1, (enum within)step->to, objects + 1, ret, ret_by_name);
            if (r)
                return r;
        } else if (step && (!is_rows || head.n)) {
            *ret = (struct log_holder){.holds = (enum log_holds)step->to, .at = at + 1, .objects = objects, .head = is_rows ? head : STR_NULL};
            return 1;
        } else if (in == TOP && may_hold && b.p[at] == '[' && (str_is_any(name, HOLDERS) || (str_is(name, "data") && holds_objects(b, at + 1)))) {
            *ret = (struct log_holder){.holds = LOG_HOLDS_RECORDS, .at = at + 1, .objects = objects};
            return 1;
        }
        if (!skip_value(b, &at, &value))
            return unsure;
        /* "meta" is mostly something else */
        if (str_is_any(name, HEADS) && value.n <= LOG_TABLE_HEAD && (!str_is(name, "meta") || str_starts(value, STR("["))))
            head = value;
        /* a list of Kubernetes; a record of it is of another kind. What BigQuery and Workspace answer */
        if (str_is(name, "kind") && !str_ends(value, STR("List")) && !str_starts(value, STR("bigquery#")) && !str_is(value, "admin#reports#activities"))
            return 0;
    }
    return 0;
}

int log_holder_find(struct str object, enum log_holds of, struct log_holder *ret, bool *ret_by_name)
{
    static const enum within element[] = {[LOG_HOLDS_RECORDS] = TOP, [LOG_HOLDS_ANSWERS] = ANSWER, [LOG_HOLDS_STREAMS] = STREAM, [LOG_HOLDS_LINES] = TOP, [LOG_HOLDS_TABLES] = TABLE, [LOG_HOLDS_ROWS] = TOP, [LOG_HOLDS_SERIES] = SERIES};
    *ret_by_name = false;
    return find(object, 1, element[of], 1, ret, ret_by_name);
}
