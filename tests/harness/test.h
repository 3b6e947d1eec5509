// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The test harness: TEST(name) { … } registers itself in an ELF section, the program prints TAP. A failed check ends
 * that test and the next one runs. `./test-x NAME…` runs only the named tests. No test may depend on the order.
 *
 *     TEST(adds)
 *     {
 *         CHECK(1 + 1 == 2);
 *         CHECK_STR(strbuf_str(&b), "two");
 *     }
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(id)                                                                                                       \
    static void test_##id(void);                                                                                       \
    static const struct test test_entry_##id                                                                           \
        __attribute__((__used__, __section__("davy_tests"), __aligned__(__alignof__(struct test)))) = {#id, test_##id}; \
    static void test_##id(void)

void test_fail(const char *file, int line, const char *fmt, ...) __attribute__((__format__(__printf__, 3, 4))) __attribute__((__noreturn__));
/* Ends the test as skipped, with the reason in the output. */
void test_skip(const char *reason) __attribute__((__noreturn__));
void test_check_str(const char *file, int line, struct str got, struct str want);

#define CHECK(x)                                                                                                       \
    do {                                                                                                               \
        if (!(x))                                                                                                      \
            test_fail(__FILE__, __LINE__, "%s", #x);                                                                   \
    } while (0)
#define CHECK_INT(got, want)                                                                                           \
    do {                                                                                                               \
        long long _g = (long long)(got), _w = (long long)(want);                                                       \
        if (_g != _w)                                                                                                  \
            test_fail(__FILE__, __LINE__, "%s is %lld, want %lld", #got, _g, _w);                                      \
    } while (0)
#define CHECK_STR(got, want) test_check_str(__FILE__, __LINE__, (got), str_from(want))
#define CHECK_CSTR(got, want) test_check_str(__FILE__, __LINE__, str_from(got), str_from(want))
