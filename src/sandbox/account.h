// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Who an image's process runs as. */
#include "base/error.h"
#include "base/str.h"

enum { ACCOUNT_FILE_MAX = 1 << 20, ACCOUNT_GROUPS_MAX = 32 };

struct account {
    uint32_t uid, gid;
    uint32_t groups[ACCOUNT_GROUPS_MAX]; /* further ones */
    size_t n_groups;
    char home[256]; /* "/" when nothing tells */
};

/*
 * `user` is an image's: empty, a name or number, and after a colon a group. Names are looked up in etc/passwd and etc/group of the
 * tree. -ENOENT with text for a name that is not there.
 */
int account_find(int tree, struct str user, struct account *ret, struct error *err);
