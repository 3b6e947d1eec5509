// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Activities of Google Workspace as the interface for reports lists them, written anew as the entries that Google Cloud's audit has for the same.
 * https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list
 */
#include "base/strbuf.h"
#include "log/node.h"

bool workspace_is(struct node root);
/* An array with an entry for each event of the activity. */
void workspace_write(struct node root, struct strbuf *b);
