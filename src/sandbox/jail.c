// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/intl.h"
#include "sandbox/furnish.h"
#include "sandbox/group.h"
#include "sandbox/jail.h"
#include "sandbox/link.h"
#include "sandbox/pace.h"
#include "sandbox/pretend.h"

enum { PATH_ROOM = 512, DRAIN_TURNS = 20, DRAIN_MS = 10 };

/* ---- its files ---- */

static int make_folder(const char *place, const char *name, mode_t mode, uint32_t owner, struct error *err)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof(path), "%s%s%s", place, *name ? "/" : "", name);
    if (mkdir(path, mode) < 0 || chmod(path, mode) < 0 || chown(path, owner, owner) < 0)
        return error_errno(err, -errno, "%s", path);
    return 0;
}

static int lay_over(struct jail *j, struct error *err)
{
    char options[PATH_ROOM * 3], root[PATH_ROOM];
    const uint32_t owner = j->yard->owner;
    struct stat st;
    int r = make_folder(j->place, "", 0711, 0, err);
    if (!r)
        r = make_folder(j->place, "upper", fstat(j->yard->lower, &st) == 0 ? (st.st_mode & 0777) | 0555 : 0755, owner, err);
    if (!r)
        r = make_folder(j->place, "work", 0700, 0, err);
    if (!r)
        r = make_folder(j->place, "root", 0755, owner, err);
    if (r < 0)
        return r;
    (void)snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", j->yard->path, j->place, j->place);
    (void)snprintf(root, sizeof(root), "%s/root", j->place);
    if (mount("overlay", root, "overlay", MS_NOSUID | MS_NODEV, options) < 0)
        return error_errno(err, -errno, "the image's files cannot be laid under what the jail writes (overlay)");
    j->is_mounted = true;
    return 0;
}

/* ---- its network ---- */

/* The namespace has a name, a file that it is bound to, for runc. */
static int name_network(const struct jail *j, int space, char *ret, size_t size, struct error *err)
{
    char from[64];
    (void)snprintf(ret, size, "%s/network", j->place);
    (void)snprintf(from, sizeof(from), "/proc/self/fd/%d", space);
    _cleanup_close_ int fd = open(ret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || mount(from, ret, NULL, MS_BIND, NULL) < 0)
        return error_errno(err, -errno, "%s", ret);
    return 0;
}

static int make_network(struct jail *j, bool pretend, char *ret, size_t size, struct error *err)
{
    struct link_pair p;
    int r = link_pair_make(pretend, &p, err);
    if (r < 0)
        return r;
    r = name_network(j, p.jail, ret, size, err);
    if (!r && pretend)
        r = pretend_start(p.world, &j->pretend, err);
    (void)close(p.jail);
    if (p.world >= 0)
        (void)close(p.world);
    return r;
}

/* ---- its process ---- */

static bool has_name(struct str word, const char *name)
{
    return str_starts(word, str_from(name)) && word.n > strlen(name) && word.p[strlen(name)] == '=';
}

/* The image's environment, with what every runtime adds where it is not there. */
static size_t environment(const struct jail_options *o, const struct account *account, const char *hostname, struct arena *a, const struct str **ret)
{
    struct str *v = arena_array(a, struct str, o->image->n_env + 3);
    size_t n = 0;
    bool has_path = false, has_home = false;
    for (size_t i = 0; i < o->image->n_env; i++) {
        struct str word = o->image->env[i];
        if (str_find(word, STR("="), 0) < 1 || memchr(word.p, 0, word.n)) /* without a name runc refuses the whole image */
            continue;
        has_path |= has_name(word, "PATH");
        has_home |= has_name(word, "HOME");
        v[n++] = word;
    }
    if (!has_path)
        v[n++] = STR("PATH=" JAIL_PATH);
    if (!has_home)
        v[n++] = arena_printf(a, "HOME=%s", account->home);
    v[n++] = arena_printf(a, "HOSTNAME=%s", hostname);
    *ret = v;
    return n;
}

