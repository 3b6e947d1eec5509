// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The program that a command of an image begins with, before a jail is made for it. */
#include "sandbox/unpack.h"

/*
 * Whether the image in the folder `tree` has it and may execute it: as a path, of its working folder where it is relative, or by the PATH of
 * its environment. -ENOENT, -EACCES with text, which names the cure. What a jail adds (/proc, /dev) is not looked for.
 */
int program_check(int tree, const struct unpacked *image, struct str name, struct error *err);
