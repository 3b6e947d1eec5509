// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "log/anew.h"
#include "log/audit_ecs.h"
#include "log/audit_json.h"
#include "log/entry.h"
#include "log/flows.h"
#include "log/frame.h"
#include "log/json_scan.h"
#include "log/lake.h"
#include "log/otel.h"
#include "log/packed.h"
#include "log/rows.h"
#include "log/unwrap.h"
#include "log/web.h"
#include "log/workspace.h"

void log_unwrap_init(struct log_unwrap *u)
{
    *u = (struct log_unwrap){};
}

static void *new_state(const struct log_format_ops *ops)
{
    return ops->state_size ? xalloc(ops->state_size) : NULL;
}

static void free_state(const struct log_format_ops *ops, void *state)
{
    if (state && ops->done)
        ops->done(state);
    free(state);
}

/* The innermost is over. */
static void pop_many(struct log_unwrap *u)
{
    struct log_many *m = &u->many[--u->n_many];
    if (m->state)
        free_state(log_format_ops(m->format), TAKE_PTR(m->state));
}

void log_unwrap_done(struct log_unwrap *u)
{
    for (size_t i = 0; i < LOG_NESTING; i++) {
        u->parsers[i] = json_parser_free(u->parsers[i]);
        strbuf_done(&u->texts[i]);
    }
    while (u->n_many)
        pop_many(u);
    for (size_t i = 0; i < LOG_MANY; i++)
        strbuf_done(&u->many[i].text);
    u->head_parser = json_parser_free(u->head_parser);
    strbuf_done(&u->head);
    strbuf_done(&u->row);
    arena_done(&u->arena);
}

/* Objects within objects, the sure ones first. */
static const char *const MEMBERS[] = {"detail", "configurationItem", "logContent", "cts", "_source", "protoPayload", "record", "event", "result", "cloudtrail", "data", "body", "jsonPayload", "payload", "auditData", "attributes", "json", "value"};
/* Strings within objects. */
static const char *const STRINGS[] = {"message", "CloudTrailEvent", "CloudAuditEvent", "eventJson", "eventjson", "_raw", "log", "MESSAGE", "Message", "raw", "event", "body", "Body", "data", "AuditData", "line", "Line", "@message", "textPayload", "full_log", "payload", "value", "log_s", "_content_", "content"};
/* Objects that hold one of these, and are of no format themselves: hits of Elasticsearch, what Splunk and Datadog export. */
static const char *const WRAPPERS[] = {"_source", "result", "attributes", "logRecord", "jsonPayload", "data", "fields"};

enum { IS_CLOUDTRAIL = 1 }; /* node_note(): as it is delivered */

static int parse(struct log_unwrap *u, unsigned level, struct str text, struct node *ret, const char **ret_why)
{
    if (!u->parsers[level])
        u->parsers[level] = json_parser_new(LOG_RECORD_MAX);
    return json_parser_run(u->parsers[level], text, ret, ret_why);
}

/* A copy with padding; bytes that are no UTF-8 become question marks when `is_mended`. */
static struct str copy(struct log_unwrap *u, unsigned level, struct str s, bool is_mended)
{
    struct strbuf *b = &u->texts[level];
    const size_t n = s.n;
    strbuf_clear(b);
    strbuf_add(b, s);
    for (size_t i = 0; is_mended && i < n; i++)
        if ((unsigned char)b->p[i] >= 0x80)
            b->p[i] = '?';
    strbuf_pad(b, 0, LOG_PADDING);
    return str_n(b->p, n);
}

/* A member that is an object of a known format, of the object or of what it wraps. */
static bool step_into(struct node *root, enum log_format *f)
{
    const struct node item = NODE(*root, "detail", "configurationItem"); /* of AWS Config, by EventBridge */
    if (node_kind(item) == NODE_OBJECT && (*f = log_format_of(item)) == LOG_SERVICES) {
        *root = item;
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(WRAPPERS) + ARRAY_SIZE(MEMBERS); i++) {
        const bool is_member = i < ARRAY_SIZE(MEMBERS);
        const char *name = is_member ? MEMBERS[i] : WRAPPERS[i - ARRAY_SIZE(MEMBERS)];
        const struct node n = is_member ? node_get(*root, str_from(name)) : NODE(*root, name, "attributes");
        if (node_kind(n) != NODE_OBJECT || (*f = log_format_of(n)) == LOG_FORMAT__NONE || *f == LOG_JSON)
            continue;
        *root = n;
        return true;
    }
    return false;
}

