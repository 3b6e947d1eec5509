// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "context/cgroup_container.h"

enum { HEX_ID = 64, BASE36_ID = 25, UUID = 36 };

static const char *const NAMES[CONTAINER__N] = {
    [CONTAINER_HOST] = "host",
#define CONTAINER_TYPE(id, name) [CONTAINER_##id] = name,
#include "context/container_type.def"
#undef CONTAINER_TYPE
};

const char *container_type_name(enum container_type type)
{
    return NAMES[type];
}

enum container_type container_type_from(struct str name)
{
    enum container_type t = CONTAINER_HOST;
    while (t < CONTAINER__N && !str_is(name, NAMES[t]))
        t++;
    return t;
}

/* ---- what ids are made of ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_base36(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_uid_char(char c)
{
    return is_base36(c) || c == '-' || c == '_';
}

static bool is_name_char(char c)
{
    return is_base36(c) || (c >= 'A' && c <= 'Z') || (c && strchr("._-+:@\\", c));
}

static bool is_all(struct str s, bool (*is)(char c))
{
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i]))
            return false;
    return s.n;
}

bool container_is_hex_id(struct str s)
{
    return s.n == HEX_ID && is_all(s, is_lower_hex);
}

static bool is_base36_id(struct str s)
{
    return s.n == BASE36_ID && is_all(s, is_base36);
}

static bool is_name(struct str s)
{
    return s.n < CONTAINER_ID_MAX && is_all(s, is_name_char);
}

/* Handles of garden are UUIDs, or groups of hexadecimal digits like them. */
static bool is_handle(struct str s)
{
    return s.n >= 20 && s.n <= UUID && str_has(s, STR("-")) && is_all(s, is_uid_char);
}

/* Of a task on Fargate: 32 digits, a hyphen, a number. */
static bool is_task(struct str s)
{
    return s.n > 33 && s.n <= 44 && s.p[32] == '-' && is_all(str_sub(s, 0, 32), is_lower_hex) &&
           is_all(str_sub(s, 33, s.n), is_digit);
}

/* ---- forms of folders ---- */

enum { SANDBOX = 1 << 0, UNIT_NAME = 1 << 1, VAGUE = 1 << 2 };

