// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which files hold what Davy judges by: the shipped folders, or what the user names instead.
 */
#include "base/arena.h"
#include "base/vec.h"
#include "rule/ruleset.h"

/* Which of the shipped files: reading those that speak of nothing that is judged here would only take time. */
enum rule_use {
    RULES_OF_CONTENT, /* <data>/rules/intel, then <data>/rules/behaviour but live-*.yaml: for a scan, which has no live events */
    RULES_OF_MACHINES, /* all of both, and what <data>/rules/cloud has on logins: who watches follows logs of them */
    RULES_ALL,         /* and <data>/rules/cloud, when it is there */
};

/*
 * The rule files behind the given paths in the order in which they must be loaded: a file is itself, a folder gives its
 * *.yaml and *.yml without *.cases.yaml, by name. With n == 0: the shipped ones of that use. The array ends with NULL and lives in the
 * arena. NULL after filling err when a path cannot be read.
 */
const char **rule_files(struct arena *a, const char *const *paths, size_t n, enum rule_use use, struct error *err);
/* The files of a folder whose names begin and end so, by name, NULL-terminated; empty when the folder is not there. */
const char **rule_files_in(struct arena *a, const char *folder, const char *prefix, const char *suffix);
/* Sigma rules beside ours: files and folders with all that is below them. */
struct sigma_files {
    VEC(const char *) paths, pipelines; /* pipelines beside the shipped ones, <data>/rules/sigma */
    bool is_strict;
    bool of_records; /* what machines do is judged on records of auditd, not on live events: <data>/rules/sigma/records has the pipelines of that */
};
void sigma_files_done(struct sigma_files *s);
/* For a command's option table, and what takes them: true when the option was one of these. */
#define SIGMA_OPTIONS                                                                                                  \
    {"sigma", 0, "PATH", N_("Sigma rules too: a file, or a folder with all that is below it; may be repeated")},      \
    {"sigma-pipeline", 0, "FILE", N_("a processing pipeline of Sigma beside the shipped ones; may be repeated")},     \
    {                                                                                                                  \
        "sigma-strict", 0, NULL, N_("a Sigma rule that cannot be taken is an error, not only left out with a warning") \
    }
bool sigma_files_take(struct sigma_files *s, const char *option, const char *value);
/*
 * Loads all of them and compiles. `now_ns` since the epoch decides which lists are past their last day, 0: none. 0, or -EINVAL
 * with the diagnostics telling.
 */
int rule_files_load(struct ruleset *rs, const char *const *files, uint64_t now_ns, struct diags *diags);
/* As the next one, but nothing is compiled: more may be loaded first. */
int rule_files_read(struct ruleset *rs, const char *const *files, const struct sigma_files *sigma, uint64_t now_ns, struct diags *diags,
                    struct error *err);
/* The same with Sigma rules (NULL: none). -errno and text in err when one of their paths cannot be read. */
int rule_files_load_sigma(struct ruleset *rs, const char *const *files, const struct sigma_files *sigma, uint64_t now_ns, struct diags *diags,
                          struct error *err);