/* What a filter of CloudWatch with names for its columns took a message apart into, when the message alone says nothing. */
static void step_to_columns(struct node *root, struct str *text, enum log_format *f)
{
    const struct node n = node_get(*root, STR("extractedFields"));
    const enum log_format its = node_kind(n) == NODE_OBJECT ? log_format_of(n) : LOG_FORMAT__NONE;
    if (its == LOG_FORMAT__NONE || its == LOG_JSON)
        return;
    *root = n;
    *text = STR_NULL;
    *f = its;
}

/* Strings further within: Pub/Sub, Kinesis, subscriptions of CloudWatch, SNS. */
static const char *const DEEP[][2] = {{"message", "data"}, {"kinesis", "data"}, {"awslogs", "data"}, {"Sns", "Message"}, {"Data", NULL}, {"data", NULL}, {"body", "text"}};

static const char *const HIT_FIELDS[] = {"event.original", "message", "_raw"};

/* A string of the object itself: collectors of Elastic keep the record as event.original. */
static struct str own_string(struct node root)
{
    struct str s = str_trim(node_str(NODE(root, "event", "original")));
    for (size_t i = 0; i < ARRAY_SIZE(STRINGS) && !s.n; i++)
        s = str_trim(node_get_str(root, str_from(STRINGS[i])));
    return s;
}

/* The string within that may hold a record, without its packing; empty: there is none. */
static struct str inner_string(struct log_unwrap *u, struct node root)
{
    struct str s = own_string(root), unpacked;
    for (size_t i = 0; i < ARRAY_SIZE(WRAPPERS) && !s.n; i++) {
        const struct node wrapper = node_get(root, str_from(WRAPPERS[i]));
        if (node_kind(wrapper) == NODE_OBJECT)
            s = own_string(wrapper);
    }
    /* hits that were asked for fields have lists of them */
    for (size_t i = 0; i < ARRAY_SIZE(HIT_FIELDS) && !s.n; i++)
        s = str_trim(node_str(node_at(NODE(root, "fields", HIT_FIELDS[i]), 0)));
    for (size_t i = 0; i < ARRAY_SIZE(DEEP) && !s.n; i++)
        s = str_trim(node_str(node_path(root, (const char *const[]){DEEP[i][0], DEEP[i][1], NULL})));
    return log_unpack(&u->arena, s, &unpacked) ? str_trim(unpacked) : s;
}

/* Several records from a place of a text on: they come one after the other then. False: too many hold each other. */
static bool push_many(struct log_unwrap *u, struct str text, size_t at)
{
    if (u->n_many == LOG_MANY)
        return false;
    struct log_many *m = &u->many[u->n_many++];
    strbuf_clear(&m->text);
    strbuf_add(&m->text, text);
    m->at = at;
    m->is_lines = false;
    strbuf_pad(&m->text, 0, LOG_PADDING);
    m->text.n = text.n;
    return true;
}

/* Whether a text is an array, or an object with one, of records. */
static bool hold_many(struct log_unwrap *u, struct str text)
{
    const ptrdiff_t at = text.p[0] == '[' ? 1 : text.p[0] == '{' ? log_frame_holder(text) : 0;
    return at > 0 && push_many(u, text, (size_t)at);
}

/* Whether a text is objects one after the other, with or without something between them. */
static bool hold_row_of_values(struct log_unwrap *u, struct str text)
{
    struct json_scan scan = {};
    size_t end;
    if (!json_scan(&scan, text, &end))
        return false;
    const struct str rest = str_trim(str_sub(text, end, text.n));
    return rest.n && (rest.p[0] == '{' || rest.p[0] == ',') && push_many(u, text, 0);
}

