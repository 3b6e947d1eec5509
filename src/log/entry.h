// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A line of syslog that a collector took apart: {"ident": "sshd", "host": "web1", "message": "Failed password …"}, in the words of rsyslog, syslog-ng, Fluentd and Fluent Bit, Vector,
 * Logstash, Telegraf, Graylog, NXLog, Datadog, Elastic's common schema, OpenTelemetry and the table Syslog of Azure. It is written anew as an entry of the journal, with all its own members beside.
 */
#include "base/strbuf.h"
#include "log/known.h"
#include "log/node.h"

/* False: it names no program, or says nothing. */
bool entry_write(struct node root, struct strbuf *b);
/* Names without which it is none: one that gives the message, and one that gives the program, or something that may hold them. */
void entry_names(void (*tell)(struct str name, enum known_group group));
