// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Host names as they stand in free text, where `os.path` and `main.rs:10` look like them. The public suffix
 * list knows what is registered; here a short table of top-level domains and the words that programs and file
 * names end in will do.
 */
#include "event/value.h"

enum hostname_context {
    HOSTNAME_URL,  /* behind ://, where only a host can stand */
    HOSTNAME_PATH, /* before a slash */
    HOSTNAME_PORT, /* before :port */
    HOSTNAME_BARE, /* a word of its own */
};

/* Whether the whole string is a host name that may be taken for one in this context. */
bool hostname_is(struct str s, enum hostname_context context);
/*
 * How many bytes of s are a host name when other text may follow without a gap, as between the strings of Go and Rust
 * programs: "a.example.comPOST" is cut behind the longest top-level domain that its last label begins with. s.n when nothing
 * is to be cut.
 */
size_t hostname_cut(struct str s);
/* Whether an address can be reached from anywhere (documentation ranges count: examples use them in place of
 * such). */
bool net_is_public(const struct net *address);
/* A character that a host name in ASCII may hold, the dot among them. */
static inline bool is_hostname_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}
