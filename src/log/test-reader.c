// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/strbuf.h"
#include "harness/test.h"
#include "log/reader.h"

struct made {
    char path[64];
    struct strbuf said;
    unsigned troubles;
    struct log_reader *reader;
};

static void say(void *ctx, const struct log_trouble *t)
{
    struct made *m = ctx;
    m->troubles++;
    strbuf_printf(&m->said, "%llu/%llu/%llu %s\n", (unsigned long long)t->number, (unsigned long long)t->line, (unsigned long long)t->offset, t->why);
}

static void make(struct made *m, const void *bytes, size_t n)
{
    struct error err = ERROR_NULL;
    *m = (struct made){.path = "/tmp/davy-log-XXXXXX"};
    const int fd = mkstemp(m->path);
    CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    (void)close(fd);
    const char *paths[] = {m->path};
    const struct log_options o = {.paths = paths, .n_paths = 1, .say = say, .ctx = m};
    CHECK_INT(log_reader_new(&o, &m->reader, &err), 0);
}

static void unmake(struct made *m)
{
    m->reader = log_reader_free(m->reader);
    (void)unlink(m->path);
    strbuf_done(&m->said);
}

static struct str field(const struct log_record *r, const char *name, const char *arg)
{
    static char text[4096];
    struct value v;
    struct field_ref ref = {.id = field_from(str_from(name)), .has_arg = arg != NULL, .arg = str_from(arg)};
    struct strbuf b = {};
    CHECK(ref.id >= 0);
    if (event_get(&r->event, &ref, &v) != 1)
        return STR("<NA>");
    value_add_text(&b, &v);
    CHECK(b.n < sizeof(text));
    memcpy(text, strbuf_str(&b).p, b.n);
    const struct str s = {text, b.n};
    strbuf_done(&b);
    return s;
}

#define FIELD_IS(r, name, want) CHECK_STR(field((r), (name), NULL), (want))
#define VALUE_IS(r, pointer, want) CHECK_STR(field((r), "json.value", (pointer)), (want))

static const struct log_record *next(struct made *m)
{
    const struct log_record *r = NULL;
    CHECK_INT(log_reader_next(m->reader, &r), 1);
    return r;
}

static void is_over(struct made *m)
{
    const struct log_record *r;
    CHECK_INT(log_reader_next(m->reader, &r), 0);
}

#define A "{\"eventVersion\":\"1.08\",\"eventName\":\"RunInstances\",\"eventSource\":\"ec2.amazonaws.com\",\"eventTime\":\"2024-07-31T14:23:46Z\",\"awsRegion\":\"eu-west-1\"," \
          "\"sourceIPAddress\":\"198.51.100.7\",\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":\"arn:aws:iam::1:user/a\",\"accessKeyId\":\"AKIAEXAMPLE\",\"userName\":\"a\"}," \
          "\"requestParameters\":{\"n\":1,\"s\":\"a \\\"}]{[ b\\\\\",\"l\":[{\"c\":\"0.0.0.0/0\"},{\"c\":\"10.0.0.0/8\"}]},\"responseElements\":null}"
#define B "{\"eventVersion\":\"1.08\",\"eventName\":\"StopLogging\",\"eventSource\":\"cloudtrail.amazonaws.com\",\"eventTime\":\"2024-07-31T14:23:47.5Z\",\"errorCode\":\"AccessDenied\"}"

static void has_both(const char *text)
{
    struct made m;
    make(&m, text, strlen(text));
    const struct log_record *r = next(&m);
    FIELD_IS(r, "ct.name", "RunInstances");
    FIELD_IS(r, "log.format", "cloudtrail");
    CHECK_INT(r->event.time_ns, 1722435826000000000);
    CHECK_INT(r->event.type, EVENT_CLOUDTRAIL);
    VALUE_IS(r, "/requestParameters/s", "a \"}]{[ b\\");
    r = next(&m);
    FIELD_IS(r, "ct.name", "StopLogging");
    FIELD_IS(r, "cloud.outcome", "denied");
    CHECK_INT(r->event.time_ns, 1722435827500000000);
    CHECK_INT(r->number, 2);
    is_over(&m);
    CHECK_INT(m.troubles, 0);
    unmake(&m);
}

