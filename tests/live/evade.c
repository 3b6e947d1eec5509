// SPDX-License-Identifier: Apache-2.0
/*
 * Ways to do the same that rules on paths and programs might miss. Each works on files of the test's own: a file that stands for a
 * watched one, and a program that does nothing.
 *
 *     evade NAME TARGET SCRATCH       TARGET: the watched file or program; SCRATCH: a folder for what the way needs
 *
 * Exit status 0: it was done. 77: this machine does not have the way. Words for the test are written to standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ABSENT = 77, ROUNDS = 400 };
static const char *target, *scratch;
static char folder[PATH_MAX], base[PATH_MAX], place[PATH_MAX];

static void must(int done, const char *what)
{
    if (!done) {
        perror(what);
        _exit(1);
    }
}

/* A path in the scratch folder, or below another one. */
static const char *at(const char *where, const char *name)
{
    must(snprintf(place, sizeof(place), "%s/%s", where, name) < (int)sizeof(place), "path");
    return place;
}

static int opened(int fd)
{
    must(fd >= 0, "open");
    return close(fd);
}

static int ended(pid_t child)
{
    int status = 0;
    must(child > 0 && waitpid(child, &status, 0) == child, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* ---- other names ---- */

static int symlinked(void)
{
    must(!symlink(target, at(scratch, "link")), "symlink");
    return opened(open(place, O_RDONLY));
}

static int symlinked_folder(void)
{
    must(!symlink(folder, at(scratch, "folder")), "symlink");
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", place, base);
    return opened(open(path, O_RDONLY));
}

static int self_root(void)
{
    return opened(open(at("/proc/self/root", target), O_RDONLY));
}

static int cwd_of_another(void)
{
    pid_t child = fork();
    if (!child) {
        must(!chdir(folder), "chdir");
        raise(SIGSTOP);
        _exit(0);
    }
    int status;
    must(waitpid(child, &status, WUNTRACED) == child, "waitpid");
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/cwd", (int)child);
    int done = opened(open(at(path, base), O_RDONLY));
    kill(child, SIGKILL);
    return ended(child) == 1 ? done : 1;
}

static int by_folder(void)
{
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    return opened(openat(dir, base, O_RDONLY));
}

static int by_working_folder(void)
{
    must(!chdir(folder), "chdir");
    return opened(open(base, O_RDONLY));
}

static int by_dots(void)
{
    char path[3 * PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/.././/%s//./%s", folder, basename(strdup(folder)), base);
    return opened(open(path, O_RDONLY));
}

static int hard_link(void)
{
    must(!link(target, at(scratch, "hard")), "link");
    return opened(open(place, O_RDONLY));
}

static int bind_mount(void)
{
    must(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "unshare");
    must(!mkdir(at(scratch, "bind"), 0700) && !mount(folder, place, NULL, MS_BIND, NULL), "mount");
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", place, base);
    return opened(open(path, O_RDONLY));
}

static int bind_of_all(void)
{
    must(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "unshare");
    must(!mkdir(at(scratch, "all"), 0700) && !mount("/", place, NULL, MS_BIND, NULL), "mount");
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s%s", place, target);
    return opened(open(path, O_RDONLY));
}

static int chrooted(void)
{
    must(!chroot(folder), "chroot");
    return opened(open(at("", base), O_RDONLY));
}

static int other_namespace(void)
{
    pid_t child = fork();
    if (!child) {
        must(!unshare(CLONE_NEWNS), "unshare");
        raise(SIGSTOP);
        _exit(0);
    }
    int status;
    must(waitpid(child, &status, WUNTRACED) == child, "waitpid");
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)child);
    int ns = open(path, O_RDONLY | O_CLOEXEC);
    must(ns >= 0 && !setns(ns, CLONE_NEWNS), "setns");
    kill(child, SIGKILL);
    (void)ended(child);
    return opened(open(target, O_RDONLY));
}

/* ---- other calls ---- */

static int reopened(void)
{
    char path[64];
    int fd = open(target, O_PATH);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return opened(open(path, O_RDONLY));
}

static int beneath(void)
{
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int dir = open(folder, O_PATH | O_DIRECTORY);
    return opened((int)syscall(SYS_openat2, dir, base, &how, sizeof(how)));
}

static int in_root(void)
{
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};
    int dir = open(folder, O_PATH | O_DIRECTORY);
    return opened((int)syscall(SYS_openat2, dir, at("", base), &how, sizeof(how)));
}

