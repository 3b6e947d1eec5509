// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Files that are believed because nobody else can write them. Inside the room only. */
#include <sys/stat.h>

#include "base/error.h"

/* -EPERM with text when it belongs to somebody else or can be written by others. */
int private_check(const struct stat *st, const char *path, struct error *err);
/* Makes the folder that the file is to lie in, and the one above, where they are not there; -errno with text, -EPERM as above. */
int private_folder_of(const char *path, struct error *err);
