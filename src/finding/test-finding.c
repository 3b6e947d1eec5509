// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "finding/sample.h"
#include "harness/test.h"

static const char *const TAGS =
    "kind:threat axis:intent by:name by:name row:103 T1036.005 T1036 mitre_execution T12";

TEST(tags_are_taken_apart)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    struct facts f;
    facts_init(&f);
    sample_file(&f, "/a", NULL, 3);
    const struct finding *got =
        findings_keep(fs, sample_rule(&a, 0, "r", PRIORITY_ERROR, TAGS), &f, STR("out"));
    CHECK(got && got->intent && !got->harm && !got->conclusive && got->kind == FINDING_THREAT);
    CHECK_INT(got->n_by, 1);
    CHECK_STR(got->by[0], "name");
    CHECK_STR(got->rows[0], "103");
    CHECK_INT(got->n_techniques, 2);
    CHECK_STR(got->techniques[1], "T1036");
    CHECK_INT(got->subject.layer, 3);
    CHECK_STR(got->output, "out");
    /* Of the fields the rule reads, the event had one; its type is in the subject. */
    CHECK_INT(got->n_fields, 1);
    CHECK_INT(got->fields[0].field, F_FILE_PATH);
    facts_done(&f);
}

TEST(a_finding_outlives_its_event)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    sample_file(&f, "/first", SAMPLE_SHA256, 1);
    (void)facts_add(&f, F_MINER_POOLS, STR("pool.example:1"));
    facts_note(&f, &(struct note){.field = F_MINER_POOLS, .value = STR("pool.example:1"), .line = 4});
    facts_note(&f, &(struct note){.field = F_WALLET_ADDRESSES, .value = STR("not read by the rule")});
    const struct finding *got = findings_keep(fs, r, &f, STR("out"));
    sample_file(&f, "/second", NULL, 0);
    facts_done(&f);
    CHECK_STR(got->subject.name, "/first");
    CHECK_INT(got->n_notes, 1);
    CHECK_STR(got->notes[0].value, "pool.example:1");
    CHECK_STR(got->fields[1].text, "(pool.example:1)");
}

TEST(notes_of_what_the_output_prints)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    struct facts f;
    r->output = STR("counted %wallet.addresses");
    facts_init(&f);
    sample_file(&f, "/a", NULL, 0);
    facts_note(&f, &(struct note){.field = F_WALLET_ADDRESSES, .value = STR("4DAVY"), .line = 1});
    facts_note(&f, &(struct note){.field = F_CONTENT_URLS, .value = STR("not shown")});
    const struct finding *got = findings_keep(fs, r, &f, STR("counted (4DAVY)"));
    CHECK_INT(got->n_notes, 1);
    CHECK_STR(got->notes[0].value, "4DAVY");
    facts_done(&f);
}

TEST(equal_matches_fold)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, ""),
                      *other = sample_rule(&a, 1, "o", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    sample_file(&f, "/a", SAMPLE_SHA256, 1);
    const struct finding *first = findings_keep(fs, r, &f, STR(""));
    CHECK(findings_keep(fs, r, &f, STR("")) == first);
    CHECK_INT(first->repeats, 1);
    CHECK(findings_keep(fs, other, &f, STR("")) != first);
    sample_file(&f, "/b", SAMPLE_SHA256, 1);
    CHECK(findings_keep(fs, r, &f, STR("")) == first);
    CHECK_INT(first->n_also, 1);
    CHECK_STR(first->also[0], "/b");
    CHECK(findings_keep(fs, r, &f, STR("")) == first);
    CHECK_INT(first->n_also_seen, 1);
    /* Another layer is another place to clean. */
    sample_file(&f, "/a", SAMPLE_SHA256, 2);
    CHECK(findings_keep(fs, r, &f, STR("")) != first);
    /* Without content to compare, paths stay apart. */
    sample_file(&f, "/c", NULL, 1);
    const struct finding *c = findings_keep(fs, r, &f, STR(""));
    sample_file(&f, "/d", NULL, 1);
    CHECK(findings_keep(fs, r, &f, STR("")) != c);
    /* The same path with other bytes, as a duplicated entry of an archive has. */
    sample_file(&f, "/a", "ff", 1);
    CHECK(findings_keep(fs, r, &f, STR("")) != first);
    facts_done(&f);
}

TEST(further_paths_are_counted_when_many)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    for (int i = 0; i < 100; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/%d", i);
        sample_file(&f, path, SAMPLE_SHA256, 1);
        (void)findings_keep(fs, r, &f, STR(""));
    }
    CHECK_INT(findings_count(fs), 1);
    CHECK_INT(findings_get(fs, 0)->n_also, FINDING_ALSO_MAX);
    CHECK_INT(findings_get(fs, 0)->n_also_seen, 99);
    facts_done(&f);
}

