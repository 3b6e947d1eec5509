// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Cloud security and management agents: who has been switched off. */
#include "source/proc/internal.h"

/*
 * States which cloud agents are installed, which run, and which left traces although their program is gone or
 * does not run (host.agents, .running, .missing), and the provider that the traces speak of where firmware
 * told none.
 */
void agents_look(struct proc_source *ps, struct facts *facts);
