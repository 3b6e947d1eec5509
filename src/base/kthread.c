// SPDX-License-Identifier: Apache-2.0
#include "base/kthread.h"

enum follow { ANY, NUMBER };

static const struct {
    const char *name;
    enum follow follow;
} NAMES[] = {
#define KTHREAD(name, follow) {name, follow},
#include "base/kthread.def"
#undef KTHREAD
};

static bool known(struct str s)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const struct str name = str_from(NAMES[i].name);
        uint64_t number;
        if (!str_starts(s, name))
            continue;
        const struct str rest = str_sub(s, name.n, s.n);
        if (NAMES[i].follow == ANY || !rest.n || str_to_u64(rest, &number))
            return true;
    }
    return false;
}

static bool bracketed(struct str s)
{
    if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
        return false;
    for (size_t i = 1; i + 1 < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '[' || s.p[i] == ']')
            return false;
    return true;
}

bool kthread_like(struct str comm, struct str argv0)
{
    argv0 = str_trim(argv0);
    /* A path's last part counts: /tmp/kdevtmpfsi. A name such as kworker/0:1 has slashes of its own, so the
     * whole is tried too. */
    return known(comm) || bracketed(comm) || known(argv0) || known(str_basename(argv0)) || bracketed(argv0);
}
