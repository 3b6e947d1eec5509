// SPDX-License-Identifier: Apache-2.0
/*
 * Records that look alike are read quickly: lines together, names in the order in which they came before, who acts out of what is kept, rules by the kind. Made-up
 * trails whose records are alike, and now and then are not, must say the same as when each is taken for itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "harness/test.h"
#include "log/reader.h"

enum { LINES = 3000 };

static uint32_t next(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % n;
}

#define PICK(table) ((table)[next(seed, ARRAY_SIZE(table))])

static void add_identity(struct strbuf *b, uint32_t *seed)
{
    static const char *const LASTING[] = {"AKIA1", "AKIA2", "AKIA3", ""};
    switch (next(seed, 6)) {
    case 0:
        strbuf_printf(b, "{\"type\":\"IAMUser\",\"principalId\":\"AIDA\",\"arn\":\"arn:aws:iam::1:user/u%u\",\"accountId\":\"1\",\"accessKeyId\":\"%s\",\"userName\":\"u\"}", next(seed, 3), PICK(LASTING));
        break;
    case 1:
        strbuf_printf(b, "{\"accessKeyId\":\"%s\",\"type\":\"IAMUser\",\"userName\":\"u\",\"arn\":\"arn:aws:iam::1:user/u\"}", PICK(LASTING));
        break;
    case 2:
        strbuf_adds(b, "{\"type\":\"Root\",\"arn\":\"arn:aws:iam::1:root\",\"accountId\":\"1\"}");
        break;
    case 3:
        strbuf_adds(b, "{\"type\":\"AWSService\",\"invokedBy\":\"ec2.amazonaws.com\"}");
        break;
    default:
        strbuf_printf(b, "{\"type\":\"AssumedRole\",\"principalId\":\"AROA:s%u\",\"arn\":\"arn:aws:sts::1:assumed-role/r/i-0%u\",\"accountId\":\"1\",\"accessKeyId\":\"ASIA%u\",\"sessionContext\":{", next(seed, 9),
                      next(seed, 9), next(seed, 9999));
        if (next(seed, 8))
            strbuf_printf(b, "\"sessionIssuer\":{\"type\":\"Role\",\"arn\":\"arn:aws:iam::1:role/r%u\",\"userName\":\"r\"},", next(seed, 3));
        strbuf_printf(b, "\"attributes\":{\"mfaAuthenticated\":\"%s\"}}}", next(seed, 2) ? "true" : "false");
    }
}

static void add_record(struct strbuf *b, uint32_t *seed, unsigned minute)
{
    static const char *const NAMES[] = {"RunInstances", "GetObject", "ListBuckets", "ConsoleLogin", "CreateUser", "Decrypt"},
                             *const SOURCES[] = {"ec2.amazonaws.com", "s3.amazonaws.com", "iam.amazonaws.com", "kms"}, *const REGIONS[] = {"eu-west-1", "us-east-1", "sa-east-1"},
                             *const AGENTS[] = {"aws-cli/2.1 Linux", "Boto3/1.3", "console.amazonaws.com", ""},
                             *const CALLERS[] = {"203.0.113.9", "198.51.100.7", "2001:db8::1", "ec2.amazonaws.com", "203.0.113.77", "192.0.2.4"};
    strbuf_adds(b, "{\"eventVersion\":\"1.08\",\"userIdentity\":");
    add_identity(b, seed);
    strbuf_printf(b, ",\"eventTime\":\"2026-03-%02uT%02u:%02u:%02uZ\",\"eventSource\":\"%s\",\"eventName\":", 1 + minute / 1440, minute / 60 % 24, minute % 60, next(seed, 60), PICK(SOURCES));
    if (next(seed, 50))
        strbuf_printf(b, "\"%s\"", PICK(NAMES));
    else
        strbuf_printf(b, "%u", next(seed, 3)); /* no text */
    if (next(seed, 20))
        strbuf_printf(b, ",\"awsRegion\":\"%s\"", PICK(REGIONS));
    strbuf_printf(b, ",\"sourceIPAddress\":\"%s\",\"userAgent\":\"%s\"", PICK(CALLERS), PICK(AGENTS));
    if (!next(seed, 6))
        strbuf_printf(b, ",\"errorCode\":%s", next(seed, 3) ? "\"AccessDenied\"" : next(seed, 2) ? "\"\"" : "null");
    strbuf_printf(b, ",\"requestParameters\":%s", next(seed, 3) ? "null" : next(seed, 2) ? "{\"instanceType\":\"p4d.24xlarge\"}" : "{\"name\":\"a\\nb\",\"list\":[1,{\"a\":[]}]}");
    strbuf_printf(b, ",\"responseElements\":%s", next(seed, 5) ? "null" : next(seed, 2) ? "{\"ConsoleLogin\":\"Failure\"}" : "{\"ConsoleLogin\":\"Success\"}");
    if (next(seed, 30))
        strbuf_adds(b, ",\"recipientAccountId\":\"1\"");
    strbuf_adds(b, "}");
}