static int write_bundle(struct jail *j, const struct jail_options *o, const char *network, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    struct bundle_mount mounts[FURNISH_MOUNTS_MAX];
    struct account account;
    char hostname[16], root[PATH_ROOM];
    (void)snprintf(hostname, sizeof(hostname), "%.12s", j->id + 20);
    (void)snprintf(root, sizeof(root), "%s/root", j->place);
    struct str workdir = o->image->workdir;
    int r = account_find(j->yard->lower, o->image->user, &account, err);
    if (r < 0)
        return r;
    if (workdir.n && workdir.p[0] != '/') /* runc refuses the image else */
        workdir = arena_printf(&a, "/%.*s", STR_ARG(workdir));
    struct bundle b = {.root = root, .network = network, .hostname = hostname, .pace = j->pace ? pace_listener(j->pace) : NULL, .args = o->args, .n_args = o->n_args, .workdir = workdir,
                       .account = account, .owner = j->yard->owner, .cgroup = arena_printf(&a, "/%s", j->id), .memory = o->memory, .pids = o->pids,
                       .cpu_percent = o->cpu_percent, .mounts = mounts};
    b.n_env = environment(o, &account, hostname, &a, &b.env);
    const struct furnish_options f = {.place = j->place, .lower = j->yard->lower, .owner = j->yard->owner, .hostname = hostname,
                                      .authority = j->pretend ? pretend_authority(j->pretend) : STR_NULL, .mark = o->marked ? j->mark : NULL};
    r = furnish(&f, &a, mounts, &b.n_mounts, err);
    return r < 0 ? r : bundle_write(&b, j->bundle, err);
}

static int read_pid(const char *path, pid_t *ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    uint64_t pid;
    int r = file_read(path, 64, &b, err);
    if (r < 0)
        return r;
    if (!str_to_u64(str_trim(strbuf_str(&b)), &pid) || !pid || pid > INT32_MAX)
        return error_set(err, -EIO, "runc names no process");
    *ret = (pid_t)pid;
    return 0;
}

static int create(struct jail *j, const struct jail_options *o, struct error *err)
{
    char pid_file[PATH_ROOM];
    int fds[2];
    (void)snprintf(pid_file, sizeof(pid_file), "%s/pid", j->place);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_errno(err, -errno, "pipe");
    j->output = fds[0];
    (void)fcntl(j->output, F_SETFL, O_NONBLOCK);
    const struct yard_run run = {.input = -1, .output = fds[1], .error = fds[1], .uptime = o->uptime};
    int r = yard_runc(j->yard, (const char *const[]){"create", "--bundle", j->bundle, "--pid-file", pid_file, j->id, NULL}, &run, err);
    (void)close(fds[1]);
    if (!r)
        r = read_pid(pid_file, &j->pid, err);
    if (r < 0)
        return r;
    j->is_created = true;
    j->pidfd = (int)syscall(SYS_pidfd_open, j->pid, 0);
    if (j->pidfd < 0)
        return error_errno(err, -errno, "the jail's process");
    return jail_group_id(j) ? 0 : error_set(err, -ENOENT, "%s: runc made no control group there, by which the jail could be watched", j->group);
}

int jail_create(struct yard *y, const struct jail_options *o, struct jail **ret, struct error *err)
{
    struct jail *j = xnew(struct jail);
    char network[PATH_ROOM];
    j->yard = y;
    j->pidfd = j->output = -1;
    j->uptime = o->uptime;
    int r = yard_name(y, j->id, j->bundle, sizeof(j->bundle), err);
    (void)snprintf(j->place, sizeof(j->place), "%.270s/%.12s", y->stage, j->id + 20);
    (void)snprintf(j->group, sizeof(j->group), "%s/%s", y->unified, j->id);
    (void)snprintf(j->mark, sizeof(j->mark), "DAVY JAIL %.16s\n", j->id + 40);
    if (!r)
        r = lay_over(j, err);
    if (!r)
        r = make_network(j, o->pretend, network, sizeof(network), err);
    if (!r && o->fast)
        r = pace_start(o->fast, j->place, &j->pace, err);
    if (!r)
        r = write_bundle(j, o, network, err);
    if (!r)
        r = create(j, o, err);
    if (r < 0) {
        jail_free(j);
        return r;
    }
    *ret = j;
    return 0;
}

