// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/wire.h"
#include "harness/test.h"

TEST(numbers_and_strings_come_back)
{
    static const uint64_t NUMBERS[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
    _cleanup_(strbuf_done) struct strbuf b = {};
    for (size_t i = 0; i < ARRAY_SIZE(NUMBERS); i++)
        wire_add_u64(&b, NUMBERS[i]);
    wire_add_str(&b, STR("a\0b"));
    wire_add_str(&b, STR_NULL);
    wire_add_double(&b, -0.5);
    struct wire w = {.left = strbuf_str(&b)};
    for (size_t i = 0; i < ARRAY_SIZE(NUMBERS); i++)
        CHECK(wire_u64(&w) == NUMBERS[i]);
    CHECK(str_eq(wire_str(&w), STR("a\0b")));
    CHECK_INT(wire_str(&w).n, 0);
    CHECK(wire_double(&w) == -0.5);
    CHECK(!w.bad && !w.left.n);
}

TEST(malformed_bytes_give_zeros_and_say_so)
{
    static const char *const BAD[] = {"", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        struct wire w = {.left = str_from(BAD[i])};
        CHECK_INT(wire_u64(&w), 0);
        CHECK(w.bad);
        CHECK_INT(wire_str(&w).n, 0);
    }
    struct wire w = {.left = STR("\x05" "abc")};
    CHECK_INT(wire_str(&w).n, 0);
    CHECK(w.bad && !w.left.n);
    w = (struct wire){.left = STR("\x05\x01")};
    CHECK_INT(wire_below(&w, 6), 5);
    CHECK_INT(wire_below(&w, 1), 0);
    CHECK(w.bad);
    w = (struct wire){.left = STR("1234567")};
    CHECK(wire_double(&w) == 0 && w.bad);
}
