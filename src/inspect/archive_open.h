// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which of libarchive's readers opens what. Only what it decodes itself: for some formats it would start a program; and
 * not 7z (whose header may ask for gigabytes before a byte is unpacked), rar, cab and iso9660, whose readers have the
 * longest record of faults.
 */
#include "inspect/kind.h"

struct archive;

/* Whether content of that kind has members or is known to have some that cannot be read. */
bool archive_is(enum file_kind kind);
/* Whether content of that kind is one content, compressed. */
bool archive_packs(enum file_kind kind);
/* Whether content of that kind has members and nothing here reads them. */
bool archive_is_unread(enum file_kind kind);
/* Readies a reader for content of a kind that archive_is() and not archive_is_unread(); a zip that streams is read by the
 * headers in front of its members. */
void archive_support(struct archive *a, enum file_kind kind, bool streams);
/*
 * Bytes of the dictionary that the first block of an xz file asks for; 0 when that cannot be told. Filters in front of
 * LZMA2 are passed over.
 */
uint64_t archive_xz_dictionary(struct str data);
