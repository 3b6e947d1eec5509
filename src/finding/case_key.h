// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What joins findings. Each finding sets keys, and asks for keys that earlier ones have set; a key that was set no longer ago
 * than its window, by the time of the events, joins. Time alone joins nothing, and neither does a machine.
 *
 *     process    set by who acts; asked for by it and all its descendants                                     a day
 *     kin        who acts and its ancestors within its session: those who share one are of one work            an hour
 *     container  everything in a container                                                                     a day
 *     login      a user who logged in, but for root, outside containers                                        ten minutes
 *     file       set by who writes it; asked for by who runs it, has an ancestor that does, or names it        a day
 *     peer       an address that is reached or comes, but for those of this machine; private ones with port and machine   an hour
 *     shared     an access key, a principal or machine of a cloud, a pod: one thing wherever it is met          a day
 *     member     a finding that a correlation counted                                                          a day
 *
 * A process is its pid and the time it began: a pid that is used again joins nothing, and one whose beginning is not known
 * sets no key. The first process of a machine, and who leads a session above, are everybody's ancestors and join nobody.
 */
#include "finding/case.h"

enum case_tie { CASE_TIE_PROCESS, CASE_TIE_KIN, CASE_TIE_CONTAINER, CASE_TIE_LOGIN, CASE_TIE_FILE, CASE_TIE_PEER, CASE_TIE_MEMBER, CASE_TIE_SHARED, CASE_TIE__N };
enum { CASE_KEY_BYTES = 16, CASE_KEYS_MAX = 160 };

struct case_key {
    enum case_tie tie;
    bool sets, asks;
    uint8_t id[CASE_KEY_BYTES]; /* the start of a SHA-256: keys of any length take the same room, and none can be chosen to collide */
};

/* Nanoseconds for which such a key joins. */
uint64_t case_tie_window(enum case_tie tie);
/* Whether findings that share it are of one work, not only of one place. */
bool case_tie_is_work(enum case_tie tie);
/* The keys of a finding; their number. */
size_t case_keys(const struct case_finding *f, struct case_key ret[CASE_KEYS_MAX]);
