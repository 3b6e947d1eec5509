// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include "image/platform.h"

struct platform platform_parse(struct str text)
{
    struct platform p = {};
    (void)(str_split(&text, '/', &p.os) && str_split(&text, '/', &p.arch) && str_split(&text, '/', &p.variant));
    return p;
}

bool platform_fits(struct platform have, struct platform want)
{
    return str_eq(have.os, want.os) && str_eq(have.arch, want.arch) &&
           (!want.variant.n || !have.variant.n || str_eq(want.variant, have.variant));
}

const char *platform_own(void)
{
    /* the kernel's word for the machine, and Go's, which OCI uses */
    static const char *const NAMES[][2] = {{"x86_64", "linux/amd64"}, {"aarch64", "linux/arm64"},
                                           {"armv7l", "linux/arm"},   {"riscv64", "linux/riscv64"},
                                           {"s390x", "linux/s390x"},  {"ppc64le", "linux/ppc64le"},
                                           {"i686", "linux/386"},     {"mips64", "linux/mips64le"},
                                           {"armv6l", "linux/arm"},   {"loongarch64", "linux/loong64"}};
    struct utsname u;
    if (uname(&u) < 0)
        return "linux/amd64";
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (!strcmp(u.machine, NAMES[i][0]))
            return NAMES[i][1];
    return "linux/amd64";
}
