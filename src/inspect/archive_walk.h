// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Archives and compressed files: each member is looked at as an event of its own (file.path "outer!inner",
 * file.container, member.*), the archive itself keeps a summary (archive.*). Formats: zip and what is built on it, tar,
 * ar and deb, cpio, rpm, 7z, rar, cab, iso9660, squashfs, asar, and gzip, bzip2, xz, zstd, lz4 around anything. A program that carries
 * a squashfs at its end (AppImage) is looked into as well.
 */
#include "inspect/archive_open.h"
#include "inspect/inspection.h"

/* Limits on what one file may unpack to. A member that goes over them is counted in archive.refused, never silent. */
enum {
    ARCHIVE_MEMBERS_MAX = 200'000, /* per file, at every depth: the largest Java applications have some 100,000 classes */
    ARCHIVE_RATIO_MAX = 200,       /* unpacked to packed; logs and zeros of honest files reach 100 */
    ARCHIVE_CPU_SECONDS = 120,     /* per file, of processor time: a hundred times what 100 MB of classes take */
    ARCHIVE_NAME_MAX = 4096,       /* bytes of a member's name (PATH_MAX); longer ones are cut */
    ARCHIVE_HOLE_BYTES = 16 << 20, /* of holes of a sparse member that are given as zeros; longer ones are passed over */
    ARCHIVE_CHAIN_MAX = 16,        /* archives one behind the other in a file, as an initial RAM disk has */
    ARCHIVE_DICTIONARY_MAX = 64 << 20, /* of xz: what its strongest preset takes; more is refused before it is allocated */
};
#define ARCHIVE_FREE_BYTES (UINT64_C(64) << 20) /* any file may unpack to that, whatever its ratio */
#define ARCHIVE_BYTES_MAX (UINT64_C(4) << 30)   /* per file, at every depth: more than any package of a distribution */

/*
 * Looks at the members of content that is held whole, or begins a zip's directory at its end. Adds the summary to the
 * facts of `in`. True when every byte was given to a member, so that the packed bytes need no look of their own.
 */
bool archive_look(struct inspection *in, const struct content *c);
/* The file system at the end of a program that carries one, as an AppImage does; only its first window is needed to know. */
void archive_look_behind(struct inspection *in, const struct content *c);
/* The files of an archive of PHP, which a program or a picture stands before. */
void archive_look_php(struct inspection *in, const struct content *c);
/* The same for an archive that is larger than its window and streams by; takes the feed as far as the archive goes. */
bool archive_look_stream(struct inspection *in, struct feed *feed, enum file_kind kind);
