// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>

#include "base/strbuf.h"
#include "finding/sample.h"
#include "harness/test.h"
#include "sink/sink.h"

static json_t *parsed(const struct report *r)
{
    struct strbuf got = {};
    struct error err = {};
    json_error_t json_err;
    struct sink *s = SINK_JSON.open(&(struct sink_options){.output = sink_output_strbuf(&got)});
    CHECK_INT(SINK_JSON.report(s, r, &err), 0);
    (void)SINK_JSON.close(s);
    for (size_t i = 0; i < got.n; i++)
        CHECK(got.p[i] == '\n' || (got.p[i] >= 0x20 && got.p[i] < 0x7f));
    json_t *j = json_loadb(got.p, got.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &json_err);
    if (!j)
        test_fail(__FILE__, __LINE__, "%d:%d: %s", json_err.line, json_err.column, json_err.text);
    strbuf_done(&got);
    return j;
}

static const char *text_at(json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s ? s : "(none)";
}

TEST(the_report_says_what_was_found)
{
    struct arena a = {};
    struct report r = {};
    sample_image_report(&r, &a, NULL);
    json_t *j = parsed(&r);
    CHECK_CSTR(text_at(j, "schema"), "davy.report/1");
    CHECK_CSTR(text_at(j, "started"), "2025-11-24T16:00:00.000000000Z");
    CHECK_INT(json_integer_value(json_object_get(j, "exit_code")), 1);
    json_t *t = json_array_get(json_object_get(j, "targets"), 0);
    json_t *verdict = json_object_get(t, "verdict"), *findings = json_object_get(t, "findings");
    CHECK_CSTR(text_at(verdict, "word"), "malicious");
    CHECK_INT(json_array_size(findings), findings_count(r.targets.v[0]->findings));
    /* The evidence of an axis leads to findings. */
    json_t *ids = json_object_get(json_object_get(verdict, "harm"), "evidence");
    CHECK_INT(json_array_size(ids), 1);
    json_t *f = json_array_get(findings, (size_t)json_integer_value(json_array_get(ids, 0)) - 1);
    CHECK_CSTR(text_at(f, "rule"), "Miner configuration with a payable address");
    CHECK_CSTR(text_at(f, "priority"), "Critical");
    CHECK_CSTR(text_at(json_object_get(f, "subject"), "name"), "/opt/.cache/config.json");
    CHECK_INT(json_integer_value(json_object_get(json_object_get(f, "subject"), "layer")), 4);
    json_t *note = json_array_get(json_object_get(f, "notes"), 1);
    CHECK_CSTR(text_at(note, "via"), "base64>gzip");
    json_decref(j);
    report_done(&r);
    arena_done(&a);
}

TEST(bytes_that_are_no_utf8_are_kept)
{
    struct arena a = {};
    struct report r = {};
    struct report_target *t = report_add_target(&r, STR("a\\\xff\x1b"), STR("file"));
    struct facts f;
    t->findings = findings_new(&(struct findings_options){});
    facts_init(&f);
    sample_file(&f, "/\xc3(\xe2\x82\xac", NULL, 0);
    (void)findings_keep(t->findings, sample_rule(&a, 0, "r", PRIORITY_ERROR, "by:\xff"), &f,
                        str_n("a\0b", 3));
    facts_done(&f);
    json_t *j = parsed(&r);
    t = NULL;
    json_t *target = json_array_get(json_object_get(j, "targets"), 0);
    CHECK_CSTR(text_at(target, "name"), "a\\\\xff\x1b");
    CHECK_CSTR(text_at(target, "name_base64"), "YVz/Gw");
    json_t *finding = json_array_get(json_object_get(target, "findings"), 0);
    json_t *subject = json_object_get(finding, "subject");
    CHECK_CSTR(text_at(subject, "name"), "/\\xc3(€");
    CHECK_CSTR(text_at(subject, "name_base64"), "L8Mo4oKs");
    CHECK_CSTR(json_string_value(json_array_get(json_object_get(finding, "by"), 0)), "\\xff");
    CHECK_INT(json_string_length(json_object_get(finding, "output")), 3);
    json_decref(j);
    report_done(&r);
    arena_done(&a);
}

TEST(nothing_is_said_that_the_finding_does_not_hold)
{
    static const char secret[] = "AKIADAVYTESTIMITATION";
    static const struct sink_ops *const all[] = {&SINK_TEXT, &SINK_JSON, &SINK_MEMORY};
    struct arena a = {};
    struct report r = {};
    struct facts f;
    struct report_target *t = report_add_target(&r, STR("x"), STR("file"));
    t->findings = findings_new(&(struct findings_options){});
    facts_init(&f);
    sample_file(&f, "/root/.aws/credentials", NULL, 0);
    /* The secret stands in a fact that the rule does not read; the note about what it reads is redacted. */
    (void)facts_add(&f, F_SECRET_KINDS, STR("aws-access-key"));
    (void)facts_add(&f, F_CONTENT_URLS, str_from(secret));
    facts_note(&f, &(struct note){.field = F_CONTENT_URLS, .value = str_from(secret), .line = 1});
    facts_note(&f, &(struct note){.field = F_SECRET_KINDS, .value = STR("AKIA…ON"), .line = 2});
    (void)findings_keep(t->findings, sample_rule(&a, 0, "r", PRIORITY_ERROR, "kind:exposure"), &f,
                        STR("AKIA…ON"));
    facts_done(&f);
    report_judge(&r);
    for (size_t i = 0; i < 3; i++) {
        struct strbuf got = {};
        struct error err = {};
        struct sink *s = all[i]->open(
            &(struct sink_options){.output = sink_output_strbuf(&got), .utf8 = true, .verbose = true});
        CHECK_INT(all[i]->report(s, &r, &err), 0);
        struct str shown = all[i] == &SINK_MEMORY ? sink_memory_lines(s) : strbuf_str(&got);
        CHECK(str_has(shown, STR("/root/.aws/credentials")));
        CHECK(!str_has(shown, str_from(secret)));
        CHECK(!str_has(shown, STR("TESTIMITATION")));
        (void)all[i]->close(s);
        strbuf_done(&got);
    }
    report_done(&r);
    arena_done(&a);
}

TEST(memory_keeps_lines)
{
    struct arena a = {};
    struct report r = {};
    struct error err = {};
    sample_image_report(&r, &a, NULL);
    struct sink *s = SINK_MEMORY.open(&(struct sink_options){});
    CHECK_INT(SINK_MEMORY.report(s, &r, &err), 0);
    CHECK(str_starts(sink_memory_lines(s),
                     STR("malicious acme/golang-tools:latest\n"
                         "low\tcontext\tHidden folder holds a program\t/opt/.cache/run\n")));
    CHECK(!SINK_MEMORY.close(s));
    report_done(&r);
    arena_done(&a);
}

TEST(sinks_by_name)
{
    CHECK(sink_from(STR("text")) == &SINK_TEXT && sink_from(STR("json")) == &SINK_JSON);
    CHECK(!sink_from(STR("xml")));
}
