// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Events of Sysmon for Linux, which writes them as XML into the syslog; and as collectors have them in JSON. A started program, a file that was made or removed, and a connection have
 * the names that records of auditd have (log/audit.h), so that the same rules hold; all else stands in log.value[NAME] under Sysmon's own names. https://github.com/microsoft/SysmonForLinux
 */
#include "base/str.h"
#include "log/values.h"

enum {
    SYSMON_EVENT_MAX = 64 << 10, /* bytes of one event: what syslog passes on is less */
    SYSMON_DATA_MAX = 40,        /* values of one event; the most have 23 */
    SYSMON_ARGS_MAX = 16,        /* words of a command line that are values of their own */
};

/* A message of syslog: false when it is none of Sysmon, and nothing was set. */
bool sysmon_take(struct str program, struct str message, struct log_values *v);
