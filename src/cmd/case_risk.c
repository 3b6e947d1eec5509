// SPDX-License-Identifier: Apache-2.0
/*
 * Credentials that whoever is in a case can read: looked for now, on the case's own machine, in the root folder of a process of the
 * case, for the users that the case has seen. Nothing is opened; what permissions say is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/intl.h"
#include "cmd/case.h"

enum { USERS_MAX = 16, HOMES_MAX = 64 };

/* Below a home folder; without a slash before it. */
static const struct {
    const char *path, *what;
} IN_HOME[] = {
    {".aws/credentials", N_("AWS keys")},
    {".config/gcloud/credentials.db", N_("Google Cloud login")},
    {".azure/msal_token_cache.json", N_("Azure login")},
    {".docker/config.json", N_("logins of registries")},
    {".kube/config", N_("Kubernetes login")},
    {".ssh/id_rsa", N_("SSH key")},
    {".ssh/id_ed25519", N_("SSH key")},
    {".ssh/id_ecdsa", N_("SSH key")},
    {".git-credentials", N_("logins of Git hosts")},
    {".netrc", N_("logins")},
    {".pgpass", N_("passwords of PostgreSQL")},
    {".vault-token", N_("token of Vault")},
};
static const struct {
    const char *path, *what;
} AT_ROOT[] = {
    {"/var/run/docker.sock", N_("Docker's socket: root on the machine")},
    {"/run/containerd/containerd.sock", N_("containerd's socket: root on the machine")},
    {"/run/podman/podman.sock", N_("Podman's socket: root on the machine")},
    {"/var/run/secrets/kubernetes.io/serviceaccount/token", N_("token of a Kubernetes service account")},
    {"/etc/kubernetes/admin.conf", N_("Kubernetes administrator")},
    {"/var/lib/kubelet/pki/kubelet-client-current.pem", N_("certificate of the kubelet")},
    {"/etc/shadow", N_("passwords, hashed")},
};

struct look {
    struct case_loaded *c;
    int root; /* folder */
    int64_t users[USERS_MAX];
    size_t n_users;
};

static bool may(const struct look *l, const struct stat *st, mode_t bit)
{
    for (size_t i = 0; i < l->n_users; i++)
        if (!l->users[i] || (l->users[i] == (int64_t)st->st_uid ? st->st_mode & bit << 6 : st->st_mode & bit))
            return true;
    return false;
}

/* Links lead to places within the root, as they do for who is there; the file itself is none. */
static bool stat_within(int root, const char *path, struct stat *ret)
{
    const struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    _cleanup_close_ int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
    return fd >= 0 && !fstat(fd, ret);
}

static void look_at(struct look *l, struct str path, const char *what)
{
    struct stat st;
    struct case_loaded *c = l->c;
    if (path.n < 2 || c->view.n_credentials == CASE_CREDENTIALS_MAX || !stat_within(l->root, path.p, &st))
        return;
    const bool writable = may(l, &st, 2);
    if ((!S_ISREG(st.st_mode) && !S_ISSOCK(st.st_mode)) || !(S_ISSOCK(st.st_mode) ? writable : may(l, &st, 4)))
        return;
    c->credentials[c->view.n_credentials++] =
        (struct case_view_credential){.path = path, .what = what, .is_writable = S_ISSOCK(st.st_mode)};
}

static void look_in_home(struct look *l, struct str home)
{
    for (size_t i = 0; i < ARRAY_SIZE(IN_HOME); i++)
        look_at(l, arena_printf(&l->c->arena, "%.*s/%s", STR_ARG(home), IN_HOME[i].path), IN_HOME[i].what);
}

static void look_everywhere(struct look *l)
{
    for (size_t i = 0; i < ARRAY_SIZE(AT_ROOT); i++)
        look_at(l, str_from(AT_ROOT[i].path), AT_ROOT[i].what);
    look_in_home(l, STR("/root"));
    int fd = openat(l->root, "home", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;
    for (int i = 0; d && i < HOMES_MAX && (e = readdir(d));)
        if (e->d_name[0] != '.') {
            look_in_home(l, arena_printf(&l->c->arena, "/home/%s", e->d_name));
            i++;
        }
    if (d)
        (void)closedir(d);
    else if (fd >= 0)
        (void)close(fd);
}

static void add_users(struct look *l)
{
    const struct case_view *v = &l->c->view;
    for (size_t i = 0; i < v->n_findings; i++) {
        bool is_new = v->findings[i].subject.uid >= 0 && l->n_users < USERS_MAX;
        for (size_t k = 0; is_new && k < l->n_users; k++)
            is_new = l->users[k] != v->findings[i].subject.uid;
        if (is_new)
            l->users[l->n_users++] = v->findings[i].subject.uid;
    }
}

/* When a process began, in nanoseconds since the epoch; 0: it is gone. */
static uint64_t start_of(int64_t pid)
{
    char path[64], line[1024];
    unsigned long long ticks = 0;
    (void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    _cleanup_fclose_ FILE *f = fopen(path, "re");
    if (!f || !fgets(line, sizeof(line), f))
        return 0;
    const char *after = strrchr(line, ')');
    for (int i = 0; after && i < 20; i++)
        after = strchr(after + 1, ' ');
    if (!after || sscanf(after, "%llu", &ticks) != 1)
        return 0;
    const uint64_t boot_ns = clock_boot_ns();
    return boot_ns + ticks * (1'000'000'000ULL / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* The root folder that the container sees, by a process of the case that still runs. */
static int container_root(const struct case_view *v)
{
    enum { ALMOST_NS = 2'000'000'000 }; /* ticks, and a clock that was set */
    for (size_t i = v->n_findings; i--;) {
        const struct alert_ties *t = &v->findings[i].ties;
        if (!t->n_line || !v->findings[i].subject.container_id.n)
            continue;
        const uint64_t start = start_of(t->line[0].pid), want = t->line[0].start_ns;
        if (!start || (start > want ? start - want : want - start) > ALMOST_NS)
            continue;
        char path[64];
        (void)snprintf(path, sizeof(path), "/proc/%lld/root", (long long)t->line[0].pid);
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

void case_risk_look(const struct case_options *o, struct case_loaded *c)
{
    struct utsname me;
    struct look l = {.c = c, .root = -1};
    c->view.credentials = c->credentials;
    if (!c->view.is_open || uname(&me) < 0 || !str_is(c->view.host, me.nodename))
        return;
    add_users(&l);
    _cleanup_close_ int root = o->root ? open(o->root, O_PATH | O_DIRECTORY | O_CLOEXEC)
                               : c->view.place.n ? container_root(&c->view)
                                                 : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    l.root = root;
    if (root >= 0 && l.n_users)
        look_everywhere(&l);
}
