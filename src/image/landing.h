// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where pieces of a stream land. Each takes the place of the one before, which stays warm in the cache, unless they are
 * held: then each follows the one before, so that content that came in pieces lies in one, and nobody has to copy it.
 * Where somebody else still reads pieces while the next ones land, several places are used in turns.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LANDING_PLACES_MAX = 8 };

struct landing {
    uint8_t *p;
    size_t size, at; /* bytes in use, counted from p */
    size_t last;     /* where the last piece begins */
    size_t until;    /* where a piece had better end, so that the next content begins at p again; 0: anywhere */
    bool is_held;
    unsigned places, place; /* that are used in turns while nothing is held */
};

/* Address space for pieces of up to IMAGE_IO_BYTES in LANDING_PLACES_MAX places at most, and for `most` bytes that are held (0: they never are). */
void landing_init(struct landing *l, unsigned places, size_t most);
void landing_done(struct landing *l);
/* Where the next piece goes, and how long it may be; 0 bytes when what is held leaves no room. */
uint8_t *landing_next(struct landing *l, size_t *ret_n);
/* A piece of n bytes is there. */
void landing_take(struct landing *l, size_t n);
/* From here on pieces stay until landing_release(); false when there is no room for n more bytes. */
bool landing_hold(struct landing *l, uint64_t n);
/* What is held is so much that landing_release() gives most of its memory back. */
bool landing_is_large(const struct landing *l);
/* Pieces that were held may be overwritten; of large content nothing is left at once but the last piece. */
void landing_release(struct landing *l);
