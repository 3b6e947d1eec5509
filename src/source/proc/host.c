// SPDX-License-Identifier: Apache-2.0
/* The host event: the machine itself, as its kernel, firmware and configuration tell. */
#include <sys/utsname.h>

#include "base/clock.h"
#include "source/proc/agent.h"

enum {
    HOST_FILE_MAX = 1 << 20,
    HOST_ROUTES_MAX = 64 << 20, /* a full internet table in /proc/net/route is about that */
};

static const struct {
    const char *provider, *file, *text;
} PROVIDERS[] = {
#define PROVIDER(provider, file, text) {provider, file, text},
#include "source/proc/provider.def"
#undef PROVIDER
};

static bool read_number(struct proc_source *ps, const char *path, uint64_t *ret)
{
    return str_to_u64(fs_line(ps->proc, path, &ps->a), ret);
}

static void look_system(struct proc_source *ps, struct facts *f)
{
    struct str name = fs_line(ps->proc, "sys/kernel/hostname", &ps->a), line, value;
    if (!name.n && fs_read_beneath(ps->root, "/etc/hostname", HOST_FILE_MAX, &ps->a))
        name = str_trim(strbuf_str(&ps->a));
    if (name.n)
        facts_str(f, F_HOST_NAME, name);
    struct utsname uts;
    if (ps->is_live && uname(&uts) == 0)
        facts_str(f, F_HOST_ARCH, str_from(uts.machine));
    if (!fs_read_beneath(ps->root, "/etc/os-release", HOST_FILE_MAX, &ps->a))
        return;
    struct str text = strbuf_str(&ps->a);
    while (str_split(&text, '\n', &line)) {
        if (!str_starts(line, STR("PRETTY_NAME=")))
            continue;
        value = str_trim(str_sub(line, strlen("PRETTY_NAME="), line.n));
        if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') && value.p[value.n - 1] == value.p[0])
            value = str_sub(value, 1, value.n - 1);
        facts_str(f, F_HOST_OS, value);
    }
}

static void look_provider(struct proc_source *ps, struct facts *f)
{
    for (size_t i = 0; i < ARRAY_SIZE(PROVIDERS); i++) {
        const struct str path = arena_printf(&f->arena, "/sys/class/dmi/id/%s", PROVIDERS[i].file);
        if (fs_read_beneath(ps->root, path.p, HOST_FILE_MAX, &ps->a) &&
            str_starts(strbuf_str(&ps->a), str_from(PROVIDERS[i].text))) {
            facts_str(f, F_HOST_PROVIDER, str_from(PROVIDERS[i].provider));
            return;
        }
    }
}

static void look_kernel(struct proc_source *ps, struct facts *f)
{
    uint64_t v;
    if (read_number(ps, "sys/vm/nr_hugepages", &v))
        facts_uint(f, F_HOST_HUGEPAGES, v);
    if (read_number(ps, "sys/kernel/tainted", &v))
        facts_uint(f, F_HOST_TAINT, v);
    if (fs_read_beneath(ps->root, "/sys/module/msr/parameters/allow_writes", HOST_FILE_MAX, &ps->a)) {
        const struct str word = str_trim(strbuf_str(&ps->a));
        facts_bool(f, F_HOST_MSR_WRITES, str_is(word, "on") || str_is(word, "1") || str_is(word, "Y"));
    }
    uint64_t routes = 0;
    if (fs_read(ps->proc, "net/route", HOST_ROUTES_MAX, &ps->a))
        routes += proc_blackholes_v4(strbuf_str(&ps->a));
    if (fs_read(ps->proc, "net/ipv6_route", HOST_ROUTES_MAX, &ps->a))
        routes += proc_blackholes_v6(strbuf_str(&ps->a));
    facts_uint(f, F_HOST_ROUTES_BLACKHOLE, routes);
}

/* The loader parts names at blanks and colons, line ends included; '#' begins a comment. */
static void look_preload(struct proc_source *ps, struct facts *f)
{
    struct str line, words, one;
    if (!fs_read_beneath(ps->root, "/etc/ld.so.preload", HOST_FILE_MAX, &ps->a))
        return;
    struct str text = strbuf_str(&ps->a);
    while (str_split(&text, '\n', &line)) {
        if (!str_split(&line, '#', &words))
            continue;
        while (str_split(&words, ' ', &one))
            for (struct str lib; str_split(&one, ':', &lib);)
                if ((lib = str_trim(lib)).n)
                    facts_add(f, F_HOST_PRELOAD, lib);
    }
}

void proc_source_host(struct proc_source *ps, struct facts *f)
{
    facts_reset(f, EVENT_HOST, clock_ns(CLOCK_REALTIME));
    look_system(ps, f);
    look_provider(ps, f);
    agents_look(ps, f);
    look_kernel(ps, f);
    look_preload(ps, f);
    facts_uint(f, F_HOST_PROCESSES, ps->list.n);
    vec_each(e, &ps->list) if (e->hidden) facts_add_uint(f, F_HOST_HIDDEN_PIDS, (uint64_t)e->pid);
}
