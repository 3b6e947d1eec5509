// SPDX-License-Identifier: Apache-2.0
/* Writes the reports of finding/sample.h as JSON, one after the other separated by a NUL: input of the schema
 * test. */
#include "base/strbuf.h"
#include "finding/sample.h"
#include "sink/sink.h"

static int write_one(void (*fill)(struct report *r, struct arena *a))
{
    _cleanup_(arena_done) struct arena a = {};
    struct report r = {};
    struct error err = {};
    fill(&r, &a);
    struct sink *s = SINK_JSON.open(&(struct sink_options){.output = sink_output_file(stdout)});
    int code = SINK_JSON.report(s, &r, &err);
    (void)SINK_JSON.close(s);
    report_done(&r);
    return code < 0 || putchar(0) == EOF;
}

static void image(struct report *r, struct arena *a)
{
    sample_image_report(r, a, NULL);
}

static void clean_and_failed(struct report *r, struct arena *a)
{
    sample_clean_report(r, a);
    report_failure(report_add_target(r, STR("missing\xff"), STR("image")), STR("there is no such file"));
    r->never_fails = true;
}

static void authorised(struct report *r, struct arena *a)
{
    static struct policy *p; /* the report borrows it */
    struct error err = {};
    if (policy_load_memory("policy.yaml",
                           STR("version: 1\nauthorise:\n- what: {rule: Miner*}\n  approved_by: A\n"
                               "  reason: B\n  until: 2030-01-01\n"),
                           &p, &err) == 0)
        sample_image_report(r, a, p);
}

int main(void)
{
    return write_one(image) || write_one(clean_and_failed) || write_one(authorised);
}
