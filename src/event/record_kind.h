// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which record kind becomes which event type, and what such an event may tell at all. One table: record_kind.def.
 */
#include "event/record.h"
#include "event/type.h"

/* What an event of a kind may tell; what it has not here is absent in each of them. */
enum record_traits {
    RECORD_HAS_NOTHING = 0,
    RECORD_HAS_FD = 1 << 0,     /* it may work on a descriptor: fd.* */
    RECORD_HAS_SOCKET = 1 << 1, /* which may be a socket: addresses, ports; fd.connected may be true */
    RECORD_HAS_PATH = 1 << 2,   /* it may have paths as parameters: fs.path.* (as events on a descriptor do) */
    RECORD_IS_OPEN = 1 << 3,    /* it opens a file: evt.is_open_… may be true, fd.num is what it returned */
    RECORD_IS_UNTOLD = 1 << 4,  /* the sensor makes no record of it */
};

/* The kind whose records become events of the type; -ENOENT for a type that comes from no record. */
int record_kind_of(enum event_type t);
/* The event type of a kind; EVENT__INVALID for one that is no event for rules. */
enum event_type record_kind_type(unsigned kind);
/* enum record_traits of an event type; RECORD_HAS_NOTHING for one that comes from no record. */
unsigned record_kind_traits(enum event_type t);
