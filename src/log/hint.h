// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Files that nobody here reads: what they are, and how to go on. */
#include "base/str.h"

/* What is known of a file that nobody here reads, and the cure, by its first bytes: a text for people, to be translated. Never NULL. */
const char *log_hint(struct str head);
