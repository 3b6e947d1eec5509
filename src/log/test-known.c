// SPDX-License-Identifier: Apache-2.0
/*
 * Names that a record has to have (known.def): one that is missing there loses records without a word. Records of every format, taken out of the seeds of the fuzz targets with all objects in them, lose one member after the other: as
 * long as a decoder takes what is left, its names must say so. And each name that is listed must be needed: there is a record that is taken by that name alone.
 */
#include <dirent.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "log/anew.h"
#include "log/audit_ecs.h"
#include "log/audit_json.h"
#include "log/entry.h"
#include "log/flows.h"
#include "log/known.h"
#include "log/otel.h"
#include "log/parser.h"
#include "log/rows.h"
#include "log/test-reads.h"
#include "log/unwrap.h"
#include "log/web.h"
#include "log/workspace.h"

#define F(id) (UINT64_C(1) << LOG_##id)
#define G(id) (1U << KNOWN_##id)

static const struct {
    const char *name;
    struct known known;
} LISTED[] = {
#define KNOWN(name, formats, groups) {name, {formats, groups}},
#include "log/known.def"
#undef KNOWN
};

static struct known seen[ARRAY_SIZE(LISTED)]; /* by which a record was taken that has no other name of that kind */
static unsigned n_objects, n_checks;

static bool writes(bool (*write)(struct node root, struct strbuf *b), struct node root)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    return write(root, &b);
}

static bool is_held(struct node root)
{
    return rows_is_athena(root) || rows_is_columnar(root) || flows_is_azure(root) || otel_is(root) || workspace_is(root) || node_is(NODE(root, "detail", "findings")) || node_is(NODE(root, "data", "events"));
}

/* Whether what a group stands for takes it. Of WRAPPED and TEXT nothing can be said of the object alone. */
static bool is_of_group(struct node root, enum known_group g)
{
    switch (g) {
    case KNOWN_AUDIT:
        return audit_json_is(root) || writes(audit_ecs_write, root);
    case KNOWN_ANEW:
        return writes(anew_write, root);
    case KNOWN_HELD:
        return is_held(root);
    case KNOWN_OTEL:
        return writes(otel_write, root);
    case KNOWN_WEB:
        return writes(web_write, root);
    case KNOWN_ENTRY_MESSAGE:
    case KNOWN_ENTRY_PROGRAM:
        return writes(entry_write, root);
    default:
        return false;
    }
}

static bool is_of_format(struct node root, int f)
{
    return f != LOG_JSON && log_format_ops((enum log_format)f)->is_json && log_format_ops((enum log_format)f)->is_json(root);
}

enum { KINDS = LOG_FORMAT__N + KNOWN_ENTRY_PROGRAM + 1 };

static bool is_of(struct node root, int kind)
{
    return kind < LOG_FORMAT__N ? is_of_format(root, kind) : is_of_group(root, (enum known_group)(kind - LOG_FORMAT__N));
}

static bool names_say(const struct known *k, int kind)
{
    return kind < LOG_FORMAT__N ? known_may_format(k, (enum log_format)kind) : known_may(k, (enum known_group)(kind - LOG_FORMAT__N));
}

static struct json_parser *parsers[2];

static bool parse(unsigned which, struct strbuf *padded, struct str text, struct node *ret)
{
    const char *why;
    strbuf_clear(padded);
    strbuf_add(padded, text);
    strbuf_pad(padded, 0, LOG_PADDING);
    parsers[which] = parsers[which] ? parsers[which] : json_parser_new(1 << 20);
    return !json_parser_run(parsers[which], str_n(padded->p, text.n), ret, &why) && node_kind(*ret) == NODE_OBJECT;
}

/* The object without the members that are named. */
static bool without(struct node root, const char *const *names, size_t n, struct strbuf *padded, struct node *ret)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_addc(&b, '{');
    node_add_others(&b, root, names, n);
    strbuf_addc(&b, '}');
    if (b.n > 1 && b.p[1] == ',')
        b.p[1] = ' ';
    return parse(1, padded, strbuf_str(&b), ret);
}

static void check(struct node root)
{
    const struct known k = known_names(root);
    n_checks++;
    for (int kind = 0; kind < KINDS; kind++)
        if (is_of(root, kind) && !names_say(&k, kind)) {
            struct arena a = {};
            test_fail("a record is lost by its names", 0, "kind %d: %.*s", kind, STR_ARG(str_sub(node_text(root, &a), 0, 600)));
        }
}