static const struct form {
    const char *parent; /* how the path above ends; NULL: any */
    const char *prefix, *suffix;
    bool (*is_id)(struct str s);
    enum container_type type; /* CONTAINER_HOST: looks like one of those below, and is none */
    unsigned flags;
} FORMS[] = {
    {NULL, "docker-", ".scope", container_is_hex_id, CONTAINER_DOCKER, 0},
    {NULL, "docker-", ".scope", is_base36_id, CONTAINER_BUILDKIT, 0}, /* docker's own builder */
    {NULL, "balena-", ".scope", container_is_hex_id, CONTAINER_DOCKER, 0},
    {NULL, "libpod-payload-", "", container_is_hex_id, CONTAINER_PODMAN, 0}, /* --cgroups=split, quadlet */
    {NULL, "libpod-payload-", ".scope", container_is_hex_id, CONTAINER_PODMAN, 0},
    {NULL, "libpod-", ".scope", container_is_hex_id, CONTAINER_PODMAN, 0},
    {NULL, "libpod-", "", container_is_hex_id, CONTAINER_PODMAN, 0},
    {NULL, "crio-", ".scope", container_is_hex_id, CONTAINER_CRIO, 0},
    {NULL, "crio-", "", container_is_hex_id, CONTAINER_CRIO, 0},
    {NULL, "cri-containerd-", ".scope", container_is_hex_id, CONTAINER_CONTAINERD, 0},
    {NULL, "cri-containerd-", "", container_is_hex_id, CONTAINER_CONTAINERD, 0},
    {NULL, "containerd-", ".scope", container_is_hex_id, CONTAINER_CONTAINERD, 0},
    {NULL, "nerdctl-", ".scope", container_is_hex_id, CONTAINER_CONTAINERD, 0},
    {NULL, "buildkit-", ".scope", is_base36_id, CONTAINER_BUILDKIT, 0},
    {"/buildkit", "", "", is_base36_id, CONTAINER_BUILDKIT, 0},
    {"/kata_overhead", "", "", container_is_hex_id, CONTAINER_KATA, SANDBOX},
    {NULL, "kata_", "", container_is_hex_id, CONTAINER_KATA, SANDBOX},
    {NULL, "runc-bpm-", ".scope", is_name, CONTAINER_BPM, 0},
    {NULL, "bpm-", ".scope", is_name, CONTAINER_BPM, 0},
    {NULL, "bpm-", ".service", is_name, CONTAINER_HOST, 0},
    {NULL, "bpm-", ".slice", is_name, CONTAINER_HOST, 0},
    {NULL, "bpm-", "", is_name, CONTAINER_BPM, 0},
    {NULL, "runc-", ".scope", is_name, CONTAINER_RUNC, 0},
    {NULL, "crun-", ".scope", is_name, CONTAINER_CRUN, 0},
    {NULL, "", ".libvirt-lxc", is_name, CONTAINER_LIBVIRT_LXC, 0},
    {"/libvirt/lxc", "", "", is_name, CONTAINER_LIBVIRT_LXC, 0},
    {"/machine.slice", "machine-lxc\\x2d", ".scope", is_name, CONTAINER_LIBVIRT_LXC, 0},
    {"/machine.slice", "machine-qemu\\x2d", ".scope", is_name, CONTAINER_HOST, 0}, /* a virtual machine of libvirt */
    {"/machine.slice", "machine-", ".scope", is_name, CONTAINER_NSPAWN, UNIT_NAME},
    {NULL, "systemd-nspawn@", ".service", is_name, CONTAINER_NSPAWN, UNIT_NAME},
    {NULL, "lxc.payload.", "", is_name, CONTAINER_LXC, 0},
    {"/lxc", "", "", is_name, CONTAINER_LXC, 0},
    {"/lxc.payload", "", "", is_name, CONTAINER_LXC, 0},
    {"/garden", "", "", is_handle, CONTAINER_GARDEN, 0},
    {"/garden/good", "", "", is_handle, CONTAINER_GARDEN, 0}, /* throttled and not, of Cloud Foundry */
    {"/garden/bad", "", "", is_handle, CONTAINER_GARDEN, 0},
    {"/mesos", "", "", is_handle, CONTAINER_MESOS, 0},
    {"/docker", "", "", container_is_hex_id, CONTAINER_DOCKER, 0},
    {"/k8s.io", "", "", container_is_hex_id, CONTAINER_CONTAINERD, 0},
    {"/default", "", "", container_is_hex_id, CONTAINER_CONTAINERD, 0},
    {"/default", "", ".scope", is_name, CONTAINER_HOST, 0},
    {"/default", "", ".service", is_name, CONTAINER_HOST, 0},
    {"/default", "", ".slice", is_name, CONTAINER_HOST, 0},
    {NULL, "", "", container_is_hex_id, CONTAINER_DOCKER, VAGUE},
};

/* Prefixes of the form "slice:prefix:id", which runtimes get for systemd and use as a folder's name without it. */
static const struct {
    const char *name;
    enum container_type type;
} PREFIXES[] = {
    {"docker", CONTAINER_DOCKER},         {"cri-containerd", CONTAINER_CONTAINERD}, {"crio", CONTAINER_CRIO},
    {"nerdctl", CONTAINER_CONTAINERD},    {"libpod", CONTAINER_PODMAN},             {"buildkit", CONTAINER_BUILDKIT},
    {"containerd", CONTAINER_CONTAINERD},
};

/* Namespaces of containerd that are well known; `ctr` names containers freely within one. */
static const char *const NAMESPACES[] = {"/default", "/k8s.io"};

struct walk {
    struct str path;
    size_t at;         /* of the folder */
    bool in_kubepods;  /* below the groups of kubelet */
    bool in_pod;
    bool in_ecs;
    struct cgroup_container found, around; /* innermost so far; what is around it */
    size_t depth;      /* containers met */
};

static struct str above(const struct walk *w)
{
    return str_sub(w->path, 0, w->at ? w->at - 1 : 0);
}

static bool is_below(const struct walk *w, const char *parent)
{
    return !parent || str_ends(above(w), str_from(parent));
}