/*
 * Lines of a text format of which the first was a record: all of them, the first included, when what follows is of the format too. A message may also have its
 * own further lines, which are the same record.
 */
static bool hold_lines(struct log_unwrap *u, struct str text, const struct log_record *first)
{
    const struct log_format_ops *ops = log_format_ops(first->format);
    struct log_values v = {.arena = first->values.arena, .type = ops->type};
    void *state = new_state(ops);
    unsigned records = 0;
    for (size_t at = 0, used = 0; at < text.n && records < 2; at += used) {
        const enum log_next got = ops->next(state, str_sub(text, at, text.n), true, &used, &v);
        if (got != LOG_RECORD && got != LOG_NOTHING)
            break;
        records += got == LOG_RECORD;
        if (!used && got != LOG_RECORD)
            break;
        v.n = v.n_named = 0;
        v.time_ns = 0;
    }
    free_state(ops, state);
    if (records < 2 || !push_many(u, text, 0))
        return false;
    struct log_many *m = &u->many[u->n_many - 1];
    m->is_lines = true;
    m->format = first->format;
    m->state = new_state(ops);
    return true;
}

/* A line of any log has an address, a time or a pair, or says in many columns that there are none: what an application says mostly does neither, and need not be looked at by all formats. */
static bool may_be_lines(struct str head)
{
    return head.n && (memchr(head.p, ':', head.n) || memchr(head.p, '.', head.n) || memchr(head.p, '=', head.n) || memmem(head.p, head.n, " - - ", 5));
}

bool log_unwrap_text(struct str text, struct log_record *ret, size_t *ret_used)
{
    const struct str head = str_sub(text, 0, LOG_HEAD);
    const enum log_format f = may_be_lines(head) ? log_format_sniff(head) : LOG_FORMAT__NONE;
    if (f == LOG_FORMAT__NONE)
        return false;
    const struct log_format_ops *ops = log_format_ops(f);
    _cleanup_free_ void *state = ops->state_size ? xalloc(ops->state_size) : NULL;
    ret->values.type = ops->type;
    enum log_next got;
    size_t at = 0;
    do { /* a header and empty lines stand before it */
        *ret_used = 0;
        got = ops->next(state, str_sub(text, at, text.n), true, ret_used, &ret->values);
        at += *ret_used;
    } while (got == LOG_NOTHING && *ret_used && at < text.n);
    *ret_used = at;
    if (ops->done && state)
        ops->done(state);
    if (got != LOG_RECORD) {
        ret->values.n = ret->values.n_named = 0;
        ret->values.time_ns = 0;
        return false;
    }
    ret->format = f;
    ret->text = text;
    return true;
}

void log_unwrap_names(void (*take)(struct str name, enum known_group group))
{
    for (size_t i = 0; i < ARRAY_SIZE(MEMBERS); i++)
        take(str_from(MEMBERS[i]), KNOWN_WRAPPED);
    for (size_t i = 0; i < ARRAY_SIZE(WRAPPERS); i++) {
        take(str_from(WRAPPERS[i]), KNOWN_WRAPPED);
        take(str_from(WRAPPERS[i]), KNOWN_TEXT);
    }
    for (size_t i = 0; i < ARRAY_SIZE(STRINGS); i++)
        take(str_from(STRINGS[i]), KNOWN_TEXT);
    for (size_t i = 0; i < ARRAY_SIZE(DEEP); i++)
        take(str_from(DEEP[i][0]), KNOWN_TEXT);
}

/* What a value holds, as far as it is unwrapped. */
struct layer {
    struct str text;
    struct node root;
    enum log_format format;
    unsigned level; /* of u->texts that `text` stands in */
    struct known known;
};

/* What the innermost is. */
static void recognise(struct layer *x)
{
    x->known = known_names(x->root);
    x->format = log_format_among(x->root, x->known.formats);
}

/* A row of columns: the object that it stands for, at a level of its own. */
static int take_row(struct log_unwrap *u, struct layer *x, const char **ret_why)
{
    struct strbuf *b = &u->texts[++x->level];
    strbuf_clear(b);
    (rows_is_lake(x->root) ? rows_add_lake : rows_add_insights)(x->root, b);
    const size_t n = b->n;
    strbuf_pad(b, 0, LOG_PADDING);
    x->text = str_n(b->p, n);
    return parse(u, x->level, x->text, &x->root, ret_why);
}

