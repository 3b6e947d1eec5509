// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A container as JSON, which a record carries in its block RECORD_JSON: so a capture holds what was learned from runtimes. Names
 * of members are stable; unknown ones are passed over, and what is missing is unknown.
 */
#include "base/error.h"
#include "base/strbuf.h"
#include "context/container.h"

enum { CONTAINER_JSON_MAX = 56 << 10 }; /* a record has 64 KiB, and a path of 4 KiB beside it */

/*
 * Appends the JSON, at most CONTAINER_JSON_MAX bytes: when it would be longer, without labels, mounts and probes, and with
 * "cut". *c is sealed.
 */
void container_encode(const struct container_info *c, struct strbuf *out);
/*
 * Gives a sealed container, which the caller frees. -EBADMSG with text when it is no JSON, or lacks id or type; what is over the
 * limits of context/container.h is left out as there.
 */
int container_decode(struct str json, struct container_info **ret, struct error *err);
