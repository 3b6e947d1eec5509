// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * SARIF 2.1.0 in parts: what rules and places look like. Inside the room only.
 */
#include <jansson.h>

#include "base/map.h"
#include "sink/order.h"

enum {
    /* What GitHub's code scanning takes of one file; more is refused there as a whole. */
    SARIF_RUNS_MAX = 20,
    SARIF_RESULTS_MAX = 25'000, /* of one run */
    SARIF_TAGS_MAX = 20,        /* of one rule */
    SARIF_TEXT_MAX = 1024,      /* characters of descriptions and messages */
};

/* The rules of one run in the order of their first finding. */
struct sarif_rules {
    struct arena arena;
    struct map by_index; /* rule->index as text → position */
    struct map ids;
    VEC(const struct finding *) first; /* a finding of each rule: its tags taken apart */
    VEC(struct str) slugs;
    struct map techniques; /* ATT&CK ids in the order met */
};
/* The rule's position, added when it is new. */
size_t sarif_rules_add(struct sarif_rules *rules, const struct finding *f);
void sarif_rules_done(struct sarif_rules *rules);
/* The reportingDescriptor of a rule. */
json_t *sarif_rule(const struct sarif_rules *rules, size_t i);
/* The toolComponent of ATT&CK with the techniques that the rules name. */
json_t *sarif_taxonomy(const struct sarif_rules *rules);
/* error, warning, note: of severities critical and high, medium, the rest. */
const char *sarif_level(enum priority p);

/* {"text": …}: safe to show, at most SARIF_TEXT_MAX characters, without what SARIF would take for a link or placeholder. */
json_t *sarif_message(struct str text);
/* Where a finding is: physical and logical location. `base` is the uriBaseId of its target. */
json_t *sarif_location(const struct report_target *t, const struct finding *f, const char *base);
/* Further places of the evidence, at most FINDING_NOTES_MAX; NULL when there are none. */
json_t *sarif_related(const struct report_target *t, const struct finding *f, const char *base);