/* The record in other words, at a level of its own; false: as it was. */
static bool take_anew(struct log_unwrap *u, bool (*write)(struct node root, struct strbuf *b), struct layer *x)
{
    const char *why;
    struct node fresh;
    if (x->level + 1 >= LOG_NESTING)
        return false;
    struct strbuf *b = &u->texts[x->level + 1];
    strbuf_clear(b);
    if (!write(x->root, b))
        return false;
    const size_t n = b->n;
    strbuf_pad(b, 0, LOG_PADDING);
    if (parse(u, x->level + 1, str_n(b->p, n), &fresh, &why) < 0)
        return false;
    *x = (struct layer){.text = str_n(b->p, n), .root = fresh, .level = x->level + 1};
    recognise(x);
    return true;
}

static bool write_lake(struct node root, struct strbuf *b)
{
    lake_rewrite(root, b);
    return true;
}

/* A request to a cluster of Google is told twice: as the entry that it is, and as Kubernetes has it, so that the rules for clusters hold. */
static void add_cluster(struct log_unwrap *u, struct node root)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_addc(&b, '[');
    if (!anew_write_gke(root, &b))
        return;
    strbuf_addc(&b, ']');
    (void)hold_many(u, strbuf_str(&b));
}

/* When a collector or a runtime took a line that says no time. */
static uint64_t time_around(struct node root)
{
    static const char *const names[] = {"time", "timestamp", "@timestamp", "_time", "date"};
    uint64_t ns = 0;
    for (size_t i = 0; i < ARRAY_SIZE(names) && !ns; i++)
        ns = log_node_time(node_get(root, str_from(names[i])));
    return ns;
}

/* Lines begin with a bracket too: [INFO] of CoreDNS, [1772445600] of Unbound. */
static bool may_hold_json(struct str s)
{
    const struct str rest = str_trim(str_sub(s, 1, s.n));
    return s.p[0] == '{' || (s.p[0] == '[' && (!rest.n || strchr("{[\"]", rest.p[0])));
}

/* The outermost object; else -errno. `root` is absent where the text was not parsed before. */
static int read_outer(struct log_unwrap *u, struct layer *x, const char **ret_why)
{
    int r = node_is(x->root) ? 0 : parse(u, 0, x->text, &x->root, ret_why);
    if (r == -EILSEQ) /* a name in a foreign encoding hides no record */
        r = parse(u, 0, x->text = copy(u, 0, x->text, true), &x->root, ret_why);
    if (!r && node_kind(x->root) == NODE_ARRAY && (rows_is_lake(x->root) || rows_is_insights(x->root)))
        r = take_row(u, x, ret_why);
    if (!r && node_kind(x->root) != NODE_OBJECT) {
        *ret_why = N_("a record is no object");
        return -ENOMSG;
    }
    return r;
}

/* Tables, flows and findings that one object holds: 1 when they are held as records of their own, 0 when there are none; else -errno. */
static int hold_members(struct log_unwrap *u, const struct layer *x, const char **ret_why)
{
    if (!known_may(&x->known, KNOWN_HELD))
        return 0;
    const bool may_hold = u->n_many < LOG_MANY, is_json = x->format == LOG_JSON, is_athena = is_json && rows_is_athena(x->root);
    if (may_hold && (is_athena || (is_json && rows_is_columnar(x->root)))) {
        _cleanup_(strbuf_done) struct strbuf rows = {};
        if (!(is_athena ? rows_add_athena : rows_add_columnar)(x->root, &rows)) {
            *ret_why = N_("the rows of a table are too long with the names of its columns");
            return -E2BIG;
        }
        return hold_many(u, strbuf_str(&rows)) ? 1 : 0;
    }
    if (may_hold && (is_json || x->format == LOG_AZURE_ACTIVITY) && flows_is_azure(x->root)) {
        _cleanup_(strbuf_done) struct strbuf flows = {};
        flows_add_azure(x->root, &flows);
        if (hold_many(u, strbuf_str(&flows)))
            return 1;
    }
    if (may_hold && is_json && (otel_is(x->root) || workspace_is(x->root))) {
        _cleanup_(strbuf_done) struct strbuf records = {};
        (otel_is(x->root) ? otel_write_all : workspace_write)(x->root, &records);
        if (hold_many(u, strbuf_str(&records)))
            return 1;
    }
    /* an event of Security Hub holds findings, one of Okta's hooks events */
    struct node within = is_json ? NODE(x->root, "detail", "findings") : (struct node){};
    if (is_json && !node_is(within))
        within = NODE(x->root, "data", "events");
    return node_kind(within) == NODE_ARRAY && hold_many(u, node_text(within, &u->arena));
}

