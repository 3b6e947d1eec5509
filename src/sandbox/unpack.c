// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/vec.h"
#include "base/wire.h"
#include "image/image.h"
#include "sandbox/unpack.h"

enum { IDS = 65536, ANSWER_MAX = UNPACK_WORDS_MAX * 4 * 1024, MODE_BITS = 07777 };

/* A name that another file is to have as well; made last, when everything that it can point at is there. */
struct later {
    char *path, *target;
};
/* A folder gets its mode and owner last: until then files are put into it. */
struct folder {
    char *path;
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

struct unpacker {
    const struct unpack_options *options;
    uint64_t files, bytes, left_out;
    VEC(struct later) links;
    VEC(struct folder) folders;
};

/* ---- placing, in the child ---- */

/* The folder of a path in the tree, made where it is missing; no link is followed. */
static int open_folder(const struct unpacker *u, const char *path)
{
    int at = fcntl(u->options->folder, F_DUPFD_CLOEXEC, 3);
    for (const char *p = path; at >= 0;) {
        char name[NAME_MAX + 1];
        while (*p == '/')
            p++;
        const char *end = strchr(p, '/');
        if (!end)
            return at;
        if ((size_t)(end - p) > NAME_MAX)
            break;
        memcpy(name, p, (size_t)(end - p));
        name[end - p] = 0;
        int next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && errno == ENOENT && !mkdirat(at, name, 0755)) {
            (void)fchownat(at, name, u->options->owner, u->options->owner, AT_SYMLINK_NOFOLLOW);
            next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        (void)close(at);
        at = next;
        p = end;
    }
    if (at >= 0)
        (void)close(at);
    return -1;
}

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static uid_t shift(const struct unpacker *u, uint64_t id)
{
    return u->options->owner + (id < IDS ? (uid_t)id : IDS - 2);
}

/* Only a full disk ends it; whatever else is wrong with one file costs that file. */
static int put_file(struct unpacker *u, struct image *img, const struct image_entry *e, int folder, const char *name, struct error *err)
{
    const uint8_t *data;
    size_t n;
    const mode_t mode = (mode_t)(e->mode & MODE_BITS);
    const uid_t uid = shift(u, e->uid);
    const gid_t gid = shift(u, e->gid);
    _cleanup_close_ int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        u->left_out++;
        return errno == ENOSPC ? error_errno(err, -ENOSPC, "the folder of TMPDIR, else /var/tmp") : 0;
    }
    int r;
    while ((r = image_read(img, &data, &n, err)) == 0) {
        const int w = io_write(fd, str_n(data, n));
        if (w < 0)
            return error_errno(err, w, "the folder of TMPDIR, else /var/tmp");
        u->bytes += n;
        if (u->bytes > UNPACK_BYTES_MAX)
            return error_set(err, -EFBIG, "the image is larger than %llu bytes when it is unpacked", (unsigned long long)UNPACK_BYTES_MAX);
    }
    if (r < 0)
        u->left_out++; /* what came of it stays */
    (void)fchown(fd, uid, gid);
    (void)fchmod(fd, mode);
    u->files++;
    return 0;
}

static int put_entry(struct unpacker *u, struct image *img, const struct image_entry *e, struct error *err)
{
    _cleanup_free_ char *path = xstrndup(e->path.p, e->path.n);
    _cleanup_free_ char *target = xstrndup(e->link_target.p, e->link_target.n);
    const char *name = last_of(path);
    const mode_t mode = (mode_t)(e->mode & MODE_BITS);
    const uid_t uid = shift(u, e->uid);
    const gid_t gid = shift(u, e->gid);
    if (!*name || memchr(path, 0, e->path.n))
        return 0;
    _cleanup_close_ int folder = open_folder(u, path);
    if (folder < 0) {
        u->left_out++;
        return 0;
    }
    switch (e->type) {
    case ENTRY_REGULAR:
        return put_file(u, img, e, folder, name, err);
    case ENTRY_DIRECTORY:
        if (!mkdirat(folder, name, 0755) || errno == EEXIST)
            vec_add(&u->folders, (struct folder){TAKE_PTR(path), mode, uid, gid});
        return 0;
    case ENTRY_SYMLINK:
        if (symlinkat(target, folder, name) < 0)
            u->left_out++;
        else
            (void)fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW);
        return 0;
    case ENTRY_HARDLINK:
        vec_add(&u->links, (struct later){TAKE_PTR(path), TAKE_PTR(target)});
        return 0;
    case ENTRY_FIFO:
        if (mkfifoat(folder, name, mode) < 0 || fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
            u->left_out++;
        return 0;
    case ENTRY_SOCKET:
    case ENTRY_CHAR_DEVICE:
    case ENTRY_BLOCK_DEVICE:
        u->left_out++;
        return 0;
    }
    return 0;
}