static int created(void)
{
    return opened(creat(target, 0600));
}

static int by_handle(void)
{
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } handle = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount_id, dir = open(folder, O_RDONLY | O_DIRECTORY);
    if (name_to_handle_at(AT_FDCWD, target, &handle.head, &mount_id, 0))
        return ABSENT;
    return opened(open_by_handle_at(dir, &handle.head, O_RDONLY));
}

static void absent(int number)
{
    (void)number;
    _exit(ABSENT);
}

/* A call of 32-bit programs; its pointers must lie below 4 GiB. Where the machine has none it is a fault. */
static long call_32(long number, long a, long b, long c)
{
#ifdef __x86_64__
    long result;
    signal(SIGSEGV, absent);
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
#else
    (void)number, (void)a, (void)b, (void)c;
    return -ENOSYS;
#endif
}

static char *low_copy(const char *text)
{
    char *low = mmap(NULL, 2 * PATH_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    must(low != MAP_FAILED, "mmap");
    return strcpy(low, text);
}

static int open_32(void)
{
    long fd = call_32(5, (long)low_copy(target), O_RDONLY, 0);
    return fd == -ENOSYS ? ABSENT : opened((int)fd);
}

static int run_32(void)
{
    char *path = low_copy(target);
    unsigned *args = (unsigned *)(path + PATH_MAX);
    args[0] = (unsigned)(long)path;
    pid_t child = fork();
    if (!child) {
        call_32(11, (long)path, (long)args, (long)(args + 1));
        _exit(1);
    }
    return ended(child);
}

/* ---- io_uring, by its system calls ---- */

static int submit(const struct io_uring_sqe *request)
{
    struct io_uring_params p = {};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
    if (ring < 0)
        _exit(ABSENT);
    const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_POPULATE;
    char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * sizeof(unsigned), prot, flags, ring, IORING_OFF_SQ_RING);
    char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), prot, flags, ring, IORING_OFF_CQ_RING);
    struct io_uring_sqe *sqes = mmap(NULL, p.sq_entries * sizeof(*sqes), prot, flags, ring, IORING_OFF_SQES);
    must(sq != MAP_FAILED && cq != MAP_FAILED && sqes != MAP_FAILED, "io_uring");
    sqes[0] = *request;
    ((unsigned *)(sq + p.sq_off.array))[0] = 0;
    atomic_store((_Atomic unsigned *)(sq + p.sq_off.tail), 1);
    must(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1, "io_uring_enter");
    int result = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))[0].res;
    close(ring);
    return result;
}

static int uring_open(void)
{
    return opened(submit(&(struct io_uring_sqe){
        .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (unsigned long)target, .open_flags = O_RDONLY}));
}

static int uring_open2(void)
{
    struct open_how how = {.flags = O_RDONLY};
    int dir = open(folder, O_PATH | O_DIRECTORY);
    return opened(submit(&(struct io_uring_sqe){.opcode = IORING_OP_OPENAT2, .fd = dir, .addr = (unsigned long)base, .len = sizeof(how),
                                                .off = (unsigned long)&how, .flags = IOSQE_ASYNC}));
}

static int uring_rename(void)
{
    must(close(creat(at(scratch, "new"), 0600)) == 0, "creat");
    int r = submit(&(struct io_uring_sqe){.opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = (unsigned long)place, .len = (unsigned)AT_FDCWD,
                                          .off = (unsigned long)target});
    return r ? 1 : 0;
}

