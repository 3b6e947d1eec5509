// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Trees of files that a stranger may have made: no link in them is followed, and no mount below is entered. */
#include "base/error.h"

/* Removes a file, or a folder with all that is in it, of the open folder. What cannot be removed stays; -errno of the first of that. */
int tree_remove(int folder, const char *name);
