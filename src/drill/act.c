// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/intl.h"
#include "drill/act.h"

static const struct drill_act ACTS[] = {
#define ACT(name, flags, script, ...) {name, flags, script, {__VA_ARGS__}},
#define GAP(rule, why)
#include "drill/act.def"
#undef ACT
#undef GAP
};

static const struct drill_gap GAPS[] = {
#define ACT(name, flags, script, ...)
#define GAP(rule, why) {rule, why},
#include "drill/act.def"
#undef ACT
#undef GAP
};

const struct drill_act *drill_acts(size_t *ret_n)
{
    *ret_n = ARRAY_SIZE(ACTS);
    return ACTS;
}

const struct drill_act *drill_act_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(ACTS); i++)
        if (str_is(name, ACTS[i].name))
            return &ACTS[i];
    return NULL;
}

const struct drill_gap *drill_gaps(size_t *ret_n)
{
    *ret_n = ARRAY_SIZE(GAPS);
    return GAPS;
}