TEST(every_shape_that_holds_records)
{
    has_both(A "\n" B "\n");
    has_both(A "\r\n\r\n" B);
    has_both(A B);
    has_both("[" A "," B "]");
    /* answers of others */
    has_both("{\"took\":3,\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"_id\":\"1\",\"_source\":" A "},{\"_id\":\"2\",\"_source\":" B "}]}}\n");
    has_both("[{\"took\":3,\"hits\":{\"hits\":[{\"_source\":" A "}]}},{\"took\":3,\"hits\":{\"hits\":[{\"_source\":" B "}]},\"x\":[[1]]}]");
    has_both("{\"took\":3,\"responses\":[{\"took\":1,\"hits\":{\"hits\":[" A "]},\"status\":200},{\"hits\":{\"hits\":[" B "]}}]}");
    has_both("{ \"id\" : \"x\",\n\"response\" : { \"hits\" : { \"hits\" : [" A ",\n" B "] } } }");
    has_both("{\"Records\":[" A "," B "]}");
    has_both("{\"Records\": [\n  " A ",\n  " B "\n ],\n \"more\": {\"x\": [1]}}\n");
    has_both("{\"Records\":[" A "]}\n{\"Records\":[" B "]}");
    has_both("{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":1,\"message\":\"" /* two messages */
             "{\\\"eventName\\\":\\\"RunInstances\\\",\\\"eventTime\\\":\\\"2024-07-31T14:23:46Z\\\",\\\"requestParameters\\\":{\\\"s\\\":\\\"a \\\\\\\"}]{[ b\\\\\\\\\\\"}}\"},"
             "{\"message\":\"{\\\"eventName\\\":\\\"StopLogging\\\",\\\"errorCode\\\":\\\"AccessDenied\\\",\\\"eventTime\\\":\\\"2024-07-31T14:23:47.5Z\\\"}\"}]}");
    has_both("{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":" A "}\n{\"detail\":" B "}");
    has_both("{\"Events\":[{\"EventId\":\"1\",\"CloudTrailEvent\":\"" /* lookup-events */
             "{\\\"eventName\\\":\\\"RunInstances\\\",\\\"eventTime\\\":\\\"2024-07-31T14:23:46Z\\\",\\\"requestParameters\\\":{\\\"s\\\":\\\"a \\\\\\\"}]{[ b\\\\\\\\\\\"}}\"}]}" B);
    has_both("{\"eventname\":\"RunInstances\",\"eventtime\":\"2024-07-31T14:23:46Z\",\"requestparameters\":\"{\\\"s\\\":\\\"a \\\\\\\"}]{[ b\\\\\\\\\\\"}\"}\n" B);
    has_both("\xef\xbb\xbf" A "\n" B);
    has_both("\xef\xbb\xbf" A "\n\xef\xbb\xbf" B "\r\n\xef\xbb\xbf"); /* files put one behind the other */
    has_both("\xef\xbb\xbf[" A "]\n\xef\xbb\xbf[" B "]");
}

TEST(records_over_several_lines)
{
    has_both("{\n  \"eventName\": \"RunInstances\",\n  \"eventTime\": \"2024-07-31T14:23:46Z\",\n  \"requestParameters\": {\n    \"s\": \"a \\\"}]{[ b\\\\\"\n  }\n}\n" B "\n");
    has_both(A "\n{\n \"eventName\": \"StopLogging\",\n \"eventTime\": \"2024-07-31T14:23:47.5Z\",\n \"errorCode\": \"AccessDenied\"\n}\n");
}

TEST(columns_of_athena)
{
    static const char TEXT[] =
        "{\"eventversion\":\"1.08\",\"useridentity\":\"{type=AssumedRole, principalid=X:s, arn=arn:aws:sts::1:assumed-role/R/s, username=null, "
        "sessioncontext={attributes={mfaauthenticated=false}, sessionissuer={type=Role, arn=arn:aws:iam::1:role/R, username=R}}}\","
        "\"eventtime\":\"2024-07-31T14:23:46Z\",\"eventname\":\"GetObject\",\"eventsource\":\"s3.amazonaws.com\",\"awsregion\":\"eu-west-1\","
        "\"requestparameters\":\"{\\\"bucketName\\\":\\\"b\\\",\\\"key\\\":\\\"k/1\\\"}\",\"responseelements\":\"null\",\"readonly\":\"true\"}";
    struct made m;
    make(&m, TEXT, strlen(TEXT));
    const struct log_record *r = next(&m);
    FIELD_IS(r, "ct.user", "R");
    FIELD_IS(r, "cloud.principal", "arn:aws:iam::1:role/R");
    FIELD_IS(r, "cloud.principal.type", "role");
    FIELD_IS(r, "cloud.session", "s");
    FIELD_IS(r, "cloud.mfa", "false");
    FIELD_IS(r, "s3.uri", "s3://b/k/1");
    FIELD_IS(r, "ct.readonly", "true");
    FIELD_IS(r, "ct.response", "<NA>");
    VALUE_IS(r, "/userIdentity/sessionContext/sessionIssuer/userName", "R");
    unmake(&m);
}

