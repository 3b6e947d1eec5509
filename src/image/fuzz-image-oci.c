// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a target: an OCI or docker archive, else a layer; opened, walked and read whole. */
#include "image/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct image_options options = {
        .limits = {.layer_bytes = 1 << 20,
                   .total_bytes = 4 << 20,
                   .ratio = 400,
                   .entries = 500,
                   .path_bytes = 1024,
                   .depth = 32,
                   .json_bytes = 1 << 16,
                   .layers = 8},
        .platform = "linux/amd64",
    };
    struct part part = part_memory(data, size);
    struct image *img = NULL;
    struct error err = ERROR_NULL;
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    int r = image_open_part(&part, NULL, &options, &img, &err);
    if (r < 0) {
        if (!err.code)
            abort(); /* every refusal says why */
        return 0;
    }
    while (!(r = image_next(img, &e, &err))) {
        if (!e->path.n || e->path.p[0] != '/' || str_has(e->path, STR("/../")) ||
            str_ends(e->path, STR("/..")))
            abort();
        if ((e->state == LAYER_EFFECTIVE) != !e->hidden_by)
            abort();
        while (!image_read(img, &p, &n, NULL))
            ;
    }
    if (r < 0)
        abort(); /* a walk that began comes to its end */
    image_free(img);
    return 0;
}
