// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which of libarchive's readers opens what. Only what it decodes itself: for some formats it would start a program. What a
 * header of 7z or rar asks for in memory is refused by the kernel beyond what a worker may have (worker/worker.h).
 */
#include "image/codec.h"
#include "inspect/kind.h"

struct archive;

/* Whether content of that kind has members or is known to have some that cannot be read. */
bool archive_is(enum file_kind kind);
/* Whether content of that kind is one content, compressed. */
bool archive_packs(enum file_kind kind);
/* Whether an archive of that kind can be read as it streams by: the directory of 7z and squashfs stands at the end and says all. */
bool archive_streams(enum file_kind kind);
/* Whether it is one whole with a directory of its own, behind which nothing else is looked for: 7z, rar, cab, iso. */
bool archive_is_container(enum file_kind kind);
/* Who unpacks content of that kind; CODEC_PLAIN where archive_packs() is false. */
enum codec archive_codec(enum file_kind kind);
/* Readies a reader for zip (one that streams is read by the headers in front of its members), tar, ar, cpio or a container. */
void archive_support(struct archive *a, enum file_kind kind, bool streams);
/*
 * Bytes of the dictionary that the first block of an xz file asks for; 0 when that cannot be told. Filters in front of
 * LZMA2 are passed over.
 */
uint64_t archive_xz_dictionary(struct str data);
