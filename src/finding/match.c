// SPDX-License-Identifier: Apache-2.0
/* The one place where findings meet the evaluator: everything else knows rules, not rule sets. */
#include "base/strbuf.h"
#include "finding/finding.h"

const struct finding *findings_add(struct findings *fs, const struct ruleset *rs, const struct rule *rule,
                                   const struct facts *facts)
{
    struct strbuf output = {};
    rule_format_output(rs, rule, &facts->event, &output);
    const struct finding *f = findings_keep(fs, rule, facts, strbuf_str(&output));
    strbuf_done(&output);
    return f;
}
