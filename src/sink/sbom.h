// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What both lists of software share: names of packages as other tools write them, and an id of the document that stays
 * the same for the same scan. Inside the room only.
 */
#include "finding/report.h"

/* A package URL (purl): "pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-12". */
struct str sbom_purl(struct arena *a, const struct inventory *inv, const struct inventory_package *p);
/* A UUID made from what was scanned, when, and with which rules (version 8 of RFC 9562: of SHA-256). */
struct str sbom_uuid(struct arena *a, const struct report *r, const char *format);
/* The sha256 hex of a digest "sha256:…" of 64 digits; empty for anything else. */
struct str sbom_sha256(struct str digest);
/* ISO 8601 without a fraction, as both formats want it. */
struct str sbom_time(struct arena *a, uint64_t ns);
