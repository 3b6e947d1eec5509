// SPDX-License-Identifier: Apache-2.0
/* The words of the room: kinds, severities, verdicts. */

#include "finding/verdict.h"

static const char *const KINDS[] = {
    [FINDING_THREAT] = "threat",
    [FINDING_EXPOSURE] = "exposure",
    [FINDING_CONTEXT] = "context",
};
static const char *const SEVERITIES[SEVERITY__N] = {
    [SEVERITY_CRITICAL] = "critical", [SEVERITY_HIGH] = "high", [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_LOW] = "low",           [SEVERITY_INFO] = "info",
};
static const enum severity OF_PRIORITY[PRIORITY__N] = {
    [PRIORITY_EMERGENCY] = SEVERITY_CRITICAL, [PRIORITY_ALERT] = SEVERITY_CRITICAL,
    [PRIORITY_CRITICAL] = SEVERITY_CRITICAL,  [PRIORITY_ERROR] = SEVERITY_HIGH,
    [PRIORITY_WARNING] = SEVERITY_MEDIUM,     [PRIORITY_NOTICE] = SEVERITY_LOW,
    [PRIORITY_INFORMATIONAL] = SEVERITY_INFO, [PRIORITY_DEBUG] = SEVERITY_INFO,
};
static const char *const VERDICTS[VERDICT__N] = {
    [VERDICT_CLEAN] = "clean",       [VERDICT_AUTHORISED] = "authorised",
    [VERDICT_EXPOSED] = "exposed",   [VERDICT_SUSPICIOUS] = "suspicious",
    [VERDICT_UNWANTED] = "unwanted", [VERDICT_MALICIOUS] = "malicious",
};

const char *finding_kind_name(enum finding_kind k)
{
    return KINDS[k];
}

enum severity severity_of(enum priority p)
{
    return OF_PRIORITY[p];
}

const char *severity_name(enum severity s)
{
    return SEVERITIES[s];
}

const char *verdict_name(enum verdict_word w)
{
    return VERDICTS[w];
}

int severity_or_priority_from(struct str word)
{
    /* "critical" and "info" are words of both; as severities they admit all that is shown under that word. */
    for (int p = PRIORITY__N - 1; p >= 0; p--)
        if (str_eq_nocase(word, str_from(SEVERITIES[OF_PRIORITY[p]])))
            return p;
    return priority_from(word);
}
