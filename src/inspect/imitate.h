// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The name of an image: what its reference says, and whether it is, or nearly is, the name of an official
 * image (row 103). Facts only: a near name is common among honest derivatives, so rules decide what it is
 * worth.
 *
 *     struct imitate *im;
 *     imitate_new("rules/intel/official-images.txt", &im, &err);
 *     imitate_look(im, STR("docker.io/library/nginx:1.27"), facts);
 */
#include "base/error.h"
#include "event/facts.h"

/* The parts of a reference, borrowed from it (or constants). Empty where it says nothing. */
struct image_name {
    struct str registry;   /* docker.io when the reference names none */
    struct str ns;         /* everything between registry and repository; library for Docker's short names */
    struct str repository; /* last path component */
    struct str tag;        /* latest when neither tag nor digest is given, as Docker does */
    struct str digest;     /* algorithm:hex */
};

enum { IMAGE_REF_MAX = 1024 }; /* longer references are not names; Docker allows 255 + 128 + digest */

/* Splits a reference as Docker does; a transport such as "docker://" is skipped. False when it is no
 * reference. */
bool image_name_parse(struct str ref, struct image_name *ret);

struct imitate;
/*
 * Loads the names: one official image per line, then the Docker Hub namespaces of its own project; a line
 * that begins with '*' lists namespaces of publishers who build official software under their own name; '#'
 * begins a comment. -EINVAL with file, line and cure for anything else, -errno when the file cannot be read.
 */
int imitate_new(const char *path, struct imitate **ret, struct error *err);
struct imitate *imitate_free(struct imitate *im);
DEFINE_CLEANUP(struct imitate *, imitate_free)

/*
 * Sets image.ref, .registry, .namespace, .repository, .tag, .pinned, .official, and where the name is near an
 * official one .imitates and .imitates.how. A text that is no reference sets image.ref alone.
 */
void imitate_look(const struct imitate *im, struct str ref, struct facts *facts);
