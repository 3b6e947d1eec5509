// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a scanner for malware found, as ClamAV says it: which signature (log.value[signature]) in which file (log.value[file]). https://docs.clamav.net/manual/Usage/Scanning.html */
#include "base/str.h"
#include "log/values.h"

/* A message of a find: its parts borrow from it. False: it tells of none. */
bool found_in(struct str message, struct str *ret_file, struct str *ret_signature);
/* The same of clamd, clamonacc or clamscan, as values of the record; false: nothing was set. */
bool found_take(struct str program, struct str message, struct log_values *v);
