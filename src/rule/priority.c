// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "rule/ruleset.h"

/* Falco's words in Falco's order. */
static const char *const NAMES[PRIORITY__N] = {
    [PRIORITY_EMERGENCY] = "Emergency",
    [PRIORITY_ALERT] = "Alert",
    [PRIORITY_CRITICAL] = "Critical",
    [PRIORITY_ERROR] = "Error",
    [PRIORITY_WARNING] = "Warning",
    [PRIORITY_NOTICE] = "Notice",
    [PRIORITY_INFORMATIONAL] = "Informational",
    [PRIORITY_DEBUG] = "Debug",
};

const char *priority_name(enum priority p)
{
    return NAMES[p];
}

int priority_from(struct str name)
{
    for (int p = 0; p < PRIORITY__N; p++)
        if (str_eq_nocase(name, str_from(NAMES[p])))
            return p;
    return str_eq_nocase(name, STR("info")) ? PRIORITY_INFORMATIONAL : -EINVAL;
}
