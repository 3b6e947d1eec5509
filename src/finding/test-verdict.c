// SPDX-License-Identifier: Apache-2.0
#include "finding/sample.h"
#include "harness/test.h"

/* One finding per line of tags, each of its own rule; a tag "same" takes the rule before; "ok" is authorised
 * by path. */
static struct verdict judged(struct arena *a, const char *const *lines)
{
    struct policy *p = NULL;
    struct error err = {};
    CHECK_INT(policy_load_memory("p",
                                 STR("version: 1\nauthorise:\n- what: {path: /ok/*}\n  approved_by: A\n"
                                     "  reason: B\n  until: 2100-01-01\n"),
                                 &p, &err),
              0);
    struct findings *fs = findings_new(&(struct findings_options){.policy = p});
    struct facts f;
    struct verdict v;
    const struct rule *r = NULL;
    facts_init(&f);
    for (uint32_t i = 0; lines[i]; i++) {
        bool same = !strncmp(lines[i], "same", 4), ok = !strncmp(lines[i], "ok", 2);
        char path[32];
        (void)snprintf(path, sizeof(path), "%s/%u", ok ? "/ok" : "", i);
        if (!same)
            r = sample_rule(a, i, "r", PRIORITY_ERROR, lines[i]);
        sample_file(&f, path, NULL, 1);
        (void)findings_keep(fs, r, &f, STR(""));
    }
    facts_done(&f);
    verdict_of(fs, a, &v);
    findings_free(fs);
    policy_free(p);
    return v;
}

#define CHECK_VERDICT(want, intent_strength, harm_strength, ...)                                             \
    do {                                                                                                     \
        _cleanup_(arena_done) struct arena _a = {};                                                          \
        struct verdict _v = judged(&_a, (const char *const[]){__VA_ARGS__, NULL});                           \
        CHECK_CSTR(verdict_name(_v.word), want);                                                             \
        CHECK_INT(_v.intent.strength, intent_strength);                                                      \
        CHECK_INT(_v.harm.strength, harm_strength);                                                          \
    } while (0)

TEST(one_conclusive_finding_holds_its_axes)
{
    CHECK_VERDICT("malicious", 3, 3, "axis:intent axis:harm evidence:conclusive by:config");
    CHECK_VERDICT("unwanted", 3, 0, "axis:intent evidence:conclusive by:config");
    CHECK_VERDICT("unwanted", 0, 3, "axis:harm evidence:conclusive by:config");
}

TEST(indicative_findings_need_two_classes)
{
    CHECK_VERDICT("suspicious", 1, 0, "axis:intent by:name");
    CHECK_VERDICT("suspicious", 1, 0, "axis:intent by:name", "axis:intent by:name");
    CHECK_VERDICT("unwanted", 2, 0, "axis:intent by:name", "axis:intent by:shape");
    CHECK_VERDICT("unwanted", 3, 0, "axis:intent by:name", "axis:intent by:shape", "axis:intent by:place");
    CHECK_VERDICT("malicious", 2, 2, "axis:intent axis:harm by:name", "axis:intent axis:harm by:shape");
    CHECK_VERDICT("suspicious", 1, 1, "axis:intent by:name", "axis:harm by:shape");
}

TEST(one_rule_never_decides_alone)
{
    CHECK_VERDICT("suspicious", 1, 0, "axis:intent by:name by:shape by:place");
    CHECK_VERDICT("suspicious", 1, 0, "axis:intent by:name by:shape", "same");
    CHECK_VERDICT("unwanted", 2, 0, "axis:intent by:name by:shape by:place", "axis:intent by:name");
}

TEST(without_a_class_is_one_class)
{
    CHECK_VERDICT("suspicious", 1, 0, "axis:intent", "axis:intent");
    CHECK_VERDICT("unwanted", 2, 0, "axis:intent", "axis:intent by:name");
}

TEST(context_counts_beside_a_threat_only)
{
    CHECK_VERDICT("clean", 0, 0, "kind:context axis:intent by:name", "kind:context axis:intent by:shape");
    CHECK_VERDICT("unwanted", 2, 0, "kind:context axis:intent by:name", "axis:intent by:shape");
    CHECK_VERDICT("suspicious", 1, 0, "kind:context axis:harm by:name", "axis:intent by:shape");
    CHECK_VERDICT("clean", 0, 0, "kind:context axis:intent axis:harm evidence:conclusive by:name");
}

TEST(exposures_alone)
{
    CHECK_VERDICT("exposed", 0, 0, "kind:exposure by:key");
    CHECK_VERDICT("exposed", 0, 0, "kind:exposure axis:harm axis:intent evidence:conclusive by:key");
    CHECK_VERDICT("suspicious", 1, 0, "kind:exposure by:key", "axis:intent by:name");
}

TEST(authorised_counts_for_nothing)
{
    CHECK_VERDICT("authorised", 0, 0, "ok axis:intent axis:harm evidence:conclusive by:config");
    CHECK_VERDICT("exposed", 0, 0, "ok axis:intent evidence:conclusive", "kind:exposure by:key");
    CHECK_VERDICT("suspicious", 1, 0, "ok axis:intent by:name", "axis:intent by:shape");
    CHECK_VERDICT("clean", 0, 0, "ok kind:context axis:intent by:name");
}

TEST(a_threat_without_axis_is_something_to_look_at)
{
    CHECK_VERDICT("suspicious", 0, 0, "by:name");
}

TEST(evidence_and_purposes_are_named)
{
    _cleanup_(arena_done) struct arena a = {};
    struct verdict v = judged(&a, (const char *const[]){"kind:context axis:intent by:place purpose:dns",
                                                        "axis:harm by:name purpose:theft",
                                                        "axis:intent by:name purpose:mining purpose:theft",
                                                        "same", "ok axis:intent", NULL});
    CHECK_INT(v.intent.n_evidence, 3);
    CHECK_INT(v.intent.evidence[0], 3);
    CHECK_INT(v.intent.evidence[1], 4);
    CHECK_INT(v.intent.evidence[2], 1);
    CHECK_INT(v.intent.n_classes, 2);
    CHECK_INT(v.harm.n_evidence, 1);
    CHECK_INT(v.n_purposes, 2);
    CHECK_STR(v.purposes[0], "theft");
    CHECK_STR(v.purposes[1], "mining");
}
