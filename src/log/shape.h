// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What records of one kind have in common: the names of their members, in order. Records come by the million and in few shapes, so
 * what was found out about the names of one holds for the next: at which place a name stands, or that it does not. Digests are
 * keyed, and a name that is found is compared before it is used.
 */
#include "base/hash.h"

enum {
    SHAPE_NAMES = 64,  /* members; an object with more has no shape. CloudTrail has up to 30 */
    SHAPE_LISTED = 24, /* names that are asked for together, at most */
    SHAPE_WHOLE = 32,  /* bytes of a name; an object with a longer one has no shape */
    SHAPE_ABSENT = -1,
};

struct shape_head { /* what a shape begins with */
    uint64_t digest;
};
struct shape;
struct shapes;
/* Never NULL. */
struct shapes *shapes_new(void);
struct shapes *shapes_free(struct shapes *s);
/* The shape of a digest; a new one when it was not met lately. */
struct shape *shapes_find(struct shapes *s, uint64_t digest);
/* Whether it still is the shape of a digest: another one may have taken its place. */
static inline bool shape_is(const struct shape *s, uint64_t digest)
{
    return ((const struct shape_head *)s)->digest == digest;
}
/* A number that whoever reads the records keeps with a shape; 0 at first. Lost when the shape is forgotten. */
uint32_t *shape_note(struct shape *s);

/* A name as numbers: equal exactly when the names are, up to sixteen bytes; for longer ones a digest. */
struct shape_name {
    uint64_t first, last;
    size_t n;
};
static inline struct shape_name shape_name(const char *p, size_t n)
{
    struct shape_name r = {0, 0, n};
    uint32_t low, high;
    if (n >= sizeof(r.first)) {
        memcpy(&r.first, p, sizeof(r.first));
        memcpy(&r.last, p + n - sizeof(r.last), sizeof(r.last));
    } else if (n >= sizeof(low)) {
        memcpy(&low, p, sizeof(low));
        memcpy(&high, p + n - sizeof(high), sizeof(high));
        r.first = low | (uint64_t)high << 32;
    } else if (n) {
        r.first = (uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint64_t)(uint8_t)p[n - 1] << 16;
    }
    return r;
}
static inline bool shape_name_is_whole(const struct shape_name *n)
{
    return n->n <= 2 * sizeof(n->first);
}

/*
 * Where a name stands: *ret is its place among the members, or SHAPE_ABSENT (only for names that are whole). False: not known yet;
 * whoever finds it out says so with shape_learn().
 */
bool shape_knows(const struct shape *s, const struct shape_name *name, int *ret);
void shape_learn(struct shape *s, const struct shape_name *name, int place);

/*
 * The places of a list of names that are asked for together; *ret_is: they are known, or they are for whoever asks to fill in. A shape knows one list, by
 * its address.
 */
int8_t *shape_list(struct shape *s, const void *list, bool *ret_is);

/* The digest of an object's names: begins with 0; one name after the other (of SHAPE_WHOLE bytes at most), with what else counts of the member. */
const uint64_t *shapes_keys(const struct shapes *s);
static inline uint64_t shape_digest(uint64_t digest, const uint64_t *keys, size_t place, const char *p, size_t n, bool more)
{
    const struct shape_name name = shape_name(p, n);
    const uint64_t *k = keys + 4 * place;
    uint64_t middle[2];
    digest += hash_mix(name.first ^ k[0], name.last ^ k[1] ^ (n << 1 | more));
    if (n > 2 * sizeof(name.first)) {
        memcpy(&middle[0], p + sizeof(middle[0]), sizeof(middle[0]));
        memcpy(&middle[1], p + n - sizeof(middle), sizeof(middle[1]));
        digest += hash_mix(middle[0] ^ k[2], middle[1] ^ k[3]);
    }
    return digest;
}
