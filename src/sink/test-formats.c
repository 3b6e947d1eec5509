// SPDX-License-Identifier: Apache-2.0
/*
 * Every format against golden files (src/sink/golden; DAVY_WRITE_GOLDEN=1 writes them anew: look at every change), against
 * hostile targets and against more findings than anybody reads. What the standards demand is checked by test-formats.py.
 */
#include <errno.h>
#include <jansson.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "harness/test.h"
#include "sink/sink.h"
#include "sink/test-hostile.h"

static void render(const struct sink_ops *ops, const struct report *r, struct strbuf *got)
{
    struct error err = {};
    struct sink *s = ops->open(&(struct sink_options){.output = sink_output_strbuf(got), .utf8 = true});
    CHECK_INT(ops->report(s, r, &err), 0);
    CHECK(!ops->close(s));
}

static void check_golden(const char *name, const struct sink_ops *ops, struct str got)
{
    char path[4096];
    struct strbuf want = {};
    (void)snprintf(path, sizeof(path), "%s/src/sink/golden/%s.%s", getenv("DAVY_SOURCE_ROOT"), name, ops->name);
    FILE *f = fopen(path, getenv("DAVY_WRITE_GOLDEN") ? "w" : "r");
    if (!f)
        test_fail(__FILE__, __LINE__, "cannot open %s", path);
    if (getenv("DAVY_WRITE_GOLDEN")) {
        CHECK(fwrite(got.p, 1, got.n, f) == got.n && fclose(f) == 0);
        return;
    }
    for (size_t n = 1; n;) {
        strbuf_reserve(&want, 4096);
        n = fread(want.p + want.n, 1, 4096, f);
        want.n += n;
    }
    (void)fclose(f);
    strbuf_adds(&want, "");
    CHECK_STR(got, want.p);
    strbuf_done(&want);
}

/* The page without its style, which is a file of its own. */
static void without_style(struct strbuf *b)
{
    struct str all = strbuf_str(b);
    ptrdiff_t from = str_find(all, STR("<meta http-equiv"), 0), to = str_find(all, STR("</style>\n"), 0);
    if (from < 0 || to < from)
        return;
    to += (ptrdiff_t)strlen("</style>\n");
    memmove(b->p + from, b->p + to, b->n - (size_t)to + 1);
    b->n -= (size_t)(to - from);
}

static void golden(const char *name, void (*fill)(struct report *r, struct arena *a))
{
    for (size_t i = 1; sink_at(i); i++) {
        struct arena a = {};
        struct report r = {};
        struct strbuf got = {};
        fill(&r, &a);
        render(sink_at(i), &r, &got);
        without_style(&got);
        check_golden(name, sink_at(i), strbuf_str(&got));
        strbuf_done(&got);
        report_done(&r);
        arena_done(&a);
    }
}

static void image(struct report *r, struct arena *a)
{
    sample_image_report(r, a, NULL);
    sample_software(r->targets.v[0]);
}

static void clean_and_failed(struct report *r, struct arena *a)
{
    sample_clean_report(r, a);
    report_failure(report_add_target(r, STR("missing\xff"), STR("image")), STR("there is no such file"));
}

TEST(an_image)
{
    golden("image", image);
}

TEST(a_clean_one_and_one_that_failed)
{
    golden("clean", clean_and_failed);
}

static bool is_json(const struct sink_ops *ops)
{
    return ops == &SINK_JSON || ops == &SINK_SARIF || ops == &SINK_CYCLONEDX || ops == &SINK_SPDX;
}

TEST(hostile_targets_stay_text)
{
    for (size_t i = 1; sink_at(i); i++) {
        struct arena a = {};
        struct report r = {};
        struct strbuf got = {};
        sample_hostile_report(&r, &a);
        render(sink_at(i), &r, &got);
        struct str text = strbuf_str(&got);
        CHECK(text_is_utf8(text));
        CHECK(!str_has(text, STR("\x1b")) && !str_has(text, STR("\xe2\x80\xae")) && !memchr(text.p, 0x7f, text.n));
        CHECK(text.n < 64 << 20); /* values of a megabyte are cut somewhere */
        if (is_json(sink_at(i))) {
            json_error_t err;
            json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &err);
            if (!j)
                test_fail(__FILE__, __LINE__, "%s: %d:%d: %s", sink_at(i)->name, err.line, err.column, err.text);
            json_decref(j);
        }
        CHECK(sink_at(i) != &SINK_HTML || (!str_has(text, STR("<script")) && !str_has(text, STR("<!--")) && !str_has(text, STR("<b "))));
        strbuf_done(&got);
        report_done(&r);
        arena_done(&a);
    }
}

static int write_fails(void *, const void *, size_t)
{
    return -ENOSPC;
}

TEST(an_output_that_fails_is_said)
{
    for (size_t i = 0; sink_at(i); i++) {
        struct arena a = {};
        struct report r = {};
        struct error err = {};
        image(&r, &a);
        struct sink *s = sink_at(i)->open(&(struct sink_options){.output = {.write = write_fails}});
        CHECK_INT(sink_at(i)->report(s, &r, &err), -ENOSPC);
        CHECK_CSTR(err.text, "cannot write the report: No space left on device");
        (void)sink_at(i)->close(s);
        report_done(&r);
        arena_done(&a);
    }
}

struct counted {
    uint64_t bytes, calls, largest, runs;
};

static int count(void *ctx, const void *p, size_t n)
{
    struct counted *c = ctx;
    struct str s = str_n(p, n);
    c->bytes += n;
    c->calls++;
    c->largest = n > c->largest ? n : c->largest;
    for (ptrdiff_t at = 0; (at = str_find(s, STR("\"automationDetails\""), (size_t)at)) >= 0; at++)
        c->runs++;
    return 0;
}

TEST(many_findings_are_written_piece_by_piece)
{
    enum { FINDINGS = 60'000 };
    struct arena a = {};
    struct report r = {.version = STR("0.1.0")};
    struct report_target *t = report_add_target(&r, STR("x"), STR("rootfs"));
    struct facts f;
    t->findings = findings_new(&(struct findings_options){.per_rule = FINDINGS});
    facts_init(&f);
    for (int i = 0; i < FINDINGS; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/%d", i);
        sample_file(&f, path, NULL, 0);
        (void)findings_keep(t->findings, sample_rule(&a, (uint32_t)i % 50, "Many", PRIORITY_ERROR, "axis:intent T1000"), &f, STR(""));
    }
    facts_done(&f);
    report_judge(&r);
    CHECK_INT(findings_count(t->findings), FINDINGS);
    for (size_t i = 1; sink_at(i); i++) {
        struct counted c = {};
        struct sink *s = sink_at(i)->open(&(struct sink_options){.output = {.write = count, .ctx = &c}});
        CHECK_INT(sink_at(i)->report(s, &r, NULL), 0);
        (void)sink_at(i)->close(s);
        CHECK(c.largest < 512 << 10);
        if (sink_at(i) == &SINK_SARIF) {
            CHECK_INT(c.runs, 3); /* of 25,000 results at most */
            CHECK(c.bytes > FINDINGS * 100);
        }
    }
    report_done(&r);
    arena_done(&a);
}