TEST(fields_of_a_record)
{
    struct made m;
    make(&m, A, sizeof(A) - 1);
    const struct log_record *r = next(&m);
    VALUE_IS(r, "/requestParameters/n", "1");
    VALUE_IS(r, "/requestParameters/l/1/c", "10.0.0.0/8");
    VALUE_IS(r, "/requestParameters/l", "[{\"c\":\"0.0.0.0/0\"},{\"c\":\"10.0.0.0/8\"}]");
    VALUE_IS(r, "/requestParameters/l/2/c", "<NA>");
    VALUE_IS(r, "/responseElements", "<NA>");
    CHECK_STR(field(r, "json.values", "/requestParameters/l/*/c"), "(0.0.0.0/0,10.0.0.0/8)");
    CHECK_STR(field(r, "json.obj", NULL), A);
    FIELD_IS(r, "json.rawtime", "1722435826000000000");
    FIELD_IS(r, "ct.shortsrc", "ec2");
    FIELD_IS(r, "ct.readonly", "false");
    FIELD_IS(r, "ct.error", "<NA>");
    FIELD_IS(r, "cloud.ip", "198.51.100.7");
    FIELD_IS(r, "cloud.key", "AKIAEXAMPLE");
    FIELD_IS(r, "cloud.outcome", "success");
    FIELD_IS(r, "cloud.is_readonly", "false");
    FIELD_IS(r, "evt.source", "aws_cloudtrail");
    FIELD_IS(r, "ct.info", "a via 198.51.100.7 → RunInstances");
    FIELD_IS(r, "log.number", "1");
    FIELD_IS(r, "log.line", "1");
    unmake(&m);
}

TEST(a_broken_record_costs_itself_and_is_told_once)
{
    static const char *const TEXTS[] = {
        A "\n{\"eventName\":\"x\n{\"a\":}\n" B "\n",                   /* cut line, wrong line */
        "{\"Records\":[" A ",{\"eventVersion\":\"1.08\",\"eventName\":\"x},{\"eventVersion\":1.0.0}," B "]}", /* a string that does not end */
        A "\nnoise\n{,}\n" B,
    };
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        struct made m;
        struct log_stats s;
        make(&m, TEXTS[i], strlen(TEXTS[i]));
        FIELD_IS(next(&m), "ct.name", "RunInstances");
        FIELD_IS(next(&m), "ct.name", "StopLogging");
        is_over(&m);
        log_reader_stats(m.reader, &s);
        CHECK_INT(m.troubles, 1);
        CHECK(s.broken >= 1 && s.bad_files == 1 && s.records == 2);
        unmake(&m);
    }
}

TEST(a_name_that_is_no_utf8_hides_no_record)
{
    static const char TEXT[] = "{\"eventName\":\"RunInstances\",\"eventTime\":\"2024-07-31T14:23:46Z\",\"userAgent\":\"\xff\xfe x\"}\n" B;
    struct made m;
    make(&m, TEXT, sizeof(TEXT) - 1);
    FIELD_IS(next(&m), "ct.useragent", "?? x");
    FIELD_IS(next(&m), "ct.name", "StopLogging");
    unmake(&m);
}

/* Many records, over the ends of windows. */
static void fill(struct strbuf *b, bool is_array, size_t n)
{
    strbuf_adds(b, is_array ? "{\"Records\":[" : "");
    for (size_t i = 0; i < n; i++)
        strbuf_printf(b, "%s%s", i % 3 ? A : B, is_array ? i + 1 < n ? "," : "]}" : "\n");
}

static size_t count(struct made *m)
{
    const struct log_record *r;
    size_t n = 0;
    int e;
    while ((e = log_reader_next(m->reader, &r)) == 1)
        n += str_is(field(r, "ct.name", NULL), n % 3 ? "RunInstances" : "StopLogging");
    CHECK_INT(e, 0);
    return n;
}

