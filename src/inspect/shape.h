// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * How alike two scripts are. A script's shape is the set of its runs of three normalised tokens (script_parse.h: commands and
 * options stay; names, addresses, paths, numbers and texts become one letter each), so renamed variables, other hosts and
 * functions in another order change little of it.
 *
 *     struct shape known = {}, s = {};
 *     shape_add(&s, tokens);
 *     shape_contained(&known, &s) >= 0.7                the known deeds are in it, among whatever else
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/str.h"
#include "base/vec.h"

enum {
    SHAPE_RUN = 3,            /* tokens */
    SHAPE_RUNS_MAX = 1 << 16, /* of one script; generated scripts have more and say the same again */
    SHAPE_RUNS_MIN = 8,       /* fewer are alike by chance */
    SHAPE_SKETCH = 48,        /* the lowest numbers of the set stand for it (Broder's bottom-k): error about 0.07 at one half */
    SHAPES_MAX = 1024,        /* known shapes */
    SHAPE_FILE_MAX = 4 << 20, /* bytes of a file of them */
};

struct shape {
    VEC(uint32_t) runs; /* ascending, each once */
};
/* Adds the runs of tokens separated by blanks; what is only letters that stand for anything is left out. */
void shape_add(struct shape *s, struct str tokens);
void shape_done(struct shape *s);
/* Which part of `known` is in `s`, 0 to 1; 0 when known has fewer than SHAPE_RUNS_MIN. */
double shape_contained(const struct shape *known, const struct shape *s);

/* What of a shape is kept and handed on: as text, 8 hex digits for each number. */
struct shape_sketch {
    uint32_t v[SHAPE_SKETCH];
    unsigned n;
};
void shape_sketch(const struct shape *s, struct shape_sketch *ret);
/* Text form into `text` (SHAPE_SKETCH * 8 + 1 bytes). */
void shape_sketch_text(const struct shape_sketch *k, char *text);

/*
 * Known shapes, written as the shell text of what they do:
 *
 *     [outlaw]          # name
 *     chattr -ia .ssh; rm -rf .ssh
 */
struct shapes {
    struct known_shape {
        char *name;
        struct shape shape;
    } * v;
    size_t n;
};
/* Reads a file; -EINVAL with file, line and cure. */
int shapes_add_file(struct shapes *s, const char *path, struct error *err);
void shapes_done(struct shapes *s);
/* The known shape that most of is in s, at least half; NULL when none is. */
const struct known_shape *shapes_nearest(const struct shapes *known, const struct shape *s, double *ret_part);