/* A text of the lines of some log. True when it was read as that; *ret_is_many: there are several. */
static bool take_lines(struct str lines, struct log_record *ret, bool *ret_is_many)
{
    size_t used;
    if (!log_unwrap_text(lines, ret, &used))
        return false;
    *ret_is_many = used < lines.n;
    return true;
}

/* What a collector took apart, or has in words of its own, when it keeps nothing whole beside. */
static bool take_parts(struct log_unwrap *u, struct layer *x)
{
    const struct known k = x->known;
    return (known_may(&k, KNOWN_WEB) && take_anew(u, web_write, x)) || (known_may(&k, KNOWN_ENTRY_MESSAGE) && known_may(&k, KNOWN_ENTRY_PROGRAM) && take_anew(u, entry_write, x));
}

/* One layer more is taken off. True: *x is what is below, else *ret_result is how it ended: see unwrap(); -1: *x is the innermost. */
static bool step(struct log_unwrap *u, struct layer *x, struct log_record *ret, int *ret_result)
{
    bool is_many;
    *ret_result = -1;
    _cleanup_(strbuf_done) struct strbuf lines = {};
    if (known_may(&x->known, KNOWN_AUDIT)) {
        if (audit_json_is(x->root))
            audit_json_write(x->root, &lines);
        else
            (void)audit_ecs_write(x->root, &lines);
    }
    if (lines.n) { /* all records of an act of Linux' audit */
        const struct str own = arena_str(&u->arena, strbuf_str(&lines));
        if (take_lines(own, ret, &is_many)) {
            *ret_result = is_many && hold_lines(u, own, ret);
            return false;
        }
    }
    if ((known_may(&x->known, KNOWN_ANEW) && take_anew(u, anew_write, x)) || (known_may(&x->known, KNOWN_OTEL) && take_anew(u, otel_write, x)))
        return true;
    if (known_may(&x->known, KNOWN_WRAPPED) && step_into(&x->root, &x->format)) {
        x->text = STR_NULL;
        return false;
    }
    const struct str inner = known_may(&x->known, KNOWN_TEXT) ? inner_string(u, x->root) : STR_NULL;
    if (!inner.n || x->level + 1 == LOG_NESTING)
        return take_parts(u, x);
    if (!may_hold_json(inner)) {
        if (take_lines(inner, ret, &is_many)) {
            ret->values.time_ns = ret->values.time_ns ? ret->values.time_ns : time_around(x->root);
            *ret_result = is_many && hold_lines(u, inner, ret);
        } else if (take_parts(u, x)) {
            return true;
        } else {
            step_to_columns(&x->root, &x->text, &x->format);
        }
        return false;
    }
    if (hold_many(u, inner)) {
        *ret_result = 1;
        return false;
    }
    const char *why;
    const struct str padded = copy(u, ++x->level, inner, false);
    struct node below;
    if (parse(u, x->level, padded, &below, &why) < 0 || node_kind(below) != NODE_OBJECT) {
        if (hold_row_of_values(u, inner))
            *ret_result = 1;
        return false;
    }
    *x = (struct layer){.text = padded, .root = below, .level = x->level};
    recognise(x);
    return true;
}