/* As another program would write it. */
static void space_out(struct strbuf *b)
{
    struct strbuf wide = {};
    for (size_t i = 0; i < b->n; i++) {
        strbuf_addc(&wide, b->p[i]);
        if (b->p[i] == ':' && b->p[i - 1] == '"')
            strbuf_addc(&wide, ' ');
    }
    strbuf_clear(b);
    strbuf_add(b, strbuf_str(&wide));
    strbuf_done(&wide);
}

/* A line of the trail; `text` is the record's, empty when it is broken. */
struct line {
    unsigned number; /* from 1 */
    struct str text;
};

static void write_trail(FILE *out, uint32_t seed, struct line lines[LINES], struct arena *arena)
{
    static const char *const BROKEN[] = {"{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"Root\"}", "{\"eventVersion\":\"1.08\",\"x\":\"y}", "{\"eventVersion\":\"1.08\",\"x\":1}}",
                                         "{\"eventVersion\":\"1.08\",\"x\" \"y\"}", "{\"eventVersion\":\"1.08\\"};
    struct strbuf b = {};
    for (unsigned i = 0; i < LINES; i++) {
        strbuf_clear(&b);
        const bool is_good = next(&seed, 400) || !i;
        if (is_good)
            add_record(&b, &seed, i * 3);
        else
            strbuf_adds(&b, BROKEN[next(&seed, ARRAY_SIZE(BROKEN))]);
        if (is_good && !next(&seed, 20))
            space_out(&b);
        /* another end of line, blanks behind or before, an empty line */
        const char *end = next(&seed, 100) ? "\n" : next(&seed, 2) ? "\r\n" : " \n";
        CHECK(fprintf(out, "%s%s", b.p, end) > 0);
        lines[i] = (struct line){i + 1, is_good ? arena_str(arena, strbuf_str(&b)) : STR_NULL};
    }
    strbuf_done(&b);
}

/* What a record does not say itself. */
static bool is_of_file(enum field_id id)
{
    return id == F_LOG_FILE || id == F_LOG_LINE || id == F_LOG_NUMBER || id == F_EVT_NUM || id == F_EVT_HOSTNAME || id == F_EVT_RELTIME || id == F_EVT_RELTIME_S || id == F_EVT_RELTIME_NS;
}

static void describe(const struct log_record *r, bool is_kind_only, struct strbuf *b)
{
    strbuf_clear(b);
    for (int id = 0; id < FIELD__N; id++) {
        struct value v = {};
        const bool is_asked = is_kind_only ? field_is_of_kind((enum field_id)id)
                                           : FIELDS[id].sources & S_LOGS && !(FIELDS[id].flags & FIELD_ARG_REQUIRED) && !is_of_file((enum field_id)id);
        if (!is_asked || event_get(&r->event, &(struct field_ref){.id = (enum field_id)id}, &v) != 1)
            continue;
        strbuf_printf(b, "%s=", FIELDS[id].name);
        value_add_text(b, &v);
        strbuf_addc(b, '\n');
    }
}

/* What is told in brief is what the fields say. */
static void check_brief(const struct log_record *r)
{
    static const struct {
        enum field_brief brief;
        enum field_id id;
    } NUMBERS[] = {{BRIEF_AT_ONCE, F_HABIT_AT_ONCE}, {BRIEF_GAP, F_GAP_MINUTES}, {BRIEF_BESIDE_PERSON, F_HABIT_BESIDE_PERSON}};
    struct value v;
    CHECK(r->event.is_brief);
    for (size_t i = 0; i < ARRAY_SIZE(NUMBERS); i++) {
        const bool is = event_get(&r->event, &(struct field_ref){.id = NUMBERS[i].id}, &v) == 1;
        CHECK_INT(field_brief(NUMBERS[i].id), NUMBERS[i].brief);
        CHECK_INT(r->event.brief[NUMBERS[i].brief], is ? brief_number(v.type == VALUE_BOOL ? v.b : v.u) : 0);
    }
    unsigned is_new = 0;
    if (event_get(&r->event, &(struct field_ref){.id = F_HABIT_NEW}, &v) == 1)
        for (size_t i = 0; i < v.list.n; i++)
            for (unsigned t = 0; t < TRAIT__N; t++)
                is_new |= str_is(v.list.v[i].s, log_trait_name((enum log_trait)t)) ? 1U << t : 0;
    CHECK_INT(r->event.brief[BRIEF_NEW], is_new);
}

