// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Logs as OpenTelemetry hands them on: {"resourceLogs": [{"resource": …, "scopeLogs": [{"logRecords": [{"timeUnixNano": "…", "body": {"stringValue": "…"}, "attributes": […]}]}]}]}
 * (https://opentelemetry.io/docs/specs/otlp/). Each record is written anew with plain members: timestamp, body, attributes, resource.
 */
#include "base/strbuf.h"
#include "log/node.h"

bool otel_is(struct node root);
/* An array of the records that the object holds. */
void otel_write_all(struct node root, struct strbuf *b);
/* A record that stands alone; false when it is none. */
bool otel_write(struct node root, struct strbuf *b);
