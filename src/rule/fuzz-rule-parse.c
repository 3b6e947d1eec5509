// SPDX-License-Identifier: Apache-2.0
/* A rule file from a stranger: loaded, compiled, and everything it has to say rendered. */
#include "base/cleanup.h"
#include "base/intl.h"
#include "rule/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(diags_done) struct diags diags = {};
    _cleanup_(strbuf_done) struct strbuf said = {};
    _cleanup_(ruleset_freep) struct ruleset *rs = ruleset_new();
    (void)ruleset_load_memory(rs, "fuzz.yaml", str_n(data, size), &diags);
    (void)ruleset_compile(rs, &diags);
    for (size_t i = 0; i < diags.n; i++)
        diag_render(&said, &diags.v[i]);
    for (size_t i = 0; i < ruleset_count(rs); i++)
        ruleset_explain(rs, ruleset_get(rs, i), &said);
    return 0;
}
