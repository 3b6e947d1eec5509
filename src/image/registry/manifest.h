// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Manifests and indexes as a registry sends them: OCI's and Docker's second schema. */
#include "base/arena.h"
#include "base/error.h"
#include "image/platform.h"

/* What every manifest type that is understood asks for, as an Accept header. */
extern const char MANIFEST_ACCEPT[];

/* Strings in the arena. */
struct descriptor {
    struct str media_type, digest;
    uint64_t size;
    struct platform platform;
    struct str os_version;
    const struct str *urls;
    size_t n_urls;
    bool is_foreign; /* a layer that its owner does not let others distribute: may lie at `urls` only */
    bool is_attestation;
    bool is_artifact; /* the index gives it an artifactType */
};

struct manifest {
    bool is_index;
    struct str media_type;
    struct descriptor config;          /* of an image */
    const struct descriptor *children; /* layers, lowest first; of an index: manifests */
    size_t n_children;
};

/*
 * `content_type` counts where the document itself does not say what it is. -EINVAL with what is wrong (a digest that cannot
 * be verified, a size that is none); -EPROTONOSUPPORT for the first schema and for what is no image.
 */
int manifest_parse(struct str text, struct str content_type, struct arena *a, struct manifest *ret, struct error *err);
