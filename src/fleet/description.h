// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the description of an object says (the object store of NATS): whoever reaches the servers can write one. Inside the room only. */
#include "base/arena.h"
#include "base/error.h"

struct fleet_description {
    struct str id, digest; /* under which its chunks lie, without what has a meaning in subjects; "SHA-256=" and base64 */
    uint64_t size, chunks; /* at most FLEET_OBJECT_MAX bytes */
};
/* Strings in the arena. 1: the object was deleted. -EBADMSG: it is no description. */
int fleet_description_read(struct str text, struct arena *a, struct fleet_description *ret, struct error *err);
