// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Cleanup attributes: every resource is declared with the way it is given back, file descriptors above all.
 * `TAKE_PTR` and `TAKE_FD` hand a resource over to a new owner and leave a harmless value behind.
 *
 *     _cleanup_free_ char *text = NULL;
 *     _cleanup_close_ int fd = -1;
 *     _cleanup_(arena_done) struct arena arena = {};
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((__cleanup__(f)))
#define _printf_(a, b) __attribute__((__format__(__printf__, a, b)))

#define TAKE_PTR(p)                                                                                                    \
    ({                                                                                                                 \
        typeof(p) *_taken_from = &(p);                                                                                 \
        typeof(p) _taken = *_taken_from;                                                                               \
        *_taken_from = NULL;                                                                                           \
        _taken;                                                                                                        \
    })
#define TAKE_FD(fd)                                                                                                    \
    ({                                                                                                                 \
        int *_taken_from = &(fd);                                                                                      \
        int _taken = *_taken_from;                                                                                     \
        *_taken_from = -1;                                                                                             \
        _taken;                                                                                                        \
    })

/* Defines `void func##p(type *)` for a destructor `func(type)` that accepts NULL, for use with `_cleanup_`. */
#define DEFINE_CLEANUP(type, func)                                                                                     \
    static inline void func##p(type *_p)                                                                               \
    {                                                                                                                  \
        if (*_p)                                                                                                       \
            func(*_p);                                                                                                 \
    }

static inline void cleanup_freep(void *p)
{
    free(*(void **)p);
}
static inline void cleanup_closep(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
static inline void cleanup_fclosep(FILE **f)
{
    if (*f)
        (void)fclose(*f);
}
static inline void cleanup_closedirp(DIR **d)
{
    if (*d)
        (void)closedir(*d);
}
#define _cleanup_free_ _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)
#define _cleanup_fclose_ _cleanup_(cleanup_fclosep)
#define _cleanup_closedir_ _cleanup_(cleanup_closedirp)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
