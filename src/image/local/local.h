// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Images of this machine's own stores, written into a folder as `image.tar`, which image_open() reads: docker by the API of
 * its daemon, podman and containerd by their own programs (docs/decisions/local-stores.md says why).
 */
#include "base/error.h"
#include "base/str.h"

/* The file that the functions below write into the folder. */
#define LOCAL_ARCHIVE "image.tar"

struct local_options {
    const char *platform; /* containerd: which one of several; NULL: this machine's */
    uint64_t bytes_max;   /* of the archive; 0: the image room's limit for a whole image */
    /* How far it is; total 0: unknown. May be NULL. */
    void (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
    void *ctx;
};

/*
 * `name` is a reference or an id. -ENOENT when the store is not on this machine or has no such image, with the cure;
 * -EACCES when the store may not be asked; -ENOSPC; -EPROTO when the store answers nonsense.
 */
int local_docker(struct str name, const struct local_options *options, int dir, struct error *err);
int local_podman(struct str name, const struct local_options *options, int dir, struct error *err);
int local_containerd(struct str name, const struct local_options *options, int dir, struct error *err);

enum { LOCAL_ID_MAX = 128 };
/*
 * The full id of a container that docker or podman knows by that name (or beginning of an id). 0; 1 when neither does, or
 * neither is here.
 */
int local_container_id(struct str name, char ret[LOCAL_ID_MAX]);