uint64_t jail_group_id(const struct jail *j)
{
    return group_id(j->group);
}

int jail_start(struct jail *j, struct error *err)
{
    const struct yard_run run = {.input = -1, .output = -1, .error = -1, .uptime = j->uptime};
    j->started_ns = clock_ns(CLOCK_REALTIME);
    return yard_runc(j->yard, (const char *const[]){"start", j->id, NULL}, &run, err);
}

/* ---- while it runs ---- */

static void take_output(struct jail *j)
{
    char bytes[4096];
    for (ssize_t n; j->output >= 0 && (n = read(j->output, bytes, sizeof(bytes))) != 0;) {
        if (n < 0)
            return;
        j->said_bytes += (uint64_t)n;
        const size_t room = JAIL_OUTPUT_MAX > j->said.n ? JAIL_OUTPUT_MAX - j->said.n : 0;
        strbuf_add(&j->said, str_n(bytes, (size_t)n < room ? (size_t)n : room));
    }
}

bool jail_poll(struct jail *j, exchange_fn fn, void *ctx)
{
    pid_t one;
    take_output(j);
    if (j->pretend)
        pretend_take(j->pretend, fn, ctx);
    if (!j->has_ended && waitpid(j->pid, &j->status, WNOHANG) == j->pid)
        j->has_ended = true;
    return !j->has_ended || group_processes(j->group, &one, 1) > 0;
}

uint64_t jail_ahead_ns(const struct jail *j)
{
    return j->pace ? pace_ahead_ns(j->pace) : 0;
}

bool jail_clocks_are_seen(const struct jail *j)
{
    return j->pace && pace_is_seen(j->pace);
}

const char *jail_broken(struct jail *j)
{
    if (j->pretend && !pretend_lives(j->pretend))
        return N_("the process of the pretend internet has ended before the run");
    if (j->pace && pace_failed(j->pace))
        return N_("the process of the jail's clocks has ended before the run");
    return NULL;
}

void jail_drain(struct jail *j, exchange_fn fn, void *ctx)
{
    for (int i = 0; i < DRAIN_TURNS; i++) {
        (void)jail_poll(j, fn, ctx);
        (void)nanosleep(&(struct timespec){.tv_nsec = DRAIN_MS * 1'000'000}, NULL);
    }
}

int jail_stop(struct jail *j)
{
    return group_freeze(j->group, true);
}

void jail_upper(const struct jail *j, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s/upper", j->place);
}

struct jail *jail_free(struct jail *j)
{
    char path[PATH_ROOM];
    if (!j)
        return NULL;
    if (j->is_created)
        group_kill(j->group);
    if (j->is_created && !j->has_ended)
        while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    if (j->is_created)
        (void)yard_runc(j->yard, (const char *const[]){"delete", "--force", j->id, NULL},
                        &(struct yard_run){.input = -1, .output = -1, .error = -1, .uptime = j->uptime}, NULL);
    group_remove(j->id);
    j->pace = pace_free(j->pace);
    j->pretend = pretend_free(j->pretend);
    if (j->is_mounted) {
        (void)snprintf(path, sizeof(path), "%s/root", j->place);
        (void)umount2(path, MNT_DETACH);
    }
    (void)snprintf(path, sizeof(path), "%s/network", j->place);
    (void)umount2(path, MNT_DETACH);
    if (j->pidfd >= 0)
        (void)close(j->pidfd);
    if (j->output >= 0)
        (void)close(j->output);
    strbuf_done(&j->said);
    free(j);
    return NULL;
}