TEST(packed_files_of_several_members)
{
    enum { N = 3000 };
    for (int is_array = 0; is_array < 2; is_array++) {
        struct strbuf text = {}, packed = {};
        struct made m;
        fill(&text, is_array, N);
        make(&m, text.p, text.n);
        CHECK_INT(count(&m), N);
        unmake(&m);
        /* gzip, two members and padding */
        const size_t half = text.n / 2;
        for (int k = 0; k < 2; k++) {
            z_stream z = {};
            const size_t n = k ? text.n - half : half;
            strbuf_reserve(&packed, n + 1024);
            CHECK_INT(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
            z.next_in = (Bytef *)text.p + (k ? half : 0);
            z.avail_in = (uInt)n;
            z.next_out = (Bytef *)packed.p + packed.n;
            z.avail_out = (uInt)n + 1024;
            CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
            packed.n += z.total_out;
            (void)deflateEnd(&z);
        }
        const size_t whole = packed.n;
        strbuf_pad(&packed, 0, 700);
        make(&m, packed.p, packed.n);
        CHECK_INT(count(&m), N);
        CHECK_INT(m.troubles, 0);
        unmake(&m);
        /* cut: what came before is judged */
        make(&m, packed.p, whole * 3 / 4);
        const size_t some = count(&m);
        CHECK(some > N / 2 && some < N);
        CHECK(m.troubles >= 1);
        unmake(&m);
        /* zstd */
        strbuf_clear(&packed);
        for (int k = 0; k < 2; k++) {
            const size_t n = k ? text.n - half : half;
            strbuf_reserve(&packed, ZSTD_compressBound(n));
            packed.n += ZSTD_compress(packed.p + packed.n, ZSTD_compressBound(n), text.p + (k ? half : 0), n, 1);
        }
        make(&m, packed.p, packed.n);
        CHECK_INT(count(&m), N);
        CHECK_INT(m.troubles, 0);
        unmake(&m);
        strbuf_done(&text);
        strbuf_done(&packed);
    }
}

TEST(a_record_that_is_too_long_is_left_out)
{
    struct strbuf text = {};
    struct made m;
    strbuf_adds(&text, "{\"Records\":[" A ",{\"eventVersion\":\"");
    strbuf_pad(&text, 'x', 9 << 20);
    strbuf_adds(&text, "\"}," B "]}");
    make(&m, text.p, text.n);
    FIELD_IS(next(&m), "ct.name", "RunInstances");
    FIELD_IS(next(&m), "ct.name", "StopLogging");
    is_over(&m);
    CHECK_INT(m.troubles, 1);
    CHECK(str_has(strbuf_str(&m.said), STR("longer")));
    unmake(&m);
    strbuf_done(&text);
}

TEST(columns_one_behind_the_other)
{
    static const char TEXT[] = "{\"preview\":false,\"fields\":[\"a\",\"\",\"c\"],\"columns\":[[1,\"x\",null,{\"b\":[2]}],[9,9,9],[null,[1,2]],[7]]}"
                               "[{\"schema\":{\"fields\":[{\"name\":\"a\"},{}]},\"data\":{\"values\":[[true],[1]]}}]"
                               "{\"meta\":[],\"data\":{\"a\":[],\"c\":[3]}}"
                               "{\"columns\":[[1]],\"fields\":{}}"      /* no columns of a table */
                               "{\"data\":{\"values\":[[1]]},\"a\":5}" /* without names */
                               "{\"fields\":[\"a\"],\"columns\":[[]]}{\"a\":6}";
    static const char *const WANT[][2] = {{"1", "<NA>"}, {"x", "[1,2]"}, {"<NA>", "<NA>"}, {"{\"b\":[2]}", "<NA>"}, {"true", "<NA>"}, {"<NA>", "3"}, {"<NA>", "<NA>"}, {"5", "<NA>"}, {"6", "<NA>"}};
    struct made m;
    make(&m, TEXT, strlen(TEXT));
    for (size_t i = 0; i < ARRAY_SIZE(WANT); i++) {
        const struct log_record *r = next(&m);
        VALUE_IS(r, "/a", WANT[i][0]);
        VALUE_IS(r, "/c", WANT[i][1]);
    }
    is_over(&m);
    CHECK_INT(m.troubles, 0);
    unmake(&m);
}

TEST(rows_that_take_too_much_with_their_names_are_left_out)
{
    static const char *const SHAPES[][3] = {
        {"{\"fields\":[\"", "\"],\"columns\":[[", "]]}"},
        {"{\"ResultSet\":{\"ResultSetMetadata\":{\"ColumnInfo\":[{\"Name\":\"", "\"}]},\"Rows\":[", "]}}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(SHAPES); i++) {
        struct strbuf text = {};
        struct made m;
        strbuf_adds(&text, SHAPES[i][0]);
        strbuf_pad(&text, 'x', 1 << 20);
        strbuf_adds(&text, SHAPES[i][1]);
        for (int n = 0; n < 100; n++)
            strbuf_printf(&text, "%s%s", n ? "," : "", i ? "{\"Data\":[{\"VarCharValue\":\"1\"}]}" : "1");
        strbuf_adds(&text, SHAPES[i][2]);
        strbuf_adds(&text, A);
        make(&m, text.p, text.n);
        FIELD_IS(next(&m), "ct.name", "RunInstances");
        is_over(&m);
        CHECK_INT(m.troubles, 1);
        CHECK(str_has(strbuf_str(&m.said), STR("too long with the names")));
        unmake(&m);
        strbuf_done(&text);
    }
}

TEST(what_holds_records_may_be_empty_and_deep)
{
    static const char *const NONE[] = {"", "\n\n", "[]", "{\"Records\":[]}", "[][][]", "{\"kind\":\"EventList\",\"items\":[]}"};
    struct strbuf deep = {};
    struct made m;
    for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++) {
        make(&m, NONE[i], strlen(NONE[i]));
        is_over(&m);
        CHECK_INT(m.troubles, 0);
        unmake(&m);
    }
    strbuf_pad(&deep, '[', 3 << 20);
    make(&m, deep.p, deep.n);
    const struct log_record *r;
    while (log_reader_next(m.reader, &r) == 1)
        ;
    CHECK(m.troubles >= 1);
    unmake(&m);
    strbuf_done(&deep);
}

/* Two members, a folder between them; the second packed by itself. */
static size_t pack(char *to, size_t room, bool is_zip)
{
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    unsigned char packed[512];
    z_stream z = {.next_in = (unsigned char *)B, .avail_in = sizeof(B) - 1, .next_out = packed, .avail_out = sizeof(packed)};
    size_t used = 0;
    CHECK(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END && deflateEnd(&z) == Z_OK);
    CHECK_INT(is_zip ? archive_write_set_format_zip(a) : archive_write_set_format_ustar(a), ARCHIVE_OK);
    CHECK_INT(is_zip ? archive_write_add_filter_none(a) : archive_write_add_filter_gzip(a), ARCHIVE_OK);
    CHECK_INT(archive_write_open_memory(a, to, room, &used), ARCHIVE_OK);
    const struct {
        const char *name;
        const void *bytes;
        size_t n;
    } members[] = {{"logs/a.json", A, sizeof(A) - 1}, {"logs/sub", NULL, 0}, {"logs/readme", "hello\n", 6}, {"logs/b.json.gz", packed, z.total_out}};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        archive_entry_clear(e);
        archive_entry_set_pathname(e, members[i].name);
        archive_entry_set_filetype(e, members[i].bytes ? AE_IFREG : AE_IFDIR);
        archive_entry_set_perm(e, 0755);
        archive_entry_set_size(e, (la_int64_t)members[i].n);
        CHECK_INT(archive_write_header(a, e), ARCHIVE_OK);
        CHECK_INT(members[i].n ? archive_write_data(a, members[i].bytes, members[i].n) : 0, members[i].n);
    }
    CHECK_INT(archive_write_close(a), ARCHIVE_OK);
    archive_entry_free(e);
    CHECK_INT(archive_write_free(a), ARCHIVE_OK);
    return used;
}

