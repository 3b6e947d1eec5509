// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The owner's policy: what is authorised, who approved it, why, and until when (docs/policy.md). It turns
 * findings into authorised ones; it hides nothing.
 *
 *     version: 1
 *     authorise:
 *       - what: {rule: "Miner*", path: "/opt/bench*"}
 *         approved_by: Aiko Tanaka, platform team
 *         reason: benchmark of the new nodes
 *         until: 2026-12-31
 */
#include "finding/finding.h"

/* Patterns and texts as written; empty where the entry does not ask. */
struct policy_entry {
    uint32_t number; /* from 1 */
    uint32_t line;
    struct str rule, path, image, account; /* patterns, see base/glob.h */
    struct str sha256, purpose;
    struct str approved_by, reason, until;
    uint64_t until_ns;   /* the first moment at which it no longer applies: the end of that day, UTC */
    uint64_t used;       /* matches it authorised */
    uint64_t would_have; /* matches it would have authorised had it not expired */
};

struct policy;
/*
 * Loads one file, or memory under a name that errors show. Errors are one line "name:line:column: what" and
 * the cure. -EINVAL, or -errno when the file cannot be read. The caller frees it with policy_free().
 */
int policy_load_file(const char *path, struct policy **ret, struct error *err);
/* The same from memory; `name` stands in errors in place of the path. */
int policy_load_memory(const char *name, struct str yaml, struct policy **ret, struct error *err);
struct policy *policy_free(struct policy *p);
DEFINE_CLEANUP(struct policy *, policy_free)
/* As given to the loader. */
const char *policy_name(const struct policy *p);
size_t policy_count(const struct policy *p);
const struct policy_entry *policy_get(const struct policy *p, size_t i);
/*
 * Sets the finding's authorised… when an entry covers it at `now_ns`; the first in the file wins. Strings
 * belong to the policy. `image` and `image_digest` are what findings_options says.
 */
void policy_apply(struct policy *p, struct finding *f, struct str image, struct str image_digest,
                  uint64_t now_ns);
static inline bool policy_entry_expired(const struct policy_entry *e, uint64_t now_ns)
{
    return now_ns >= e->until_ns;
}
