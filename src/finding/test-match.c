// SPDX-License-Identifier: Apache-2.0
/* From rules in their language to a verdict, with the real evaluator. */
#include "finding/verdict.h"
#include "harness/test.h"

static const char RULES[] =
    "- rule: Pool beside an address\n"
    "  desc: Not chance.\n"
    "  source: scan\n"
    "  condition: evt.type = file and miner.pools exists and wallet.count > 0\n"
    "  output: pool %miner.pools in %file.path\n"
    "  next: Look.\n"
    "  priority: CRITICAL\n"
    "  tags: [kind:threat, axis:intent, axis:harm, evidence:conclusive, by:config, purpose:mining]\n"
    "- rule: Hidden place\n"
    "  desc: Weak.\n"
    "  source: scan\n"
    "  condition: evt.type = file and file.is_hidden = true\n"
    "  output: hidden %file.path\n"
    "  priority: NOTICE\n"
    "  tags: [kind:context, axis:intent, by:place]\n";

struct run {
    struct ruleset *rules;
    struct findings *findings;
};

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    struct run *run = ctx;
    (void)findings_add(run->findings, run->rules, rule, (const struct facts *)event);
    return 0;
}

TEST(rules_make_findings_and_findings_a_verdict)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    _cleanup_(diags_done) struct diags diags = {};
    CHECK_INT(ruleset_load_memory(rs, "r.yaml", str_from(RULES), &diags), 0);
    CHECK_INT(ruleset_compile(rs, &diags), 0);
    _cleanup_(evaluator_freep) struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    _cleanup_(findings_freep) struct findings *fs = findings_new(&(struct findings_options){});
    struct run run = {rs, fs};
    struct facts f;
    struct verdict v;

    facts_init(&f);
    facts_reset(&f, EVENT_FILE, 1);
    facts_str(&f, F_FILE_PATH, STR("/opt/.x/c.json"));
    facts_bool(&f, F_FILE_IS_HIDDEN, true);
    CHECK_INT(evaluator_run(ev, &f.event, on_match, &run), 0);
    CHECK_INT(findings_count(fs), 1);
    verdict_of(fs, &a, &v);
    CHECK_CSTR(verdict_name(v.word), "clean");

    (void)facts_add(&f, F_MINER_POOLS, STR("pool.example:3333"));
    facts_uint(&f, F_WALLET_COUNT, 1);
    facts_note(&f, &(struct note){.field = F_MINER_POOLS, .value = STR("pool.example:3333"), .line = 3});
    CHECK_INT(evaluator_run(ev, &f.event, on_match, &run), 0);
    facts_done(&f);
    CHECK_INT(findings_count(fs), 2);
    CHECK_INT(findings_get(fs, 0)->repeats, 1);
    const struct finding *got = findings_get(fs, 1);
    CHECK_STR(got->output, "pool (pool.example:3333) in /opt/.x/c.json");
    CHECK_INT(got->n_notes, 1);
    CHECK_INT(got->n_fields, 2);
    CHECK_INT(got->rule->priority, PRIORITY_CRITICAL);
    verdict_of(fs, &a, &v);
    CHECK_CSTR(verdict_name(v.word), "malicious");
    CHECK_INT(v.intent.n_evidence, 2);
}
