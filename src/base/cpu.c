// SPDX-License-Identifier: Apache-2.0
#include "base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

_Atomic unsigned cpu_answer;

#if defined(__x86_64__)

/* Compilers' own question does not know these. */
static bool has_sha(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3))
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

static unsigned look(void)
{
    return (__builtin_cpu_supports("avx") ? CPU_AVX : 0u) | (__builtin_cpu_supports("avx2") ? CPU_AVX2 : 0u) | (has_sha() ? CPU_SHA : 0u);
}

#else

static unsigned look(void)
{
    return 0;
}

#endif

/* Threads that come at once find the same. */
unsigned cpu_ask(void)
{
    const unsigned answer = look() | CPU_ASKED;
    atomic_store_explicit(&cpu_answer, answer, memory_order_relaxed);
    return answer;
}

void cpu_allow(unsigned features)
{
    atomic_store_explicit(&cpu_answer, (cpu_ask() & features) | CPU_ASKED, memory_order_relaxed);
}
