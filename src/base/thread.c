// SPDX-License-Identifier: Apache-2.0
#include "base/thread.h"

int thread_start(pthread_t *ret, size_t stack_bytes, void *(*run)(void *), void *ctx)
{
    pthread_attr_t attr;
    int r = pthread_attr_init(&attr);
    if (r)
        return -r;
    (void)pthread_attr_setstacksize(&attr, stack_bytes);
    r = pthread_create(ret, &attr, run, ctx);
    (void)pthread_attr_destroy(&attr);
    return -r;
}
