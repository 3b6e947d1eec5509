// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What people share indicators in: bundles of STIX 2.1 (their indicators' patterns, and the domains and addresses in them) and events of
 * MISP (their attributes, of objects too).
 */
#include <jansson.h>

#include "base/str.h"

/* One of them. Strings belong to the document. */
struct sharing_entry {
    enum sharing_kind {
        SHARING_NAME,   /* a host name or an address, maybe with a port */
        SHARING_DIGEST, /* hex, of a file */
        SHARING_OTHER,  /* says something else, or more than one name: a URL, a registry key, two things at once; value is empty */
    } kind;
    struct str value;
    struct str name;    /* what it is called; may be empty */
    struct str expires; /* a day, YYYY-MM-DD; empty: not said */
};
typedef void sharing_each_entry(void *ctx, const struct sharing_entry *entry);

/* Whether the document is one of those. */
bool sharing_is(const json_t *document);
/* Goes through all that it holds and does not take back (revoked, deleted, not for detection: those are SHARING_OTHER). */
void sharing_each(const json_t *document, sharing_each_entry *each, void *ctx);