static void put_links(struct unpacker *u)
{
    /* a link to a link: another round */
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < u->links.n; i++) {
            struct later *l = &u->links.v[i];
            if (!l->path)
                continue;
            _cleanup_close_ int from = open_folder(u, l->target), to = open_folder(u, l->path);
            if (from >= 0 && to >= 0 && (!linkat(from, last_of(l->target), to, last_of(l->path), 0) || errno == EEXIST)) {
                free(TAKE_PTR(l->path));
                u->files++;
            }
        }
    for (size_t i = 0; i < u->links.n; i++)
        u->left_out += u->links.v[i].path != NULL;
}

/* The highest layer told of a folder first, and that counts. */
static void put_modes(struct unpacker *u)
{
    for (size_t i = u->folders.n; i-- > 0;) {
        struct folder *f = &u->folders.v[i];
        _cleanup_close_ int folder = open_folder(u, f->path);
        _cleanup_close_ int self = folder < 0 ? -1 : openat(folder, last_of(f->path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (self >= 0) {
            (void)fchown(self, f->uid, f->gid);
            (void)fchmod(self, f->mode);
        }
    }
}

static int walk(struct unpacker *u, struct image *img, struct error *err)
{
    const struct image_entry *e;
    int r;
    while ((r = image_next(img, &e, err)) == 0) {
        if (e->is_whiteout || e->state != LAYER_EFFECTIVE)
            continue;
        r = put_entry(u, img, e, err);
        if (r < 0)
            return error_wrap(err, r, "the image cannot be unpacked");
    }
    put_links(u);
    put_modes(u);
    return r < 0 ? r : 0;
}

/* ---- the child ---- */

/* What it may still do: read what is open, and make files in its folder. */
static int shut_in(int folder, struct error *err)
{
    static const unsigned KEEP = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER | 1U << CAP_FSETID;
    static const int NEVER[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bpf),
                                SCMP_SYS(mount), SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(kill), SCMP_SYS(mknod), SCMP_SYS(chroot),
                                SCMP_SYS(process_vm_writev), SCMP_SYS(perf_event_open), SCMP_SYS(io_uring_setup), SCMP_SYS(init_module),
                                SCMP_SYS(finit_module), SCMP_SYS(reboot), SCMP_SYS(keyctl), SCMP_SYS(open_by_handle_at)};
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = KEEP, .permitted = KEEP}};
    if (fchdir(folder) < 0 || chroot(".") < 0)
        return error_errno(err, -errno, "the image cannot be unpacked: chroot");
    if (syscall(SYS_capset, &head, data) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_errno(err, -errno, "the image cannot be unpacked: its process cannot give up rights");
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int r = filter ? 0 : -ENOMEM;
    for (size_t i = 0; !r && i < ARRAY_SIZE(NEVER); i++)
        r = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, NEVER[i], 0);
    if (!r)
        r = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    return r ? error_errno(err, r, "the image cannot be unpacked: seccomp") : 0;
}

static void add_words(struct strbuf *b, const struct str *v, size_t n)
{
    n = n < UNPACK_WORDS_MAX ? n : UNPACK_WORDS_MAX;
    wire_add_u64(b, n);
    for (size_t i = 0; i < n; i++)
        wire_add_str(b, str_sub(v[i], 0, UNPACK_TEXT_MAX));
}

static void add_answer(struct strbuf *b, const struct unpacker *u, const struct image_info *info, int r, const struct error *err)
{
    wire_add_u64(b, (uint64_t)-r);
    wire_add_str(b, str_from(err->text));
    if (r < 0)
        return;
    add_words(b, info->entrypoint, info->n_entrypoint);
    add_words(b, info->cmd, info->n_cmd);
    add_words(b, info->env, info->n_env);
    wire_add_str(b, str_sub(info->user, 0, 256));
    wire_add_str(b, str_sub(info->workdir, 0, 4096));
    wire_add_str(b, str_sub(info->os, 0, 64));
    wire_add_str(b, str_sub(info->arch, 0, 64));
    wire_add_u64(b, u->files);
    wire_add_u64(b, u->bytes);
    wire_add_u64(b, u->left_out);
    wire_add_u64(b, info->kind != IMAGE_ROOTFS && info->kind != IMAGE_FILE);
}

