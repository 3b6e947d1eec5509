// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A typed vector: `VEC(struct item) items = {};` then `vec_add(&items, x)`, `items.v[i]`, `items.n`, `vec_done(&items)`.
 * It owns its array, not what the elements point to. Adding may move the array. A zeroed vector is ready.
 */
#include "base/alloc.h"
#include <stdlib.h>

#define VEC(type)                                                                                                      \
    struct {                                                                                                           \
        type *v;                                                                                                       \
        size_t n, capacity;                                                                                            \
    }

#define vec_reserve(vec, count)                                                                                        \
    do {                                                                                                               \
        size_t _need = (vec)->n + (count);                                                                             \
        if (_need > (vec)->capacity) {                                                                                 \
            size_t _c = (vec)->capacity ? (vec)->capacity * 2 : 8;                                                     \
            (vec)->capacity = _c < _need ? _need : _c;                                                                 \
            (vec)->v = xrealloc((vec)->v, (vec)->capacity, sizeof(*(vec)->v));                                         \
        }                                                                                                              \
    } while (0)
/* Appends; returns nothing. `vec_push` appends a zeroed element and gives its address, valid until the next add. */
#define vec_add(vec, ...)                                                                                              \
    do {                                                                                                               \
        typeof(*(vec)->v) _item = __VA_ARGS__;                                                                         \
        vec_reserve(vec, 1);                                                                                           \
        (vec)->v[(vec)->n++] = _item;                                                                                  \
    } while (0)
#define vec_push(vec)                                                                                                  \
    ({                                                                                                                 \
        vec_reserve(vec, 1);                                                                                           \
        (vec)->v[(vec)->n] = (typeof(*(vec)->v)){};                                                                    \
        &(vec)->v[(vec)->n++];                                                                                         \
    })
#define vec_clear(vec) ((void)((vec)->n = 0))
#define vec_done(vec)                                                                                                  \
    do {                                                                                                               \
        free((vec)->v);                                                                                                \
        (vec)->v = NULL;                                                                                               \
        (vec)->n = (vec)->capacity = 0;                                                                                \
    } while (0)
#define vec_each(item, vec) for (typeof((vec)->v) item = (vec)->v; item && item < (vec)->v + (vec)->n; item++)
