// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A value within a parsed JSON text. The text was parsed by simdjson, which leaves a *tape*: an array of words, a tag in the
 * upper byte of each, and the strings beside it without their escapes (https://github.com/simdjson/simdjson/blob/v3.0.1/doc/tape.md). A node
 * is a place on it; reading one allocates nothing. A zeroed node stands for a value that is not there, and may be asked anything.
 */
#include "base/arena.h"
#include "event/value.h"

struct object_members;
struct tape {
    const uint64_t *words;
    const uint8_t *strings; /* of simdjson; unless `text` */
    const char *text;       /* of a plain text (log/plain.h), in which the strings lie; else NULL */
    const char *names;      /* in which its names lie: the same, or what was kept of another with the same names (log/joints.h) */
    struct object_members *members; /* of a plain text (log/members.h); else NULL */
};

struct node {
    const struct tape *tape;
    uint32_t at; /* word of the value */
};

enum node_kind {
    NODE_ABSENT,
    NODE_NULL,
    NODE_BOOL,
    NODE_INT,    /* negative */
    NODE_UINT,
    NODE_DOUBLE,
    NODE_STRING,
    NODE_ARRAY,
    NODE_OBJECT,
};

enum node_kind node_kind(struct node n);
static inline bool node_is(struct node n)
{
    return n.tape;
}
/* Of a node that is a string. */
static inline struct str node_string(struct node n)
{
    const uint64_t w = n.tape->words[n.at] & ((UINT64_C(1) << 56) - 1);
    uint32_t size;
    if (n.tape->text)
        return (struct str){n.tape->text + (uint32_t)w, w >> 32};
    const uint8_t *p = n.tape->strings + w;
    memcpy(&size, p, sizeof(size));
    return str_n(p + sizeof(size), size);
}
/* Of a node that is the name of a member. */
static inline struct str node_name(struct node n)
{
    const uint64_t w = n.tape->words[n.at];
    return n.tape->names ? (struct str){n.tape->names + (uint32_t)w, w >> 32 & 0xffffff} : node_string(n);
}
/* Empty when it is no string. */
static inline struct str node_str(struct node n)
{
    return n.tape && n.tape->words[n.at] >> 56 == '"' ? node_string(n) : STR_NULL;
}
/* The member of an object; absent when there is none. Of equal names the first counts. */
struct node node_get(struct node object, struct str name);
/*
 * A number to keep with all objects that have the same names in the same order, and strings where this one has strings; 0 at first, and again when it
 * was forgotten. NULL: the object is not the outermost of a plain text.
 */
uint32_t *node_note(struct node object);
/*
 * NODE_KEPT numbers to keep with all texts that differ from this one in nothing but strings and numbers (log/joints.h), in which every name stands at the same
 * word: zeroed when `owner`, who stays where it is, asks first. NULL: nobody keeps any, or they are somebody else's.
 */
enum { NODE_KEPT = 32 };
uint32_t *node_keep(struct node object, const void *owner);
/* Several members at once. The list stays where it is as long as the program runs. */
struct node_names {
    const struct str *v;
    size_t n; /* 24 at most: SHAPE_LISTED */
};
/* Where they stand, for as long as the object does: each is looked at when it is asked for. */
struct node_some {
    const struct tape *tape;
    const uint32_t *words; /* of the names of the object, n of them */
    uint32_t n;
    int8_t places[24];     /* of the names asked for, among them */
    uint32_t own[24];      /* when nobody else keeps them */
};
void node_get_some(struct node object, const struct node_names *names, struct node_some *ret);
static inline struct node node_of_some(const struct node_some *s, size_t i)
{
    const uint32_t place = (uint8_t)s->places[i]; /* of what is absent it is more than there are */
    return place < s->n ? (struct node){s->tape, s->words[place] + 1} : (struct node){};
}
/* The same, through several objects: node_path(root, (const char *[]){"userIdentity", "arn", NULL}). */
struct node node_path(struct node object, const char *const names[]);
#define NODE(root, ...) node_path((root), (const char *const[]){__VA_ARGS__, NULL})
/* The element of an array. */
struct node node_at(struct node array, uint64_t index);
/*
 * What a JSON pointer (RFC 6901: "/a/b~1c/0") leads to. The empty pointer is the node itself; a pointer that does not begin with / is
 * taken as if it did.
 */
struct node node_pointer(struct node n, struct str pointer);
/* The same for a pointer without the first /. */
struct node node_way(struct node n, const char *way);
/* The same where a part * stands for every element or member; calls `take` for each value, at most LOG_LIST_MAX times. */
void node_pointers(struct node n, struct str pointer, void (*take)(void *ctx, struct node found), void *ctx);

/* The string member of an object. */
static inline struct str node_get_str(struct node object, struct str name)
{
    return node_str(node_get(object, name));
}
/* A number that is none below 0, a double without its fraction, or a string of digits; false otherwise. */
bool node_u64(struct node n, uint64_t *ret);
/* true or false, also as a string in any case; `ret` untouched otherwise. */
bool node_bool(struct node n, bool *ret);
double node_double(struct node n);
/* What it is as text: strings as they are, all else as JSON without white space (in the arena). Empty when absent. */
struct str node_text(struct node n, struct arena *arena);
struct strbuf;
/* Adds the members of an object as JSON, each behind a comma, but for the n that are named. */
void node_add_others(struct strbuf *b, struct node object, const char *const *but, size_t n);
/* Whether node_text() is `s`, for strings, numbers and words. */
bool node_is_str(struct node n, const char *s);

/* Elements of an array, members of an object: for (struct node_each e = node_each(n); node_next(&e);) … e.name, e.value */
struct node_each {
    struct node of, value;
    struct str name; /* of a member */
    uint32_t next, end;
    uint64_t index;
};
struct node_each node_each(struct node n);
bool node_next(struct node_each *e);