/* By which listed names a record is taken when all others of that kind are gone. */
static void learn(struct node root)
{
    _cleanup_(strbuf_done) struct strbuf padded = {};
    for (int kind = 0; kind < KINDS; kind++) {
        if (!is_of(root, kind))
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(LISTED); i++) {
            const char *others[ARRAY_SIZE(LISTED)];
            size_t n = 0;
            struct node rest;
            if (!names_say(&LISTED[i].known, kind) || !node_is(node_get(root, str_from(LISTED[i].name))))
                continue;
            /* as long as it stays what it is, another goes */
            for (size_t j = 0; j < ARRAY_SIZE(LISTED); j++) {
                if (j == i || !names_say(&LISTED[j].known, kind) || !node_is(node_get(root, str_from(LISTED[j].name))))
                    continue;
                others[n] = LISTED[j].name;
                n += without(root, others, n + 1, &padded, &rest) && is_of(rest, kind);
            }
            bool is_alone = true;
            if (n && !without(root, others, n, &padded, &rest))
                continue;
            for (size_t j = 0; j < ARRAY_SIZE(LISTED) && is_alone; j++)
                is_alone = j == i || !names_say(&LISTED[j].known, kind) || !node_is(node_get(n ? rest : root, str_from(LISTED[j].name)));
            if (!is_alone)
                continue;
            if (kind < LOG_FORMAT__N)
                seen[i].formats |= UINT64_C(1) << kind;
            else
                seen[i].groups |= 1U << (kind - LOG_FORMAT__N);
        }
    }
}

/* An object and all within it. */
static void look(struct str text, unsigned depth);

static void look_within(struct node n, unsigned depth)
{
    struct arena a = {};
    const enum node_kind kind = node_kind(n);
    if (kind == NODE_STRING) {
        const struct str s = str_trim(node_str(n));
        if (s.n > 2 && s.p[0] == '{')
            look(s, depth);
        return;
    }
    if (kind == NODE_OBJECT)
        look(node_text(n, &a), depth);
    else if (kind == NODE_ARRAY)
        for (struct node_each e = node_each(n); node_next(&e);)
            look_within(e.value, depth);
    arena_done(&a);
}

static void look(struct str text, unsigned depth)
{
    enum { DEPTH = 6 };
    _cleanup_(strbuf_done) struct strbuf padded = {}, copy = {};
    struct arena names = {};
    struct node root, rest;
    strbuf_add(&copy, text);
    if (depth > DEPTH || !parse(0, &padded, strbuf_str(&copy), &root))
        return;
    n_objects++;
    check(root);
    learn(root);
    size_t n = 0;
    struct str members[64];
    for (struct node_each e = node_each(root); node_next(&e) && n < ARRAY_SIZE(members);)
        members[n++] = arena_str(&names, e.name);
    for (size_t i = 0; i < n; i++) {
        _cleanup_(strbuf_done) struct strbuf less = {};
        if (without(root, (const char *const[]){members[i].p}, 1, &less, &rest))
            check(rest);
    }
    /* what lies within: the parser takes the next, so each is parsed on its own from its text */
    struct str parts[64];
    size_t n_parts = 0;
    for (struct node_each e = node_each(root); node_next(&e) && n_parts < ARRAY_SIZE(parts);) {
        const enum node_kind kind = node_kind(e.value);
        if (kind == NODE_OBJECT || kind == NODE_ARRAY || kind == NODE_STRING)
            parts[n_parts++] = arena_str(&names, kind == NODE_STRING ? node_str(e.value) : node_text(e.value, &names));
    }
    for (size_t i = 0; i < n_parts; i++) {
        const struct str s = str_trim(parts[i]);
        if (!s.n || (s.p[0] != '{' && s.p[0] != '['))
            continue;
        _cleanup_(strbuf_done) struct strbuf holder = {};
        if (s.p[0] == '{') {
            look(s, depth + 1);
            continue;
        }
        strbuf_printf(&holder, "{\"x\":%.*s}", STR_ARG(s));
        _cleanup_(strbuf_done) struct strbuf own = {};
        struct json_parser *p = json_parser_new(1 << 20);
        const char *why;
        struct node array;
        strbuf_add(&own, strbuf_str(&holder));
        strbuf_pad(&own, 0, LOG_PADDING);
        if (!json_parser_run(p, str_n(own.p, holder.n), &array, &why))
            look_within(node_get(array, STR("x")), depth + 1);
        json_parser_free(p);
    }
    arena_done(&names);
}

