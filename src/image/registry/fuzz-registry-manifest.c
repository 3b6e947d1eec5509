// SPDX-License-Identifier: Apache-2.0
/* Manifests of a hostile registry: what is taken has digests that are names of files and nothing else. */
#include "image/reference.h"
#include "image/registry/manifest.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {};
    struct manifest m;
    struct error err = ERROR_NULL;
    int r = manifest_parse(str_n(data, size), STR("application/vnd.oci.image.manifest.v1+json"), &a, &m, &err);
    if (r && !err.code)
        abort();
    for (size_t i = 0; !r && i < m.n_children; i++)
        if (!digest_is_known(m.children[i].digest) || m.children[i].size > INT64_MAX)
            abort();
    if (!r && !m.is_index && !digest_is_known(m.config.digest))
        abort();
    arena_done(&a);
    return 0;
}