static void set_id(struct cgroup_container *c, struct str id)
{
    memcpy(c->id, id.p, id.n);
    c->id[id.n] = 0;
}

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The name behind a unit's: systemd writes "\x2d" for what may not stand in one. */
static void set_unit_name(struct cgroup_container *c, struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool coded = s.p[i] == '\\' && s.n - i >= 4 && s.p[i + 1] == 'x' && hex_value(s.p[i + 2]) >= 0 &&
                     hex_value(s.p[i + 3]) >= 0;
        char byte = coded ? (char)(hex_value(s.p[i + 2]) * 16 + hex_value(s.p[i + 3])) : s.p[i];
        c->id[n++] = (unsigned char)byte >= ' ' && byte != '/' && byte != 0x7f ? byte : '?'; /* as of names that are not coded */
        i += coded ? 3 : 0;
    }
    c->id[n] = 0;
}

static void found(struct walk *w, enum container_type type, struct str id, unsigned flags)
{
    struct cgroup_container c = {.type = type, .is_type_sure = !(flags & VAGUE), .is_sandbox = flags & SANDBOX};
    memcpy(c.pod_uid, w->found.pod_uid, sizeof(c.pod_uid));
    if (flags & UNIT_NAME)
        set_unit_name(&c, id);
    else
        set_id(&c, id);
    w->around = w->found;
    w->found = c;
    w->depth++;
}

/* ---- pods ---- */

static bool set_pod(struct walk *w, struct str uid)
{
    if (uid.n >= CONTAINER_POD_UID_MAX || !is_all(uid, is_uid_char))
        return false;
    for (size_t i = 0; i <= uid.n; i++)
        w->found.pod_uid[i] = (char)(i == uid.n ? 0 : uid.p[i] == '_' ? '-' : uid.p[i]);
    return w->in_pod = true;
}

/* "kubepods-burstable-pod<uid>.slice" (also behind a prefix, as kind's "kubelet-"), and "pod<uid>" below "kubepods". */
static bool look_for_pod(struct walk *w, struct str s)
{
    ptrdiff_t kubepods = str_find(s, STR("kubepods"), 0);
    bool is_slice = str_ends(s, STR(".slice"));
    if (kubepods >= 0 && (is_slice || (size_t)kubepods + 8 == s.n))
        w->in_kubepods = true;
    if (kubepods >= 0 && is_slice) {
        ptrdiff_t pod = str_find(s, STR("-pod"), (size_t)kubepods + 8);
        return pod >= 0 && set_pod(w, str_sub(s, (size_t)pod + 4, s.n - 6));
    }
    return w->in_kubepods && str_starts(s, STR("pod")) && set_pod(w, str_sub(s, 3, s.n));
}

/* ---- folders ---- */

static bool look_for_form(struct walk *w, struct str s)
{
    for (size_t i = 0; i < ARRAY_SIZE(FORMS); i++) {
        const struct form *f = &FORMS[i];
        const struct str prefix = str_from(f->prefix), suffix = str_from(f->suffix);
        if (s.n <= prefix.n + suffix.n || !str_starts(s, prefix) || !str_ends(s, suffix) || !is_below(w, f->parent))
            continue;
        struct str id = str_sub(s, prefix.n, s.n - suffix.n);
        if (!f->is_id(id))
            continue;
        enum container_type type = f->type;
        if (f->flags & VAGUE && w->in_pod)
            type = CONTAINER_CONTAINERD;
        if (type != CONTAINER_HOST)
            found(w, type, id, f->flags);
        return true;
    }
    return false;
}

static bool look_for_colons(struct walk *w, struct str s)
{
    const char *last = memrchr(s.p, ':', s.n);
    struct str id = last ? str_sub(s, (size_t)(last - s.p) + 1, s.n) : STR_NULL;
    if (!container_is_hex_id(id) && !is_base36_id(id))
        return false;
    struct str before = str_sub(s, 0, (size_t)(last - s.p));
    const char *second = before.n ? memrchr(before.p, ':', before.n) : NULL;
    size_t at = second ? (size_t)(second - before.p) + 1 : 0;
    struct str prefix = str_sub(before, at, before.n);
    (void)look_for_pod(w, str_sub(before, 0, at ? at - 1 : 0));
    for (size_t i = 0; i < ARRAY_SIZE(PREFIXES); i++)
        if (str_is(prefix, PREFIXES[i].name)) {
            bool builds = PREFIXES[i].type == CONTAINER_DOCKER && is_base36_id(id);
            found(w, builds ? CONTAINER_BUILDKIT : PREFIXES[i].type, id, 0);
            return true;
        }
    if (!container_is_hex_id(id))
        return false;
    found(w, CONTAINER_CONTAINERD, id, VAGUE);
    return true;
}

