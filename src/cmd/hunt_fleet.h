// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The queue of a hunt: what a job says, where reports lie. */
#include "cmd/hunt.h"
#include "fleet/fleet.h"

#define HUNT_BUCKET "davy-hunt-reports"

struct fleet_queue hunt_queue_of(const struct hunt_options *o);
/* {"digest":…,"rules":…,"pull":…,"platform":…} */
void hunt_job_write(struct strbuf *b, const struct hunt_job *job, struct str rules);
/* Strings in the arena. -EINVAL: it is no job. */
int hunt_job_read(struct str text, struct arena *a, struct hunt_job *ret, struct str *ret_rules, struct error *err);
/* The name of an image's report among the objects. */
struct str hunt_object_name(struct arena *a, struct str digest, struct str rules);
