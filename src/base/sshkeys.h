// SPDX-License-Identifier: Apache-2.0
#pragma once
/* authorized_keys of OpenSSH: see AUTHORIZED_KEYS FILE FORMAT in sshd(8). */
#include "base/arena.h"

struct ssh_key {
    struct str options, type, comment; /* point into the text */
    struct str line;                   /* the whole line in the text */
    struct str fingerprint;            /* "SHA256:…" as ssh-keygen -l prints it; in the arena */
};
/*
 * Takes the next key off *text. Lines that are no key (comments, unknown types, bodies that do not decode or
 * do not hold the type they claim) are passed over, as sshd does. False at the end.
 */
bool ssh_key_next(struct str *text, struct arena *a, struct ssh_key *ret);
