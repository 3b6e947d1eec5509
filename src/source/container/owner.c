// SPDX-License-Identifier: Apache-2.0
/* Whose container it is, and what the processes above it say of its place. */
#include <fcntl.h>
#include <pwd.h>

#include "source/container/internal.h"
#include "source/proc/fs.h"
#include "source/proc/parse.h"

/* The owner's home by /etc/passwd itself: a name service may be slow, and another machine's. */
static void find_home(struct finder *f)
{
    int fd = fs_open_beneath(f->stores->root, STR("/etc/passwd"), O_RDONLY);
    _cleanup_fclose_ FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && !file)
        (void)close(fd);
    struct passwd p, *found;
    char line[4096];
    for (size_t n = 0; file && n < STORE_PASSWD_MAX && !fgetpwent_r(file, &p, line, sizeof(line), &found);
         n++)
        if (found->pw_uid == f->q->owner) {
            f->home = arena_str(&f->arena, str_from(found->pw_dir)).p;
            return;
        }
}

/* The word after one of two options; empty when there is none. */
static struct str option(struct str words, const char *a, const char *b)
{
    struct str word, before = STR_NULL;
    while (words.n && str_split(&words, 0, &word)) {
        if (str_is(before, a) || str_is(before, b))
            return word;
        before = word;
    }
    return STR_NULL;
}

static bool names_us(const struct finder *f, struct str words)
{
    struct str word;
    while (words.n && str_split(&words, 0, &word))
        if (str_eq(word, f->id))
            return true;
    return false;
}

/* conmon is told the bundle, a shim of containerd the namespace; both the container's id. */
static bool take_monitor(struct finder *f, int64_t pid, struct str comm)
{
    char path[40];
    bool is_conmon = str_is(comm, "conmon"), is_shim = str_starts(comm, STR("containerd-shim"));
    (void)snprintf(path, sizeof(path), "%lld/cmdline", (long long)pid);
    if ((!is_conmon && !is_shim) || !fs_read(f->stores->proc, path, STORE_FILE_MAX, &f->text))
        return false;
    struct str words = strbuf_str(&f->text);
    if (!names_us(f, words))
        return is_conmon;
    struct str bundle = is_conmon ? option(words, "-b", "--bundle") : STR_NULL;
    struct str ns = is_shim ? option(words, "-namespace", "--namespace") : STR_NULL;
    if (str_starts(bundle, STR("/")))
        f->bundle = arena_str(&f->arena, bundle).p;
    if (store_is_name(ns))
        f->ns = arena_str(&f->arena, ns).p;
    return true;
}

static void find_monitor(struct finder *f)
{
    int64_t pid = f->q->pid;
    for (int i = 0; i < STORE_ANCESTORS_MAX && pid > 1; i++) {
        struct proc_stat st;
        char path[40];
        (void)snprintf(path, sizeof(path), "%lld/stat", (long long)pid);
        if (!fs_read(f->stores->proc, path, 4096, &f->text) || !proc_parse_stat(strbuf_str(&f->text), &st))
            return;
        int64_t parent = st.ppid;
        if (take_monitor(f, pid, st.comm))
            return;
        pid = parent;
    }
}

void find_owner(struct finder *f)
{
    if (f->q->owner)
        find_home(f);
    if (f->stores->proc >= 0 && f->q->pid > 0)
        find_monitor(f);
}

static enum container_known shares(const struct finder *f, const char *ns)
{
    struct stat ours, its;
    char path[48];
    (void)snprintf(path, sizeof(path), "1/ns/%s", ns);
    if (fstatat(f->stores->proc, path, &ours, 0) < 0)
        return CONTAINER_UNKNOWN;
    (void)snprintf(path, sizeof(path), "%d/ns/%s", f->q->pid, ns);
    if (fstatat(f->stores->proc, path, &its, 0) < 0)
        return CONTAINER_UNKNOWN;
    return container_known_from(ours.st_ino == its.st_ino && ours.st_dev == its.st_dev);
}

void namespaces_from_proc(struct finder *f, struct container_info *c)
{
    if (f->stores->proc < 0 || f->q->pid <= 0)
        return;
    if (c->host_pid == CONTAINER_UNKNOWN)
        c->host_pid = shares(f, "pid");
    if (c->host_network == CONTAINER_UNKNOWN)
        c->host_network = shares(f, "net");
    if (c->host_ipc == CONTAINER_UNKNOWN)
        c->host_ipc = shares(f, "ipc");
}
