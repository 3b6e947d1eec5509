// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a layer: told from its magic, unpacked, walked as a tar; all content read. */
#include "image/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* small limits, so that a bomb costs milliseconds and the limits themselves are reached */
    const struct image_limits limits = {.layer_bytes = 4 << 20,
                                        .total_bytes = 4 << 20,
                                        .ratio = 400,
                                        .entries = 2000,
                                        .path_bytes = 1024,
                                        .depth = 32,
                                        .json_bytes = 1 << 16,
                                        .layers = 8};
    struct part part = part_memory(data, size);
    struct stream_options options = {
        .limits = &limits, .left = limits.total_bytes, .hash_packed = true, .hash_unpacked = true};
    _cleanup_(stream_freep) struct stream *s = NULL;
    _cleanup_(arena_done) struct arena a = {};
    if (stream_open(&part, &options, &s) < 0)
        abort();
    _cleanup_(tar_freep) struct tar *t = tar_new(s);
    struct image_entry e = {};
    uint64_t problems = 0;
    const uint8_t *p;
    size_t n;
    for (size_t i = 0; i < limits.entries && !tar_next(t, &a, &e, &problems); i++) {
        while (!tar_read(t, &p, &n, &problems))
            ;
        if (tar_holes(t) > limits.layer_bytes)
            abort();
        arena_reset(&a);
        e = (struct image_entry){};
    }
    while (!stream_next(s, &p, &n))
        ;
    if (stream_finish(s) < 0 || stream_packed(s) != size)
        abort(); /* every byte of the blob is in its digest, whatever it holds */
    if (stream_packed_digest(s, &a).n != 7 + SHA256_HEX)
        abort();
    return 0;
}
