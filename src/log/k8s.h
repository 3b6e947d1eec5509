// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the two files of Kubernetes' audit share. */
#include "log/record.h"

/* ka.req.pod.*, ka.req.container.* and ka.req.volume.*: what a request says of a pod, or of the template of one in a workload. */
int k8s_pod_get(const struct log_record *r, const struct field_ref *ref, struct value *ret);