static _Noreturn void child(const struct unpack_options *o, int fd, const char *name, int answer)
{
    struct error err = ERROR_NULL;
    struct unpacker u = {.options = o};
    struct image *img = NULL;
    struct strbuf b = {};
    const struct image_options options = {.platform = o->platform, .limits = {.total_bytes = UNPACK_BYTES_MAX}};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)umask(0);
    int r = shut_in(o->folder, &err);
    if (!r)
        r = image_open_fd(fd, o->target, name, &options, &img, &err);
    if (!r && image_info(img)->kind == IMAGE_FILE)
        r = error_set(&err, -EINVAL, "%s is a single file; an image or a folder with a root file system can be run", o->target);
    if (!r)
        r = walk(&u, img, &err);
    add_answer(&b, &u, img ? image_info(img) : NULL, r, &err);
    (void)io_write(answer, strbuf_str(&b));
    (void)syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

/* ---- the parent ---- */

static size_t words(struct wire *w, struct arena *a, const struct str **ret)
{
    const size_t n = (size_t)wire_below(w, UNPACK_WORDS_MAX + 1);
    struct str *v = arena_array(a, struct str, n);
    for (size_t i = 0; i < n; i++)
        v[i] = arena_str(a, wire_str(w));
    *ret = v;
    return n;
}

static int take_answer(struct str bytes, struct arena *a, struct unpacked *ret, struct error *err)
{
    struct wire w = {.left = bytes};
    struct unpacked u = {};
    const int r = -(int)wire_below(&w, 4096);
    struct str text = wire_str(&w);
    if (!w.bad && r < 0)
        return error_set(err, r, "%.*s", STR_ARG(text));
    u.n_entrypoint = words(&w, a, &u.entrypoint);
    u.n_cmd = words(&w, a, &u.cmd);
    u.n_env = words(&w, a, &u.env);
    u.user = arena_str(a, wire_str(&w));
    u.workdir = arena_str(a, wire_str(&w));
    u.os = arena_str(a, wire_str(&w));
    u.arch = arena_str(a, wire_str(&w));
    u.files = wire_u64(&w);
    u.bytes = wire_u64(&w);
    u.left_out = wire_u64(&w);
    u.is_image = wire_below(&w, 2);
    if (w.bad)
        return error_set(err, -EIO, "the process that unpacks the image ended early; it may have met something that it must not do");
    *ret = u;
    return 0;
}

static int read_answer(int fd, struct strbuf *b, struct error *err)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const int ready = poll(&p, 1, UNPACK_SECONDS * 1000);
        if (ready < 0 && errno == EINTR)
            return error_set(err, -EINTR, "stopped while the image was unpacked");
        if (ready <= 0)
            return error_set(err, -ETIMEDOUT, "the image was not unpacked within %d seconds", UNPACK_SECONDS);
        strbuf_reserve(b, 65536);
        const ssize_t n = read(fd, b->p + b->n, 65536);
        if (n <= 0)
            return 0;
        b->n += (size_t)n;
        if (b->n > (size_t)ANSWER_MAX * 8)
            return error_set(err, -EFBIG, "the configuration of the image is too large");
    }
}

int unpack(const struct unpack_options *o, struct arena *a, struct unpacked *ret, struct error *err)
{
    const char *name = NULL;
    int fds[2];
    _cleanup_(strbuf_done) struct strbuf b = {};
    _cleanup_close_ int fd = image_open_target(o->target, &name, err);
    if (fd < 0)
        return fd;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_errno(err, -errno, "pipe");
    const pid_t pid = fork();
    if (!pid)
        child(o, TAKE_FD(fd), name, fds[1]);
    const int failed = errno;
    (void)close(fds[1]);
    int r = pid < 0 ? error_errno(err, -failed, "fork") : read_answer(fds[0], &b, err);
    (void)close(fds[0]);
    if (pid > 0) {
        if (r < 0)
            (void)kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    return r < 0 ? r : take_answer(strbuf_str(&b), a, ret, err);
}
