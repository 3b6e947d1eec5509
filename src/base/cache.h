// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A folder for what can be made again: compiled rules, mainly. An entry is a file named by what it was made from (kind and
 * key); it carries the SHA-256 of its content, which lies under a mask (base/mask.h). Whatever is wrong with the folder or an entry (missing, not ours, open to
 * others, a link, cut, altered) makes it absent: the caller makes the thing again and puts it back. Nothing here is an
 * error that a person needs to hear of.
 *
 * Compiled YARA rules are code for libyara's machine, so an entry is taken only from a folder and file that belong to
 * the user who runs us and that nobody else may write.
 */
#include "base/digest.h"
#include "base/str.h"
#include "base/strbuf.h"

struct cache;

enum {
    CACHE_ENTRY_MAX = 512 << 20, /* bytes: the databases of tens of thousands of rules stay below */
    CACHE_ENTRIES_MAX = 24,      /* files kept, newest first: a few sets of rules, a few files each */
};

/* Opens the folder and makes it (mode 0700) when it is not there; NULL when it cannot be used. */
struct cache *cache_open(const char *folder);
struct cache *cache_close(struct cache *c);
/* The entry's content; false when there is none to be trusted. `c` may be NULL. */
bool cache_get(struct cache *c, const char *kind, const uint8_t key[SHA256_BYTES], struct strbuf *ret);
/* Writes an entry whole or not at all, and drops the oldest beyond CACHE_ENTRIES_MAX. `c` may be NULL. */
void cache_put(struct cache *c, const char *kind, const uint8_t key[SHA256_BYTES], struct str content);
/*
 * For keys: adds the file of the shared library that the address lies in (name, size, time of its last change), so that what
 * one build of a library made is not taken by another.
 */
void cache_add_library(struct sha256 *h, const void *address);
