// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "sandbox/group.h"
#include "sandbox/tree.h"
#include "sandbox/yard.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum {
    /* User ids that no range of /etc/subuid reaches by default: jails that stand at once share none with another or with the machine. */
    OWNER_FIRST = 0x60000000, OWNER_STEP = 65536, OWNERS = 4096,
    RUNC_SECONDS = 60,
    FILE_BYTES = 4096, FILES_LEAST = 1024, /* files that may be made: one for so many bytes of --disk, and so many beside */
    SAID_MAX = 4096,
};

static _Noreturn void end_child(int code)
{
    (void)syscall(SYS_exit_group, code);
    __builtin_unreachable();
}

static bool find_program(const char *name, char *ret, size_t size)
{
    struct str rest = str_from(getenv("PATH")), folder;
    while (str_split(&rest, ':', &folder)) {
        (void)snprintf(ret, size, "%.*s/%s", STR_ARG(folder), name);
        if (folder.n && folder.p[0] == '/' && access(ret, X_OK) == 0)
            return true;
    }
    static const char *const FOLDERS[] = {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"};
    for (size_t i = 0; i < ARRAY_SIZE(FOLDERS); i++) {
        (void)snprintf(ret, size, "%s/%s", FOLDERS[i], name);
        if (access(ret, X_OK) == 0)
            return true;
    }
    return false;
}

static int check(struct yard *y, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    uint64_t n;
    if (geteuid() != 0)
        return error_set(err, -EPERM, "a jail needs root; try: sudo davy detonate");
    if (!find_program("runc", y->runc, sizeof(y->runc)))
        return error_set(err, -ENOENT, "runc is not installed, which builds the jail; on Debian: apt install runc");
    if (!file_read("/proc/sys/user/max_user_namespaces", 64, &b, NULL) && str_to_u64(str_trim(strbuf_str(&b)), &n) && !n)
        return error_set(err, -ENOTSUP, "user namespaces are switched off (user.max_user_namespaces is 0), and a jail is never run as the machine's root");
    return group_unified(y->unified, sizeof(y->unified), err);
}

/* ---- the janitor ---- */

static void run_quietly(const char *const *words)
{
    const pid_t pid = fork();
    if (!pid) {
        const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd < 3; fd++)
            (void)dup2(null, fd);
        (void)execv(words[0], (char *const *)words);
        end_child(127);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* Jails have a folder each below "jails". */
static void end_jails(const struct yard *y)
{
    const int fd = openat(y->folder, "jails", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    _cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
    char state[PATH_MAX];
    (void)snprintf(state, sizeof(state), "%s/state", y->path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        group_remove(e->d_name);
        run_quietly((const char *const[]){y->runc, "--root", state, "delete", "--force", e->d_name, NULL});
        group_remove(e->d_name);
    }
}

static _Noreturn void janitor(const struct yard *y, int alive)
{
    char byte;
    (void)prctl(PR_SET_NAME, "davy-janitor");
    (void)setsid();
    for (int i = SIGHUP; i <= SIGTERM; i++)
        (void)signal(i, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL);
    while (read(alive, &byte, 1) < 0 && errno == EINTR)
        ;
    end_jails(y);
    (void)tree_remove(AT_FDCWD, y->path);
    end_child(0);
}

/* ---- making it ---- */

static int make_folder(struct yard *y, struct error *err)
{
    const char *temporary = getenv("TMPDIR");
    /* not /tmp, which often is memory: images are large */
    (void)snprintf(y->path, sizeof(y->path), "%s/davy-detonate-XXXXXX", temporary && temporary[0] == '/' && strlen(temporary) < 200 ? temporary : "/var/tmp");
    if (!mkdtemp(y->path)) {
        const int r = error_errno(err, -errno, "cannot make %s, where the image is to be unpacked (TMPDIR names another folder)", y->path);
        y->path[0] = 0;
        return r;
    }
    (void)snprintf(y->stage, sizeof(y->stage), "%s/stage", y->path);
    y->folder = open(y->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Root of a jail is nobody here, and passes through to its root; names below cannot be listed. */
    if (y->folder < 0 || fchmod(y->folder, 0711) < 0 || mkdirat(y->folder, "lower", 0700) < 0 || mkdirat(y->folder, "jails", 0700) < 0 ||
        mkdirat(y->folder, "state", 0700) < 0 || mkdirat(y->folder, "stage", 0711) < 0)
        return error_errno(err, -errno, "%s", y->path);
    y->lower = openat(y->folder, "lower", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return y->lower < 0 ? error_errno(err, -errno, "%s/lower", y->path) : 0;
}

static int start_janitor(struct yard *y, struct error *err)
{
    int alive[2];
    if (pipe2(alive, O_CLOEXEC) < 0)
        return error_errno(err, -errno, "pipe");
    y->alive = alive[1];
    y->janitor = fork();
    if (!y->janitor) {
        (void)close(alive[1]);
        janitor(y, alive[0]);
    }
    (void)close(alive[0]);
    if (y->janitor > 0)
        return 0;
    y->janitor = 0;
    return error_errno(err, -errno, "fork");
}

static int make_stage(struct yard *y, uint64_t disk, struct error *err)
{
    char options[96];
    /* a name costs memory of the kernel that is no byte of a file */
    (void)snprintf(options, sizeof(options), "mode=711,size=%llu,nr_inodes=%llu", (unsigned long long)disk,
                   (unsigned long long)(disk / FILE_BYTES + FILES_LEAST));
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return error_errno(err, -errno, "a mount namespace");
    if (mount("davy", y->stage, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
        return error_errno(err, -errno, "memory for what jails write");
    return 0;
}

int yard_make(uint64_t disk, struct yard *ret, struct error *err)
{
    struct yard y = {.folder = -1, .lower = -1, .alive = -1};
    uint32_t random = 0;
    int r = check(&y, err);
    if (r < 0)
        return r;
    (void)getrandom(&random, sizeof(random), 0);
    y.owner = OWNER_FIRST + random % OWNERS * OWNER_STEP;
    r = make_folder(&y, err);
    if (!r)
        r = start_janitor(&y, err);
    if (!r)
        r = make_stage(&y, disk, err);
    if (!r && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) /* the first process of a jail becomes this one's child */
        r = error_errno(err, -errno, "prctl");
    if (r < 0) {
        yard_done(&y);
        return r;
    }
    *ret = y;
    return 0;
}

void yard_done(struct yard *y)
{
    if (y->alive >= 0)
        (void)close(TAKE_FD(y->alive));
    if (y->janitor > 0)
        while (waitpid(y->janitor, NULL, 0) < 0 && errno == EINTR)
            ;
    else if (y->path[0])
        (void)tree_remove(AT_FDCWD, y->path);
    if (y->lower >= 0)
        (void)close(TAKE_FD(y->lower));
    if (y->folder >= 0)
        (void)close(TAKE_FD(y->folder));
    y->janitor = 0;
    y->path[0] = 0;
}

int yard_name(struct yard *y, char ret_id[YARD_ID], char *ret_bundle, size_t size, struct error *err)
{
    unsigned char random[26];
    char name[128];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return error_errno(err, -EIO, "getrandom");
    size_t n = (size_t)snprintf(ret_id, YARD_ID, "%s", YARD_ID_PREFIX);
    for (size_t i = 0; i < sizeof(random); i++, n += 2)
        (void)snprintf(ret_id + n, YARD_ID - n, "%02x", random[i]);
    (void)snprintf(name, sizeof(name), "jails/%s", ret_id);
    (void)snprintf(ret_bundle, size, "%s/%s", y->path, name);
    return mkdirat(y->folder, name, 0700) < 0 ? error_errno(err, -errno, "%s", ret_bundle) : 0;
}

/* ---- runc ---- */

/* The clocks of a namespace are set before the first process is in it. */
static void move_clocks(uint64_t uptime)
{
    char text[96];
    if (!uptime || unshare(CLONE_NEWTIME) < 0)
        return; /* an older kernel: the machine's own uptime is told */
    const int n = snprintf(text, sizeof(text), "monotonic %llu 0\nboottime %llu 0\n", (unsigned long long)uptime, (unsigned long long)uptime);
    _cleanup_close_ int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    (void)!write(fd, text, (size_t)n);
}

static _Noreturn void be_runc(const struct yard *y, const char *const *words, const struct yard_run *run, const char *log)
{
    enum { WORDS_MAX = 16 };
    const char *argv[WORDS_MAX] = {y->runc, "--root", NULL, "--log", log};
    char state[PATH_MAX];
    size_t n = 5;
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int fds[] = {run && run->input >= 0 ? run->input : null, run && run->output >= 0 ? run->output : null, run && run->error >= 0 ? run->error : null};
    (void)snprintf(state, sizeof(state), "%s/state", y->path);
    argv[2] = state;
    while (*words && n < WORDS_MAX - 1)
        argv[n++] = *words++;
    argv[n] = NULL;
    for (int i = 0; i < 3; i++)
        (void)dup2(fds[i], i);
    (void)signal(SIGPIPE, SIG_DFL);
    if (run)
        move_clocks(run->uptime);
    const pid_t pid = fork(); /* only a child is in the new namespace of clocks */
    if (!pid) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execv(argv[0], (char *const *)argv);
        end_child(127);
    }
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    end_child(pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 126);
}

/* "a \"b\"" as it was before it was quoted; other words as they are. */
static void add_unquoted(struct strbuf *b, struct str s)
{
    const bool is_quoted = s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"';
    s = is_quoted ? str_sub(s, 1, s.n - 2) : s;
    for (size_t i = 0; i < s.n; i++) {
        if (is_quoted && s.p[i] == '\\' && i + 1 < s.n)
            i++;
        strbuf_addc(b, s.p[i]);
    }
}

/* Its log has a line of text for each message; the last one says what stopped it. */
static void last_words(const char *log, const char *command, struct strbuf *b)
{
    char again[64];
    struct str rest, line, last = STR_NULL;
    struct strbuf text = {};
    (void)file_read(log, SAID_MAX * 16, &text, NULL);
    rest = strbuf_str(&text);
    while (str_split(&rest, '\n', &line))
        if (str_has(line, STR("level=error")))
            last = line;
    const ptrdiff_t at = str_find(last, STR("msg="), 0);
    add_unquoted(b, at >= 0 ? str_sub(last, (size_t)at + 4, SAID_MAX) : last);
    strbuf_done(&text);
    (void)snprintf(again, sizeof(again), "runc %s failed: ", command);
    if (str_starts(strbuf_str(b), str_from(again))) {
        b->n -= strlen(again);
        memmove(b->p, b->p + strlen(again), b->n + 1);
    }
}

/* Its end; -ETIMEDOUT after it was killed because it did not come. */
static int wait_for_runc(pid_t pid, int *ret_status)
{
    _cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int ready;
    while ((ready = poll(&p, 1, RUNC_SECONDS * 1000)) < 0 && errno == EINTR)
        ;
    if (!ready)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
        ;
    return ready ? 0 : -ETIMEDOUT;
}

int yard_runc(struct yard *y, const char *const *words, const struct yard_run *run, struct error *err)
{
    char log[300];
    int status = 0;
    (void)snprintf(log, sizeof(log), "%s/runc.log", y->path);
    const pid_t pid = fork();
    if (!pid) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_runc(y, words, run, log);
    }
    if (pid < 0)
        return error_errno(err, -errno, "fork");
    if (wait_for_runc(pid, &status) < 0)
        return error_set(err, -ETIMEDOUT, "runc %s did not end within %d seconds", words[0], RUNC_SECONDS);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    struct strbuf said = {};
    last_words(log, words[0], &said);
    const int r = said.n ? error_set(err, -EIO, "runc %s failed: %s", words[0], said.p)
                         : error_set(err, -EIO, "runc %s failed with %d and says nothing of it", words[0], WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    strbuf_done(&said);
    return r;
}
