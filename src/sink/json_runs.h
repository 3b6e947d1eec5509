// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What a target did in jails, as JSON. Inside the room only. */
#include <jansson.h>

#include "finding/report.h"

/* One object per run, with its timeline. The caller owns it. */
json_t *json_runs(const struct report_target *t);
