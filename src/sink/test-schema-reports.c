// SPDX-License-Identifier: Apache-2.0
/* Writes sample reports in a format (the first argument; json without one), one after the other with a NUL after each: input
 * of the tests that hold them against schemas and standards. */
#include "base/strbuf.h"
#include "finding/sample.h"
#include "sink/sink.h"
#include "sink/test-hostile.h"

static int write_one(const struct sink_ops *ops, void (*fill)(struct report *r, struct arena *a))
{
    _cleanup_(arena_done) struct arena a = {};
    struct report r = {};
    struct error err = {};
    fill(&r, &a);
    struct sink *s = ops->open(&(struct sink_options){.output = sink_output_file(stdout)});
    int code = ops->report(s, &r, &err);
    (void)ops->close(s);
    report_done(&r);
    return code < 0 || putchar(0) == EOF;
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

int main(int argc, char **argv)
{
    const struct sink_ops *ops = sink_from(str_from(argc > 1 ? argv[1] : "json"));
    return !ops || write_one(ops, image) || write_one(ops, clean_and_failed) || write_one(ops, authorised) ||
           (ops != &SINK_JSON && write_one(ops, sample_hostile_report));
}
