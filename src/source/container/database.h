// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Looking into databases of runtimes that may be written to meanwhile. */
#include "source/container/bolt.h"
#include "source/container/internal.h"

/*
 * Opens a bbolt file beneath the root and calls `look` on it, again when a commit came between (three times
 * at most): what it found must not count unless true is returned. False: no such file, not sound, or `look`
 * said so.
 */
bool database_look(struct finder *f, const char *path, bool (*look)(struct bolt *b, void *ctx), void *ctx);
