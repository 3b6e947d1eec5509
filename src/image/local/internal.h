// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the local stores share. */
#include "image/local/local.h"

enum {
    LOCAL_ANSWER_MAX = 4 << 20,     /* what a store says about one image or container */
    LOCAL_ASK_SECONDS = 60,         /* for such an answer */
    LOCAL_SAVE_SECONDS = 6 * 3600,  /* for writing an image: hundreds of GB from a slow disk */
    LOCAL_DOCKER_STALL_SECONDS = 1800, /* the daemon may gather a large image before its first byte */
    LOCAL_NAME_MAX = 1024,
    LOCAL_NAMESPACES_MAX = 64,      /* of containerd; Kubernetes and docker have one each */
};

/* Names that are given to other programs and put into addresses: what references, ids and container names are made of. */
bool local_name_is_safe(struct str name);
/* Finds the container's full id by the docker engine's API: 0, 1 when there is none. */
int docker_container_id(struct str name, char ret[LOCAL_ID_MAX]);
int podman_container_id(struct str name, char ret[LOCAL_ID_MAX]);

/*
 * Lets a program write LOCAL_ARCHIVE: argv with the path of the file as its element `at`. Reports progress by the file's
 * growing size. What a program says when it fails is the error.
 */
int local_save(const char **argv, size_t at, const struct local_options *options, int dir, struct error *err);