TEST(what_a_container_sees_is_not_told_beneath_what_it_does_not)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    sample_file(&f, "/deleted", SAMPLE_SHA256, 1);
    facts_str(&f, F_LAYER_STATE, STR("deleted"));
    facts_uint(&f, F_LAYER_HIDDEN_BY, 2);
    const struct finding *deleted = findings_keep(fs, r, &f, STR(""));
    sample_file(&f, "/still/there", SAMPLE_SHA256, 1);
    const struct finding *there = findings_keep(fs, r, &f, STR(""));
    CHECK(there != deleted);
    CHECK_STR(there->subject.layer_state, "effective");
    /* What another layer removed is told as removed by that one. */
    sample_file(&f, "/deleted/later", SAMPLE_SHA256, 1);
    facts_str(&f, F_LAYER_STATE, STR("deleted"));
    facts_uint(&f, F_LAYER_HIDDEN_BY, 3);
    CHECK_INT(findings_keep(fs, r, &f, STR(""))->subject.hidden_by, 3);
    CHECK_INT(deleted->n_also_seen, 0);
    sample_file(&f, "/there/too", SAMPLE_SHA256, 1);
    CHECK(findings_keep(fs, r, &f, STR("")) == there);
    CHECK_STR(there->also[0], "/there/too");
    facts_done(&f);
}

static const struct finding *keep_at(struct findings *fs, const struct rule *r, const char *path, bool is_exec, const char *persists)
{
    struct facts f;
    facts_init(&f);
    sample_file(&f, path, SAMPLE_SHA256, 1);
    facts_bool(&f, F_FILE_IS_EXEC, is_exec);
    if (persists)
        facts_str(&f, F_PERSIST_KIND, str_from(persists));
    const struct finding *kept = findings_keep(fs, r, &f, str_from(path));
    facts_done(&f);
    return kept;
}

TEST(the_path_that_tells_most_is_the_subject)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    const struct finding *kept = keep_at(fs, r, "/usr/share/doc/example", false, NULL);
    CHECK(keep_at(fs, r, "/usr/bin/run", true, NULL) == kept);
    CHECK_STR(kept->subject.name, "/usr/bin/run");
    CHECK_STR(kept->output, "/usr/bin/run");
    CHECK_STR(kept->fields[0].text, "/usr/bin/run");
    CHECK(keep_at(fs, r, "/usr/bin/run2", true, NULL) == kept);
    CHECK(keep_at(fs, r, "/etc/cron.d/run", false, "cron") == kept);
    CHECK(keep_at(fs, r, "/home/copy", false, NULL) == kept);
    CHECK_STR(kept->subject.path, "/etc/cron.d/run");
    CHECK_INT(kept->n_also, 4);
    static const char *const also[] = {"/usr/bin/run", "/usr/share/doc/example", "/usr/bin/run2", "/home/copy"};
    for (size_t i = 0; i < 4; i++)
        CHECK_STR(kept->also[i], also[i]);
    CHECK_INT(kept->id, 1);
    CHECK_INT(findings_count(fs), 1);
    CHECK_INT(kept->repeats, 0);
    /* The same places once more are no new ones. */
    CHECK(keep_at(fs, r, "/etc/cron.d/run", false, "cron") == kept);
    CHECK(keep_at(fs, r, "/usr/share/doc/example", false, NULL) == kept);
    CHECK_INT(kept->n_also_seen, 4);
    CHECK_INT(kept->repeats, 2);
}

TEST(a_full_list_has_what_was_the_subject)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    const struct finding *kept = NULL;
    for (int i = 0; i < 50; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/%d", i);
        kept = keep_at(fs, r, path, false, NULL);
    }
    CHECK(keep_at(fs, r, "/etc/cron.d/run", false, "cron") == kept);
    CHECK_STR(kept->also[0], "/0");
    CHECK_STR(kept->also[1], "/1");
    CHECK_STR(kept->also[FINDING_ALSO_MAX - 1], "/31");
    CHECK_INT(kept->n_also, FINDING_ALSO_MAX);
    CHECK_INT(kept->n_also_seen, 50);
}

TEST(the_limit_counts_and_never_hides_the_first)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs =
        findings_new(&(struct findings_options){.per_rule = 3, .bytes = 1});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, ""),
                      *other = sample_rule(&a, 7, "o", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    for (int i = 0; i < 5; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/%d", i);
        sample_file(&f, path, NULL, 0);
        CHECK((findings_keep(fs, r, &f, STR("")) != NULL) == (i == 0));
    }
    CHECK(findings_keep(fs, other, &f, STR("")) != NULL);
    CHECK_INT(findings_not_kept(fs, r, false), 4);
    CHECK_INT(findings_not_kept_total(fs), 4);
    CHECK(findings_count(fs) == 2 && findings_get(fs, 1)->rule == other);
    facts_done(&f);
}

