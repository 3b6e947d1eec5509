// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * OCI artifacts: signatures, attestations, lists of parts, charts, modules and plain files that are kept in registries with the
 * manifest of an image (image-spec 1.1, manifest.md, "Guidelines for Artifact Usage"). Media types are what their maker says;
 * a runtime goes by what the configuration holds and what the layers are, and so does this.
 */
#include "base/json.h"
#include "base/str.h"

/*
 * Whether runtimes take a blob of this media type for a layer of a root file system (containerd's images.IsLayerType(), Docker's
 * and Podman's lists). True for none at all: manifests without media types are older than artifacts.
 */
bool artifact_is_layer_type(struct str media_type);

/* What a configuration is by its own text. */
enum artifact_config {
    ARTIFACT_CONFIG_OTHER,  /* anything else, also what is no JSON or is not there */
    ARTIFACT_CONFIG_EMPTY,  /* {}: nothing that could be run */
    ARTIFACT_CONFIG_ROOTFS, /* it names a root file system, as an image's does */
};
enum artifact_config artifact_config_of(struct str text);

struct artifact_signs {
    const json_t *manifest;
    enum artifact_config config;
    bool has_tar; /* a layer of a foreign media type is a tar all the same, or is not here to be looked at */
};
/*
 * The manifest's media type when it is an artifact: its artifactType, else that of its configuration, else that of its first
 * layer; empty for an image, and whenever a runtime could make one of it. Borrowed from the manifest.
 */
struct str artifact_type(const struct artifact_signs *signs);
