// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Fetches images from a registry (OCI distribution API) into an OCI layout: index.json, oci-layout, blobs/. Every blob is
 * verified against its digest while it comes in, a broken pull goes on where it stopped when it is called again with the
 * same folder, and blobs that are there are not fetched again. It touches nothing but the folder descriptor, the network and
 * the files with credentials, and holds no state between calls.
 *
 *     registry_pull(&reference, &options, dirfd, &pull, &err);
 *     for each pull.images: image_open("FOLDER:" + digest, …)
 *     pull_done(&pull);
 */
#include "base/vec.h"
#include "image/image.h"
#include "image/reference.h"

struct pull_options {
    const char *platform;   /* "linux/arm64", NULL: this machine's */
    bool all_platforms;     /* every image of an index; attestations are left out */
    const char *auth_file;  /* NULL: where docker and podman keep logins */
    const char *ca_file;    /* PEM, trusted beside the system's authorities; NULL: none */
    unsigned stall_seconds; /* 0: the default of registry/limits.h */
    struct image_limits limits; /* zeros mean the defaults: layer_bytes and total_bytes bound the packed bytes as well */
    /* False leaves the layer out, because its verdict is known; NULL takes all. Called once per layer. */
    bool (*want_layer)(void *ctx, struct str digest, uint64_t size);
    /* How far the pull is, in bytes of all layers; `what` is a digest or the name of a manifest. May be NULL. */
    void (*progress)(void *ctx, struct str what, uint64_t done, uint64_t total);
    void *ctx;
};

struct pulled_image {
    struct str digest;   /* of its manifest: the name under which image_open() finds it in the layout */
    struct str platform; /* "linux/amd64", empty when nobody says */
};
/* What could not be had while the rest was: a layer that the registry lost, a blob with other bytes. */
struct pull_trouble {
    struct str manifest; /* digest of the image it belongs to */
    struct str text;
};

struct pull {
    struct arena arena;
    struct str name; /* the full reference, as index.json gives it */
    VEC(struct pulled_image) images;
    VEC(struct pull_trouble) troubles;
    bool is_begun; /* the image was found: the folder may hold parts of it */
    uint64_t bytes_fetched, bytes_kept; /* blobs of this call, and of earlier ones */
};

/*
 * 0 when at least one image lies in the layout (single layers may be missing: troubles). Negative when there is none to look
 * at, with the reason and the cure: -ENOENT no such image or platform, -EACCES no login, -EKEYREJECTED TLS, -ENOSPC, and the
 * codes of registry/http.h; where pull_may_go_on() the folder is worth keeping for another try. The caller ends *ret
 * with pull_done() in either case.
 */
int registry_pull(const struct reference *r, const struct pull_options *options, int dir, struct pull *ret, struct error *err);
void pull_done(struct pull *p);
/* Whether the same call may bring the rest later: the connection broke, the registry was overloaded, the disk was full, the program was asked to stop. */
bool pull_may_go_on(const struct pull *p, int result);