static void look_at_file(const char *path)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, whole = {};
    FILE *f = fopen(path, "rb");
    char piece[4096];
    CHECK(f);
    for (size_t n; (n = fread(piece, 1, sizeof(piece), f)) > 0;)
        strbuf_add(&b, str_n(piece, n));
    (void)fclose(f);
    struct str text = strbuf_str(&b), line;
    const struct str trimmed = str_trim(text);
    if (trimmed.n && trimmed.p[0] == '[') {
        strbuf_printf(&whole, "{\"x\":%.*s}", STR_ARG(trimmed));
        look(strbuf_str(&whole), 0);
    }
    look(trimmed, 0);
    while (str_split(&text, '\n', &line))
        if (str_starts(line, STR("{")))
            look(line, 0);
}

/* What no seed has. */
static const char *const MORE[] = {
    "{\"eventname\":\"RunInstances\",\"useridentity\":\"{}\",\"eventtime\":\"2026-03-02T12:00:00Z\"}",
    "{\"OperationNameValue\":\"x\",\"ResourceId\":\"/y\"}",
    "{\"userPrincipalName\":\"a\",\"appDisplayName\":\"b\",\"status\":{}}",
    "{\"activityDisplayName\":\"a\",\"initiatedBy\":{}}",
    "{\"riskEventType\":\"a\",\"detectedDateTime\":\"2026-03-02T12:00:00Z\"}",
    "{\"Datetime\":\"2026-03-02T12:00:00Z\",\"QueryName\":\"a\",\"ResolverDecision\":\"b\"}",
    "{\"_path\":\"x509\",\"ts\":1772452800.5,\"certificate.serial\":\"05\"}",
    "{\"log-status\":\"NODATA\"}",
    "{\"log_status\":\"NODATA\"}",
    "{\"EventID\":1,\"Channel\":\"Linux-Sysmon/Operational\"}",
    "{\"httpRequest\":{\"httpMethod\":\"GET\",\"clientIp\":\"203.0.113.9\"}}",
    "{\"RequestMethod\":\"GET\",\"ClientHost\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"remote_addr\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"remote_ip\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"client_ip\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"clientip\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"client\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"ip\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"http_x_forwarded_for\":\"203.0.113.9\"}",
    "{\"status\":200,\"uri\":\"/\",\"request_ip\":\"203.0.113.9\"}",
    "{\"_source\":{\"@timestamp\":\"2026-03-02T12:00:00Z\",\"event\":{\"module\":\"auditd\",\"action\":\"executed\",\"outcome\":\"success\"},\"process\":{\"pid\":1,\"executable\":\"/usr/bin/id\",\"args\":[\"id\"]},\"auditd\":{\"message_type\":\"syscall\",\"sequence\":1,\"result\":\"success\",\"data\":{\"syscall\":\"execve\"}}}}",
    "{\"protopayload_auditlog\":{\"methodName\":\"x\"}}",
    "{\"TimeGenerated\":\"2026-03-02T12:00:00Z\",\"ResultType\":\"0\",\"UserPrincipalName\":\"a\"}",
    "{\"data\":{\"operationName\":\"x\"},\"eventType\":\"Microsoft.Resources.ResourceWriteSuccess\"}",
    "{\"event.eventName\":\"x\"}",
    "{\"metadata\":{\"product\":{\"name\":\"CloudTrail\"}},\"api\":{\"operation\":\"x\"}}",
    "{\"ResultSet\":{\"Rows\":[{\"Data\":[{\"VarCharValue\":\"a\"}]}]}}",
    "{\"Rows\":[{\"Data\":[{\"VarCharValue\":\"a\"}]}]}",
    "{\"fields\":[\"a\"],\"columns\":[[\"b\"]]}",
    "{\"transaction\":{\"client_ip\":\"203.0.113.9\",\"request\":{\"method\":\"GET\",\"uri\":\"/\"},\"response\":{\"http_code\":200}}}",
    "{\"req\":{\"method\":\"GET\",\"url\":\"/\",\"remoteAddress\":\"203.0.113.9\"},\"res\":{\"statusCode\":200}}",
};

