// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Opening what lies below a folder without ever leaving it, whatever links stand in the way. */

/*
 * Opens `path` as if `dir` were the root: absolute links and ".." stay inside, /proc's magic links are
 * refused (openat2 with RESOLVE_IN_ROOT). On kernels that lack openat2 (before 5.6) and in sandboxes that
 * refuse it, folders on the way must be real ones. O_CLOEXEC is added. Returns the descriptor or -errno.
 */
int beneath_open(int dir, const char *path, int flags);
/* The same, and no link at all may stand on the way or at the end (-ELOOP). */
int beneath_open_unlinked(int dir, const char *path, int flags);
