// SPDX-License-Identifier: Apache-2.0
#include "log/who.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { METS = 1024 /* a power of two; an hour of a large account has some hundred */ };

struct log_mets {
    struct log_met v[METS];
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
    struct log_met *r = &m->v[(digest ^ digest >> 32) % METS];
    *ret_is_new = r->digest != digest;
    if (*ret_is_new)
        *r = (struct log_met){.digest = digest};
    return r;
}
