// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

extern const struct test __start_davy_tests[], __stop_davy_tests[];

static jmp_buf escape;
static const char *skip_reason;

void test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    (void)fprintf(stderr, "%s:%d: ", file, line); /* meson shows that of a test that failed, and not what stands between its results */
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    longjmp(escape, 1);
}

void test_skip(const char *reason)
{
    skip_reason = reason;
    longjmp(escape, 2);
}

void test_check_str(const char *file, int line, struct str got, struct str want)
{
    if (!str_eq(got, want))
        test_fail(file, line, "got  \"%.*s\"\n    want \"%.*s\"", STR_ARG(got), STR_ARG(want));
}

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    static int failed, n; /* static: they live through longjmp */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (const struct test *t = __start_davy_tests; t < __stop_davy_tests; t++)
        n += wanted(t->name, argc, argv);
    printf("1..%d\n", n);
    n = 0;
    for (const struct test *volatile t = __start_davy_tests; t < __stop_davy_tests; t++) {
        if (!wanted(t->name, argc, argv))
            continue;
        int r = setjmp(escape);
        if (!r)
            t->run();
        n++;
        if (r == 1)
            failed++;
        printf("%s %d - %s%s%s\n", r == 1 ? "not ok" : "ok", n, t->name, r == 2 ? " # SKIP " : "", r == 2 ? skip_reason : "");
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
