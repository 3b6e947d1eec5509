// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What can be told of a secret without asking anybody: checksums, expiry, keys that parse, prefixes of test modes, published
 * examples. It goes by the form of the secret, whichever rule found it; nothing that is given out holds a part of it.
 */
#include "base/arena.h"
#include "base/digest.h"

enum secret_state {
#define STATE(id, name, weight) SECRET_##id,
#include "inspect/secret_state.def"
#undef STATE
    SECRET_STATE__N,
};

struct secret_validity {
    uint32_t states;   /* bit 1 << enum secret_state each */
    struct str detail; /* whom or what it is for, such as "account 123456789012"; may be empty; in the arena */
    /* Of a private key: SHA-256 of its public half, as lists of leaked keys have it: of its SubjectPublicKeyInfo, and as OpenSSH writes it. */
    uint8_t prints[2][SHA256_BYTES];
    unsigned n_prints;
};

/* `match`: the secret with what the rule saw around it; `around`: some of the content on both sides. `now_ns`: 0 when it is
 * not known. */
struct secret_validity secret_validity_of(struct str secret, struct str match, struct str around, uint64_t now_ns,
                                          struct arena *a);
const char *secret_state_name(enum secret_state s);
/* Whether the states prove that it is a secret, or that it opens nothing. */
bool secret_is_live(const struct secret_validity *v);
bool secret_is_dead(const struct secret_validity *v);

/* The parts, for the checks of rules and for tests. */

/* The last six digits are the CRC-32 of what stands before them, from the last underscore on. */
bool secret_crc32_holds(struct str token);
/* The bytes of a PEM block's body, Base64 within strings of source code too; empty when there is no block. `ret_label` is what
 * stands between BEGIN and the dashes, `ret_head` the headers of an old encrypted key. */
struct str secret_pem_body(struct str text, struct arena *a, struct str *ret_label, bool *ret_is_encrypted);
/* Of a private key in any of PEM's forms: states, and its kind and bits. */
void secret_examine_key(struct str text, struct arena *a, struct secret_validity *v);
