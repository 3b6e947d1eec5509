// SPDX-License-Identifier: Apache-2.0
#pragma once
/* For tests of Sigma: rules with the shipped pipelines, judged on events that are written as text (rule/test-sample.h). */
#include <stdio.h>
#include <stdlib.h>

#include "rule/test-sample.h"

/* A rule set with the pipelines that are shipped. */
static struct ruleset *sigma_sample_ruleset(struct diags *diags)
{
    static const char *const files[] = {"linux", "auditd", "hosts", "cloud"};
    struct ruleset *rs = ruleset_new();
    const char *root = getenv("DAVY_SOURCE_ROOT");
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/rules/sigma/%s.yaml", root ? root : ".", files[i]);
        (void)ruleset_load_pipeline_file(rs, path, diags); /* what is wrong makes the compilation fail */
    }
    return rs;
}

static __attribute__((__unused__)) int sigma_sample_count(void *ctx, const struct rule *rule, const struct event *event)
{
    (void)rule;
    (void)event;
    ++*(unsigned *)ctx;
    return 0;
}

static __attribute__((__unused__)) void sigma_sample_say(const struct diags *diags, struct strbuf *b)
{
    for (size_t i = 0; i < diags->n; i++)
        diag_render(b, &diags->v[i]);
}
