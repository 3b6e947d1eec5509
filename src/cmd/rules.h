// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * `davy rules`: what its files share. Each subcommand is one row of the table in rules.c and one function.
 */
#include "cmd/common.h"
#include "cmd/rule_files.h"

struct rules_words {
    const char **v;
    size_t n, capacity;
};

/* What the options of all subcommands fill; each subcommand lists those it takes. */
struct rules_options {
    bool json;
    bool kernel; /* explain: what the kernel side decides */
    struct rules_words tags;
    const char *source; /* NULL: any */
    struct sigma_files sigma;
};

/* Rules loaded for a subcommand. */
struct rules_loaded {
    struct arena arena;
    const char **files; /* NULL-terminated */
    struct ruleset *rs;
    struct diags diags;
    uint64_t now_ns; /* 0: lists do not expire */
    int result;      /* of loading and compiling */
};

/*
 * Loads the files and folders named, or the shipped ones, or, with Sigma rules and without a path, those alone. 0, or EXIT_CANNOT after saying that a path is not
 * there. `today`: lists past their last day are told. What the rules have to say is in diags; rules_load_or_say() also prints it and gives EXIT_FINDINGS
 * when an error is among it.
 */
int rules_load(struct rules_loaded *l, const char *program, const struct sigma_files *sigma, char **paths, size_t n, bool today);
int rules_load_or_say(struct rules_loaded *l, const char *program, const struct sigma_files *sigma, char **paths, size_t n);
void rules_loaded_done(struct rules_loaded *l);

/* A string of the JSON output: made safe and valid UTF-8. New reference. */
struct json_t *rules_json_str(struct str s);
/* Prints the value and a newline, and gives it back. EXIT_CANNOT when it cannot be written. */
int rules_print_json(struct json_t *json);
/* Prints what was gathered on standard output. EXIT_CANNOT when it cannot be written. */
int rules_print(const struct strbuf *b);
/* The same of a page for people (cmd_print_page()). */
int rules_print_page(struct strbuf *b);

/* The subcommands: operands in, exit code out. */
int rules_check(const struct rules_options *o, char **operands, size_t n);
int rules_list(const struct rules_options *o, char **operands, size_t n);
int rules_explain(const struct rules_options *o, char **operands, size_t n);
int rules_fields(const struct rules_options *o, char **operands, size_t n);
int rules_test(const struct rules_options *o, char **operands, size_t n);