/* Folders that managers keep within the group of a container or machine and that hold processes of their own. */
static bool is_managers(const struct walk *w, struct str s)
{
    return w->found.type == CONTAINER_NSPAWN && str_is(s, "supervisor");
}

static bool is_unit(struct str s)
{
    static const char *const SUFFIXES[] = {".service", ".scope", ".slice", ".mount", ".socket", ".swap", ".timer", ".path"};
    for (size_t i = 0; i < ARRAY_SIZE(SUFFIXES); i++)
        if (str_ends(s, str_from(SUFFIXES[i])))
            return true;
    return false;
}

static bool look_for_namespace(struct walk *w, struct str s)
{
    for (size_t i = 0; i < ARRAY_SIZE(NAMESPACES); i++)
        if (str_is(above(w), NAMESPACES[i]) && is_name(s) && !is_unit(s)) {
            found(w, CONTAINER_CONTAINERD, s, 0);
            return true;
        }
    return false;
}

static void look_at(struct walk *w, struct str s)
{
    if (is_managers(w, s)) {
        w->found = w->around;
        w->depth -= w->depth > 0;
        return;
    }
    w->in_ecs |= str_is(s, "ecs");
    if (look_for_pod(w, s) || look_for_form(w, s) || look_for_colons(w, s) || look_for_namespace(w, s))
        return;
    if (w->in_ecs && is_task(s))
        found(w, CONTAINER_CONTAINERD, s, VAGUE);
}

/*
 * A path that is nobody's form, of a process with namespaces of its own: what `runc run` and `ctr` make. The first folder that
 * is no unit of systemd; the one below it where that stands at the top, as a namespace of containerd does.
 */
static void take_plain(struct walk *w)
{
    struct str rest = w->path, s, name = STR_NULL;
    size_t folders = 0;
    bool in_namespace = false;
    while (!in_namespace && str_split(&rest, '/', &s)) {
        if (!s.n || str_is(s, ".."))
            continue;
        if (name.n && is_unit(s))
            break;
        in_namespace = name.n;
        if (!is_unit(s))
            name = s;
        if (name.n && folders++)
            break;
        folders += !name.n;
    }
    if (!is_name(name))
        return;
    found(w, in_namespace ? CONTAINER_CONTAINERD : CONTAINER_RUNC, name, VAGUE);
    w->found.is_unnamed = true;
}

static size_t walk_path(struct str path, bool is_isolated, struct cgroup_container *ret)
{
    struct walk w = {.path = path};
    struct str rest = path, s;
    while (str_split(&rest, '/', &s)) {
        w.at = (size_t)(s.p - path.p);
        if (s.n)
            look_at(&w, s);
    }
    if (is_isolated && !w.found.id[0] && !w.in_pod)
        take_plain(&w);
    *ret = w.found;
    return w.depth;
}

bool cgroup_container_from_path(struct str path, bool is_isolated, struct cgroup_container *ret)
{
    (void)walk_path(path, is_isolated, ret);
    return ret->id[0];
}

bool cgroup_container_from_text(struct str text, bool is_isolated, struct cgroup_container *ret)
{
    struct cgroup_container best = {}, plain = {};
    size_t deepest = 0, lines = 0, agree = 0;
    struct str line, piece;
    while (str_split(&text, '\n', &line)) {
        struct cgroup_container c;
        /* hierarchy:controllers:path */
        if (!str_split(&line, ':', &piece) || !str_split(&line, ':', &piece) || !line.n)
            continue;
        lines++;
        size_t depth = walk_path(line, is_isolated, &c);
        if (c.is_unnamed) {
            if (!plain.id[0])
                plain = c;
            agree += !strcmp(c.id, plain.id);
        } else if (depth > deepest || (!deepest && c.pod_uid[0] && !best.pod_uid[0])) {
            deepest = depth;
            best = c;
        }
    }
    *ret = !best.id[0] && agree && agree * 2 >= lines ? plain : best;
    return ret->id[0];
}

struct str container_short_id(enum container_type type, struct str id)
{
    bool is_cut = container_is_hex_id(id) || type == CONTAINER_CONTAINERD;
    return is_cut ? str_sub(id, 0, CONTAINER_ID_SHORT) : id;
}
