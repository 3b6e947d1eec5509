// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a hunt found, as rows for its study: of images that references mean now, under one set of rules. Strings are valid during a call. */
#include "store/hunt_store.h"

/* The rules of the newest plan; empty when nothing was planned. */
int hunt_study_rules(struct hunt_store *s, struct strbuf *ret, struct error *err);

struct hunt_study_totals {
    uint64_t references, repositories, lost;
    uint64_t layers, layer_bytes;             /* different ones */
    uint64_t shared_layers, shared_bytes_saved; /* in two images or more; bytes that need not be read again for it */
    uint64_t first_ns, last_ns;               /* judged */
    uint64_t detonated, not_run, not_whole;   /* images; not run: they should have been detonated; not whole: parts could not be read */
};
int hunt_study_totals(struct hunt_store *s, struct str rules, struct hunt_study_totals *ret, struct error *err);

typedef int (*hunt_verdict_fn)(void *ctx, struct str verdict, uint64_t images, uint64_t bytes);
int hunt_study_verdicts(struct hunt_store *s, struct str rules, hunt_verdict_fn take, void *ctx, struct error *err);

struct hunt_rule {
    int64_t id, priority;
    struct str name, kind, tags;
    uint64_t images;
};
typedef int (*hunt_rule_fn)(void *ctx, const struct hunt_rule *r);
/* Rules that spoke, those of most images first. */
int hunt_study_rules_that_spoke(struct hunt_store *s, struct str rules, hunt_rule_fn take, void *ctx, struct error *err);

typedef int (*hunt_spoke_fn)(void *ctx, int64_t image, int64_t rule, struct str verdict, struct str detail);
/* Every pair of image and rule, by image. */
int hunt_study_spoke(struct hunt_store *s, struct str rules, hunt_spoke_fn take, void *ctx, struct error *err);

struct hunt_repository {
    struct str name;
    uint64_t references, images, malicious, unwanted, exposed;
    struct str purposes, example; /* of one of the worst */
};
typedef int (*hunt_repository_fn)(void *ctx, const struct hunt_repository *r);
/* The worst first; `most` 0: all of them, by name. */
int hunt_study_repositories(struct hunt_store *s, struct str rules, uint64_t most, hunt_repository_fn take, void *ctx, struct error *err);

struct hunt_shared {
    struct str digest, rule; /* rule: the gravest that a finding in it is of, empty: none */
    uint64_t size, images;
};
typedef int (*hunt_shared_fn)(void *ctx, const struct hunt_shared *l);
/* Layers in several images, with threats or exposures in them (`with_findings`) or any; those of most images first. */
int hunt_study_shared(struct hunt_store *s, struct str rules, bool with_findings, uint64_t most, hunt_shared_fn take, void *ctx, struct error *err);

typedef int (*hunt_why_fn)(void *ctx, struct str why, uint64_t n, struct str example);
/* Why images failed and references were lost, the most frequent first. */
int hunt_study_failures(struct hunt_store *s, struct str rules, uint64_t most, hunt_why_fn take, void *ctx, struct error *err);
