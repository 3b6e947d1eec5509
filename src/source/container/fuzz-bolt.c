// SPDX-License-Identifier: Apache-2.0
/* The input is a database; sums of its two first pages are made right, so that what lies behind them is reached. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/container/bolt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, struct str key, struct str value)
{
    uint64_t *sum = ctx;
    for (size_t i = 0; i < key.n; i++)
        *sum += (uint8_t)key.p[i];
    for (size_t i = 0; i < value.n; i++)
        *sum += (uint8_t)value.p[i];
}

static void mend(int fd, off_t at)
{
    char m[64];
    if (pread(fd, m, sizeof(m), at + 16) != (ssize_t)sizeof(m))
        return;
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < 56; i++)
        h = (h ^ (uint8_t)m[i]) * 0x100000001b3;
    if (pwrite(fd, &h, sizeof(h), at + 16 + 56) != (ssize_t)sizeof(h))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static const struct str PATH[] = {STR("v1"), STR("ns"), STR("containers"), STR("box"), STR("labels"), STR("app")};
    struct bolt b;
    struct strbuf value = {};
    uint64_t sum = 0;
    if (fd < 0)
        fd = memfd_create("bolt", MFD_CLOEXEC);
    if (size > 1 << 20 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    if (size >= 80)
        mend(fd, 0);
    if (size >= 1024 + 80)
        mend(fd, 1024);
    if (!bolt_open(&b, fd)) {
        for (size_t n = 0; n <= ARRAY_SIZE(PATH); n++) {
            if (n)
                (void)bolt_get(&b, PATH, n, &value);
            (void)bolt_each(&b, PATH, n, take, &sum);
        }
        if (!bolt_is_same(&b))
            abort();
    }
    bolt_done(&b);
    strbuf_done(&value);
    return sum == UINT64_MAX ? -1 : 0;
}
