// SPDX-License-Identifier: Apache-2.0
/* Findings as a store gives them back: lines of anybody's bytes become findings, keys, a place in the book, and a story. */
#include <stdlib.h>

#include "base/vec.h"
#include "finding/case_book.h"
#include "finding/case_story.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct str rest = str_n(p, n), line;
    struct arena a = {};
    struct case_book *b = case_book_new();
    VEC(struct case_finding) all = {};
    for (int i = 0; i < 64 && str_split(&rest, '\n', &line); i++) {
        struct case_finding f;
        struct case_key keys[CASE_KEYS_MAX];
        struct case_found found;
        uint8_t fold[CASE_FOLD_BYTES];
        if (case_finding_read(line, &a, &f, NULL) < 0)
            continue;
        case_finding_fold(&f, fold);
        const size_t n_keys = case_keys(&f, keys);
        case_book_find(b, keys, n_keys, f.time_ns, &found);
        if (found.n_others > CASE_BOOK_MERGE_MAX || (found.id && found.n_others && found.others[0] <= found.id))
            abort();
        case_book_set(b, keys, n_keys, f.time_ns, found.id ? found.id : i + 1);
        vec_add(&all, f);
    }
    struct case_story story;
    case_story_of(all.v, all.n, &a, &story);
    if (story.n_occupants > all.n || story.n_ways > CASE_WAYS_MAX)
        abort();
    vec_done(&all);
    case_book_free(b);
    arena_done(&a);
    return 0;
}
