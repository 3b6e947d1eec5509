// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What davy logs and davy logs coverage share. */
#include "cmd/watch.h"
#include "cost/prices.h"
#include "log/reader.h"

struct logs_options {
    struct watch_options watch; /* first: its functions take the options by it */
    uint64_t since_ns, until_ns; /* of events, UINT64_MAX: no end */
    bool follow;
    VEC(const char *) geo;   /* --geo */
    VEC(const char *) lists; /* --list provider:NAME=FILE */
    /* of coverage */
    bool is_json;
    uint64_t gap_ns;
    VEC(const char *) expected;
};

void logs_options_init(struct logs_options *o, const char *program);
void logs_options_done(struct logs_options *o);
/* Parses the command line; the index of the first path, or -EINVAL after saying what is wrong. */
int logs_operands(struct logs_options *o, const struct cmd_program *program, int argc, char **argv);
/* "2024-07-31", "2024-07-31T14:00Z", or an age such as 7d, 12h, 30m. 0, or -EINVAL after saying so. */
int logs_time(const struct logs_options *o, const char *option, const char *value, uint64_t *ret);
/* A duration such as 90m, 36h, 7d. Likewise. */
int logs_age(const struct logs_options *o, const char *option, const char *value, uint64_t *ret);

struct logs_cases;
/* How reading goes: troubles on standard error, a progress bar. */
struct logs_reading {
    const struct logs_options *options;
    const char *const *paths; /* as the user named them */
    size_t n_paths;
    uint64_t told, untold; /* troubles of single files: that were said, and that were only counted */
    bool has_unread; /* a file that was named is of no format that is known */
    struct log_reader *reader;
    struct progress *progress;
    struct log_state *state; /* NULL: what records add up to is not asked for */
    struct log_prices prices;
    struct addresses *addresses; /* NULL: nobody asks */
    struct logs_cases *cases;    /* NULL: there is no store */
    struct prices table;
    int folder;      /* in which the state is kept; -1: nowhere */
    struct str name; /* under which */
};
/* Exit code; what is wrong is said. */
int logs_open(struct logs_reading *r, const char *const *paths, size_t n);
/* ---- logs_about.c: what the page at the end says of what was read ---- */

struct logs_span {
    uint64_t first_ns, last_ns; /* of the records; 0: none had a time */
    uint64_t wall_ns;           /* that reading took */
    size_t rules;
    int stopped_by; /* a signal, before all was read; 0: none */
};
void logs_about(const struct logs_reading *r, const struct logs_span *span);
/* The bar at the bottom; call it now and then. */
void logs_progress(struct logs_reading *r);
/* Says what could not be read, if anything; EXIT_CANNOT then, else 0. */
int logs_close(struct logs_reading *r);

/* ---- logs_state.c ---- */

/*
 * What earlier runs left behind (--state), and prices. Without --state and --follow, records are added up only when a rule that is on asks
 * for what comes of it. What is wrong is said, and goes on without.
 */
void logs_state_open(struct logs_reading *r, const struct ruleset *rs);
/*
 * What is known of addresses: databases (--geo), lists of clouds (--list, and rules/intel/networks-*.txt but for those that an option replaces).
 * Exit code; what is wrong is said.
 */
int logs_addresses_open(struct logs_reading *r, const struct ruleset *rs);
/* provider:NAME=FILE, as --list takes it: the name; *ret_file is NULL when it is none. */
struct str logs_provider_in(const char *given, const char **ret_file);
/* Keeps it for later runs and gives everything back. */
void logs_state_close(struct logs_reading *r);

/* ---- logs_cases.c ---- */

struct logs_cases *logs_cases_new(void);
struct logs_cases *logs_cases_free(struct logs_cases *c);
/* A machine that an open case is about, and when that began. */
void logs_cases_take(void *ctx, struct str machine, uint64_t id, uint64_t first_ns);
const struct log_cases *logs_cases_of(const struct logs_cases *c);

/* ---- logs_coverage.c ---- */

int logs_coverage(int argc, char **argv);
