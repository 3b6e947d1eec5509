// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "finding/case_book.h"

struct entry {
    int64_t case_id; /* 0: free */
    uint64_t last_ns;
    enum case_tie tie;
    uint8_t id[CASE_KEY_BYTES];
};

struct case_book {
    struct entry v[CASE_BOOK_SETS][CASE_BOOK_WAYS];
};

struct case_book *case_book_new(void)
{
    return xnew(struct case_book);
}

struct case_book *case_book_free(struct case_book *b)
{
    free(b);
    return NULL;
}

static size_t set_of(enum case_tie tie, const uint8_t id[CASE_KEY_BYTES])
{
    return ((size_t)id[0] | (size_t)id[1] << 8) * 7 % CASE_BOOK_SETS ^ (size_t)tie;
}

static struct entry *at(const struct case_book *b, enum case_tie tie, const uint8_t id[CASE_KEY_BYTES])
{
    struct entry *set = (struct entry *)b->v[set_of(tie, id)];
    for (size_t i = 0; i < CASE_BOOK_WAYS; i++)
        if (set[i].case_id && set[i].tie == tie && !memcmp(set[i].id, id, CASE_KEY_BYTES))
            return &set[i];
    return NULL;
}

/* Events of two processors may come a little out of order. */
static bool joins(const struct entry *e, uint64_t time_ns)
{
    const uint64_t apart = time_ns > e->last_ns ? time_ns - e->last_ns : e->last_ns - time_ns;
    return apart <= case_tie_window(e->tie);
}

static void add_other(struct case_found *f, int64_t id)
{
    for (size_t i = 0; i < f->n_others; i++)
        if (f->others[i] == id)
            return;
    if (f->n_others < CASE_BOOK_MERGE_MAX)
        f->others[f->n_others++] = id;
}

void case_book_find(const struct case_book *b, const struct case_key *keys, size_t n, uint64_t time_ns, struct case_found *ret)
{
    *ret = (struct case_found){};
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = keys[i].asks ? at(b, keys[i].tie, keys[i].id) : NULL;
        if (!e || !joins(e, time_ns) || e->case_id == ret->id)
            continue;
        if (!ret->id) {
            ret->id = e->case_id;
            ret->tie = e->tie;
        } else if (e->case_id > ret->id) {
            add_other(ret, e->case_id);
        } else {
            add_other(ret, ret->id);
            ret->id = e->case_id;
        }
    }
}

void case_book_restore(struct case_book *b, enum case_tie tie, const uint8_t id[CASE_KEY_BYTES], uint64_t time_ns, int64_t case_id)
{
    struct entry *e = at(b, tie, id), *set = b->v[set_of(tie, id)];
    if (!e) {
        e = set;
        for (size_t i = 0; i < CASE_BOOK_WAYS && e->case_id; i++)
            if (!set[i].case_id || set[i].last_ns < e->last_ns)
                e = &set[i];
        *e = (struct entry){.tie = tie};
        memcpy(e->id, id, CASE_KEY_BYTES);
    }
    e->case_id = case_id;
    e->last_ns = time_ns > e->last_ns ? time_ns : e->last_ns;
}

void case_book_set(struct case_book *b, const struct case_key *keys, size_t n, uint64_t time_ns, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (keys[i].sets)
            case_book_restore(b, keys[i].tie, keys[i].id, time_ns, id);
}

void case_book_move(struct case_book *b, int64_t from, int64_t to)
{
    for (size_t i = 0; i < CASE_BOOK_SETS; i++)
        for (size_t k = 0; k < CASE_BOOK_WAYS; k++)
            if (b->v[i][k].case_id == from)
                b->v[i][k].case_id = to;
}
