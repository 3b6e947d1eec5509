// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What ClamAV keeps its signatures in. Its lists of digests are read (digest_list.c); of the other kinds, which describe contents in
 * languages of their own, is said how many there were.
 */
#include "intel/internal.h"

/* What a file of ClamAV's of that name holds when it is no list of digests of files, for people and not translated; NULL: it is none. */
const char *clamav_other_kind(struct str name);
/* Whether a file of that name holds names of signatures that do not count (.ign2, and .ign with a file and a line in front). */
bool clamav_is_ignore_list(struct str name);
/* Reads it: digests of those names are found no more, whatever list they are on. 0 or -errno of reading. */
int clamav_read_ignored(struct intel *in, const char *name, struct lines *lines, struct error *err);
/* Whether the beginning of a file is that of a container (.cvd, .cld, .cud): a header and a tar of such files. */
bool clamav_is_container(struct str start);
/*
 * Reads the lists of digests of a container from `lines`, each as a list of its own called "main.cvd!main.hdb"; what else is in it is
 * told by a list of the container's name that has no entries (left_out). `given` says from outside what a list is for; NULL: nothing.
 * -EINVAL when it is damaged, or when it holds no list of digests and `alone` says that nothing else was asked for.
 */
int clamav_read(struct intel *in, const char *name, const struct intel_list *given, struct lines *lines, bool alone, struct error *err);
/* Adds a list without entries that says what of `name` is not read: "main.ndb (patterns, 12), …". */
void clamav_note(struct intel *in, const char *name, struct str left_out);