/* To a listener of its own; the port goes to standard output. */
static int connected(int by_ring)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(to);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    must(!bind(listener, (struct sockaddr *)&to, n) && !listen(listener, 1) && !getsockname(listener, (struct sockaddr *)&to, &n), "listen");
    printf("%d\n", ntohs(to.sin_port));
    if (by_ring)
        return submit(&(struct io_uring_sqe){.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (unsigned long)&to, .off = n}) ? 1 : 0;
    char *low = low_copy("");
    memcpy(low + 64, &to, n);
    memcpy(low, (unsigned[]){(unsigned)fd, (unsigned)(long)(low + 64), n}, 12);
    long r = call_32(102, 3, (long)low, 0);
    return r == -ENOSYS ? ABSENT : r ? 1 : 0;
}

static int uring_connect(void)
{
    return connected(1);
}

static int connect_32(void)
{
    return connected(0);
}

/* ---- threads ---- */

static atomic_int is_over;
static char *flipping;

static void *flip(void *decoy)
{
    while (!is_over) {
        strcpy(flipping, decoy);
        strcpy(flipping, target);
    }
    return NULL;
}

/* Two names of equal length are written by one thread while another opens; how often it was the target goes to standard output. */
static int rewritten(void)
{
    struct stat want, got;
    pthread_t other;
    char *decoy = strdup(target);
    decoy[strlen(decoy) - 1] ^= 1;
    must(close(creat(decoy, 0600)) == 0 && !stat(target, &want), "creat");
    flipping = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(flipping, target);
    must(!pthread_create(&other, NULL, flip, decoy), "thread");
    int hits = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int fd = open(flipping, O_RDONLY);
        if (fd >= 0 && !fstat(fd, &got))
            hits += got.st_ino == want.st_ino;
        if (fd >= 0)
            close(fd);
        if (i % 8 == 7)
            sched_yield();
    }
    is_over = 1;
    pthread_join(other, NULL);
    printf("%d\n", hits);
    return 0;
}

static void *open_it(void *ctx)
{
    (void)ctx;
    prctl(PR_SET_NAME, "worker");
    opened(open(target, O_RDONLY));
    return NULL;
}

static int by_thread(void)
{
    pthread_t other;
    must(!pthread_create(&other, NULL, open_it, NULL), "thread");
    pthread_join(other, NULL);
    return 0;
}

static void *run_it(void *ctx)
{
    (void)ctx;
    execl(target, target, NULL);
    return NULL;
}

/* Running a program ends all other threads, its leader too: the process goes on as another thread. */
static int run_by_thread(void)
{
    pthread_t other;
    must(!pthread_create(&other, NULL, run_it, NULL), "thread");
    pause();
    return 1;
}

/* ---- other processes and names of them ---- */

static int renamed_process(void)
{
    must(!prctl(PR_SET_NAME, "innocent"), "prctl");
    return opened(open(target, O_RDONLY));
}

static int double_fork(void)
{
    int ends[2];
    char c;
    must(!pipe(ends), "pipe");
    pid_t child = fork();
    if (!child) {
        if (fork())
            _exit(0);
        usleep(20000); /* until its parent is gone */
        opened(open(target, O_RDONLY));
        _exit(write(ends[1], "x", 1) != 1);
    }
    close(ends[1]);
    (void)ended(child);
    return read(ends[0], &c, 1) == 1 ? 0 : 1;
}

/* A second process gets the number of one that ran another program and ended; the number goes to standard output. */
static int same_number(void)
{
    pid_t first = fork();
    if (!first) {
        execl("/bin/true", "true", NULL);
        _exit(1);
    }
    (void)ended(first);
    pid_t wanted = first;
    struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (unsigned long)&wanted, .set_tid_size = 1};
    pid_t second = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (second < 0)
        return ABSENT;
    if (!second) {
        opened(open(target, O_RDONLY));
        _exit(0);
    }
    printf("%d\n", (int)second);
    return second == first ? ended(second) : 1;
}

/* ---- other ways to run ---- */

static int lying_name(void)
{
    pid_t child = fork();
    if (!child) {
        execl(target, "[kworker/0:1]", NULL);
        _exit(1);
    }
    return ended(child);
}

