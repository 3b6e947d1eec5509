// SPDX-License-Identifier: Apache-2.0
#include "finding/sample.h"
#include "harness/test.h"

TEST(exit_codes)
{
    _cleanup_(arena_done) struct arena a = {};
    struct report r = {}, clean = {};
    sample_image_report(&r, &a, NULL);
    sample_clean_report(&clean, &a);
    CHECK_INT(report_exit_code(&r, PRIORITY_CRITICAL), 1);
    CHECK_INT(report_exit_code(&r, PRIORITY_ALERT), 0);
    CHECK_INT(report_exit_code(&clean, PRIORITY_DEBUG), 0);
    report_failure(report_add_target(&clean, STR("x"), STR("image")), STR("no such file"));
    CHECK_INT(report_exit_code(&clean, PRIORITY_DEBUG), 3);
    report_failure(report_add_target(&r, STR("x"), STR("image")), STR("no such file"));
    CHECK_INT(report_exit_code(&r, PRIORITY_DEBUG), 1);
    report_done(&r);
    report_done(&clean);
}

TEST(context_and_authorised_fail_nothing)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    struct report r = {};
    CHECK_INT(
        policy_load_memory("p",
                           STR("version: 1\nauthorise:\n- {what: {rule: Miner*}, approved_by: A, reason: B, "
                               "until: 2030-01-01}\n- {what: {rule: AWS*}, approved_by: A, reason: B, "
                               "until: 2030-01-01}\n- {what: {rule: Name*}, approved_by: A, reason: B, "
                               "until: 2030-01-01}\n"),
                           &p, &err),
        0);
    sample_image_report(&r, &a, p);
    CHECK_CSTR(verdict_name(r.targets.v[0]->verdict.word), "authorised");
    CHECK_INT(report_exit_code(&r, PRIORITY_DEBUG), 0);
    report_done(&r);
}

TEST(gaps_are_bounded_and_counted)
{
    struct report r = {};
    struct report_target *t = report_add_target(&r, STR("x"), STR("image"));
    for (int i = 0; i < REPORT_GAPS_MAX + 5; i++)
        report_unread(t, STR("/a"), STR("why"));
    CHECK_INT(t->unread.list.n, REPORT_GAPS_MAX);
    CHECK_INT(t->unread.total, REPORT_GAPS_MAX + 5);
    CHECK_INT(t->skipped.total, 0);
    report_done(&r);
    report_done(&r);
}

TEST(the_sample_is_malicious)
{
    _cleanup_(arena_done) struct arena a = {};
    struct report r = {};
    sample_image_report(&r, &a, NULL);
    const struct verdict *v = &r.targets.v[0]->verdict;
    CHECK_CSTR(verdict_name(v->word), "malicious");
    CHECK_INT(v->intent.n_evidence, 4);
    CHECK_INT(v->harm.n_evidence, 1);
    CHECK_STR(v->purposes[0], "mining");
    report_done(&r);
}

TEST(moments_of_a_run)
{
    struct report r = {};
    struct report_target *t = report_add_target(&r, STR("x"), STR("image"));
    struct report_run *run = report_add_run(t, STR("/bin/x"));
    static const char asked[] = "asked";
    char text[32];
    report_moment(run, 300, asked, STR("dns A b.example"), 0);
    report_moment(run, 100, "start", STR("/bin/x"), 0);
    report_moment(run, 400, asked, STR("dns A b.example"), 0); /* the same again */
    report_moment(run, 200, asked, STR("dns A a.example"), 0);
    report_run_end(run);
    CHECK_INT(run->moments.n, 3);
    CHECK_STR(run->moments.v[0].text, "/bin/x");
    CHECK_STR(run->moments.v[1].text, "dns A a.example");
    CHECK_INT(run->moments.v[2].count, 2);
    for (int i = 0; i < REPORT_MOMENTS_MAX + 7; i++) {
        (void)snprintf(text, sizeof(text), "dns A n%d.example", i);
        report_moment(run, 500, asked, str_from(text), 0);
    }
    CHECK_INT(run->moments.n, REPORT_MOMENTS_MAX);
    CHECK_INT(run->moments_left_out, 3 + 7);
    report_done(&r);
}
