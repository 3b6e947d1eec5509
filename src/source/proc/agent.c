// SPDX-License-Identifier: Apache-2.0
#include "source/proc/agent.h"

static const struct agent {
    const char *provider, *name, *traces, *program, *processes, *unit, *packages;
} AGENTS[] = {
#define AGENT(provider, name, traces, program, processes, unit, packages)                                    \
    {provider, name, traces, program, processes, unit, packages},
#include "source/proc/agents.def"
#undef AGENT
};

static bool exists(const struct proc_source *ps, struct str path)
{
    struct stat st;
    return fs_stat_beneath(ps->root, path, &st);
}

static bool any_path(const struct proc_source *ps, const char *paths)
{
    struct str rest = str_from(paths), one;
    while (str_split(&rest, ' ', &one))
        if (one.n && exists(ps, one))
            return true;
    return false;
}

static bool has_unit(struct proc_source *ps, const char *unit, struct arena *a)
{
    static const struct {
        const char *folder, *suffix;
    } PLACES[] = {{"/etc/systemd/system/", ".service"},
                  {"/lib/systemd/system/", ".service"},
                  {"/usr/lib/systemd/system/", ".service"},
                  {"/etc/init.d/", ""}};
    for (size_t i = 0; *unit && i < ARRAY_SIZE(PLACES); i++)
        if (exists(ps, arena_printf(a, "%s%s%s", PLACES[i].folder, unit, PLACES[i].suffix)))
            return true;
    return false;
}

/* dpkg keeps one file list per package it has, configured or removed. */
static bool has_package(struct proc_source *ps, const char *packages, struct arena *a)
{
    struct str rest = str_from(packages), one;
    while (str_split(&rest, ' ', &one))
        if (one.n && exists(ps, arena_printf(a, "/var/lib/dpkg/info/%.*s.list", STR_ARG(one))))
            return true;
    return false;
}

static bool runs(const struct proc_source *ps, const char *processes)
{
    struct str rest = str_from(processes), one;
    while (str_split(&rest, ' ', &one))
        for (size_t i = 0; one.n && i < ps->list.n; i++)
            if (str_eq(ps->list.v[i].comm, one))
                return true;
    return false;
}

void agents_look(struct proc_source *ps, struct facts *f)
{
    for (size_t i = 0; i < ARRAY_SIZE(AGENTS); i++) {
        const struct agent *a = &AGENTS[i];
        const struct str name = str_from(a->name);
        const bool running = runs(ps, a->processes);
        const bool present = *a->program ? exists(ps, str_from(a->program)) : any_path(ps, a->traces);
        const bool traces = present || any_path(ps, a->traces) || has_unit(ps, a->unit, &f->arena) ||
                            has_package(ps, a->packages, &f->arena);
        if (running)
            facts_add(f, F_HOST_AGENTS_RUNNING, name);
        if (present || running)
            facts_add(f, F_HOST_AGENTS, name);
        if (traces && (!present || (*a->processes && !running)))
            facts_add(f, F_HOST_AGENTS_MISSING, name);
        if ((traces || running) && !facts_has(f, F_HOST_PROVIDER))
            facts_str(f, F_HOST_PROVIDER, str_from(a->provider));
    }
}
