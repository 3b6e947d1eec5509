// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The pretend internet: a process in the network namespace at the other end of a jail's wire, confined itself (no file, no new
 * program, no way to any other network), because whoever talks to it is a stranger. It answers every name and every address:
 *
 *     DNS        every name has an address, the same one each time; later connections to it are told with the name
 *     TCP        what a client says first tells the protocol; where the server speaks first, the port does
 *     TLS        any name, by a certificate of an authority that only the jail trusts, made for the run and forgotten with it
 *     UDP        told; only DNS is answered
 *
 * All that is asked is told as exchanges. Nothing is passed on to anybody.
 */
#include <sys/types.h>

#include "base/error.h"
#include "sandbox/exchange.h"

struct pretend;
/* `space`: descriptor of the namespace. Its process runs from here on. -errno with text. */
int pretend_start(int space, struct pretend **ret, struct error *err);
/* Ends it. NULL is fine. Returns NULL. */
struct pretend *pretend_free(struct pretend *p);
/* The certificate that its answers are signed by, PEM; as long as it. */
struct str pretend_authority(const struct pretend *p);
/* What was asked since the last call, without waiting. */
void pretend_take(struct pretend *p, exchange_fn fn, void *ctx);
/* Whether its process still runs. */
bool pretend_lives(struct pretend *p);
