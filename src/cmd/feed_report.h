// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a report of `davy scan --format json` (schema davy.report/1), or of an image that was hunted (davy.hunt-image/1), gives the feed. An image judged malicious or unwanted gives
 * its manifest and configuration. A layer or a file is given only when the findings in it would hold by themselves, by the
 * same count as a verdict: one that cannot be chance, or two kinds of evidence on one axis; for a file only findings count
 * that are about its content. So neither a base layer that others share nor a shell that somebody misused is given away.
 */
#include "base/vec.h"
#include "store/feed_entry.h"

struct feed_report {
    struct arena arena; /* owns the texts */
    VEC(struct feed_entry) entries; /* each digest once; times are not set */
    size_t targets, bad; /* how many there are, and how many are judged malicious or unwanted */
    size_t other_digests; /* left out, since they are no SHA-256 */
};

/*
 * Reads a report; `name` stands in messages and in the source of each entry. `with_clean`: manifests of clean images too.
 * -EINVAL when it is no report, saying where; -EFBIG beyond the limits of cmd/feed_json.h. *ret begins zeroed and is given
 * back with feed_report_done(), whether this succeeded or not.
 */
int feed_report_read(const char *name, struct str text, bool with_clean, struct feed_report *ret, struct error *err);
void feed_report_done(struct feed_report *r);
