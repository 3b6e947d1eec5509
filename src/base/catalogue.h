// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A message catalogue (a .mo file, as msgfmt writes it): texts in one language by the texts in English.
 *
 * Read without the C library's gettext(), which translates only where the user's locale is generated; minimal systems and
 * containers have none (docs/decisions/catalogue.md). The whole file is read and checked when it is opened, so that a
 * look-up touches no file and cannot fail: a confined process keeps its language.
 */
#include "base/error.h"
#include "base/str.h"

enum {
    CATALOGUE_BYTES_MAX = 16 << 20, /* ours has 0.2 MB */
};

struct catalogue;

/* Opens a file. -EINVAL when it is no catalogue in UTF-8, -EFBIG, or what the system says. */
int catalogue_open(const char *path, struct catalogue **ret, struct error *err);
/* The same of bytes, which are copied; `name` is for the error. */
int catalogue_from(const char *name, struct str bytes, struct catalogue **ret, struct error *err);
/* NULL is fine. Returns NULL. */
struct catalogue *catalogue_free(struct catalogue *c);
DEFINE_CLEANUP(struct catalogue *, catalogue_free)

/* The translation of a text, ended by NUL, as long as the catalogue lives; empty (p is NULL) when there is none. */
struct str catalogue_get(const struct catalogue *c, struct str text);
/*
 * The translation for a number of things, by the singular text. Languages with one form for every number and those with
 * one for 1 and one for the rest are understood, as the header's nplurals says.
 */
struct str catalogue_plural(const struct catalogue *c, struct str one, uint64_t n);
