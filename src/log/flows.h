// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Flow logs of Azure: of network security groups (version 1 and 2) and of virtual networks. A record holds many flows, as texts with commas between; they
 * are written anew as objects in the words of AWS' flow logs, one for each direction in which there were bytes.
 */
#include "base/strbuf.h"
#include "log/node.h"

bool flows_is_azure(struct node root);
/* Appends an array of them. */
void flows_add_azure(struct node root, struct strbuf *b);
