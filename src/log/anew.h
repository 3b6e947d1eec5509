// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Records that say the same in other shapes are written anew as their format delivers them: rows of BigQuery, sign-ins, calls of AWS and acts in Microsoft 365 of a
 * workspace of Log Analytics, requests to a cluster of Google (GKE), and to one of Azure (AKS), as Kubernetes' own audit has them.
 */
#include "base/strbuf.h"
#include "log/node.h"

/* False: it is none of the first two. */
bool anew_write(struct node root, struct strbuf *b);
/* A trace of Huawei's whose user is JSON as text; false when it is none. */
bool anew_write_cts(struct node root, struct strbuf *b);
/* An entry of Google's audit that is a request to a cluster; false when it is none. */
bool anew_write_gke(struct node root, struct strbuf *b);