TEST(authorised_noise_crowds_out_nothing)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    CHECK_INT(policy_load_memory("p",
                                 STR("version: 1\nauthorise:\n- what: {path: /ok/*}\n  approved_by: A\n"
                                     "  reason: B\n  until: 2100-01-01\n"),
                                 &p, &err),
              0);
    _cleanup_(findings_freep) struct findings *fs =
        findings_new(&(struct findings_options){.policy = p, .per_rule = 2});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    for (int i = 0; i < 10; i++) {
        char path[16];
        (void)snprintf(path, sizeof(path), "/ok/%d", i);
        sample_file(&f, path, NULL, 1);
        (void)findings_keep(fs, r, &f, STR(""));
    }
    sample_file(&f, "/ok/same", SAMPLE_SHA256, 2);
    (void)findings_keep(fs, r, &f, STR(""));
    sample_file(&f, "/bad", SAMPLE_SHA256, 2);
    const struct finding *bad = findings_keep(fs, r, &f, STR(""));
    CHECK(bad && !bad->authorised);
    CHECK_STR(bad->subject.path, "/bad");
    CHECK_INT(findings_not_kept(fs, r, true), 9);
    CHECK_INT(findings_not_kept(fs, r, false), 0);
    CHECK_INT(policy_get(p, 0)->used, 11);
    facts_done(&f);
}

TEST(long_text_is_cut_at_a_character)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    struct strbuf text = {};
    struct facts f;
    facts_init(&f);
    strbuf_addc(&text, 'x');
    while (text.n < 2 * FINDING_TEXT_MAX)
        strbuf_adds(&text, "é");
    sample_file(&f, "/a", NULL, 0);
    (void)facts_add(&f, F_MINER_POOLS, strbuf_str(&text));
    const struct finding *got =
        findings_keep(fs, sample_rule(&a, 0, "r", PRIORITY_ERROR, ""), &f, strbuf_str(&text));
    CHECK_INT(got->output.n, FINDING_TEXT_MAX - 1);
    CHECK(got->fields[1].cut && got->fields[1].text.n <= FINDING_TEXT_MAX);
    strbuf_done(&text);
    facts_done(&f);
}

TEST(subjects_have_names)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    struct facts f;
    facts_init(&f);
    facts_reset(&f, EVENT_PROCESS, 5);
    facts_str(&f, F_PROC_NAME, STR("kworker"));
    facts_str(&f, F_PROC_EXEPATH, STR("/tmp/x"));
    facts_int(&f, F_PROC_PID, 812);
    const struct finding *got = findings_keep(fs, r, &f, STR(""));
    CHECK_STR(got->subject.name, "kworker(812)");
    CHECK_STR(got->subject.path, "/tmp/x");
    CHECK_INT(got->subject.pid, 812);
    CHECK_INT(got->time_ns, 5);
    facts_reset(&f, EVENT_ACCOUNT, 5);
    facts_str(&f, F_ACCOUNT_NAME, STR("toor"));
    CHECK_STR(findings_keep(fs, r, &f, STR(""))->subject.name, "toor");
    facts_reset(&f, EVENT_IMAGE, 5);
    facts_str(&f, F_TARGET_NAME, STR("x.tar"));
    CHECK_STR(findings_keep(fs, r, &f, STR(""))->subject.name, "x.tar");
    facts_reset(&f, EVENT_HOST, 5);
    facts_str(&f, F_HOST_NAME, STR("db-3"));
    CHECK_STR(findings_keep(fs, r, &f, STR(""))->subject.name, "db-3");
    facts_done(&f);
}

TEST(severities_and_priorities_by_word)
{
    CHECK_INT(severity_or_priority_from(STR("critical")), PRIORITY_CRITICAL);
    CHECK_INT(severity_or_priority_from(STR("HIGH")), PRIORITY_ERROR);
    CHECK_INT(severity_or_priority_from(STR("warning")), PRIORITY_WARNING);
    CHECK_INT(severity_or_priority_from(STR("medium")), PRIORITY_WARNING);
    CHECK_INT(severity_or_priority_from(STR("alert")), PRIORITY_ALERT);
    CHECK_INT(severity_or_priority_from(STR("info")), PRIORITY_DEBUG);
    CHECK_INT(severity_or_priority_from(STR("informational")), PRIORITY_INFORMATIONAL);
    CHECK(severity_or_priority_from(STR("bad")) < 0);
    CHECK_CSTR(severity_name(severity_of(PRIORITY_ALERT)), "critical");
}
