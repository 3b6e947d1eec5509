// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Names as archives store them, made into the paths that a container would see. Purely lexical: nothing is
 * looked up.
 */
#include "image/image.h"

/*
 * "./usr//bin/../lib" gives "/usr/lib" in the arena. Bits added to *problems: ABSOLUTE_PATH, PATH_TRAVERSAL
 * (climbs over the root; the climb is dropped), BAD_NAME (empty, over limits.path_bytes, a component over
 * NAME_MAX, too deep). What is longer than limits.path_bytes is cut.
 */
struct str path_clean(struct arena *a, struct str raw, const struct image_limits *limits, uint64_t *problems);
/* True when a symbolic link at `path` (cleaned) with this target climbs over the root on its way. */
bool path_symlink_escapes(struct str path, struct str target);
/* The first component of *rest, which moves on; false when nothing is left. "." and empty ones are dropped.
 */
bool path_component(struct str *rest, struct str *ret);

enum path_whiteout {
    PATH_NO_WHITEOUT,
    PATH_WHITEOUT,          /* ".wh.name": removes `name` of lower layers */
    PATH_WHITEOUT_OPAQUE,   /* ".wh..wh..opq": removes all of the folder's content in lower layers */
    PATH_WHITEOUT_INTERNAL, /* other ".wh..wh.*": bookkeeping of the aufs file system, ignored by every tool
                             */
    PATH_WHITEOUT_BAD,      /* ".wh.", ".wh..", ".wh...": names nothing */
};
/* What the last component of a cleaned path says; *ret_name is the removed name for PATH_WHITEOUT. */
enum path_whiteout path_whiteout(struct str path, struct str *ret_name);