/* Requests to what stands in front of servers are logged like acts in Azure. */
static void take_azure_request(struct log_unwrap *u, struct layer *x)
{
    for (int opened = 0; opened < 2 && x->format == LOG_AZURE_ACTIVITY && take_anew(u, web_write, x); opened++)
        if (node_is(node_get(x->root, STR("remote_addr"))))
            x->format = LOG_ACCESS_JSON;
}

/* What a cluster of Azure audits stands as text in a record of its diagnostic settings. */
static void take_azure_cluster(struct log_unwrap *u, struct layer *x)
{
    const struct str inner = str_trim(node_str(NODE(x->root, "properties", "log")));
    const char *why;
    if (!str_starts(inner, STR("{")) || x->level + 1 >= LOG_NESTING)
        return;
    struct layer below = {.level = x->level + 1};
    below.text = copy(u, below.level, inner, false);
    if (parse(u, below.level, below.text, &below.root, &why) < 0 || (below.format = log_format_of(below.root)) != LOG_K8S_AUDIT)
        return;
    *x = below;
}

/* 0; 1: the value holds several records; else -errno. `root`: the text was parsed before. */
static int unwrap(struct log_unwrap *u, struct str text, struct node root, struct log_record *ret, const char **ret_why)
{
    struct layer x = {.text = text, .root = root};
    int r = read_outer(u, &x, ret_why);
    if (r < 0)
        return r;
    /* most records look like the one before: of CloudTrail, the names alone decide */
    uint32_t *note = node_note(x.root);
    if (!note || *note != IS_CLOUDTRAIL) {
        recognise(&x);
        if (x.format == LOG_CLOUDTRAIL && note && !lake_is(x.root))
            *note = IS_CLOUDTRAIL;
        r = hold_members(u, &x, ret_why);
        if (r)
            return r;
        while (x.format == LOG_JSON)
            if (!step(u, &x, ret, &r)) {
                if (r >= 0)
                    return r;
                break;
            }
        if (x.format == LOG_CLOUDTRAIL && lake_is(x.root))
            (void)take_anew(u, write_lake, &x);
        else if (x.format == LOG_GCP_AUDIT)
            add_cluster(u, x.root);
        else if (x.format == LOG_HUAWEI_CTS)
            (void)take_anew(u, anew_write_cts, &x);
        else if (x.format == LOG_AZURE_ACTIVITY && !take_anew(u, anew_write, &x)) /* sign-ins of a workspace have its columns */
            take_azure_request(u, &x);
        if (x.format == LOG_AZURE_ACTIVITY)
            take_azure_cluster(u, &x);
    } else {
        x.format = LOG_CLOUDTRAIL;
    }
    ret->format = x.format;
    ret->root = x.root;
    ret->text = x.text;
    return 0;
}

int log_unwrap_node(struct log_unwrap *u, struct str text, struct node root, struct log_record *ret, const char **ret_why)
{
    arena_reset(&u->arena);
    while (u->n_many)
        pop_many(u);
    return unwrap(u, text, root, ret, ret_why);
}

int log_unwrap_json(struct log_unwrap *u, struct str text, struct log_record *ret, const char **ret_why)
{
    return log_unwrap_node(u, text, (struct node){}, ret, ret_why);
}

bool log_unwrap_ahead(struct log_unwrap *u, struct str window, struct str *ret_text, struct node *ret)
{
    enum { LEAST = 4 << 10, MOST = 24 << 10 }; /* fewer are not worth it; more do not stay in the nearest cache until they are read */
    if (window.p >= u->ahead_end) {
        const struct str lines = str_sub(window, 0, MOST);
        const char *last = lines.n >= LEAST ? memrchr(lines.p, '\n', lines.n) : NULL;
        u->ahead_end = last ? last + 1 : window.p + window.n; /* one by one up to there, when they cannot be looked at together */
        if (last && !u->parsers[0])
            u->parsers[0] = json_parser_new(LOG_RECORD_MAX);
        if (!last || !json_parser_ahead(u->parsers[0], str_n(lines.p, (size_t)(last + 1 - lines.p))))
            return false;
    }
    return u->parsers[0] && json_parser_next(u->parsers[0], window.p, ret_text, ret);
}

