// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/mman.h>

#include "image/landing.h"
#include "image/limits.h"

enum {
    LARGE_BYTES = 1 << 20, /* held content from which it is worth a shorter piece at its end */
    KEPT_BYTES = 16 << 20, /* of what was held, for the next; the rest is given back */
    SLACK_BYTES = LARGE_BYTES + (LANDING_PLACES_MAX + 4) * IMAGE_IO_BYTES, /* what may lie before content of the size promised */
};

void landing_init(struct landing *l, unsigned places, size_t most)
{
    *l = (struct landing){.size = most ? most + SLACK_BYTES : LANDING_PLACES_MAX * IMAGE_IO_BYTES, .places = places};
    l->p = mmap(NULL, l->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (l->p == MAP_FAILED)
        abort(); /* as all of the program does when memory ends */
    if (most)
        (void)madvise(l->p, l->size, MADV_HUGEPAGE); /* hundreds of page faults less with each large file */
}

void landing_done(struct landing *l)
{
    if (l->p)
        (void)munmap(l->p, l->size);
    *l = (struct landing){};
}

uint8_t *landing_next(struct landing *l, size_t *ret_n)
{
    if (!l->is_held) {
        l->place = (l->place + 1) % l->places;
        l->at = (size_t)l->place * IMAGE_IO_BYTES;
    }
    size_t left = l->at < l->until ? l->until - l->at : l->size - l->at;
    *ret_n = left < IMAGE_IO_BYTES ? left : IMAGE_IO_BYTES;
    return l->p + l->at;
}

void landing_take(struct landing *l, size_t n)
{
    l->last = l->at;
    l->at += n;
}

bool landing_hold(struct landing *l, uint64_t n)
{
    l->is_held = n <= l->size - l->at;
    l->until = l->is_held && n >= LARGE_BYTES ? l->at + (size_t)n : 0;
    return l->is_held;
}

bool landing_is_large(const struct landing *l)
{
    return l->is_held && l->at > KEPT_BYTES;
}

void landing_release(struct landing *l)
{
    if (landing_is_large(l)) { /* but for the last piece: of what it has behind the content nothing may be lost */
        const size_t page = 4096, end = l->last & ~(page - 1);
        (void)madvise(l->p + KEPT_BYTES, end > KEPT_BYTES ? end - KEPT_BYTES : 0, MADV_DONTNEED);
    }
    l->is_held = false;
    l->until = 0;
}
