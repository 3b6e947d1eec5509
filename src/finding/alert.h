// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An alert: a finding about something that happens now. It is made of a rule and the event that the rule matched, owns
 * everything but the rule, and so outlives the event. finding/alert_book.h decides which matches become alerts.
 *
 * Bytes come from whoever did it: whoever shows them makes them safe for where they go (base/text.h).
 */
#include "finding/finding.h"
#include "rule/correlator.h"

/* Who did it. Empty or -1 where the event does not tell. */
struct alert_subject {
    struct str process, exe, cmdline; /* proc.name, proc.exepath, proc.cmdline */
    struct str parent;                /* proc.pname */
    struct str user;
    struct str container_id, container_name, image, pod, namespace; /* empty on the host itself */
    int64_t pid, ppid, uid, loginuid;
};

/* A match that a correlation's alert is made of; it may have been an alert of its own. */
struct alert_member {
    uint64_t time_ns, num; /* of its event: since the epoch, and evt.num */
    struct str rule;
};

/* A process, named by its pid and the time it began, so that a pid that is used again is another process. */
struct alert_process {
    int64_t pid, session; /* -1: not known */
    uint64_t start_ns;    /* since the epoch, 0: not known */
    struct str name, exe;
};
enum {
    ALERT_LINE_MAX = 16,   /* processes from the one that acts upwards: deeper ones are its service manager's */
    ALERT_SHARED_MAX = 16,
    ALERT_WRITTEN_MAX = 2, /* a path as written and as the kernel resolved it */
};
/* What an alert may have in common with another of the same intrusion (finding/case_key.h). */
struct alert_ties {
    struct alert_process *line; /* the process itself, its parent and so on */
    size_t n_line;
    struct str written[ALERT_WRITTEN_MAX]; /* files that this event writes, makes or renames to */
    size_t n_written;
    struct str shared[ALERT_SHARED_MAX]; /* what is one thing wherever it is met, with its kind: key:…, principal:…, instance:…, pod:… */
    size_t n_shared;
    struct str cwd;
    struct str peer; /* address of the other side, as text */
    unsigned peer_port;
};

/* Processor time that its process used so far, where the event measures it (usage). */
struct alert_load {
    double processors;    /* mean: 1.5 is one and a half of them busy */
    uint64_t observed_ns; /* over so long; 0: not measured */
};

struct alert {
    uint64_t time_ns, num; /* of the event: since the epoch, and evt.num */
    const struct rule *rule; /* as long as its rule set */
    struct str name;         /* of the rule */
    enum priority priority;
    enum finding_kind kind;
    bool intent, harm, conclusive;
    const struct str *by, *purposes, *rows, *techniques, *tags;
    size_t n_by, n_purposes, n_rows, n_techniques, n_tags;
    enum event_type type;
    struct str hostname;
    struct str output; /* the rule's, filled in */
    struct output_field *fields; /* what the output names, and the container; Falco's output_fields */
    size_t n_fields;
    struct output_field *evidence; /* what the condition reads and the event had */
    size_t n_evidence;
    struct alert_subject subject;
    struct alert_ties ties;
    struct alert_load load;
    bool is_resolved; /* the rule holds only for the path as the kernel resolved it, not as the program wrote it */
    /* Of an alert that stands for further ones (alert_book.h): how many, and when the first of them was. */
    uint64_t repeats, withheld, since_ns;
    /* Of a correlation's, by time, at most CORRELATOR_TOLD_MAX; `matches`: how many there were in its timespan. Else 0. */
    const struct alert_member *members;
    size_t n_members;
    uint64_t matches;
};

enum { ALERT_LIST_MAX = 64 }; /* elements kept of one value that is a list; texts are cut at FINDING_TEXT_MAX */

/* What is the same for all matches of an event. */
struct alert_match {
    const struct ruleset *rs;
    const struct rule *rule;
    const struct event *event;
    bool is_resolved;
    const struct correlated *correlated; /* what a correlation found, whose rule and event these are; else NULL */
};
/*
 * The rule's output with the values of the event, at most FINDING_TEXT_MAX bytes, in the arena.
 */
struct str alert_output(const struct alert_match *m, struct arena *a);
/* The alert of a match, everything in the arena; `output` is alert_output()'s. */
struct alert *alert_make(const struct alert_match *m, struct str output, struct arena *a);
/* What ties the event to others, in the arena. */
void alert_ties_fill(struct alert_ties *ties, const struct event *event, struct arena *a);
/* A text field of the event by id, borrowed from it; empty when the event does not have it. */
struct str alert_text(const struct event *event, enum field_id id);
