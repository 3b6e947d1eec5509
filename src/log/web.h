// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Requests of the web in the words of those who stand in front of servers: Cloudflare, Fastly, Envoy, API Gateway, Azure's Application Gateway, Front Door and App Service, Elastic's common schema. Written
 * anew in the words of servers, which log/text_format.c reads, with all own members beside.
 */
#include "base/strbuf.h"
#include "log/node.h"

/* False: it is no request in their words. */
bool web_write(struct node root, struct strbuf *b);
