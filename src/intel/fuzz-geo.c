// SPDX-License-Identifier: Apache-2.0
/* A database of places from a stranger: refused with words, or asked without harm; texts stay within their bounds. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "intel/geo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const asked[] = {"198.51.100.7", "203.0.113.9", "203.0.113.200", "192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8:1::1", "::", "::ffff:198.51.100.7", "ff02::1"};
    struct error err = ERROR_NULL;
    struct geo *g = NULL;
    char path[64];
    if (!size || size > 1 << 18)
        return 0;
    _cleanup_close_ int fd = memfd_create("geo", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (geo_open(path, &g, &err) < 0) {
        if (!err.text[0])
            __builtin_trap();
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
        struct geo_answer a = {};
        struct net net;
        volatile unsigned sum = 0;
        if (!net_from_str(str_from(asked[i]), &net))
            __builtin_trap();
        geo_find(g, &net, &a);
        if (a.as_org.n > GEO_TEXT || (a.country.n && a.country.n != 2))
            __builtin_trap();
        for (size_t k = 0; k < a.as_org.n; k++)
            sum += (uint8_t)a.as_org.p[k];
        (void)sum;
    }
    (void)geo_close(g);
    return 0;
}
