// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a registry holds: its repositories and their tags, page by page, and which images a tag means, without fetching any. Calls on one
 * client, which belongs to one repository (or, for the list of repositories, to none: a reference whose repository is empty).
 */
#include "base/vec.h"
#include "image/reference.h"
#include "image/registry/client.h"

/* One page of names, in the order of the registry. */
struct registry_names {
    struct arena arena;
    VEC(struct str) names; /* that the grammar of references allows; others are counted in `odd` */
    size_t odd;
    struct str next; /* what brings the page after it, empty: this is the last */
};
void registry_names_done(struct registry_names *n);

/*
 * What an answer and its Link header say; `base` is the registry's address. Adds to *ret, which the caller ends. -EINVAL no JSON, -EPROTO no
 * list of names.
 */
int registry_names_parse(struct str json, bool are_tags, struct str base, struct str link, struct registry_names *ret, struct error *err);
/*
 * `where`: empty for the first page, else `next` of the page before, also of one of an earlier run. 0, or negative as client_read();
 * -ENOENT when the registry has no such list, -ENOSYS when it keeps its catalog to itself (docker.io does), with the cure. The caller ends
 * *ret with registry_names_done() in either case.
 */
int registry_repositories(struct client *c, const struct reference *registry, struct str where, struct registry_names *ret, struct error *err);
int registry_tags(struct client *c, const struct reference *r, struct str where, struct registry_names *ret, struct error *err);

struct registry_layer {
    struct str digest;
    uint64_t size; /* as stored */
};
struct registry_image {
    struct str digest, config, platform; /* of its manifest; of its configuration; "linux/amd64", empty when nobody says */
    struct str created;                  /* as its configuration says (RFC 3339); empty: not asked, or not said */
    const struct registry_layer *layers; /* lowest first */
    size_t n_layers;
    uint64_t bytes; /* of all layers, as stored */
};
struct registry_found {
    struct arena arena;
    VEC(struct registry_image) images;
};
void registry_found_done(struct registry_found *f);

struct registry_wanted {
    const char *platform; /* NULL: this machine's, and of an image outside an index whatever it is for */
    bool all_platforms;
    bool with_created; /* also where it costs a question of its own */
};
/*
 * The images that the tag or digest of `r` means: 0, or negative as registry_pull(); -ENOENT also when it is for another platform than
 * the one wanted. The caller ends *ret with registry_found_done() in either case.
 */
int registry_find(struct client *c, const struct reference *r, const struct registry_wanted *wanted, struct registry_found *ret,
                  struct error *err);
