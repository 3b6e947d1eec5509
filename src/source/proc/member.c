// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sys/stat.h>

#include "source/proc/hidden.h"
#include "source/proc/internal.h"
#include "source/proc/member.h"
#include "source/proc/parse.h"

enum {
    ID_HEX = 64,
    ID_SHORT = 12,        /* what docker and podman show */
    NAME_BYTES_MAX = 255, /* NAME_MAX: runtimes keep a folder of that name */
    STATE_BYTES_MAX = 4 << 20,
    NAMESPACES_MAX = 64, /* of containerd */
};

/* ---- control groups ---- */

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "libpod-<64 hex>.scope": the id stands between other characters, whole or by its beginning. */
static bool holds_id(struct str folder, struct str id)
{
    for (ptrdiff_t at = str_find(folder, id, 0); at >= 0; at = str_find(folder, id, (size_t)at + 1)) {
        size_t end = (size_t)at;
        while (end < folder.n && is_hex(str_sub(folder, end, end + 1)))
            end++;
        bool begins = !at || !is_alnum(folder.p[at - 1]);
        bool ends = end == folder.n || !is_alnum(folder.p[end]);
        size_t n = end - (size_t)at;
        if (begins && ends && (n == ID_HEX || n == id.n))
            return true;
    }
    return false;
}

bool proc_cgroup_is_of(struct str text, struct str id)
{
    struct str line, piece;
    bool by_id = id.n >= ID_SHORT && id.n <= ID_HEX && is_hex(id);
    while (str_split(&text, '\n', &line)) {
        if (!str_split(&line, ':', &piece) || !str_split(&line, ':', &piece))
            continue;
        struct str last = STR_NULL;
        while (str_split(&line, '/', &piece)) {
            last = piece;
            if (by_id && !str_has(piece, STR("conmon")) && holds_id(piece, id))
                return true;
        }
        if (last.n && str_eq(last, id))
            return true;
    }
    return false;
}

/* ---- what a runtime keeps ---- */

static uint64_t start_of(int proc, int64_t pid)
{
    struct strbuf b = {};
    struct proc_stat st = {};
    char path[40];
    (void)snprintf(path, sizeof(path), "%lld/stat", (long long)pid);
    bool fine = fs_read(proc, path, PROC_TEXT_MAX, &b) && proc_parse_stat(strbuf_str(&b), &st);
    strbuf_done(&b);
    return fine ? st.start : 0;
}

/* The first process by the state file of runc or crun; 0 when there is none, or another process has its id now. */
static int64_t init_of(int proc, int dir, const char *path)
{
    struct strbuf b = {};
    int64_t pid = 0;
    if (fs_read(dir, path, STATE_BYTES_MAX, &b)) {
        json_t *root = json_loadb(b.p ? b.p : "", b.n, 0, NULL);
        const json_t *runc = json_object_get(root, "init_process_pid"), *start = json_object_get(root, "init_process_start");
        if (!start)
            start = json_object_get(root, "process-start-time");
        pid = json_integer_value(runc ? runc : json_object_get(root, "pid"));
        if (pid <= 0 || pid > INT32_MAX || (start && (uint64_t)json_integer_value(start) != start_of(proc, pid)))
            pid = 0;
        json_decref(root);
    }
    strbuf_done(&b);
    return pid;
}

static int64_t init_in(int proc, const char *folder, struct str id)
{
    static const char *const FILES[] = {"state.json", "status"};
    _cleanup_close_ int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int64_t pid = 0;
    for (size_t i = 0; dir >= 0 && !pid && i < ARRAY_SIZE(FILES); i++) {
        char path[NAME_BYTES_MAX + 32];
        (void)snprintf(path, sizeof(path), "%.*s/%s", STR_ARG(id), FILES[i]);
        pid = init_of(proc, dir, path);
    }
    return pid;
}

static int64_t init_in_each(int proc, const char *parent, struct str id)
{
    _cleanup_closedir_ DIR *d = opendir(parent);
    int64_t pid = 0;
    size_t seen = 0;
    for (struct dirent *e; d && !pid && (e = readdir(d)) && seen < NAMESPACES_MAX;) {
        char path[PATH_MAX];
        if (e->d_name[0] == '.')
            continue;
        seen++;
        if (snprintf(path, sizeof(path), "%s/%s", parent, e->d_name) < (int)sizeof(path))
            pid = init_in(proc, path, id);
    }
    return pid;
}