TEST(members_of_archives_are_files)
{
    for (int is_zip = 0; is_zip < 2; is_zip++) {
        static char bytes[64 << 10];
        struct made m;
        struct log_stats stats;
        make(&m, bytes, pack(bytes, sizeof(bytes), is_zip));
        const struct log_record *r = next(&m);
        FIELD_IS(r, "ct.name", "RunInstances");
        CHECK(str_ends(str_from(r->file), STR(": logs/a.json")) && str_starts(str_from(r->file), str_from(m.path)));
        r = next(&m);
        FIELD_IS(r, "ct.name", "StopLogging");
        CHECK(str_ends(str_from(r->file), STR(": logs/b.json.gz")));
        is_over(&m);
        log_reader_stats(m.reader, &stats);
        CHECK_INT(stats.unknown_files, 1);
        CHECK_INT(stats.bad_files, 0);
        unmake(&m);
    }
}

TEST(an_archive_that_is_cut_gives_what_was_there)
{
    static char bytes[64 << 10];
    struct made m;
    const struct log_record *r;
    const size_t n = pack(bytes, sizeof(bytes), false);
    make(&m, bytes, n / 2);
    while (log_reader_next(m.reader, &r) == 1)
        ;
    CHECK(m.troubles > 0);
    unmake(&m);
}

