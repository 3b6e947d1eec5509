// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which of libarchive's readers opens what. Only what it decodes itself: for some formats it would start a program; and
 * not 7z (whose header may ask for gigabytes before a byte is unpacked), rar, cab and iso9660, whose readers have the
 * longest record of faults.
 */
#include "image/codec.h"
#include "inspect/kind.h"

struct archive;

/* Whether content of that kind has members or is known to have some that cannot be read. */
bool archive_is(enum file_kind kind);
/* Whether content of that kind is one content, compressed. */
bool archive_packs(enum file_kind kind);
/* Whether content of that kind has members and nothing here reads them. */
bool archive_is_unread(enum file_kind kind);
/* Who unpacks content of that kind; CODEC_PLAIN where archive_packs() is false. */
enum codec archive_codec(enum file_kind kind);
/* Readies a reader for zip (one that streams is read by the headers in front of its members), tar, ar or cpio. */
void archive_support(struct archive *a, enum file_kind kind, bool streams);
/*
 * Bytes of the dictionary that the first block of an xz file asks for; 0 when that cannot be told. Filters in front of
 * LZMA2 are passed over.
 */
uint64_t archive_xz_dictionary(struct str data);
