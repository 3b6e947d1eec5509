// SPDX-License-Identifier: Apache-2.0
/* The names that container managers give their control groups. */
#include "source/proc/parse.h"

enum { ID_HEX = 64, ID_SHORT = 12 };

static bool is_hex_id(struct str s)
{
    if (s.n != ID_HEX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

/* The part of s between prefix and suffix; p == NULL when s is not of that form. */
static struct str between(struct str s, const char *prefix, const char *suffix)
{
    const struct str a = str_from(prefix), z = str_from(suffix);
    if (s.n <= a.n + z.n || !str_starts(s, a) || !str_ends(s, z))
        return STR_NULL;
    return str_sub(s, a.n, s.n - z.n);
}

static const struct {
    const char *prefix, *suffix, *type;
} WITH_HEX_ID[] = {
    {"docker-", ".scope", "docker"},
    {"libpod-", ".scope", "podman"},
    {"libpod-", "", "podman"},
    {"crio-", ".scope", "cri-o"},
    {"crio-", "", "cri-o"},
    {"cri-containerd-", ".scope", "containerd"},
    {"containerd-", ".scope", "containerd"},
    {"nerdctl-", ".scope", "containerd"},
};
static const struct {
    const char *prefix, *suffix, *type;
} WITH_NAME[] = {
    {"lxc.payload.", "", "lxc"},
    {"systemd-nspawn@", ".service", "systemd-nspawn"},
};

/* One folder of the path; `parent` is the folder above it. */
static struct proc_container component(struct str s, struct str parent)
{
    for (size_t i = 0; i < sizeof(WITH_HEX_ID) / sizeof(WITH_HEX_ID[0]); i++) {
        const struct str id = between(s, WITH_HEX_ID[i].prefix, WITH_HEX_ID[i].suffix);
        if (is_hex_id(id))
            return (struct proc_container){str_sub(id, 0, ID_SHORT), WITH_HEX_ID[i].type};
    }
    for (size_t i = 0; i < sizeof(WITH_NAME) / sizeof(WITH_NAME[0]); i++) {
        const struct str name = between(s, WITH_NAME[i].prefix, WITH_NAME[i].suffix);
        if (name.n)
            return (struct proc_container){name, WITH_NAME[i].type};
    }
    /* runtimes in the newer form "slice:prefix:id" */
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    const struct str last = colon ? str_sub(s, (size_t)(colon - s.p) + 1, s.n) : s;
    if (is_hex_id(last)) {
        const struct str before = colon ? str_sub(s, 0, (size_t)(colon - s.p)) : parent;
        const char *type = str_is(parent, "docker")         ? "docker"
                           : str_ends(before, STR(":crio")) ? "cri-o"
                                                            : "containerd";
        return (struct proc_container){str_sub(last, 0, ID_SHORT), type};
    }
    if (s.n && (str_is(parent, "lxc") || str_is(parent, "lxc.payload")))
        return (struct proc_container){s, "lxc"};
    return (struct proc_container){};
}

struct proc_container proc_parse_cgroup(struct str text)
{
    struct proc_container found = {};
    struct str line, piece;
    while (!found.type && str_split(&text, '\n', &line)) {
        /* hierarchy:controllers:path */
        if (!str_split(&line, ':', &piece) || !str_split(&line, ':', &piece))
            continue;
        struct str parent = STR_NULL;
        while (str_split(&line, '/', &piece)) {
            const struct proc_container c = component(piece, parent);
            if (c.type)
                found = c;
            parent = piece;
        }
    }
    return found;
}
