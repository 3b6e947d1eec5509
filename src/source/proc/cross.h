// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Processes that are hidden, found while somebody watches: of those that the kernel told of, which does the listing of /proc not show, and over
 * whose folder there is something mounted? One listing and one list of mounts; only what differs is looked at further (hidden.h asks every id, which
 * takes longer and needs no kernel to tell).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cross_view { CROSS_SHOWN, CROSS_UNLISTED, CROSS_COVERED };

/*
 * Sets ret[i] for each of n ids of processes. Only with the machine's own space of process ids (cross_is_possible()). -errno when /proc
 * cannot be listed.
 */
int cross_look(int proc, const int32_t *ids, size_t n, enum cross_view *ret);
/* Whether /proc is that of the machine's first space of process ids: else its ids are others. */
bool cross_is_possible(int proc);
