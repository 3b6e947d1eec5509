// SPDX-License-Identifier: Apache-2.0
#pragma once
/* From a reference to the manifests of the images that are meant by it: one, or those of an index that fit. Inside the room only. */
#include "base/vec.h"
#include "image/registry/client.h"
#include "image/registry/manifest.h"

/* A manifest that was chosen, with the descriptor that index.json is to give it. */
struct chosen {
    struct descriptor descriptor;
    struct manifest manifest;
};

struct find {
    const struct reference *reference; /* which tag or digest of its repository */
    struct client *client;
    const char *platform; /* NULL: this machine's */
    bool all_platforms;
    int dir;             /* a layout that keeps what is read; -1: none does, and digests of tags are what the registry says they are */
    struct arena *arena; /* of every string that comes out */
    /* Before each question, and for what is left out. May be NULL. */
    void (*asks)(void *ctx, struct str name);
    void (*trouble)(void *ctx, const char *text);
    void *ctx;
    VEC(struct chosen) chosen;
    VEC(struct descriptor) candidates; /* images of an index */
    size_t seen;                       /* descriptors looked at in all indexes */
};

/* Fills `chosen`: 0, or negative as registry_pull(). */
int find_images(struct find *f, struct error *err);
void find_done(struct find *f);
/* "linux/arm64/v8", empty when nobody says; in the arena. */
struct str find_platform_text(const struct platform *p, struct arena *a);
/* What a configuration says it is for; empty when it is no JSON. *ret_created: its time as written, may be NULL. */
struct platform find_config_platform(struct str config, struct arena *a, struct str *ret_created);
