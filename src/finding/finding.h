// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A finding: one match of one rule, kept after its event is gone. What kind of finding it is, and what it may
 * prove, is said by the rule's tags alone (docs/writing-rules.md):
 *
 *     kind:threat | kind:exposure | kind:context      none: threat
 *     axis:intent   axis:harm                         evidence that it is against the owner's intent / not
 * acceptable evidence:conclusive                             cannot be chance; without it the evidence is
 * indicative by:<class>                                      class of evidence, such as name, config,
 * content, shape, behaviour, key, account: two findings of one class are not two kinds of evidence
 *     purpose:mining | ransom | theft | ddos | hosting | dns | access
 *     row:<n>                                         row of the threat specification
 *     T1496.001                                       ATT&CK technique
 *
 * Bytes in a finding come from the target: whoever shows them makes them safe for where they go
 * (base/text.h).
 */
#include "base/error.h"
#include "event/facts.h"
#include "rule/ruleset.h"

enum finding_kind { FINDING_THREAT, FINDING_EXPOSURE, FINDING_CONTEXT };
/* "threat", "exposure", "context". */
const char *finding_kind_name(enum finding_kind k);

/* How bad, in the words people know; several priorities of the rule language share one. */
enum severity { SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_INFO, SEVERITY__N };
/* Emergency, alert and critical are critical; error high; warning medium; notice low; informational and debug
 * info. */
enum severity severity_of(enum priority p);
/* "critical", … */
const char *severity_name(enum severity s);
/*
 * The least priority that a word admits: a severity ("high") or a priority ("error"), any case; -EINVAL for
 * anything else. For --fail-on and the like.
 */
int severity_or_priority_from(struct str word);

/* What was judged: enough to name it in a report and to join findings. Strings are owned by the finding's
 * arena. */
struct subject {
    enum event_type type; /* EVENT_FILE, … */
    struct str name;      /* path, account name, "comm(pid)", image reference, host name */
    struct str path;      /* of the file, of the process's program; else empty */
    struct str sha256;    /* of the content, may be empty */
    uint64_t size;        /* of a file with a sha256; 0: not known, or empty */
    uint32_t layer, layer_count, hidden_by;
    struct str layer_digest, layer_state, created_by;
    int64_t pid; /* 0: none */
};

struct shown_field {
    enum field_id field;
    struct str text; /* redacted; whoever prints it makes it safe and short */
    bool cut;        /* longer than FINDING_TEXT_MAX, the rest is gone */
};

struct finding {
    uint32_t id; /* from 1 in its collection, in the order they were found */
    const struct rule *rule;
    enum finding_kind kind;
    bool intent, harm, conclusive;
    const struct str *by, *purposes, *rows, *techniques; /* from tags, prefixes removed */
    size_t n_by, n_purposes, n_rows, n_techniques;
    uint64_t time_ns;
    struct subject subject;
    struct str output;          /* the rule's output, filled in */
    struct shown_field *fields; /* the fields that the rule reads and the event had */
    size_t n_fields;
    struct note *notes; /* of those fields and of what the output prints, at most FINDING_NOTES_MAX */
    size_t n_notes, n_notes_seen;
    /* Further paths of the same content in the same layer and state, at most FINDING_ALSO_MAX. */
    const struct str *also;
    size_t n_also, n_also_seen;
    unsigned telling;            /* how much its place tells: that of the subject is the most of all paths */
    bool authorised; /* a policy entry covers it */
    struct str authorised_by, authorised_why, authorised_until;
    uint32_t policy_entry; /* from 1; 0: none */
    uint32_t repeats;      /* further identical matches folded into this one */
};

/* Reasons: a hostile file may match with thousands of long values, and a report is read by people and by
 * programs. */
enum {
    FINDING_TEXT_MAX = 16 << 10, /* bytes of the output and of one shown field */
    FINDING_NOTES_MAX = 32,
    FINDING_ALSO_MAX = 32,
    FINDINGS_PER_RULE_DEFAULT = 1000, /* kept; further ones are counted */
    FINDINGS_BYTES_DEFAULT =
        64 << 20, /* of kept text; beyond it only the first finding of each rule is kept */
};

struct policy;
struct findings_options {
    struct policy *policy;   /* may be NULL; borrowed, its counters of use are raised */
    uint64_t now_ns;         /* for policy entries that expire; since the epoch */
    struct str image;        /* reference of the image or name of the target, for policy entries; copied */
    struct str image_digest; /* of its manifest; copied; may be empty */
    size_t per_rule;         /* 0: FINDINGS_PER_RULE_DEFAULT */
    size_t bytes;            /* 0: FINDINGS_BYTES_DEFAULT */
};

/*
 * The findings of one target. It owns all its strings; the rules belong to the rule set, which must outlive
 * it. One thread at a time.
 */
struct findings;
struct findings *findings_new(const struct findings_options *options);
struct findings *findings_free(struct findings *fs);
DEFINE_CLEANUP(struct findings *, findings_free)
/* What is known of an image only after it was opened; before the first finding. Copied. */
void findings_set_image(struct findings *fs, struct str image, struct str image_digest);
/*
 * Keeps a match. Folded into an earlier finding: the same rule about the same subject with the same content
 * (its `repeats` grows), and the same content in the same layer under another path (its `also` grows). The
 * same file in several layers, or effective here and deleted there, stays separate. Of several paths the one
 * that tells most is the subject, whatever the order of the walk: what starts by itself before what may be
 * executed before the rest. What a policy entry covers is never folded with, nor counted
 * against the limit of, what none covers: authorised noise cannot crowd out anything. Returns the finding
 * that holds it, NULL when it was only counted.
 */
const struct finding *findings_add(struct findings *fs, const struct ruleset *rs, const struct rule *rule,
                                   const struct facts *facts);
/* The same with the output already filled in; copied. */
const struct finding *findings_keep(struct findings *fs, const struct rule *rule, const struct facts *facts,
                                    struct str output);
/* In the order they were found. */
size_t findings_count(const struct findings *fs);
/* i < findings_count(); valid as long as the findings. */
const struct finding *findings_get(const struct findings *fs, size_t i);
/* Matches of a rule that were counted and not kept. */
uint64_t findings_not_kept(const struct findings *fs, const struct rule *rule, bool authorised);
/* The same over all rules. */
uint64_t findings_not_kept_total(const struct findings *fs);
