// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The forms that other programs take the feed in: each a function from entries to text. The same entries give the same bytes.
 */
#include "cmd/feed.h"

enum {
    CLAMAV_LEVEL = 73,          /* the functionality level from which ClamAV takes hashes of things whose size is not known */
    CLUSTER_DIGESTS_MAX = 5000, /* of one policy: an object in a cluster's store may have 1.5 MB */
};

struct feed_exported {
    const struct feed_options *o;
    struct arena arena;
    VEC(struct feed_entry) entries; /* first seen first */
    uint64_t newest_s;              /* when the last of them was updated, 0: there are none */
};
void feed_export_stix(struct feed_exported *x, struct strbuf *b);
void feed_export_misp(struct feed_exported *x, struct strbuf *b);
void feed_export_kyverno(struct feed_exported *x, struct strbuf *b);
void feed_export_gatekeeper(struct feed_exported *x, struct strbuf *b);
/* A bundle, tar and gzip. -errno with text when it cannot be packed. */
int feed_export_opa(struct feed_exported *x, struct strbuf *b, struct error *err);
