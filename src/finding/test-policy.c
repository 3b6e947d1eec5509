// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/strbuf.h"
#include "finding/sample.h"
#include "harness/test.h"

#define TAIL "  approved_by: Aiko\n  reason: benchmark\n  until: 2026-12-31\n"

static const uint64_t DAY_NS = 86'400ULL * 1'000'000'000U;

static void check_error(const char *yaml, const char *want)
{
    struct policy *p = NULL;
    struct error err = {};
    CHECK(policy_load_memory("p.yaml", str_from(yaml), &p, &err) < 0);
    CHECK(!p);
    CHECK_CSTR(err.text, want);
}

TEST(an_entry_is_read)
{
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    CHECK_INT(policy_load_memory("p.yaml",
                                 STR("version: 1\n"
                                     "authorise:\n"
                                     "  - what: {rule: Miner*, path: /opt/*, purpose: mining}\n"
                                     "    approved_by: Aiko Tanaka, platform\n"
                                     "    reason: >-\n"
                                     "      benchmark of\n"
                                     "      the new nodes\n"
                                     "    until: 2026-12-31\n"),
                                 &p, &err),
              0);
    CHECK_INT(policy_count(p), 1);
    const struct policy_entry *e = policy_get(p, 0);
    CHECK_STR(e->rule, "Miner*");
    CHECK_STR(e->purpose, "mining");
    CHECK_STR(e->reason, "benchmark of the new nodes");
    CHECK_INT(e->line, 3);
    CHECK_INT(e->until_ns,
              1'798'761'600LL * 1'000'000'000); /* 2027-01-01T00:00:00Z: the last day counts whole */
    CHECK(!policy_entry_expired(e, e->until_ns - 1) && policy_entry_expired(e, e->until_ns));
    CHECK_CSTR(policy_name(p), "p.yaml");
}

TEST(a_policy_may_authorise_nothing)
{
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    CHECK_INT(policy_load_memory("p.yaml", STR("version: 1\n"), &p, &err), 0);
    CHECK_INT(policy_count(p), 0);
}

TEST(a_day_far_ahead_is_a_day)
{
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    CHECK_INT(
        policy_load_memory("p.yaml",
                           STR("version: 1\nauthorise:\n- what: {path: /x}\n  approved_by: A\n  reason: B\n"
                               "  until: 2999-12-31\n"),
                           &p, &err),
        0);
    CHECK(!policy_entry_expired(policy_get(p, 0), UINT64_MAX - 1));
}

TEST(errors_name_the_place_and_the_cure)
{
    check_error("", "p.yaml:1:1: empty; a policy begins with \"version: 1\"");
    check_error("%YAML 1.2\n---\nversion: 1\n", "p.yaml:1:1: YAML directives are not taken; remove the line");
    check_error("version: 1\n# \xff\n", "p.yaml:2:3: a byte that is no text; a policy is plain UTF-8");
    check_error("authorise: []\n", "p.yaml:1:1: version is missing; begin with \"version: 1\"");
    check_error("version: 2\n", "p.yaml:1:10: version \"2\" is not known; this program reads version 1");
    check_error("version: 1\nallow: []\n",
                "p.yaml:2:1: unknown key \"allow\"; there are version and authorise");
    check_error("version: 1\nauthorise:\n- what: {paht: /x}\n" TAIL,
                "p.yaml:3:10: unknown condition \"paht\" in what; there are rule, path, image, sha256, "
                "account, purpose");
    check_error("version: 1\nauthorise:\n- what: {path: /x}\n  by: me\n" TAIL,
                "p.yaml:4:3: unknown key \"by\" in an entry; there are what, approved_by, reason, until");
    check_error("version: 1\nauthorise:\n- what: {path: /x}\n  approved_by: A\n  reason: B\n",
                "p.yaml:3:3: until is missing: an authorisation says who approved it, why, and until when");
    check_error("version: 1\nauthorise:\n- approved_by: A\n  reason: B\n  until: 2026-01-01\n",
                "p.yaml:3:3: what is missing: say which findings the entry covers");
    check_error(
        "version: 1\nauthorise:\n- what: {image: \"*\", rule: \"**\"}\n" TAIL,
        "p.yaml:3:10: this would authorise everything; name a rule, path, image, sha256, account or purpose");
    check_error("version: 1\nauthorise:\n- what: {sha256: abc}\n" TAIL,
                "p.yaml:3:18: sha256 must be 64 hexadecimal digits, as sha256sum prints them");
    check_error("version: 1\nauthorise:\n- what: {purpose: fun}\n" TAIL,
                "p.yaml:3:19: there is no purpose \"fun\"; write one of mining, ransom, theft, ddos, "
                "hosting, dns, access");
    check_error(
        "version: 1\nauthorise:\n- what: {path: /x}\n  approved_by: A\n  reason: B\n  until: 2026-02-30\n",
        "p.yaml:6:10: until must be a day that exists, written YYYY-MM-DD, such as 2026-12-31");
    check_error("version: 1\nauthorise:\n- what: {path: [/x]}\n" TAIL,
                "p.yaml:3:17: path must be a text; aliases, lists and mappings are not taken here");
    check_error("version: 1\nauthorise:\n- what: {path: \"\"}\n" TAIL,
                "p.yaml:3:17: path is empty; write what is meant or leave the key out");
    check_error("version: 1\nauthorise: yes\n",
                "p.yaml:2:12: authorise must be a list of entries, each beginning with \"- what:\"");
}

