// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Capabilities that a file gives to whoever runs it: the value of the extended attribute security.capability (linux/capability.h). */
#include "event/facts.h"

/* States file.capabilities and the fields beside it; nothing of a value that the kernel would not take. */
void capability_facts(struct facts *facts, struct str value);
