// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The rules of a run: load files, compile, then evaluate events. The life of a rule set:
 *
 *     struct ruleset *rs = ruleset_new();
 *     ruleset_load_file(rs, "a.yaml", &diags);       any number of files, in order: later ones append and override
 *     ruleset_compile(rs, &diags);                   once; resolves, checks types, builds programs and the index
 *     struct evaluator *ev = evaluator_new(rs);      one per thread; the rule set is read-only from here on
 *     evaluator_run(ev, event, on_match, ctx);
 *
 * A load with errors leaves the rule set usable for reporting only; compile refuses.
 */
#include "base/cleanup.h"
#include "event/event.h"
#include "rule/diag.h"

enum priority {
    PRIORITY_EMERGENCY,
    PRIORITY_ALERT,
    PRIORITY_CRITICAL,
    PRIORITY_ERROR,
    PRIORITY_WARNING,
    PRIORITY_NOTICE,
    PRIORITY_INFORMATIONAL,
    PRIORITY_DEBUG,
    PRIORITY__N,
};
/* "Critical", as Falco prints it. */
const char *priority_name(enum priority p);
/* Any case, "info" too; -EINVAL for anything else. */
int priority_from(struct str name);

/* A rule after loading. Strings belong to the rule set. */
struct rule {
    uint32_t index; /* position in load order */
    struct str name, desc, output;
    struct str condition; /* as written, appends included, before lists and macros are put in */
    struct str next;      /* our extension key `next`: what the reader should do; may be empty */
    struct str falsepositives; /* likewise: what honest thing it also matches; may be empty */
    enum priority priority;
    enum event_source source;
    bool enabled;
    bool is_stale; /* names a list that is past its last day: what the rule finds is context */
    const struct str *tags;
    size_t n_tags;
    const char *file;
    uint32_t line;
    /* Every field that the compiled condition reads, each once: for showing evidence. */
    const enum field_id *fields;
    size_t n_fields;
    const struct correlation *correlation; /* of a correlation (rule/correlation.h), which no event matches by itself; else NULL */
    /* Its matches are for correlations only: one that names it says `generate: false`, or it is less severe than asked for. */
    bool is_silent;
};

struct ruleset;
struct ruleset *ruleset_new(void);
struct ruleset *ruleset_free(struct ruleset *rs);
DEFINE_CLEANUP(struct ruleset *, ruleset_free)

/*
 * Loads one YAML file, or memory under a name that diagnostics show (copied). Problems go to `diags`; returns 0 when none
 * of them is an error, else -EINVAL (-errno when the file cannot be read). Limits: see rule/limits.h.
 */
int ruleset_load_file(struct ruleset *rs, const char *path, struct diags *diags);
int ruleset_load_memory(struct ruleset *rs, const char *name, struct str yaml, struct diags *diags);
/*
 * Rules of Sigma (rule/sigma.h), and the processing pipelines that say what their fields are here; pipelines may come before or
 * after rules. What is wrong or not supported in a rule leaves that rule out with a warning that names it, or is an error when
 * the rule set is strict.
 */
int ruleset_load_sigma_file(struct ruleset *rs, const char *path, struct diags *diags);
/*
 * The same for a file that nobody named, but a folder holds: one that cannot be read is an error that is told of, and costs itself alone (0) unless the rule set is strict.
 * ruleset_sigma_unread(): something of a folder could not be looked into; ruleset_unread(): how many of both there were.
 */
int ruleset_load_sigma_found(struct ruleset *rs, const char *path, struct diags *diags);
int ruleset_sigma_unread(struct ruleset *rs, const char *path, int code, struct diags *diags);
size_t ruleset_unread(const struct ruleset *rs);
int ruleset_load_sigma_memory(struct ruleset *rs, const char *name, struct str yaml, struct diags *diags);
int ruleset_load_pipeline_file(struct ruleset *rs, const char *path, struct diags *diags);
int ruleset_load_pipeline_memory(struct ruleset *rs, const char *name, struct str yaml, struct diags *diags);
/* Before the first of them. */
void ruleset_set_sigma_strict(struct ruleset *rs);
/* After ruleset_compile(): documents of Sigma that were left out. */
size_t ruleset_sigma_refused(const struct ruleset *rs);
/*
 * Before the first file: what is wrong in a rule file is an error that is told of, but costs only the item that it stands in (a rule, a macro with the rules that use it; a file that is no
 * YAML, cannot be read or asks for another engine), and the others are compiled. ruleset_left_out(): how many items and files that were.
 */