/* What a shell of Windows writes. */
TEST(two_bytes_a_character)
{
    static char bytes[4 * sizeof(A)];
    for (int order = 0; order < 4; order++) { /* least first, most first; with a mark and without */
        const bool has_mark = order < 2, is_big = order % 2;
        size_t n = 0;
        struct made m;
        if (has_mark) {
            bytes[n++] = is_big ? '\xfe' : '\xff';
            bytes[n++] = is_big ? '\xff' : '\xfe';
        }
        for (const char *p = A; *p; p++) {
            bytes[n++] = is_big ? 0 : *p;
            bytes[n++] = is_big ? *p : 0;
        }
        make(&m, bytes, n);
        FIELD_IS(next(&m), "ct.name", "RunInstances");
        is_over(&m);
        CHECK_INT(m.troubles, 0);
        unmake(&m);
    }
}

/* Records of no known format are counted, the first one is remembered with what it may be, and they are records for rules. */
TEST(json_of_no_known_format)
{
    static const char text[] = A "\n"
                               "{\"when\":\"2026-03-02T12:00:00Z\",\"who\":\"eve\",\"\\u001b[31mred\":1}\n"
                               "{\"when\":\"2026-03-02T12:00:01Z\",\"who\":\"bob\"}\n";
    struct made m;
    struct log_stats stats;
    make(&m, text, sizeof(text) - 1);
    FIELD_IS(next(&m), "ct.name", "RunInstances");
    const struct log_record *r = next(&m);
    VALUE_IS(r, "/who", "eve");
    CHECK(r->event.time_ns == UINT64_C(1772452800000000000)); /* under a name that nobody knows */
    VALUE_IS(next(&m), "/who", "bob");
    is_over(&m);
    log_reader_stats(m.reader, &stats);
    CHECK_INT(stats.formats[LOG_JSON], 2);
    CHECK_INT(stats.unknown_records, 2);
    const struct log_unknowns *all = log_reader_unknowns(m.reader);
    CHECK_INT(all->n, 1);
    CHECK_INT(all->kinds[0].first.records, 2);
    CHECK_INT(all->kinds[0].first.line, 2);
    CHECK_STR(str_from(all->kinds[0].first.members), "when, who, \x1b[31mred"); /* whoever shows it makes it safe */
    CHECK_STR(str_from(all->kinds[0].file), m.path);
    CHECK_INT(m.troubles, 0);
    unmake(&m);
}

TEST(kinds_of_unknown_json_are_bounded)
{
    struct log_unknowns all = {};
    struct strbuf text = {};
    struct made m;
    /* the longest names, more of them than are told, and a name that is cut within a character */
    strbuf_addc(&text, '{');
    for (unsigned i = 0; i < UNKNOWN_NAMES + 3; i++)
        strbuf_printf(&text, "%s\"%02u_______________________________________é___\":0", i ? "," : "", i);
    strbuf_addc(&text, '}');
    make(&m, text.p, text.n);
    (void)next(&m);
    is_over(&m);
    const struct log_unknown_kind *k = &log_reader_unknowns(m.reader)->kinds[0];
    CHECK(strlen(k->first.members) < UNKNOWN_TEXT && strstr(k->first.members, "…"));
    CHECK(!strstr(k->first.members, "\xc3"));
    for (unsigned i = 0; i < UNKNOWN_KINDS + 5; i++) {
        struct log_unknown u = {.records = i + 1, .guess = "g"};
        (void)snprintf(u.members, sizeof(u.members), "m%u", i);
        log_unknowns_add(&all, "f", &u);
        CHECK_INT(u.records, 0);
    }
    struct log_unknown again = {.records = 1000, .guess = "g", .members = "m3"};
    log_unknowns_add(&all, "other", &again);
    log_unknowns_sort(&all);
    CHECK_INT(all.n, UNKNOWN_KINDS);
    CHECK_INT(all.files, UNKNOWN_KINDS + 6);
    CHECK_STR(str_from(all.kinds[0].first.members), "m3");
    CHECK_INT(all.kinds[0].first.records, 1004);
    CHECK_INT(all.kinds[0].files, 2);
    log_unknowns_done(&all);
    unmake(&m);
    strbuf_done(&text);
}

