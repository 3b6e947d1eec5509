// SPDX-License-Identifier: Apache-2.0
#include "log/who.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

enum { METS = 1024 /* a power of two; an hour of a large account has some hundred */ };

struct log_mets {
    struct log_met v[METS / 2][2]; /* two places for a digest: two that come in turn do not push each other out */
    uint8_t latest[METS / 2];      /* which of them was met last */
};

struct log_mets *log_mets_new(void)
{
    return xnew(struct log_mets);
}

struct log_mets *log_mets_free(struct log_mets *m)
{
    free(m);
    return NULL;
}

struct log_met *log_mets_find(struct log_mets *m, uint64_t digest, bool *ret_is_new)
{
    const size_t at = (digest ^ digest >> 32) % ARRAY_SIZE(m->v);
    struct log_met *pair = m->v[at];
    const bool is_second = pair[1].digest == digest, is_known = is_second || pair[0].digest == digest;
    const uint8_t which = is_known ? is_second : !m->latest[at];
    m->latest[at] = which;
    *ret_is_new = !is_known;
    if (!is_known)
        pair[which] = (struct log_met){.digest = digest};
    return &pair[which];
}
