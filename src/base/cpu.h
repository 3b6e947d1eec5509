// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What this processor has beyond what every one of its kind has, for code that is written twice: with these instructions and
 * without. Asked once: in a virtual machine each question to the processor is answered by the host, which takes as long as a
 * small file.
 */
#include <stdatomic.h>
#include <stdbool.h>

enum cpu_feature {
    CPU_AVX = 1 << 0,  /* registers wider than 128 bits, and a kernel that keeps them */
    CPU_AVX2 = 1 << 1, /* whole numbers in them */
    CPU_SHA = 1 << 2,  /* the x86 SHA extensions, with SSSE3 and SSE4.1 */
    CPU_ALL = CPU_AVX | CPU_AVX2 | CPU_SHA,
};

/* Only for cpu_has(): the features with CPU_ASKED, 0 before the first question. */
#define CPU_ASKED (1u << 31)
extern _Atomic unsigned cpu_answer;
unsigned cpu_ask(void);

/* Whether the processor has all of `features`. Cheap enough for an inner loop's head; any thread. */
static inline bool cpu_has(unsigned features)
{
    unsigned answer = atomic_load_explicit(&cpu_answer, memory_order_relaxed);
    if (!answer)
        answer = cpu_ask();
    return (answer & features) == features;
}

/* Between two looks at what another thread is about to write: the processor need not hurry. */
static inline void cpu_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/* For tests: from now on no others than these are said to be there, CPU_ALL for those that are. While no other thread asks. */
void cpu_allow(unsigned features);