TEST(no_record_is_lost_by_its_names)
{
    const char *root = getenv("DAVY_SOURCE_ROOT");
    _cleanup_(strbuf_done) struct strbuf path = {};
    CHECK(root);
    strbuf_printf(&path, "%s/tests/fuzz", root);
    DIR *all = opendir(path.p);
    CHECK(all);
    for (struct dirent *d; (d = readdir(all));) {
        if (!str_starts(str_from(d->d_name), STR("fuzz-log-")))
            continue;
        _cleanup_(strbuf_done) struct strbuf folder = {};
        strbuf_printf(&folder, "%s/%s", path.p, d->d_name);
        DIR *one = opendir(folder.p);
        CHECK(one);
        for (struct dirent *e; (e = readdir(one));) {
            _cleanup_(strbuf_done) struct strbuf file = {};
            strbuf_printf(&file, "%s/%s", folder.p, e->d_name);
            if (e->d_name[0] != '.')
                look_at_file(file.p);
        }
        (void)closedir(one);
    }
    (void)closedir(all);
    for (size_t i = 0; i < ARRAY_SIZE(MORE); i++)
        look(str_from(MORE[i]), 0);
    printf("# objects: %u, looked at: %u\n", n_objects, n_checks);
    CHECK(n_objects > 300 && n_checks > 4 * n_objects);
    for (size_t i = 0; i < ARRAY_SIZE(LISTED); i++) {
        if (LISTED[i].known.formats & ~seen[i].formats)
            printf("# by %s alone no record of %#llx was taken\n", LISTED[i].name, (unsigned long long)(LISTED[i].known.formats & ~seen[i].formats));
        if (LISTED[i].known.groups & ~seen[i].groups)
            printf("# by %s alone no record of groups %#x was taken\n", LISTED[i].name, LISTED[i].known.groups & ~seen[i].groups);
    }
    for (size_t i = 0; i < ARRAY_SIZE(LISTED); i++)
        CHECK(!(LISTED[i].known.formats & ~seen[i].formats) && !(LISTED[i].known.groups & ~seen[i].groups));
}

/* Names that are looked into (unwrap.c): a record is found below each, as an object or as a text. */
#define CALL "{\"eventVersion\":\"1.08\",\"eventName\":\"RunInstances\",\"eventTime\":\"2026-03-02T12:00:00Z\",\"userIdentity\":{\"type\":\"Root\"}}"
#define CALL_TEXT "\"{\\\"eventVersion\\\":\\\"1.08\\\",\\\"eventName\\\":\\\"RunInstances\\\",\\\"eventTime\\\":\\\"2026-03-02T12:00:00Z\\\",\\\"userIdentity\\\":{\\\"type\\\":\\\"Root\\\"}}\""

static unsigned n_names;

static void look_below(struct str name, enum known_group group)
{
    static const char *const OBJECTS[] = {CALL, "{\"attributes\":" CALL "}", NULL}, *const TEXTS[] = {CALL_TEXT, "{\"message\":" CALL_TEXT "}", "{\"data\":" CALL_TEXT "}", "{\"text\":" CALL_TEXT "}", "{\"Message\":" CALL_TEXT "}", "{\"original\":" CALL_TEXT "}", NULL};
    unsigned found = 0;
    for (const char *const *shape = group == KNOWN_WRAPPED ? OBJECTS : TEXTS; *shape; shape++) {
        struct error err = ERROR_NULL;
        _cleanup_(log_reader_freep) struct log_reader *reader = NULL;
        _cleanup_(strbuf_done) struct strbuf b = {};
        const struct log_record *r;
        strbuf_printf(&b, "{\"other\":1,\"%.*s\":%s}", STR_ARG(name), *shape);
        CHECK_INT(log_reader_new(&(struct log_options){}, &reader, &err), 0);
        if (log_reader_text(reader, strbuf_str(&b), &r, &err) >= 0)
            found += str_is(str_from(log_format_name(r->format)), "cloudtrail");
    }
    n_names++;
    if (!found)
        test_fail("nothing is found below a name", 0, "%.*s", STR_ARG(name));
}

TEST(a_record_is_found_below_each_name)
{
    log_unwrap_names(look_below);
    CHECK(n_names > 30);
}
