// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What language the first bytes of a message are in, by its grammar and on whatever port: one look at what one call carried. Facts from
 * the protocols' own documents: Stratum (JSON-RPC 1.0 and 2.0, a request of a known method), IRC (RFC 2812, a command of registration or
 * of a channel), SOCKS (RFC 1928), SSH (RFC 4253, the line of identification), TLS (RFC 8446, a record with a client's hello), Tor (context/tls.h), HTTP (RFC
 * 9112, a request's line), njRAT (a decimal length, NUL and a word of its own).
 */
#include "base/str.h"

/* "stratum", "irc", "socks", "ssh", "tor", "tls", "http", "njrat"; empty for what is none of them. Static. */
struct str protocol_of(struct str bytes);
