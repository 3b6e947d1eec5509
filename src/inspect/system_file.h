// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Programs and libraries of the system: files that a package database is compared with. Data, manuals, code of interpreters and modules of the
 * kernel are left out: honest machines change some, and they are many.
 */
#include "event/facts.h"

enum {
    /* Larger ones are not compared: of 3,140 programs and libraries of a machine 3,071 are below it, with a quarter of the bytes. */
    SYSTEM_FILE_BYTES_MAX = 8 << 20,
};

/* Whether a package would bring a program or a library at this path; what lies in folders of libraries has no extension, or is a library. */
bool system_file_place(struct str path);
/* Whether the file that the facts are of, before its content is read, is one: it lies in such a place, is executable or a library, and not too large. */
bool system_file_is(const struct facts *facts);
/* Whether the facts are of a file that the target's own file system has in the end: no higher layer hides it, and it is no container's and no jail's. */
bool system_file_lasts(const struct facts *facts);
/*
 * The same place on a machine where /bin, /sbin and /lib* are links into /usr, or are not: the one without "/usr" of a path with it (a part
 * of `path`), and the other way round (in `a`).
 */
struct str system_file_alias(struct str path, struct arena *a);
