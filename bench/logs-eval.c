// SPDX-License-Identifier: Apache-2.0
/*
 * What a record of a log costs, without the rest of davy logs: `logs-eval [--state] LOG RULE-FILE...` (.yml: of Sigma, which need rules/sigma/cloud.yaml) reads all records and judges them. Under
 * callgrind, with --toggle-collect=log_reader_next --toggle-collect=evaluator_run, only that is counted; --state adds what records add up to.
 */
#include <stdio.h>
#include <string.h>

#include "log/reader.h"
#include "rule/ruleset.h"

static int on_match(void *ctx, const struct rule *rule, const struct event *event)
{
    (void)rule;
    (void)event;
    ++*(unsigned long long *)ctx;
    return 0;
}

static int usage(const struct diags *diags)
{
    struct strbuf b = {};
    for (size_t i = 0; i < diags->n; i++)
        diag_render(&b, &diags->v[i]);
    (void)fprintf(stderr, "usage: logs-eval [--state] LOG RULE-FILE...\n%s", b.p ? b.p : "");
    strbuf_done(&b);
    return 2;
}

static int load(struct ruleset *rs, const char *path, struct diags *diags)
{
    if (strstr(path, "rules/sigma/"))
        return ruleset_load_pipeline_file(rs, path, diags);
    return str_ends(str_from(path), STR(".yml")) ? ruleset_load_sigma_file(rs, path, diags) : ruleset_load_file(rs, path, diags);
}

int main(int argc, char **argv)
{
    const bool has_state = argc > 1 && !strcmp(argv[1], "--state");
    const int first = 1 + has_state;
    unsigned long long matches = 0;
    struct diags diags = {};
    struct error err = ERROR_NULL;
    struct ruleset *rs = ruleset_new();
    struct log_state *state = has_state ? log_state_new() : NULL;
    struct log_reader *reader = NULL;
    const struct log_record *r;
    for (int i = first + 1; i < argc; i++)
        if (load(rs, argv[i], &diags) < 0)
            return usage(&diags);
    if (argc < first + 2 || ruleset_compile(rs, &diags) < 0)
        return usage(&diags);
    if (log_reader_new(&(struct log_options){.paths = (const char *const *)argv + first, .n_paths = 1, .state = state}, &reader, &err) < 0) {
        (void)fprintf(stderr, "logs-eval: %s\n", err.text);
        return 3;
    }
    struct evaluator *ev = evaluator_new(rs, RULE_MATCHING_ALL);
    while (log_reader_next(reader, &r) == 1)
        (void)evaluator_run(ev, &r->event, on_match, &matches);
    const struct evaluator_stats s = evaluator_stats(ev);
    printf("%zu rules, %llu records, %llu instructions of programs, %llu matches\n", ruleset_count(rs), (unsigned long long)s.events,
           (unsigned long long)s.instructions, matches);
    evaluator_free(ev);
    ruleset_free(rs);
    (void)log_reader_free(reader);
    (void)log_state_free(state);
    diags_done(&diags);
    return 0;
}
