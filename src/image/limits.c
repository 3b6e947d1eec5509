// SPDX-License-Identifier: Apache-2.0
#include "image/limits.h"

const struct image_limits IMAGE_LIMITS_DEFAULT = {
    .layer_bytes = 64ULL << 30,  /* the largest public layers (model weights, CUDA) unpack to 20-30 GB */
    .total_bytes = 256ULL << 30, /* four such layers */
    .ratio = 400,                /* tars of text pack 4-10 times, of logs 30, gzip itself ends at 1032 */
    .entries = 4 << 20,          /* a Debian desktop has 0.4 million files, a large node_modules 1 million */
    .path_bytes = 4096,          /* PATH_MAX */
    .depth = 256,                /* a path of PATH_MAX with short names, far beyond real trees */
    .json_bytes = 8 << 20,       /* registries refuse manifests over 4 MiB; configurations are smaller */
    .layers = 1024,              /* docker's own maximum is 127 */
};
