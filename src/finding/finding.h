// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A finding: one match of one rule, kept after its event is gone. What kind of finding it is, and what it may prove, is
 * said by the rule's tags alone (docs/rules.md):
 *
 *     kind:threat | kind:exposure | kind:context      none: threat
 *     axis:intent   axis:harm                         evidence that it is against the owner's intent / not acceptable
 *     evidence:conclusive                             cannot be chance; without it the evidence is indicative
 *     by:<class>                                      class of evidence, such as name, config, content, shape, behaviour,
 *                                                     key, account: two findings of one class are not two kinds of evidence
 *     purpose:mining | ransom | theft | ddos | hosting | dns | access
 *     row:<n>                                         row of the threat specification
 *     T1496.001                                       ATT&CK technique
 */
#include "event/facts.h"
#include "rule/ruleset.h"

enum finding_kind { FINDING_THREAT, FINDING_EXPOSURE, FINDING_CONTEXT };

/* What was judged: enough to name it in a report and to join findings. Strings are owned by the finding's arena. */
struct subject {
    enum event_type type; /* EVENT_FILE, … */
    struct str name;      /* path, account name, "comm(pid)", image reference, host name */
    struct str sha256;    /* of the content, may be empty */
    uint32_t layer, layer_count, hidden_by;
    struct str layer_digest, layer_state, created_by;
    int64_t pid; /* 0: none */
};

struct shown_field {
    enum field_id field;
    struct str text; /* redacted, whole; whoever prints it makes it safe and short */
};

struct finding {
    uint32_t id;          /* from 1, in the order they were found */
    const struct rule *rule;
    enum finding_kind kind;
    bool intent, harm, conclusive;
    struct str *by, *purposes, *rows, *techniques; /* from tags, prefixes removed */
    size_t n_by, n_purposes, n_rows, n_techniques;
    uint64_t time_ns;
    struct subject subject;
    struct str output;           /* the rule's output, filled in */
    struct shown_field *fields;  /* the fields that the rule reads and the event had */
    size_t n_fields;
    struct note *notes;          /* of those fields */
    size_t n_notes;
    bool authorised;             /* a policy entry covers it */
    struct str authorised_by, authorised_why, authorised_until;
    uint32_t repeats;            /* further identical matches folded into this one */
};