TEST(text_that_is_no_yaml_names_the_place)
{
    struct policy *p = NULL;
    struct error err = {};
    CHECK(policy_load_memory("p.yaml", STR("version: 1\nauthorise: [\n"), &p, &err) < 0);
    CHECK(str_starts(str_from(err.text), STR("p.yaml:3:1: ")));
    CHECK(policy_load_memory("p.yaml", STR("version: 1\nversion: 1\n"), &p, &err) < 0);
    CHECK(str_starts(str_from(err.text), STR("p.yaml:2:1: ")));
}

TEST(a_missing_file_is_named)
{
    struct policy *p = NULL;
    struct error err = {};
    CHECK_INT(policy_load_file("/nonexistent/policy.yaml", &p, &err), -ENOENT);
    CHECK_CSTR(err.text, "cannot read /nonexistent/policy.yaml: No such file or directory");
}

struct trial {
    const char *what;
    const char *path, *sha256, *image, *tags;
    bool covers;
};

TEST(all_conditions_must_hold)
{
    static const struct trial trials[] = {
        {"path: /opt/*", "/opt/a/b", NULL, "", "", true},
        {"path: /opt/*", "/opt", NULL, "", "", false},
        {"path: /opt/?", "/opt/a", NULL, "", "", true},
        {"path: /opt/?", "/opt/ab", NULL, "", "", false},
        {"path: /opt/a, rule: other", "/opt/a", NULL, "", "", false},
        {"path: /opt/a, rule: Sample*", "/opt/a", NULL, "", "", true},
        {"image: acme/*", "/a", NULL, "acme/x:1", "", true},
        {"image: acme/*", "/a", NULL, "evil/acme/x:1", "", false},
        {"image: acme/*", "/a", NULL, "", "", false},
        {"image: \"sha256:dd\"", "/a", NULL, "x", "", true},
        {"sha256: 0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0", "/a", SAMPLE_SHA256, "",
         "", true},
        {"sha256: 0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0", "/a", NULL, "", "",
         false},
        {"purpose: mining", "/a", NULL, "", "purpose:mining", true},
        {"purpose: mining", "/a", NULL, "", "purpose:mining purpose:theft", false},
        {"purpose: mining", "/a", NULL, "", "", false},
        {"account: root", "root", NULL, "", "", false}, /* a file is no account */
    };
    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        const struct trial *t = &trials[i];
        _cleanup_(arena_done) struct arena a = {};
        _cleanup_(policy_freep) struct policy *p = NULL;
        struct error err = {};
        struct strbuf yaml = {};
        struct facts f;
        strbuf_printf(&yaml, "version: 1\nauthorise:\n- what: {%s}\n" TAIL, t->what);
        int r = policy_load_memory("p", strbuf_str(&yaml), &p, &err);
        strbuf_done(&yaml);
        CHECK_CSTR(err.text, "");
        CHECK_INT(r, 0);
        _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){
            .policy = p, .image = str_from(t->image), .image_digest = STR("sha256:dd")});
        facts_init(&f);
        sample_file(&f, t->path, t->sha256, 1);
        const struct finding *got =
            findings_keep(fs, sample_rule(&a, 0, "Sample rule", PRIORITY_ERROR, t->tags), &f, STR(""));
        facts_done(&f);
        if (got->authorised != t->covers)
            test_fail(__FILE__, __LINE__, "trial %zu: {%s}", i, t->what);
    }
}

TEST(an_account_by_name)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    struct facts f;
    CHECK_INT(
        policy_load_memory("p", STR("version: 1\nauthorise:\n- what: {account: ops-*}\n" TAIL), &p, &err), 0);
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){.policy = p});
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    facts_init(&f);
    facts_reset(&f, EVENT_ACCOUNT, 1);
    facts_str(&f, F_ACCOUNT_NAME, STR("ops-1"));
    CHECK(findings_keep(fs, r, &f, STR(""))->authorised);
    facts_reset(&f, EVENT_ACCOUNT, 1);
    facts_str(&f, F_ACCOUNT_NAME, STR("toor"));
    CHECK(!findings_keep(fs, r, &f, STR(""))->authorised);
    facts_done(&f);
}

TEST(an_expired_entry_does_not_apply_and_is_counted)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(policy_freep) struct policy *p = NULL;
    struct error err = {};
    struct facts f;
    CHECK_INT(
        policy_load_memory("p",
                           STR("version: 1\nauthorise:\n- what: {path: /a}\n  approved_by: A\n  reason: B\n"
                               "  until: 2026-12-30\n- what: {path: \"/*\"}\n" TAIL),
                           &p, &err),
        0);
    const struct rule *r = sample_rule(&a, 0, "r", PRIORITY_ERROR, "");
    facts_init(&f);
    sample_file(&f, "/a", NULL, 1);
    uint64_t first_ends = policy_get(p, 0)->until_ns;

    struct findings *fs = findings_new(&(struct findings_options){.policy = p, .now_ns = first_ends});
    CHECK_INT(findings_keep(fs, r, &f, STR(""))->policy_entry, 2);
    findings_free(fs);
    CHECK_INT(policy_get(p, 0)->would_have, 1);
    CHECK_INT(policy_get(p, 0)->used, 0);
    CHECK_INT(policy_get(p, 1)->used, 1);

    fs = findings_new(&(struct findings_options){.policy = p, .now_ns = first_ends + DAY_NS});
    CHECK(!findings_keep(fs, r, &f, STR(""))->authorised);
    findings_free(fs);
    facts_done(&f);
}
