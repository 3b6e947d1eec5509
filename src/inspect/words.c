// SPDX-License-Identifier: Apache-2.0
#include "inspect/words.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/vec.h"

enum { BUCKETS = 1 << 12 };

struct word {
    struct str text;
    uint32_t next; /* with the same beginning, plus one; 0: none */
};

struct words {
    struct arena arena;
    VEC(struct word) all;
    uint32_t first[BUCKETS]; /* plus one, by the first two bytes */
    bool single[256];        /* words of one byte */
};

struct words *words_new(void)
{
    return xnew(struct words);
}

struct words *words_free(struct words *w)
{
    if (!w)
        return NULL;
    vec_done(&w->all);
    arena_done(&w->arena);
    free(w);
    return NULL;
}

static unsigned bucket(const char *p)
{
    return ((uint8_t)p[0] | (unsigned)(uint8_t)p[1] << 6) & (BUCKETS - 1);
}

void words_add(struct words *w, struct str word)
{
    if (word.n == 1) {
        w->single[(uint8_t)word.p[0]] = true;
        return;
    }
    uint32_t *first = &w->first[bucket(word.p)];
    vec_add(&w->all, (struct word){arena_str(&w->arena, word), *first});
    *first = (uint32_t)w->all.n;
}

bool words_in(const struct words *w, struct str text)
{
    for (size_t at = 0; at < text.n; at++) {
        if (w->single[(uint8_t)text.p[at]])
            return true;
        struct str rest = str_sub(text, at, text.n);
        for (uint32_t i = rest.n > 1 ? w->first[bucket(rest.p)] : 0; i; i = w->all.v[i - 1].next)
            if (str_starts(rest, w->all.v[i - 1].text))
                return true;
    }
    return false;
}
