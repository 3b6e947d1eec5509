// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * References to images, split as Docker splits them: `nginx`, `acme/tools:1.2`, `127.0.0.1:5000/a/b:tag`,
 * `host/repo@sha256:…`. The grammar is that of the distribution project (domain, path components, tag of at most 128,
 * name of at most 255 bytes).
 */
#include "base/arena.h"
#include "base/error.h"

enum { REFERENCE_MAX = 1024 }; /* 255 of name, 128 of tag, 135 of digest, and room */

/* Strings live in the arena that was given, NUL-terminated. */
struct reference {
    struct str registry;   /* as people name it: docker.io when the reference names none */
    struct str host;       /* whose API is asked: registry-1.docker.io for docker.io, else the registry */
    struct str repository; /* with namespace: library/nginx */
    struct str tag;        /* latest when neither tag nor digest is given; may be empty beside a digest */
    struct str digest;     /* "sha256:…", empty when the reference has none */
};

/* -EINVAL with what is wrong and where. */
int reference_parse(struct str text, struct arena *a, struct reference *ret, struct error *err);
/* The full name: docker.io/library/nginx:latest, with @digest when it has one. */
struct str reference_name(const struct reference *r, struct arena *a);
/*
 * Whether both name one image: nginx and docker.io/library/nginx:latest do, of which tools keep the one or the other. Text that is no
 * reference names what is written the same.
 */
bool reference_is_same(struct str x, struct str y);
/* sha256 with 64 or sha512 with 128 lower-case hex digits: what can be verified. */
bool digest_is_known(struct str digest);
/* 127.0.0.0/8, ::1 and localhost, with or without a port: traffic to it does not leave the machine. */
bool host_is_loopback(struct str host);
