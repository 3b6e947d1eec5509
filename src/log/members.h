// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which names the objects of a plain text (log/plain.h) have, so that a member is found without a walk: the outermost object's from the
 * beginning, those within it when they are asked for a second time. What is known of their names comes from log/shape.h.
 */
#include "log/shape.h"

struct tape;

enum {
    MEMBERS_WITHIN = 7, /* objects within the outermost that are remembered of one text; others are walked */
    MEMBERS_WORTH = 2,  /* asked for so often, it pays to find out its shape */
};

struct members {
    uint32_t at;    /* word of the object */
    uint32_t asked; /* so often, of an object within */
    uint32_t n;
    struct shape *shape;         /* NULL: not known */
    uint32_t names[SHAPE_NAMES]; /* their words */
};

struct object_members {
    struct shapes *shapes;
    uint32_t n;
    struct members v[1 + MEMBERS_WITHIN]; /* [0]: the outermost */
};

/* For a text that was read; its outermost object begins at word 1. */
void members_begin(struct object_members *o, const struct tape *t);
/* The members of the object at a word, counted when it is none of the outermost; NULL: not known, whoever asks has to walk. */
const struct members *members_of(struct object_members *o, const struct tape *t, uint32_t at);
/* The same when it is worth finding out at once, because many will be asked for. */
const struct members *members_of_now(struct object_members *o, const struct tape *t, uint32_t at);
