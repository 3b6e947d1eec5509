// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The first bytes of a client of TLS (RFC 8446, RFC 6066, RFC 7301): whom it asks for. What was kept of the hello may end in its midst.
 */
#include "base/str.h"

struct tls_hello {
    struct str sni;  /* as it is written; empty: it names none, or not in what was kept */
    bool has_alpn;   /* it says which protocols follow */
    bool is_whole;   /* all its extensions were looked at */
};
/* False: this is no hello. */
bool tls_hello_read(struct str bytes, struct tls_hello *ret);
/*
 * Whether it is one as Tor makes it (tor-spec, "Negotiating and initializing connections"): a name of www., 8 to 20 random letters of base
 * 32, and .com, and no word on protocols. Some of such random names look like a word and are not told.
 */
bool tls_is_tor(const struct tls_hello *h);
