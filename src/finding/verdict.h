// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The verdict of a target, on two axes, each with its own evidence: "contrary to the owner's intent" and "not
 * acceptable".
 *
 * An axis holds when one conclusive threat finding points to it, or indicative ones of at least two classes
 * of evidence (tag `by:`) from at least two rules: one rule alone never decides, however many classes it
 * names. A context finding that points to the axis counts beside at least one threat finding on the same
 * axis. Findings that the policy authorises count for nothing.
 *
 *     both axes hold    malicious
 *     one holds         unwanted
 *     neither, but there are threat findings: suspicious, something to look at and no verdict on it
 *     only exposures    exposed
 *     only authorised threats or exposures: authorised
 *     else              clean (context alone is clean)
 */
#include "finding/finding.h"

enum verdict_word {
    VERDICT_CLEAN,
    VERDICT_AUTHORISED,
    VERDICT_EXPOSED,
    VERDICT_SUSPICIOUS,
    VERDICT_UNWANTED,
    VERDICT_MALICIOUS,
    VERDICT__N,
};
/* "clean", … */
const char *verdict_name(enum verdict_word w);

enum { STRENGTH_NONE, STRENGTH_WEAK, STRENGTH_HOLDS, STRENGTH_STRONG };

struct axis {
    unsigned strength; /* 0 none; 1 weak, does not hold; 2 two kinds of evidence; 3 conclusive, or three kinds
                          and more */
    uint32_t *evidence; /* ids of the findings, in the order they were found */
    size_t n_evidence;
    struct str *classes; /* classes of evidence that count, each once */
    size_t n_classes;
};
/* Whether the evidence is enough for the axis. */
static inline bool axis_holds(const struct axis *a)
{
    return a->strength >= STRENGTH_HOLDS;
}

/* Arrays live in the arena that was given; strings belong to the rules. */
struct verdict {
    enum verdict_word word;
    struct axis intent, harm;
    struct str *purposes; /* of the threat findings that count, each once, most severe first */
    size_t n_purposes;
};

/* What a finding is to a verdict, whatever it was made of. */
struct verdict_item {
    uint32_t id;
    const void *rule; /* the same for findings of the same rule */
    enum finding_kind kind;
    enum priority priority;
    bool intent, harm, conclusive, authorised;
    const struct str *by, *purposes;
    size_t n_by, n_purposes;
};
/* Weighs them; cannot fail. Strings are borrowed, arrays live in the arena. */
void verdict_weigh(const struct verdict_item *items, size_t n, struct arena *a, struct verdict *ret);

/* Weighs the findings of one target; cannot fail. */
void verdict_of(const struct findings *fs, struct arena *a, struct verdict *ret);
