// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Acts of Linux' audit in Elastic's common schema: Auditbeat's modules auditd, system and file_integrity, and what Filebeat makes of auditd's file.
 * https://www.elastic.co/guide/en/beats/auditbeat/current/exported-fields.html
 */
#include "base/strbuf.h"
#include "log/node.h"

/* As auditd's own lines (log/audit.h), the one that says who did it first; also of a hit that holds one. False: it is none, and nothing was added. */
bool audit_ecs_write(struct node root, struct strbuf *b);
