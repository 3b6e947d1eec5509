// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Which names the objects of a plain text (log/plain.h) have, so that a member is found without a walk. Where names come in an order that was met
 * before (log/name_tree.h) they are known as soon as the text is read: those of the outermost object and of the objects in it. Else the outermost object's are
 * found out at once, those within when they are asked for a second time. What is known of names comes from log/shape.h.
 */
#include "log/name_tree.h"

struct tape;

enum {
    MEMBERS_WITHIN = 11, /* objects within the outermost that are remembered of one text; others are walked */
    MEMBERS_WORTH = 2,  /* asked for so often, it pays to find out its shape */
};

struct members {
    uint32_t at;    /* word of the object */
    uint32_t asked; /* so often, of an object within */
    uint32_t n;
    struct name_step *step, *behind; /* of the tree, while they are followed; the step of the outermost object behind which this one stands */
    bool is_followed;            /* all so far came in a known order */
    bool has_digest;             /* and there are some: of their shape */
    uint64_t digest;
    struct shape *shape;         /* NULL: not known, or nobody asked yet */
    uint32_t names[SHAPE_NAMES]; /* their words */
};

struct object_members {
    struct shapes *shapes;
    uint32_t n;
    struct members v[1 + MEMBERS_WITHIN]; /* [0]: the outermost */
    struct members_lost {
        struct name_step *behind;
        uint32_t at; /* 0: none was lost */
    } lost;                  /* an object within whose names came in another order: to be learned */
    struct name_tree *tree;  /* only while a text is read */
    uint32_t *kept;          /* node_keep(), by `owner`; NULL: of one text only */
    const void *owner;
};

/* A text is being read; its outermost object begins at word 1. */
void members_begin(struct object_members *o);
/* An object that is a member of the outermost begins, whose names may be followed; NULL: they may not. `behind`: the step of its name. */
struct members *members_within_begin(struct object_members *o, struct name_step *behind, uint32_t at);
/* The names of an object come in another order than before. */
void members_lose(struct object_members *o, struct members *m);
/* The text was read. */
void members_end(struct object_members *o, const struct tape *t);
/* The members of the object at a word, counted when it is none of the outermost; NULL: not known, whoever asks has to walk. */
const struct members *members_of(struct object_members *o, const struct tape *t, uint32_t at);
/* The same when it is worth finding out at once, because many will be asked for. */
const struct members *members_of_now(struct object_members *o, const struct tape *t, uint32_t at);
