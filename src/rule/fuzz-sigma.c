// SPDX-License-Identifier: Apache-2.0
/* Files of Sigma: any bytes, with one small pipeline before them. A pipeline follows a line of four equal signs. */
#include "base/cleanup.h"
#include "rule/ruleset.h"
#include "base/strbuf.h"

static const char PIPELINE[] = "transformations:\n"
                               "- {type: set_state, key: source, val: syscall}\n"
                               "- {type: set_state, key: keywords, val: [proc.exeline, fd.name]}\n"
                               "- {type: set_state, key: output, val: [proc.cmdline]}\n"
                               "- {type: field_name_mapping, mapping: {Image: proc.exepath, CommandLine: [proc.exeline, proc.cmdline], Port: fd.sport, Ip: fd.sip}}\n"
                               "- {type: wildcard_placeholders, include: [any]}\n"
                               "- {type: davy_condition, condition: evt.type = execve}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(strbuf_done) struct strbuf said = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    const struct str all = str_n(data, size);
    const ptrdiff_t border = str_find(all, STR("\n====\n"), 0);
    const struct str rules = border < 0 ? all : str_sub(all, 0, (size_t)border + 1), pipeline = border < 0 ? STR("") : str_sub(all, (size_t)border + 6, size);
    (void)ruleset_load_pipeline_memory(rs, "ours.yaml", STR(PIPELINE), &diags);
    if (pipeline.n)
        (void)ruleset_load_pipeline_memory(rs, "pipeline.yaml", pipeline, &diags);
    (void)ruleset_load_sigma_memory(rs, "fuzz.yml", rules, &diags);
    (void)ruleset_compile(rs, &diags);
    for (size_t i = 0; i < diags.n; i++)
        diag_render(&said, &diags.v[i]);
    for (size_t i = 0; i < ruleset_count(rs); i++)
        ruleset_explain(rs, ruleset_get(rs, i), &said);
    return 0;
}