static struct log_reader *open_trail(const char *const *paths, size_t n, struct log_state *state)
{
    struct error err = ERROR_NULL;
    struct log_reader *reader = NULL;
    CHECK_INT(log_reader_new(&(struct log_options){.paths = paths, .n_paths = n, .state = state}, &reader, &err), 0);
    return reader;
}

/* The next record of a reader that reads nothing else, without what is kept of others. */
static const struct log_record *alone(struct log_reader **reader, struct str text, const struct log_format_ops *ops, struct log_sum *sum, struct log_state *state)
{
    struct error err = ERROR_NULL;
    const struct log_record *r;
    *reader = log_reader_free(*reader);
    *reader = open_trail(NULL, 0, NULL);
    CHECK_INT(log_reader_text(*reader, text, &r, &err), 0);
    struct log_record *own = (struct log_record *)r; /* the reader's, which makes it anew each time */
    own->ops = ops;
    own->sum = sum;
    log_sum_take(sum, state, NULL, own);
    return r;
}

static void compare(uint32_t seed)
{
    char path[] = "/tmp/davy-alike-XXXXXX";
    const char *const paths[] = {path};
    static struct line lines[LINES];
    FILE *out = fdopen(mkstemp(path), "w");
    struct strbuf quick = {}, slow = {}, saved[2] = {};
    struct map kinds = {};
    struct arena arena = {};
    struct error err = ERROR_NULL;
    CHECK(out);
    write_trail(out, seed, lines, &arena);
    CHECK_INT(fclose(out), 0);
    /* equal digests in both states, so that their bytes can be compared */
    struct log_state *states[2] = {log_state_new(), log_state_new()};
    log_state_save(states[0], &saved[0]);
    CHECK_INT(log_state_restore(states[1], strbuf_str(&saved[0]), &err), 0);
    strbuf_clear(&saved[0]);

    struct log_reader *with = open_trail(paths, 1, states[0]), *without = NULL;
    struct log_format_ops each = *log_format_ops(LOG_CLOUDTRAIL);
    struct log_sum sum = {};
    each.did = NULL;
    size_t at = 0;
    const struct log_record *a, *b;
    while (log_reader_next(with, &a) == 1) {
        while (at < LINES && !lines[at].text.n)
            at++;
        CHECK(at < LINES);
        CHECK_INT(a->line, lines[at].number);
        CHECK_INT(a->format, LOG_CLOUDTRAIL);
        b = alone(&without, lines[at++].text, &each, &sum, states[1]);
        CHECK_INT(a->event.lacks, log_sum_lacks(&sum));
        check_brief(a);
        describe(a, false, &quick);
        describe(b, false, &slow);
        if (!str_eq(strbuf_str(&quick), strbuf_str(&slow)))
            test_fail(__FILE__, __LINE__, "line %llu differs:\n%.*s---\n%.*s", (unsigned long long)a->line, STR_ARG(strbuf_str(&quick)), STR_ARG(strbuf_str(&slow)));
        const uint64_t kind = a->event.ops->kind(&a->event);
        describe(a, true, &quick);
        CHECK(kind);
        const struct str key = arena_str(&arena, str_n((const char *)&kind, sizeof(kind)));
        const struct map_entry *known = map_get(&kinds, key);
        if (!known)
            map_put(&kinds, key, NULL)->ptr = (void *)arena_str(&arena, strbuf_str(&quick)).p;
        else if (!str_is(strbuf_str(&quick), (const char *)known->ptr))
            test_fail(__FILE__, __LINE__, "line %llu is of a kind that says something else", (unsigned long long)a->line);
    }
    while (at < LINES && !lines[at].text.n)
        at++;
    CHECK_INT(at, LINES);
    CHECK(kinds.n > 50);
    log_state_save(states[0], &saved[0]);
    log_state_save(states[1], &saved[1]);
    CHECK(str_eq(strbuf_str(&saved[0]), strbuf_str(&saved[1])));
    log_sum_done(&sum);
    for (unsigned i = 0; i < 2; i++) {
        log_state_free(states[i]);
        strbuf_done(&saved[i]);
    }
    log_reader_free(with);
    log_reader_free(without);
    strbuf_done(&quick);
    strbuf_done(&slow);
    map_done(&kinds);
    arena_done(&arena);
    CHECK_INT(unlink(path), 0);
}

TEST(records_that_are_alike_say_what_each_says)
{
    for (uint32_t seed = 1; seed < 4; seed++)
        compare(seed);
}
