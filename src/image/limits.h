// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What bytes from a stranger may cost. The defaults of struct image_limits stand in limits.c beside their
 * reasons; here are the bounds that nobody needs to tune.
 */
#include "image/image.h"

enum {
    IMAGE_HELD_BYTES = 64 << 20, /* of one content in one piece (image_hold()): what is looked at whole, address space until it comes */
    IMAGE_IO_BYTES = 256 << 10, /* one read and one window of unpacked bytes: fits a second-level cache */
    IMAGE_BOMB_FLOOR =
        64 << 20, /* below this many unpacked bytes no ratio counts: sparse files of that size exist */
    IMAGE_HOLE_BYTES = 64 << 20, /* of a file's holes given as zeros; longer ones hold nothing and cost minutes */
    IMAGE_ZSTD_WINDOW_LOG = 27,   /* 128 MiB, what libzstd itself allows without being asked for more */
    IMAGE_INDEX_DEPTH = 4,        /* indexes within indexes; tools write one or two */
    IMAGE_INDEX_MANIFESTS = 4096, /* descriptors looked at in all indexes together */
    IMAGE_LINK_HOPS = 8,          /* links between members of a docker archive; `docker save` writes one */
    IMAGE_TROUBLES_MAX = 1000,    /* records kept; the bits of image_info go on counting */
    IMAGE_MEMBERS_MAX = 65536,    /* members of a docker or OCI archive: blobs, three files per old layer */
    IMAGE_STRANGE_MEMBERS = 64,   /* a compressed tar that begins with so many names of no image is none */
    IMAGE_STATE_PATHS_MAX =
        8 << 20, /* paths of all layers remembered: 16 bytes each, so at most 200 MB of table */
    IMAGE_MEDIA_TYPE_BYTES = 255, /* of one that is shown: RFC 6838 gives type and subtype 127 each */
    IMAGE_CAPABILITY_BYTES = 64, /* of a value of security.capability: the kernel writes 24 */
    IMAGE_COMPONENT_BYTES = 255, /* NAME_MAX of every Linux file system */
};
