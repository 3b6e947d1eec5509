// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "harness/test.h"
#include "inspect/words.h"

TEST(words_are_found_wherever_they_stand)
{
    struct words *w = words_new();
    words_add(w, STR("example"));
    words_add(w, STR("exam"));
    words_add(w, STR("xy"));
    words_add(w, STR("#"));
    CHECK(words_in(w, STR("an example")));
    CHECK(words_in(w, STR("exam")));
    CHECK(!words_in(w, STR("exa")));
    CHECK(words_in(w, STR("abcxy")) && words_in(w, STR("xy")));
    CHECK(!words_in(w, STR("abcx")) && !words_in(w, STR("x")) && !words_in(w, STR("")));
    CHECK(words_in(w, STR("a#")));
    CHECK(!words_in(w, STR("Example"))); /* byte for byte */
    words_free(w);
}

/* Against the plain way, over texts and words of few letters, so that beginnings are shared. */
TEST(words_find_what_the_plain_way_finds)
{
    unsigned found = 0, state = 1;
    for (int round = 0; round < 300; round++) {
        char bytes[12][4], text[20];
        struct words *w = words_new();
        bool want = false;
        size_t n[12], n_text = 1 + (size_t)round % sizeof(text);
        for (size_t i = 0; i < n_text; i++)
            text[i] = (char)(((state = state * 1103515245 + 12345) >> 16) % 5 * 63);
        for (int k = 0; k < 12; k++) {
            n[k] = 2 + (size_t)k % 3;
            for (size_t i = 0; i < n[k]; i++)
                bytes[k][i] = (char)(((state = state * 1103515245 + 12345) >> 16) % 5 * 63);
            words_add(w, str_n(bytes[k], n[k]));
            want |= str_find(str_n(text, n_text), str_n(bytes[k], n[k]), 0) >= 0;
        }
        CHECK_INT(words_in(w, str_n(text, n_text)), want);
        found += want;
        words_free(w);
    }
    CHECK(found > 50 && found < 290);
}
