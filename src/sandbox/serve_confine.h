// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the pretend internet's process gives up before it serves. */
#include "sandbox/serve.h"

/*
 * Leaves the process nothing but its sockets: no other descriptor, no right of root, no system call but those that sockets, memory and
 * clocks need. It ends with its parent. -errno: it must not serve then.
 */
int serve_confine(const struct serve_options *o);
