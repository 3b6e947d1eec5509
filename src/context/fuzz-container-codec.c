// SPDX-License-Identifier: Apache-2.0
/* What decodes encodes to something that decodes to the same. */
#include <stdlib.h>

#include "context/container_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(container_info_freep) struct container_info *a = NULL, *b = NULL;
    _cleanup_(strbuf_done) struct strbuf x = {}, y = {};
    if (container_decode(str_n(data, size), &a, NULL))
        return 0;
    if (a->bytes > CONTAINER_BYTES_MAX || a->n_mounts > CONTAINER_MOUNTS_MAX || a->labels.n > CONTAINER_LABELS_MAX)
        abort();
    container_encode(a, &x);
    if (!x.n || x.n > CONTAINER_JSON_MAX || container_decode(strbuf_str(&x), &b, NULL))
        abort();
    container_encode(b, &y);
    if (!str_eq(strbuf_str(&x), strbuf_str(&y)))
        abort();
    return 0;
}
