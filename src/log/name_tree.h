// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * In which order names came so far, as a tree: a step for each name behind those before it. Records come by the million and their names in few
 * orders, so one comparison tells most names, and where they lead stands in the step: the digest of all names up to there (log/shape.h), and the
 * tree of the object's own names where the value is one.
 */
#include "log/shape.h"

enum {
    NAME_STEPS = 1024,   /* in all; a trail of a year has some hundred. When there is no more room, it is begun anew after: */
    NAME_LOST = 4096,    /* objects that could not be followed */
    NAME_BESIDE = 16,    /* names that may stand in one place */
    NAME_LOST_WITHIN = 64, /* objects of one member that could not be followed, until nobody tries any more: their names tell nothing */
    NAME_SIZE = 28,      /* bytes of a name at most; with quotes, colon and what is behind it they are compared as two times sixteen bytes */
};

struct name_step {
    struct name_step *next, *beside; /* the first name behind it; another in its place */
    uint64_t words[4]; /* how it stands in the text: "name": and the quote of a string; of more than sixteen bytes the first and the last sixteen */
    uint64_t masks[2]; /* of the first two, when there are fewer */
    uint64_t word;     /* of the name on a tape, as if it stood at 0 */
    uint64_t digest;   /* of all names up to here */
    struct name_step *within;        /* where the tree of its own object begins */
    uint32_t lost;                   /* of a beginning */
    uint32_t size;                   /* bytes to compare */
    bool is_string;
};

struct name_tree {
    uint32_t n, lost;
    struct name_step steps[NAME_STEPS]; /* [0]: where the outermost object begins */
};

static inline bool name_step_is(const struct name_step *s, const char *at, uint64_t first, uint64_t second)
{
    uint64_t tail[2];
    if (((first ^ s->words[0]) & s->masks[0]) | ((second ^ s->words[1]) & s->masks[1]))
        return false;
    if (s->size > 16) {
        memcpy(tail, at + s->size - 16, sizeof(tail));
        if ((tail[0] ^ s->words[2]) | (tail[1] ^ s->words[3]))
            return false;
    }
    return s->is_string || at[s->size] != '"';
}

/* The step behind another for the name whose quote stands at `at`, of which 33 bytes may be read; NULL: this never came there. */
static inline struct name_step *name_step_of(const struct name_step *behind, const char *at)
{
    uint64_t first, second;
    struct name_step *s = behind->next;
    memcpy(&first, at, sizeof(first));
    memcpy(&second, at + sizeof(first), sizeof(second));
    while (s && !name_step_is(s, at, first, second))
        s = s->beside;
    return s;
}

/* Where the names of an object begin that stood behind a step; NULL: there is no room. */
struct name_step *name_tree_within(struct name_tree *t, struct name_step *step);
/* The step of a name behind another, made when it is not there; NULL: there is no room. `digest`: of all names up to this one, of which there are SHAPE_NAMES at most. */
struct name_step *name_tree_learn(struct name_tree *t, struct name_step *behind, struct str name, bool is_string, uint64_t digest);
/* An object could not be followed. */
void name_tree_lost(struct name_tree *t);
