// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The story of a case: what its findings say together. Nothing here is judged anew: verdict and purposes come from what the
 * rules' tags say, and each candidate names the finding or the processes that speak for it.
 */
#include "finding/case.h"
#include "finding/verdict.h"

enum {
    CASE_OCCUPANTS_MAX = 16,
    CASE_WAYS_MAX = 8,
    CASE_RISKS_MAX = 32,
    CASE_PROGRAMS_MAX = 6, /* shown of one occupant */
};

/*
 * Findings of one work: tied by processes or files, not only by place. Several in one case are intruders one after the other, or
 * beside each other (row 31).
 */
struct case_occupant {
    uint64_t first_ns, last_ns, findings;
    struct str *purposes, programs[CASE_PROGRAMS_MAX];
    size_t n_purposes, n_programs;
    bool evicts; /* a finding of it says that others were driven out (row 9) */
};

enum case_way_kind {
    CASE_WAY_FINDING, /* a rule about ways in */
    CASE_WAY_ORIGIN,  /* the processes that the first threat came from */
};
struct case_way {
    enum case_way_kind kind;
    unsigned strength; /* 1 weak, 2 medium, 3 strong */
    const struct case_finding *finding;
};

struct case_story {
    struct verdict verdict;
    const struct case_finding *first; /* the earliest threat, else the earliest finding; NULL: none */
    uint64_t first_ns, last_ns;
    struct case_occupant *occupants; /* of threats, in the order they came */
    size_t n_occupants;
    struct case_way ways[CASE_WAYS_MAX]; /* best first */
    size_t n_ways;
    struct str risks[CASE_RISKS_MAX]; /* files with credentials that were read, each once */
    size_t n_risks;
};

/* Findings in order of time. Arrays live in the arena, texts are borrowed. */
void case_story_of(const struct case_finding *f, size_t n, struct arena *a, struct case_story *ret);
/* The same verdict from one finding of each rule, which is enough for it. */
void case_verdict(const struct case_finding *f, size_t n, struct arena *a, struct verdict *ret);

/* Busy processors from a moment on, all processes of the case together, by what their findings measured. */
struct case_load {
    uint64_t time_ns;
    double processors;
};
enum { CASE_LOADS_MAX = 256, CASE_LOADED_MAX = 64 }; /* moments; processes that use them */

/*
 * What a cost is worked out from. `cmd/case_cost.c` is the one place that makes a line of it.
 */
struct case_cost_facts {
    struct str host, container, image; /* container empty: the machine itself */
    uint64_t first_ns, last_ns;        /* of the first threat and the last finding: how long it has been used at least */
    bool mines;                        /* purpose:mining is among the purposes */
    bool sends;                        /* purpose:theft or purpose:ddos: bytes left */
    struct case_load loads[CASE_LOADS_MAX];
    size_t n_loads;                    /* 0: nothing measured it */
};
void case_cost_facts(const struct case_finding *f, size_t n, const struct case_story *story, struct case_cost_facts *ret);