/* Bytes that shrink to next to nothing: in a file packed with gzip, or in a member that nobody reads before one that is a log. */
static size_t pack_same(char *to, size_t room, bool is_tar, size_t n, bool is_log)
{
    static char same[1 << 20];
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    size_t used = 0;
    CHECK_INT(is_tar ? archive_write_set_format_ustar(a) : archive_write_set_format_raw(a), ARCHIVE_OK);
    CHECK_INT(is_tar ? archive_write_add_filter_bzip2(a) : archive_write_add_filter_gzip(a), ARCHIVE_OK);
    CHECK_INT(archive_write_open_memory(a, to, room, &used), ARCHIVE_OK);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_pathname(e, "same\x1b[2J\nlog: all is well");
    archive_entry_set_size(e, (la_int64_t)n);
    CHECK_INT(archive_write_header(a, e), ARCHIVE_OK);
    for (size_t done = 0; done < n; done += sizeof(same)) {
        memset(same, is_log ? ' ' : 'x', sizeof(same));
        if (is_log && !done)
            memcpy(same, A "\n", sizeof(A));
        CHECK_INT(archive_write_data(a, same, sizeof(same)), sizeof(same));
    }
    if (is_tar) {
        archive_entry_clear(e);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_pathname(e, "log");
        archive_entry_set_size(e, sizeof(A) - 1);
        CHECK_INT(archive_write_header(a, e), ARCHIVE_OK);
        CHECK_INT(archive_write_data(a, A, sizeof(A) - 1), sizeof(A) - 1);
    }
    CHECK_INT(archive_write_close(a), ARCHIVE_OK);
    archive_entry_free(e);
    CHECK_INT(archive_write_free(a), ARCHIVE_OK);
    return used;
}

TEST(what_unpacks_to_far_more_than_a_log_is_left)
{
    enum { SIZE = 16 << 20, LIMIT = 2 << 20 };
    static char bytes[256 << 10];
    for (int is_tar = 0; is_tar < 2; is_tar++) {
        for (int is_limited = 0; is_limited < 2; is_limited++) {
            struct made m;
            struct error err = ERROR_NULL;
            struct log_stats stats;
            const struct log_record *r;
            unsigned n = 0;
            make(&m, bytes, pack_same(bytes, sizeof(bytes), is_tar, SIZE, !is_tar));
            m.reader = log_reader_free(m.reader);
            const char *paths[] = {m.path};
            CHECK_INT(log_reader_new(&(struct log_options){.paths = paths, .n_paths = 1, .say = say, .ctx = &m, .unpacked = is_limited ? LIMIT : 0}, &m.reader, &err), 0);
            while (log_reader_next(m.reader, &r) == 1)
                n++;
            log_reader_stats(m.reader, &stats);
            CHECK_INT(n, is_tar && is_limited ? 0 : 1); /* what came before stays */
            CHECK_INT(m.said.n && str_has(strbuf_str(&m.said), STR("becomes more than")), is_limited);
            CHECK_INT(stats.bad_files, is_limited);
            CHECK(!is_limited || stats.bytes <= LIMIT + (8 << 20));
            unmake(&m);
        }
    }
}

TEST(names_of_members_are_shown_on_one_line)
{
    static char bytes[256 << 10];
    struct made m;
    const struct log_record *r;
    make(&m, bytes, pack_same(bytes, sizeof(bytes), true, 1 << 20, true));
    r = next(&m);
    CHECK(str_ends(str_from(r->file), STR(": same\\x1b[2J\\x0alog: all is well")));
    unmake(&m);
}
