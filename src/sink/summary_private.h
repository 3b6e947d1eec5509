// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a summary keeps, for the pages that show it. Inside the room only. */
#include "base/map.h"
#include "base/vec.h"
#include "sink/spread.h"
#include "sink/summary.h"

struct summary_who {
    struct str name;
    struct strbuf output; /* of the last, in the reader's language */
    struct map machines;  /* that the findings name */
    uint64_t more_machines;
    uint64_t n, first_ns, last_ns;
};

struct summary_group {
    struct str name, desc, next;
    struct str *rows, *techniques;
    size_t n_rows, n_techniques;
    enum priority priority;
    uint64_t n;
    struct map at; /* name → index of `who` */
    VEC(struct summary_who) who;
    uint64_t more; /* beyond SUMMARY_WHO_MAX */
};

struct summary {
    struct arena arena;
    struct map at; /* rule → group */
    struct summary_about about;
    VEC(int64_t) cases;
    struct spread spread; /* of what is more than context */
};

/* All groups, the gravest first, whom each is about by how often. Give the array back; *ret_context is where those begin that are context. */
struct summary_group **summary_sorted(struct summary *s, size_t *ret_n, size_t *ret_context);
/* How many findings there are of each severity, context apart. */
void summary_count(struct summary_group *const *v, size_t n, uint64_t ret[SEVERITY__N]);