void log_unwrap_filled(struct log_unwrap *u)
{
    u->ahead_end = NULL;
    if (u->parsers[0])
        json_parser_forget(u->parsers[0]);
}

/* The parsed head of rows; one head stands before many of them. */
static struct node head_of(struct log_unwrap *u, struct str head)
{
    const char *why;
    if (u->head_parser && str_eq(strbuf_str(&u->head), head))
        return u->head_root;
    if (!u->head_parser)
        u->head_parser = json_parser_new(LOG_TABLE_HEAD);
    strbuf_clear(&u->head);
    strbuf_add(&u->head, head);
    strbuf_pad(&u->head, 0, LOG_PADDING);
    u->head.n = head.n;
    if (json_parser_run(u->head_parser, head = strbuf_str(&u->head), &u->head_root, &why) < 0)
        u->head_root = (struct node){};
    return u->head_root;
}

int log_unwrap_row(struct log_unwrap *u, struct str head, struct str text, bool is_line, struct log_record *ret, const char **ret_why)
{
    struct node row;
    int r = parse(u, 0, text, &row, ret_why);
    if (r == -EILSEQ)
        r = parse(u, 0, copy(u, 0, text, true), &row, ret_why);
    if (r < 0)
        return r;
    strbuf_clear(&u->row);
    const struct node about = head.n ? head_of(u, head) : (struct node){};
    if (!(is_line ? rows_add_line(row, about, &u->row) : rows_add_columns(row, about, &u->row))) {
        *ret_why = is_line ? N_("a line of a stream is not a time and a text") : N_("a row does not fit the columns of its table");
        return -EINVAL;
    }
    const size_t n = u->row.n;
    strbuf_pad(&u->row, 0, LOG_PADDING);
    return log_unwrap_json(u, str_n(u->row.p, n), ret, ret_why);
}

/* The next of lines: 1, or 0 when there is none. */
static int next_line(struct log_unwrap *u, struct log_many *m, struct log_record *ret, const char **ret_why)
{
    const struct log_format_ops *ops = log_format_ops(m->format);
    while (m->at < m->text.n) {
        const struct str rest = str_sub(strbuf_str(&m->text), m->at, m->text.n);
        size_t used = 0;
        ret->values.type = ops->type;
        const enum log_next got = ops->next(m->state, rest, true, &used, &ret->values);
        if ((!used && got != LOG_RECORD) || used > rest.n)
            used = rest.n;
        m->at += used;
        if (got == LOG_RECORD) {
            ret->format = m->format;
            ret->text = str_sub(rest, 0, used);
            return 1;
        }
        if (got != LOG_NOTHING) {
            *ret_why = N_("a line does not have the form of the others");
            return -EINVAL;
        }
    }
    pop_many(u);
    return 0;
}

/* The next of values: 1; 0: there is none. */
static int next_value(struct log_unwrap *u, struct log_many *m, struct log_record *ret, const char **ret_why)
{
    const struct str b = strbuf_str(&m->text);
    struct json_scan scan = {};
    size_t n;
    while (m->at < b.n && strchr(" \t\r\n,", b.p[m->at]))
        m->at++;
    const struct str rest = str_sub(b, m->at, b.n);
    if (!rest.n || rest.p[0] == ']') {
        pop_many(u);
        return 0;
    }
    if ((rest.p[0] != '{' && rest.p[0] != '[') || !json_scan(&scan, rest, &n)) {
        pop_many(u);
        *ret_why = N_("an element of the array is no object");
        return -EINVAL;
    }
    m->at += n;
    const int r = unwrap(u, str_sub(rest, 0, n), (struct node){}, ret, ret_why);
    return r < 0 ? r : r == 1 ? 0 : 1;
}

int log_unwrap_next(struct log_unwrap *u, struct log_record *ret, const char **ret_why)
{
    while (u->n_many) {
        struct log_many *m = &u->many[u->n_many - 1];
        const int r = m->is_lines ? next_line(u, m, ret, ret_why) : next_value(u, m, ret, ret_why);
        if (r)
            return r;
        ret->values.n = ret->values.n_named = 0;
    }
    return 0;
}
