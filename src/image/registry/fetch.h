// SPDX-License-Identifier: Apache-2.0
#pragma once
/* One blob from a registry into a layout, over as many connections as it takes. */
#include "image/registry/client.h"
#include "image/registry/manifest.h"

struct fetch {
    struct client *client;
    int dir;
    void (*progress)(void *ctx, uint64_t at); /* bytes of this blob so far; may be NULL */
    void *ctx;
};

/*
 * 0 when it lies verified in the layout. 1 when it cannot be had (missing, refused, other bytes than its digest): `why` tells,
 * and other blobs may still come. Negative when nothing more can be fetched: `err` tells.
 */
int fetch_blob(const struct fetch *f, const struct descriptor *d, struct error *why, struct error *err);
