// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A file as somebody in another space of mounts sees it. */
#include "base/str.h"
#include "event/record.h"

/* The space of mounts that this process is in, as the kernel numbers them; 0: unknown. `root`: as of config_source_new(). */
uint32_t config_own_space(const char *root);
/*
 * Opens it for reading as the process of the header sees it, through that process, its parent or the leader of its session, whichever is
 * still in its space of mounts; links stay beneath the root there. *ret_space: the space whose file it is, 0: the machine's own, which is
 * also what is opened when nobody is left there. A descriptor, or -errno.
 */
int config_open(const char *root, uint32_t own_space, const struct record *about, struct str path, uint32_t *ret_space);
