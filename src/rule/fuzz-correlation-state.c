// SPDX-License-Identifier: Apache-2.0
/*
 * Hostile state of correlations: whatever is taken must be within the bounds, come out again as it went in, and let matches go
 * on. The digests of a stored group mean something only with its key, so ours take their chance.
 */
#include <stdlib.h>

#include "rule/correlator.h"
#include "rule/test-sample.h"

static const char YAML[] =
    "- {rule: A, desc: d, condition: evt.type = execve and proc.name = a, output: o, priority: NOTICE}\n"
    "- {rule: B, desc: d, condition: evt.type = execve and proc.name = b, output: o, priority: NOTICE}\n"
    "- {correlation: X, desc: d, output: '%correlation.rules', priority: ERROR, type: event_count, rules: [A], timespan: 10s, "
    "group-by: [proc.name], condition: {gte: 3}}\n"
    "- {correlation: Y, desc: d, output: '%correlation.first', priority: ERROR, type: temporal_ordered, rules: [A, B], timespan: 1h}\n"
    "- {correlation: Z, desc: d, output: o, priority: ERROR, type: value_count, rules: [A, B], timespan: 1h, "
    "condition: {field: proc.exepath, gte: 2}}\n"
    "- {correlation: T, desc: d, output: o, priority: ERROR, type: temporal, rules: [[A, X], Y], timespan: 2d}\n";

static void on_found(void *ctx, const struct correlated *found)
{
    struct strbuf b = {};
    rule_format_output(ctx, found->rule, found->event, &b);
    if (!found->n_members || found->n_members > CORRELATOR_TOLD_MAX || found->n_all < found->n_members)
        abort();
    strbuf_done(&b);
}

static void use(struct correlator *c, struct ruleset *rs)
{
    struct sample s;
    if (!sample_init(&s, "evt.type=execve; proc.name=a; proc.exepath=/bin/a"))
        abort();
    for (uint64_t i = 0; i < 6; i++) {
        s.event.time_ns = i * UINT64_C(2'500'000'000);
        correlator_take(c, ruleset_get(rs, i % 2), &s.event, on_found, rs);
    }
    s.event.time_ns = UINT64_MAX;
    correlator_take(c, ruleset_get(rs, 0), &s.event, on_found, rs);
    correlator_tick(c, UINT64_MAX);
    sample_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ruleset *rs;
    struct strbuf first = {}, second = {};
    struct diags diags = {};
    if (!rs) {
        rs = ruleset_new();
        if (ruleset_load_memory(rs, "fuzz.yaml", STR(YAML), &diags) < 0 || ruleset_compile(rs, &diags) < 0)
            abort();
    }
    struct correlator *c = correlator_new(rs), *again = correlator_new(rs);
    if (!correlator_restore(c, str_n(data, size), NULL)) {
        const struct correlator_stats s = correlator_stats(c);
        if (s.groups > CORRELATOR_GROUPS_MAX || s.kept > CORRELATOR_MATCHES_MAX)
            abort();
        correlator_save(c, &first);
        if (correlator_restore(again, strbuf_str(&first), NULL) < 0)
            abort();
        correlator_save(again, &second);
        if (!str_eq(strbuf_str(&first), strbuf_str(&second)))
            abort();
    }
    use(c, rs);
    correlator_free(c);
    correlator_free(again);
    strbuf_done(&first);
    strbuf_done(&second);
    return 0;
}
