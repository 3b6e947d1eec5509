// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A published feed: a log of lines that only grows, each with the SHA-256 of the line before, and a head that is signed. The
 * format stands in docs/feed.md. This file knows bytes; folders and addresses are its callers'.
 *
 *     feed_head_parse(text, &a, &head, &err)          the signature holds, by the key that the head names
 *     feed_head_check(&head, &seen, now_s, &err)      neither older nor shorter than what was seen, and not stale
 *     feed_chain_init(&chain, …)
 *     feed_chain_line(&chain, line, &a, &l, &err)     for each line
 *     feed_chain_end(&chain, &head, &err)             all there, as signed, and by a key that is trusted
 */
#include "base/strbuf.h"
#include "store/feed_entry.h"
#include "store/feed_key.h"

enum {
    FEED_LINE_MAX = 64 << 10,     /* bytes of a line: eight texts of FEED_TEXT_MAX, as JSON may escape them */
    FEED_HEAD_MAX = 8 << 10,      /* bytes of a head: it has about 600 */
    FEED_NAME_MAX = 64,           /* bytes of a feed's name */
    FEED_HEAD_DAYS = 7,           /* how long a head is good unless its publisher says otherwise: longer than a long weekend */
    FEED_HEAD_DAYS_MAX = 400,
    FEED_CLOCK_S = 3600,          /* how far a publisher's clock may be ahead of ours */
};
#define FEED_LOG_MAX ((uint64_t)1 << 30) /* bytes of a log: two million entries */

enum feed_op { FEED_OP_BEGIN, FEED_OP_LIST, FEED_OP_WITHDRAW, FEED_OP_KEY, FEED_OP__N };

/* One line of the log. */
struct feed_line {
    uint64_t n;                  /* its number, from 0 */
    uint8_t prev[SHA256_BYTES];  /* of the line before, zeros in the first */
    enum feed_op op;
    uint64_t time_s;
    struct feed_entry entry;     /* list: all of it; withdraw: digest and reason; each with who approved it */
    struct str name;             /* begin */
    struct feed_public key;      /* begin, key: the key that holds from here on */
    struct str signature;        /* key: by the one before, over feed_key_message() */
};

/* Reads a line without its line break; texts in the arena. -EINVAL, saying what is wrong with it. */
int feed_line_parse(struct str line, struct arena *a, struct feed_line *ret, struct error *err);
/* Appends the line with its line break. */
void feed_line_write(struct strbuf *b, const struct feed_line *l);
/* What the old key signs to hand over to the new one: bound to this feed and to this place in it. */
struct str feed_key_message(struct arena *a, const uint8_t id[SHA256_BYTES], const uint8_t prev[SHA256_BYTES],
                            const struct feed_public *from, const struct feed_public *to);

struct feed_head {
    uint8_t id[SHA256_BYTES];   /* of the first line: names the feed */
    struct str name;
    uint64_t length, bytes;     /* of the log: lines, and bytes with their line breaks */
    uint8_t hash[SHA256_BYTES]; /* of the last line */
    uint64_t time_s, expires_s;
    struct feed_public key;
};
/* -EINVAL when it is no head, -EKEYREJECTED when the signature does not hold. */
int feed_head_parse(struct str text, struct arena *a, struct feed_head *ret, struct error *err);
/* Appends the head, signed; its key must be the one of `key`. */
void feed_head_write(struct strbuf *b, const struct feed_head *h, const struct feed_key *key);

/* What was seen of a feed when it was last pulled. */
struct feed_seen {
    uint64_t length, bytes, time_s;
    uint8_t hash[SHA256_BYTES];
    struct feed_public key;
};
/*
 * -ESTALE, saying which: the head is older than the one seen (rolled back), shorter, another of the same length (forked), past
 * its time (frozen), or from the future. `seen` may be NULL.
 */
int feed_head_check(const struct feed_head *h, const struct feed_seen *seen, uint64_t now_s, struct error *err);

/* A walk along the log. */
struct feed_chain {
    uint64_t n, bytes;
    uint8_t last[SHA256_BYTES];
    uint8_t id[SHA256_BYTES];
    struct feed_public key;
    bool is_trusted;                /* the key came from the trusted one by hand-overs that were signed */
    const uint8_t *fingerprint;     /* of the trusted key, SHA256_BYTES; NULL: any, for who only looks */
    const struct feed_seen *seen;   /* NULL: nothing */
};
/* From the beginning. The pointers are borrowed. */
void feed_chain_init(struct feed_chain *c, const uint8_t *fingerprint, const struct feed_seen *seen);
/* From where the last pull ended; `id` is the feed's. */
void feed_chain_resume(struct feed_chain *c, const uint8_t id[SHA256_BYTES], const struct feed_seen *seen);
/* The next line, without its line break. -EINVAL, -EBADMSG (the chain is broken), -EKEYREJECTED or -ESTALE (forked). */
int feed_chain_line(struct feed_chain *c, struct str line, struct arena *a, struct feed_line *ret, struct error *err);
/* Whether the log that was walked is the one that the head signs. */
int feed_chain_end(const struct feed_chain *c, const struct feed_head *h, struct error *err);
