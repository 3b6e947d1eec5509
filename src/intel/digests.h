// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A set of digests with what is known of each: 40 bytes an entry for SHA-256 without sizes, 28 for MD5 with eight more
 * where the list gives the size. Fill, then digests_seal(), then only look up; from then on it never changes, so that
 * processes forked later share its memory.
 */
#include "base/digest.h"
#include "base/strbuf.h"

struct digest_table {
    enum digest_kind kind;
    bool is_sized;
    size_t stride, n, capacity;
    uint8_t *v; /* digest, then struct digest_meta, then the size when is_sized; in the order of digests once sealed */
};

/* What stands behind a digest. */
struct digest_meta {
    uint32_t note;    /* offset of "name NUL source NUL" in the notes, 0: none */
    uint16_t list;    /* which list */
    uint16_t expires; /* day, 0: never */
};

struct digests {
    struct digest_table tables[DIGEST__N][2]; /* without and with sizes */
    uint64_t *sizes[DIGEST__N];               /* in rising order, each once */
    size_t n_sizes[DIGEST__N];
    struct strbuf notes;
    uint32_t last_note;
};

enum { DIGESTS_MAX = 100'000'000 }; /* in all: 4 GB of memory, more than any published set */
#define DIGEST_ANY_SIZE UINT64_MAX

/* One digest as a list gives it. Strings are copied. */
struct digest_given {
    enum digest_kind kind;
    uint8_t bytes[DIGEST_BYTES_MAX];
    uint64_t size; /* DIGEST_ANY_SIZE: not said */
    struct str name, source;
    uint16_t list, expires;
};

/* -EFBIG when there are too many. */
int digests_add(struct digests *d, const struct digest_given *given);
/* Sorts; no digests_add() may follow. */
void digests_seal(struct digests *d);
void digests_done(struct digests *d);
/* How many there are of all kinds. */
uint64_t digests_count(const struct digests *d);
/* Whether content of that size (DIGEST_ANY_SIZE: not known yet) can be in the set under a digest of that kind. */
bool digests_want(const struct digests *d, enum digest_kind kind, uint64_t size);

/* What was found. The strings belong to the set. */
struct digest_found {
    struct str name, source;
    uint16_t list, expires;
};
/*
 * The entries of that digest for content of that size (DIGEST_ANY_SIZE: it is not compared, as with images), up to `max`,
 * in no particular order. Returns how many.
 */
size_t digests_find(const struct digests *d, enum digest_kind kind, const uint8_t *digest, uint64_t size,
                    struct digest_found *ret, size_t max);
