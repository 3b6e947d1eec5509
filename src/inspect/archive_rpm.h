// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The front of an RPM package: lead, signature and header. No kept library of Debian reads it without taking a package
 * database along; libarchive skips it, and the scripts that run at installation stand in it.
 */
#include "base/str.h"

enum {
    RPM_TAGS_MAX = 1 << 16,     /* entries of a header; packages with 100,000 files have some hundred: lists are one entry */
    RPM_HEADER_MAX = 256 << 20, /* bytes of a header: as rpm itself takes */
    RPM_SCRIPTS_MAX = 64,
};

struct rpm_script {
    struct str kind; /* postin, pretrans, triggers and so on, as rpm's queries call them */
    struct str text;
};

/* Strings lie in the package's bytes. */
struct rpm {
    struct str name, version, release;
    struct rpm_script scripts[RPM_SCRIPTS_MAX];
    size_t n_scripts;
    bool too_many; /* more scripts than RPM_SCRIPTS_MAX */
    size_t payload; /* offset of the compressed cpio archive */
};

/* False when the headers are damaged or not whole in `data`; then what was read until there is in *ret. */
bool rpm_read(struct str data, struct rpm *ret);