void ruleset_set_lenient(struct ruleset *rs);
size_t ruleset_left_out(const struct ruleset *rs);
/* The day from which lists with an earlier `expires` are past their last day; before ruleset_compile(). Else none is. */
void ruleset_set_today(struct ruleset *rs, uint64_t now_ns);
/*
 * Before ruleset_compile(): rules of other sources are left out, as if no file had them (of SOURCE_LOG: those of no log; of SOURCE_SYSCALL not those of any log or of `auth`, which are asked about logins); rules whose priority is less than
 * `least` are checked and switched off, or silent when a correlation that runs is about them.
 */
void ruleset_limit(struct ruleset *rs, enum event_source source, enum priority least);
/* 0, or -EINVAL with diagnostics. Rules skipped for unknown sources or fields are warnings. */
int ruleset_compile(struct ruleset *rs, struct diags *diags);
size_t ruleset_count(const struct ruleset *rs);
/* Of those, how many were left out as Sigma's when they were compiled: they are off. */
size_t ruleset_skipped(const struct ruleset *rs);
const struct rule *ruleset_get(const struct ruleset *rs, size_t i);
/* Whether the condition of a rule that is on reads one of these fields, first and last included. */
bool ruleset_reads(const struct ruleset *rs, enum field_id first, enum field_id last);
/* A list that is past its last day. */
struct ruleset_expired {
    struct str list, day; /* YYYY-MM-DD */
    const char *file;
};
/* Those of the compiled rule set, which owns them; returns how many. */
size_t ruleset_expired(const struct ruleset *rs, const struct ruleset_expired **ret);
/* SHA-256 over everything that decides what the rules say: for caches and reports. Lower-case hex, owned by the rule set. */
struct str ruleset_digest(const struct ruleset *rs);
/* The compiled program of a rule as text, one instruction a line; what `davy rules explain` prints. */
void ruleset_explain(const struct ruleset *rs, const struct rule *r, struct strbuf *ret);

enum rule_matching { RULE_MATCHING_FIRST, RULE_MATCHING_ALL };

struct evaluator;
struct evaluator *evaluator_new(const struct ruleset *rs, enum rule_matching matching);
struct evaluator *evaluator_free(struct evaluator *ev);
DEFINE_CLEANUP(struct evaluator *, evaluator_free)
/* Called for each match, in load order. Non-zero stops and is returned by evaluator_run(). */
typedef int (*evaluator_match_fn)(void *ctx, const struct rule *rule, const struct event *event);
/* Judges one event. 0, or what the callback returned. No heap allocation. */
int evaluator_run(struct evaluator *ev, const struct event *event, evaluator_match_fn on_match, void *ctx);
struct evaluator_stats {
    uint64_t events, matches, instructions;
};
struct evaluator_stats evaluator_stats(const struct evaluator *ev);
/*
 * From here on one event of `every` is measured: how long each rule took on it. Before the first event; costs two looks at the
 * clock per rule tried on such an event.
 */
void evaluator_measure(struct evaluator *ev, uint32_t every);
/* Estimated processor time of a rule in nanoseconds, from the measured events; 0 without evaluator_measure(). */
uint64_t evaluator_rule_ns(const struct evaluator *ev, const struct rule *rule);
/* The rule's output with the event's values; missing ones print <NA>. Values are not made safe for a terminal. */
void rule_format_output(const struct ruleset *rs, const struct rule *rule, const struct event *event, struct strbuf *ret);

/* A field of a rule's output with the event's value, for sinks that keep types (JSON's output_fields). */
struct output_field {
    struct str name;    /* as written without percent sign and width: "proc.aname[2]", "toupper(proc.name)" */
    struct value value; /* type NONE when the event has no such value; borrowed from the event, or from the arena */
};
/* The fields in the order of the output, each name once; *ret lives in the arena. Returns how many. */
size_t rule_output_fields(const struct ruleset *rs, const struct rule *rule, const struct event *event, struct arena *arena,
                          struct output_field **ret);
