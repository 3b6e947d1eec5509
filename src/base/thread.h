// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Threads with a stack of a size that is told: what the C library takes by itself, 8 MiB, is much where address space has a bound. */
#include <pthread.h>
#include <stddef.h>

/* Starts `run`. 0 or -errno. */
int thread_start(pthread_t *ret, size_t stack_bytes, void *(*run)(void *), void *ctx);