static int by_descriptor(void)
{
    pid_t child = fork();
    if (!child) {
        char nothing[] = "nothing", *args[] = {nothing, NULL};
        int fd = open(target, O_PATH | O_CLOEXEC);
        syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH);
        _exit(1);
    }
    return ended(child);
}

/* The target is a copy that this removes. */
static int deleted(void)
{
    pid_t child = fork();
    if (!child) {
        char nothing[] = "nothing", *args[] = {nothing, NULL};
        int fd = open(target, O_RDONLY | O_CLOEXEC);
        must(!unlink(target), "unlink");
        fexecve(fd, args, environ);
        _exit(1);
    }
    return ended(child);
}

static int by_vfork(void)
{
    pid_t child = vfork();
    if (!child) {
        execl(target, target, NULL);
        _exit(1);
    }
    return ended(child);
}

static int spawned(void)
{
    pid_t child;
    char *args[] = {(char *)target, NULL};
    must(!posix_spawn(&child, target, NULL, NULL, args, environ), "posix_spawn");
    return ended(child);
}

static int by_symlink(void)
{
    must(!symlink(target, at(scratch, "program")), "symlink");
    pid_t child = fork();
    if (!child) {
        execl(place, place, NULL);
        _exit(1);
    }
    return ended(child);
}

/* The target is a program linked dynamically. */
static int by_loader(void)
{
    pid_t child = fork();
    if (!child) {
        execl("/lib64/ld-linux-x86-64.so.2", "ld", target, NULL);
        _exit(ABSENT);
    }
    return ended(child);
}

/* ---- names that change ---- */

static int renamed_over(void)
{
    must(close(creat(at(scratch, "new"), 0600)) == 0, "creat");
    return rename(place, target);
}

static int exchanged(void)
{
    must(close(creat(at(scratch, "new"), 0600)) == 0, "creat");
    return (int)syscall(SYS_renameat2, AT_FDCWD, place, AT_FDCWD, target, 2 /* RENAME_EXCHANGE */);
}

/* A file without a name is given the target's, which is free. */
static int linked_in(void)
{
    char path[64];
    int fd = open(scratch, O_TMPFILE | O_WRONLY, 0600);
    if (fd < 0)
        return ABSENT;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, AT_FDCWD, target, AT_SYMLINK_FOLLOW);
}

static int renamed_by_link(void)
{
    must(close(creat(at(scratch, "new"), 0600)) == 0, "creat");
    char *from = strdup(place), to[2 * PATH_MAX];
    must(!symlink(folder, at(scratch, "door")), "symlink");
    (void)snprintf(to, sizeof(to), "%s/%s", place, base);
    return rename(from, to);
}

#define WAY(name) {#name, name}
static const struct {
    const char *name;
    int (*go)(void);
} WAYS[] = {
    WAY(symlinked), WAY(symlinked_folder), WAY(self_root), WAY(cwd_of_another), WAY(by_folder), WAY(by_working_folder), WAY(by_dots),
    WAY(hard_link), WAY(bind_mount), WAY(bind_of_all), WAY(chrooted), WAY(other_namespace), WAY(reopened), WAY(beneath), WAY(in_root),
    WAY(created), WAY(by_handle), WAY(open_32), WAY(run_32), WAY(uring_open), WAY(uring_open2), WAY(uring_rename), WAY(uring_connect),
    WAY(connect_32), WAY(rewritten), WAY(by_thread), WAY(run_by_thread), WAY(renamed_process), WAY(double_fork), WAY(same_number),
    WAY(lying_name), WAY(by_descriptor), WAY(deleted), WAY(by_vfork), WAY(spawned), WAY(by_symlink), WAY(by_loader), WAY(renamed_over),
    WAY(exchanged), WAY(linked_in), WAY(renamed_by_link),
};

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    target = argv[2];
    scratch = argv[3];
    strcpy(folder, dirname(strdup(target)));
    strcpy(base, basename(strdup(target)));
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++)
        if (!strcmp(argv[1], WAYS[i].name))
            return WAYS[i].go();
    return 2;
}
