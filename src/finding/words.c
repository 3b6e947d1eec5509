// SPDX-License-Identifier: Apache-2.0
/* The words of the room: kinds, severities, verdicts. Machines read them as they stand, people translated. */

#include "base/intl.h"
#include "finding/verdict.h"

static const char *const KINDS[] = {
    [FINDING_THREAT] = N_("threat"),
    [FINDING_EXPOSURE] = N_("exposure"),
    [FINDING_CONTEXT] = N_("context"),
};
static const char *const SEVERITIES[SEVERITY__N] = {
    [SEVERITY_CRITICAL] = N_("critical"), [SEVERITY_HIGH] = N_("high"), [SEVERITY_MEDIUM] = N_("medium"),
    [SEVERITY_LOW] = N_("low"),           [SEVERITY_INFO] = N_("info"),
};
static const enum severity OF_PRIORITY[PRIORITY__N] = {
    [PRIORITY_EMERGENCY] = SEVERITY_CRITICAL, [PRIORITY_ALERT] = SEVERITY_CRITICAL,
    [PRIORITY_CRITICAL] = SEVERITY_CRITICAL,  [PRIORITY_ERROR] = SEVERITY_HIGH,
    [PRIORITY_WARNING] = SEVERITY_MEDIUM,     [PRIORITY_NOTICE] = SEVERITY_LOW,
    [PRIORITY_INFORMATIONAL] = SEVERITY_INFO, [PRIORITY_DEBUG] = SEVERITY_INFO,
};
static const char *const VERDICTS[VERDICT__N] = {
    [VERDICT_CLEAN] = N_("clean"),       [VERDICT_AUTHORISED] = N_("authorised"),
    [VERDICT_EXPOSED] = N_("exposed"),   [VERDICT_SUSPICIOUS] = N_("suspicious"),
    [VERDICT_UNWANTED] = N_("unwanted"), [VERDICT_MALICIOUS] = N_("malicious"),
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
    /* N_("critical") and N_("info") are words of both; as severities they admit all that is shown under that word. */
    for (int p = PRIORITY__N - 1; p >= 0; p--)
        if (str_eq_nocase(word, str_from(SEVERITIES[OF_PRIORITY[p]])))
            return p;
    return priority_from(word);
}
