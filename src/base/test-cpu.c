// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "harness/test.h"

static const unsigned FEATURES[] = {CPU_AVX, CPU_AVX2, CPU_SHA};

/* Whether the kernel names all of them, each between blanks, for the first processor. */
static bool kernel_says(struct str flags, const char *const *names)
{
    for (; *names; names++) {
        char word[32];
        (void)snprintf(word, sizeof(word), " %s ", *names);
        if (!str_has(flags, str_from(word)))
            return false;
    }
    return true;
}

TEST(says_what_the_kernel_says)
{
    static const char *const names[ARRAY_SIZE(FEATURES)][4] = {{"avx"}, {"avx2"}, {"sha_ni", "sse4_1", "ssse3"}};
    _cleanup_(strbuf_done) struct strbuf b = {}, flags = {};
    CHECK_INT(file_read("/proc/cpuinfo", 16 << 20, &b, NULL), 0);
    struct str rest = strbuf_str(&b), line = STR_NULL;
    while (str_split(&rest, '\n', &line) && !str_starts(line, STR("flags")))
        ;
    if (!str_starts(line, STR("flags")))
        test_skip("the kernel names no flags of this processor");
    strbuf_add(&flags, line);
    strbuf_addc(&flags, ' ');
    for (size_t i = 0; i < ARRAY_SIZE(FEATURES); i++)
        CHECK_INT(cpu_has(FEATURES[i]), kernel_says(strbuf_str(&flags), names[i]));
}

TEST(what_is_not_allowed_is_not_there)
{
    unsigned there = 0;
    for (size_t i = 0; i < ARRAY_SIZE(FEATURES); i++)
        there |= cpu_has(FEATURES[i]) ? FEATURES[i] : 0;
    CHECK(cpu_has(0) && cpu_has(there) && cpu_has(CPU_ALL) == (there == CPU_ALL));
    for (size_t i = 0; i < ARRAY_SIZE(FEATURES); i++) {
        cpu_allow(FEATURES[i]);
        for (size_t k = 0; k < ARRAY_SIZE(FEATURES); k++)
            CHECK_INT(cpu_has(FEATURES[k]), i == k && (there & FEATURES[k]));
    }
    cpu_allow(0);
    CHECK(cpu_has(0) && !cpu_has(CPU_AVX) && !cpu_has(CPU_ALL));
    cpu_allow(CPU_ALL);
    CHECK(cpu_has(there));
}
