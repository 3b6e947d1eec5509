// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One verdict about a digest, as it stands in the feed (feed_store.h), and its words.
 */
#include "base/digest.h"
#include "base/error.h"

/* What a digest is made of. */
enum feed_type { FEED_MANIFEST, FEED_CONFIG, FEED_LAYER, FEED_FILE, FEED_SECRET /* of a leaked key or password, not of content */, FEED_TYPE__N };
/* The verdicts of a scan that are about things, by the same words. */
enum feed_verdict {
    FEED_MALICIOUS,
    FEED_UNWANTED,
    FEED_SUSPICIOUS,
    FEED_EXPOSED,
    FEED_CLEAN,
    FEED_VERDICT__N,
};
/* Their words; -1 from an unknown one. */
const char *feed_type_name(enum feed_type type);
int feed_type_from(struct str word);
const char *feed_verdict_name(enum feed_verdict verdict);
int feed_verdict_from(struct str word);
/* Verdicts that speak against running a thing. */
static inline bool feed_verdict_is_bad(enum feed_verdict verdict)
{
    return verdict == FEED_MALICIOUS || verdict == FEED_UNWANTED;
}

enum {
    FEED_TEXT_MAX = 1024, /* bytes of a reason, a source, the categories, an approver: a line for people */
};

struct feed_entry {
    uint8_t digest[SHA256_BYTES];
    enum feed_type type;
    enum feed_verdict verdict;
    struct str categories; /* words such as mining, with commas between; may be empty */
    struct str reason, source;
    struct str rules, engine; /* digest of the rule set that judged, may be empty, and version of Davy */
    uint64_t first_seen_s;    /* seconds since the epoch; set by feed_store_put(), as is updated_s */
    uint64_t updated_s;
    uint64_t expires_s; /* the first second in which it no longer counts, 0: never */
    uint64_t size;      /* bytes of the thing, 0: not known */
    /* Of an entry that was published: who decided that it may be, by what right, and for what it is meant. */
    struct str approved_by, basis, scope;
    struct str notified; /* whom it was told before, such as the abuse contact of its distributor, and when */
    struct str image; /* of a manifest or configuration: the full name of the image that it was found as; may be empty */
    struct str feed;  /* name of the feed it was pulled from; empty: this machine's own */
};
static inline bool feed_entry_is_expired(const struct feed_entry *e, uint64_t now_s)
{
    return e->expires_s && e->expires_s <= now_s;
}
/* Whether it speaks against running the thing now. */
static inline bool feed_entry_is_bad(const struct feed_entry *e, uint64_t now_s)
{
    return feed_verdict_is_bad(e->verdict) && !feed_entry_is_expired(e, now_s);
}
/* Whether one of the categories is that word. */
bool feed_entry_has_category(const struct feed_entry *e, struct str category);
/*
 * Reads a digest with sha256: before it or without, of either case; false on anything else. The text form is `sha256:` and 64
 * lower-case digits.
 */
bool feed_digest_parse(struct str s, uint8_t ret[SHA256_BYTES]);
struct str feed_digest_text(struct arena *a, const uint8_t digest[SHA256_BYTES]);
/*
 * Whether everybody has such a thing (the empty file, the layer and the configuration without content): listing it would stop
 * what nobody meant.
 */
bool feed_digest_is_common(const uint8_t digest[SHA256_BYTES]);
/* -EINVAL, saying which, when a text is longer than FEED_TEXT_MAX or no UTF-8. */
int feed_entry_check(const struct feed_entry *e, struct error *err);
