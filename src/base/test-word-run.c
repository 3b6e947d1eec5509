// SPDX-License-Identifier: Apache-2.0
/* Long words are found wherever they lie, whatever the processor offers: each text is searched with all it has, and without. */
#include "base/cpu.h"
#include "base/word_run.h"
#include "harness/test.h"

static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '-' || c == '/' || c == '_';
}

/* The same, byte by byte. */
static bool plain_next(struct str t, size_t *at, size_t *ret_end)
{
    for (size_t i = *at; i < t.n; i++) {
        size_t from = i;
        while (i < t.n && in_word(t.p[i]))
            i++;
        if (i - from >= WORD_RUN_MIN) {
            *at = from;
            *ret_end = i;
            return true;
        }
    }
    *at = t.n;
    return false;
}

static void check_so(struct str t)
{
    size_t a = 0, b = 0, a_end = 0, b_end = 0;
    for (;;) {
        bool x = word_run_next(t, &a, &a_end), y = plain_next(t, &b, &b_end);
        CHECK_INT(x, y);
        CHECK_INT(a, b);
        if (!x || !y || a != b)
            return;
        CHECK_INT(a_end, b_end);
        a = a_end;
        b = b_end;
    }
}

static void check_all(struct str t)
{
    check_so(t);
    cpu_allow(0);
    check_so(t);
    cpu_allow(CPU_ALL);
}

TEST(each_byte_is_in_words_or_not)
{
    char text[64];
    for (int c = 0; c < 256; c++) {
        size_t at = 0, end = 0;
        CHECK_INT(word_run_has((char)c), in_word((char)c));
        memset(text, c, sizeof(text));
        CHECK_INT(word_run_next(str_n(text, sizeof(text)), &at, &end), in_word((char)c));
    }
}

TEST(runs_of_every_length_are_found_at_every_place)
{
    char text[260];
    for (size_t n = 14; n < 150; n++)
        for (size_t from = 0; from + n <= 200; from++) {
            memset(text, ' ', sizeof(text));
            memset(text + from, 'w', n);
            memset(text + 220, 'x', 17);
            check_all(str_n(text, sizeof(text)));
            check_all(str_n(text, from + n)); /* at the end */
        }
}

TEST(nothing_and_what_began_before)
{
    size_t at = 0, end = 0;
    CHECK(!word_run_next(STR_NULL, &at, &end));
    CHECK(!word_run_next(STR("short"), &at, &end));
    at = 7;
    CHECK(word_run_next(STR("0123456789abcdefghijklmn "), &at, &end));
    CHECK_INT(at, 7);
    CHECK_INT(end, 24);
    at = 9;
    CHECK(!word_run_next(STR("0123456789abcdefghijklmn "), &at, &end));
}

TEST(random_texts)
{
    uint64_t x = 88172645463325252;
    char text[3000];
    for (unsigned round = 0; round < 300; round++) {
        size_t n = 0;
        while (n < sizeof(text)) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            size_t word = x % 40 + x / 64 % (round % 5 * 40 + 1);
            for (; word && n < sizeof(text); word--)
                text[n++] = "abcXYZ019+/-_"[(x >> word % 50) % 13];
            if (n < sizeof(text))
                text[n++] = "  \n.=:@[`{,\xc3\x80"[x % 13];
        }
        check_all(str_n(text, sizeof(text) - x % 70));
    }
}