static int64_t find_init(int proc, struct str id)
{
    static const char *const FOLDERS[] = {"/run/runc", "/run/crun"};
    static const char *const PARENTS[] = {"/run/containerd/runc", "/run/docker/runtime-runc"};
    const char *own = getenv("XDG_RUNTIME_DIR");
    char path[PATH_MAX];
    int64_t pid = 0;
    if (id.n > NAME_BYTES_MAX || memchr(id.p, '/', id.n) || id.p[0] == '.')
        return 0;
    for (size_t i = 0; !pid && i < ARRAY_SIZE(FOLDERS); i++)
        pid = init_in(proc, FOLDERS[i], id);
    for (size_t i = 0; !pid && i < ARRAY_SIZE(PARENTS); i++)
        pid = init_in_each(proc, PARENTS[i], id);
    for (size_t i = 0; !pid && own && i < ARRAY_SIZE(FOLDERS); i++)
        if (snprintf(path, sizeof(path), "%s/%s", own, FOLDERS[i] + strlen("/run/")) < (int)sizeof(path))
            pid = init_in(proc, path, id);
    return pid;
}

/* ---- members ---- */

struct namespaces {
    ino_t pid, mount;
};

static bool read_namespaces(int proc, const char *who, struct namespaces *ret)
{
    struct stat pid, mount;
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/ns/pid", who);
    if (fstatat(proc, path, &pid, 0) < 0)
        return false;
    (void)snprintf(path, sizeof(path), "%s/ns/mnt", who);
    if (fstatat(proc, path, &mount, 0) < 0)
        return false;
    *ret = (struct namespaces){pid.st_ino, mount.st_ino};
    return true;
}

struct look {
    int proc;
    struct str id;
    struct namespaces own, init;
    int64_t known; /* from the runtime's state, 0: none */
};

static bool is_member(const struct look *l, int64_t pid)
{
    struct namespaces ns;
    struct strbuf b = {};
    char who[24], path[40];
    (void)snprintf(who, sizeof(who), "%lld", (long long)pid);
    if (!read_namespaces(l->proc, who, &ns))
        return false;
    if (pid == l->known)
        return true;
    /* what shares our mounts is of this machine, however its control group is called */
    if (ns.mount == l->own.mount)
        return false;
    if (l->known && ns.pid == l->init.pid && l->init.pid != l->own.pid)
        return true;
    (void)snprintf(path, sizeof(path), "%s/cgroup", who);
    bool is = fs_read(l->proc, path, PROC_TEXT_MAX, &b) && proc_cgroup_is_of(strbuf_str(&b), l->id);
    strbuf_done(&b);
    return is;
}

/* Process 1 of its own namespace, else the one with the lowest id. */
static int64_t first_of(int proc, const struct proc_members *m)
{
    for (size_t i = 0; i < m->pids.n; i++) {
        struct strbuf b = {};
        char path[40];
        (void)snprintf(path, sizeof(path), "%lld/status", (long long)m->pids.v[i]);
        bool is_first = false;
        if (fs_read(proc, path, PROC_TEXT_MAX, &b)) {
            struct str text = strbuf_str(&b), line;
            while (str_split(&text, '\n', &line))
                is_first |= str_starts(line, STR("NSpid:")) && str_ends(str_trim(line), STR("\t1"));
        }
        strbuf_done(&b);
        if (is_first)
            return m->pids.v[i];
    }
    return m->pids.v[0];
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

int proc_members_find(struct str id, struct proc_members *ret)
{
    struct look l = {.id = id};
    struct pid_set all = {};
    struct proc_members m = {};
    char who[24];
    _cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    l.proc = proc;
    if (!id.n || proc < 0 || !read_namespaces(proc, "self", &l.own) || pids_list(proc, &all) < 0)
        return 1;
    l.known = find_init(proc, id);
    (void)snprintf(who, sizeof(who), "%lld", (long long)l.known);
    if (l.known && !read_namespaces(proc, who, &l.init))
        l.known = 0;
    for (size_t i = 0; i < all.n; i++)
        if (is_member(&l, all.v[i]))
            vec_add(&m.pids, all.v[i]);
    vec_done(&all);
    if (!m.pids.n)
        return 1;
    qsort(m.pids.v, m.pids.n, sizeof(*m.pids.v), by_number);
    m.init = l.known ? l.known : first_of(proc, &m);
    *ret = m;
    return 0;
}

void proc_members_done(struct proc_members *m)
{
    vec_done(&m->pids);
}
