// SPDX-License-Identifier: Apache-2.0
/*
 * Acts that rules on what processes do are written against, each harmless: what would be changed is the drill's or the test's own,
 * and what would do harm is asked for in a form that does nothing or that the kernel refuses. Linked statically, because some run
 * in containers with nothing else.
 *
 *     davy-drill-act NAME [argument...]                     exit status 0 when the act could be done
 *     DAVY_DRILL_ACT=NAME davy-drill-act [argument...]      the same where the command line must look like another program's
 *
 * It is copied to the names of servers and tools that rules know, so the act is told by the argument, not by the name. Further
 * arguments are ignored: labels stand there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/if.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cmd/drill_act.h"

extern char **environ;
enum { ABSENT = 77 }; /* exit status: this machine does not have what the act is about */

void must(int done, const char *what)
{
    if (!done) {
        perror(what);
        _exit(1);
    }
}

static int wait_for(pid_t child)
{
    int status = 0;
    must(waitpid(child, &status, 0) == child, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* run PROGRAM [ARGUMENT...]: as a child, which a shell would replace itself by */
static int act_run(char **args)
{
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        execv(args[0], args);
        perror(args[0]);
        _exit(1);
    }
    return wait_for(child);
}

/* as UID PROGRAM [ARGUMENT...]: a child with the rights of another user */
static int act_as(char **args)
{
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        must(!setgid((gid_t)atoi(args[0])) && !setuid((uid_t)atoi(args[0])), "setuid");
        execv(args[1], args + 1);
        _exit(1);
    }
    return wait_for(child);
}

/* open PATH read|write|append|truncate [SECONDS]: after so long */
static int act_open(char **args)
{
    int flags = !strcmp(args[1], "read")     ? O_RDONLY
                : !strcmp(args[1], "write")  ? O_WRONLY | O_CREAT
                : !strcmp(args[1], "append") ? O_WRONLY | O_APPEND
                                             : O_WRONLY | O_TRUNC;
    if (args[2])
        sleep((unsigned)atoi(args[2]));
    int fd = open(args[0], flags, 0600);
    must(fd >= 0, args[0]);
    return close(fd) ? 1 : 0;
}

/* seize: attaches to its own child, lets it go on, ends it */
static int act_seize(char **args)
{
    (void)args;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        pause();
        _exit(0);
    }
    must(!ptrace(PTRACE_SEIZE, child, NULL, NULL), "PTRACE_SEIZE");
    must(!ptrace(PTRACE_INTERRUPT, child, NULL, NULL) && waitpid(child, NULL, 0) == child, "PTRACE_INTERRUPT");
    must(!ptrace(PTRACE_DETACH, child, NULL, NULL) && !kill(child, SIGKILL) && waitpid(child, NULL, 0) == child, "PTRACE_DETACH");
    return 0;
}

/* traceme: the child asks to be traced by its parent */
static int act_traceme(char **args)
{
    (void)args;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
    return wait_for(child);
}

/* peek: asks ptrace for something that attaches to nobody */
static int act_peek(char **args)
{
    (void)args;
    return ptrace(PTRACE_PEEKDATA, getpid(), NULL, NULL) == -1 && errno == ESRCH ? 0 : 1;
}

/* memfd NAME PROGRAM [ARGUMENT...]: runs a copy of the program that has no name in any folder */
static int act_memfd(char **args)
{
    int memory = memfd_create(args[0], 0), file = open(args[1], O_RDONLY | O_CLOEXEC);
    struct stat st;
    must(memory >= 0 && file >= 0 && !fstat(file, &st), args[1]);
    for (off_t at = 0; at < st.st_size;)
        must(sendfile(memory, file, &at, (size_t)(st.st_size - at)) > 0, "sendfile");
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        fexecve(memory, args + 1, environ);
        _exit(1);
    }
    return wait_for(child);
}

int address(const char *text, int port, struct sockaddr_in *ret)
{
    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, text, &ret->sin_addr) == 1;
}

int listen_at(const struct sockaddr_in *at)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    must(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    must(!bind(fd, (const struct sockaddr *)at, sizeof(*at)) && !listen(fd, 1), "listen");
    return fd;
}

/* connect ADDRESS PORT: over TCP, to a listener of its own where the address is this machine's */
static int act_connect(char **args)
{
    struct sockaddr_in to;
    must(address(args[0], atoi(args[1]), &to), args[0]);
    int listener = listen_at(&to);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
    return close(fd) | close(listener) ? 1 : 0;
}

/* packet, stream: a socket below IP, which may be refused, and one above it */
static int act_packet(char **args)
{
    (void)args;
    return socket(AF_PACKET, SOCK_RAW, htons(3)) < 0 && errno != EPERM ? 1 : 0;
}

static int act_stream(char **args)
{
    (void)args;
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 0;
}

static void loopback_up(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq req = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING};
    must(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &req), "lo");
    close(fd);
}

/* redirect PORT TO: a connection to itself over loopback becomes descriptor TO, which is 0 for standard input */
static int act_redirect(char **args)
{
    struct sockaddr_in to;
    loopback_up();
    must(address("127.0.0.1", atoi(args[0]), &to), "address");
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    must(listener >= 0 && !bind(listener, (struct sockaddr *)&to, sizeof(to)) && !listen(listener, 1), "listen");
    must(fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
    must(dup2(fd, atoi(args[1])) == atoi(args[1]), "dup2");
    return 0;
}

/* module: asks the kernel to load what is no module, from memory and from a file */
static int act_module(char **args)
{
    static char nothing[64] = "this is no module";
    (void)args;
    long from_memory = syscall(SYS_init_module, nothing, sizeof(nothing), "davy_test=1");
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    long from_file = syscall(SYS_finit_module, file, "davy_test=1", 0);
    return from_memory < 0 && from_file < 0 ? 0 : 1;
}

/* over PORT PROGRAM [ARGUMENT...]: the program with a connection to itself over loopback as its input */
static int act_over(char **args)
{
    char input[] = "0";
    must(!act_redirect((char *[]){args[0], input, NULL}), "redirect");
    execv(args[1], args + 1);
    perror(args[1]);
    return 1;
}

/* listen PORT: on loopback, for a moment */
static int act_listen(char **args)
{
    struct sockaddr_in at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(address("127.0.0.1", atoi(args[0]), &at), "address");
    must(fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 1), "listen");
    return close(fd) ? 1 : 0;
}

/* dns NAME: asks loopback, where nobody answers, for the address of a name */
static int act_dns(char **args)
{
    unsigned char packet[512] = {0x0d, 0xa1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    size_t n = 12;
    struct sockaddr_in to;
    must(strlen(args[0]) < 250, args[0]);
    for (const char *label = args[0]; *label;) {
        size_t m = strcspn(label, ".");
        packet[n++] = (unsigned char)m;
        memcpy(packet + n, label, m);
        n += m;
        label += m + (label[m] == '.');
    }
    memcpy(packet + n, "\0\0\1\0\1", 5);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && address("127.0.0.1", 53, &to), "socket");
    must(!connect(fd, (struct sockaddr *)&to, sizeof(to)) && send(fd, packet, n + 5, 0) == (ssize_t)n + 5, "send");
    return close(fd) ? 1 : 0;
}

/* unix PATH: connects to a socket in the file system that it made itself */
static int act_unix(char **args)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    must(strlen(args[0]) < sizeof(at.sun_path), args[0]);
    strcpy(at.sun_path, args[0]);
    unlink(args[0]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(listener >= 0 && !bind(listener, (struct sockaddr *)&at, sizeof(at)) && !listen(listener, 1), args[0]);
    must(fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof(at)), "connect");
    return unlink(args[0]) ? 1 : 0;
}

/* lock PATH +i|+a|-: sets or takes away the flags that keep a file as it is; chattr by another name */
static int act_lock(char **args)
{
    int fd = open(args[0], O_RDONLY | O_CLOEXEC), flags = 0;
    must(fd >= 0, args[0]);
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) && (errno == ENOTTY || errno == EOPNOTSUPP))
        return ABSENT;
    flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    flags |= !strcmp(args[1], "+i") ? FS_IMMUTABLE_FL : !strcmp(args[1], "+a") ? FS_APPEND_FL : 0;
    must(!ioctl(fd, FS_IOC_SETFLAGS, &flags), "FS_IOC_SETFLAGS");
    return close(fd) ? 1 : 0;
}

/* pause: waits to be ended, but not for long */
static int act_pause(char **args)
{
    (void)args;
    alarm(20);
    (void)pause();
    return 0;
}

/* attach PID: takes hold of another process and lets go of it */
static int act_attach(char **args)
{
    pid_t pid = (pid_t)atoi(args[0]);
    must(!ptrace(PTRACE_SEIZE, pid, NULL, NULL), "PTRACE_SEIZE");
    must(!ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) && waitpid(pid, NULL, __WALL) == pid, "PTRACE_INTERRUPT");
    must(!ptrace(PTRACE_DETACH, pid, NULL, NULL), "PTRACE_DETACH");
    return 0;
}

/* setns: enters the namespace of mounts that it is in */
static int act_setns(char **args)
{
    (void)args;
    int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && !setns(fd, CLONE_NEWNS), "setns");
    return close(fd) ? 1 : 0;
}

/* mount SOURCE FOLDER: an empty file system in memory that calls itself by the source's name; and takes it away again */
static int act_mount(char **args)
{
    must(!mount(args[0], args[1], "tmpfs", 0, NULL), "mount");
    return umount(args[1]) ? 1 : 0;
}

/* cover PROCESS FOLDER: the folder over that of a process in /proc, where this namespace of mounts sees it; and takes it away again */
static int act_cover(char **args)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%s", args[0]);
    must(!mount(args[1], path, NULL, MS_BIND, NULL), path);
    return umount(path) ? 1 : 0;
}

/* lay FILE OTHER: the file over the other, where this namespace of mounts sees it; and takes it away again */
static int act_lay(char **args)
{
    must(!mount(args[0], args[1], NULL, MS_BIND, NULL), args[1]);
    return umount(args[1]) ? 1 : 0;
}

/* node PATH: a device file of a block device that nobody has, and takes it away again */
static int act_node(char **args)
{
    must(!mknod(args[0], S_IFBLK | 0600, makedev(251, 77)), "mknod");
    return unlink(args[0]) ? 1 : 0;
}

/* handle PATH: opens a file by its number */
static int act_handle(char **args)
{
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } h = {.head.handle_bytes = MAX_HANDLE_SZ};
    int id, folder = open(args[0], O_RDONLY | O_CLOEXEC);
    must(folder >= 0 && !name_to_handle_at(AT_FDCWD, args[0], &h.head, &id, 0), "name_to_handle_at");
    int fd = open_by_handle_at(folder, &h.head, O_RDONLY);
    must(fd >= 0, "open_by_handle_at");
    return close(fd) | close(folder) ? 1 : 0;
}

/* chroot FOLDER */
static int act_chroot(char **args)
{
    must(!chroot(args[0]), "chroot");
    return 0;
}

/* gone PROGRAM [ARGUMENT...]: removes the program's file, then runs it */
static int act_gone(char **args)
{
    int file = open(args[0], O_RDONLY | O_CLOEXEC);
    must(file >= 0 && !unlink(args[0]), args[0]);
    fexecve(file, args, environ);
    perror("fexecve");
    return 1;
}

/* named NAME PROGRAM [ARGUMENT...]: the program under another name */
static int act_named(char **args)
{
    char *const program = args[1];
    args[1] = args[0];
    execv(program, args + 1);
    perror(program);
    return 1;
}

/* bpf: gives the kernel a filter of sockets that lets nothing through, attaches it to none, and forgets it */
static int act_bpf(char **args)
{
    static const struct bpf_insn nothing[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
    static const char license[] = "";
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2, .insns = (unsigned long)nothing, .license = (unsigned long)license};
    (void)args;
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
    must(fd >= 0, "BPF_PROG_LOAD");
    return close(fd) ? 1 : 0;
}

/* uring: makes a ring for calls past the system calls, and asks nothing of it */
static int act_uring(char **args)
{
    struct io_uring_params p = {0};
    (void)args;
    int fd = (int)syscall(SYS_io_uring_setup, 2, &p);
    must(fd >= 0, "io_uring_setup");
    return close(fd) ? 1 : 0;
}

/* quiet: nothing */
static int act_quiet(char **args)
{
    (void)args;
    return 0;
}

/* capability FILE: the right to bind to low ports, which the file, being no program, never uses; taken away again */
static int act_capability(char **args)
{
    const struct vfs_cap_data rights = {.magic_etc = VFS_CAP_REVISION_2, .data[0].permitted = 1U << CAP_NET_BIND_SERVICE};
    if (setxattr(args[0], "security.capability", &rights, sizeof(rights), 0) < 0)
        return errno == ENOTSUP || errno == EPERM ? ABSENT : (perror(args[0]), 1);
    return removexattr(args[0], "security.capability") < 0;
}

static const struct {
    const char *name;
    int (*act)(char **args);
    int args;
} ACTS[] = {
    {"run", act_run, 1},         {"as", act_as, 2},           {"open", act_open, 2},       {"seize", act_seize, 0},
    {"traceme", act_traceme, 0}, {"peek", act_peek, 0},       {"memfd", act_memfd, 2},     {"connect", act_connect, 2},
    {"packet", act_packet, 0},   {"stream", act_stream, 0},   {"redirect", act_redirect, 2}, {"module", act_module, 0},
    {"over", act_over, 2},       {"listen", act_listen, 1},   {"dns", act_dns, 1},         {"unix", act_unix, 1},
    {"lock", act_lock, 2},       {"pause", act_pause, 0},     {"attach", act_attach, 1},   {"setns", act_setns, 0},
    {"mount", act_mount, 2},     {"node", act_node, 1},       {"handle", act_handle, 1},   {"chroot", act_chroot, 1},
    {"gone", act_gone, 1},       {"named", act_named, 2},     {"bpf", act_bpf, 0},         {"uring", act_uring, 0},
    {"quiet", act_quiet, 0},     {"fetch", act_fetch, 3},     {"beacon", act_beacon, 4},   {"upload", act_upload, 4},
    {"rename", act_rename, 3},   {"fan", act_fan, 3},         {"say", act_say, 3},       {"script", act_script, 3},
    {"cover", act_cover, 2},     {"encrypt", act_encrypt, 3}, {"hello", act_hello, 3},   {"failures", act_failures, 4},
    {"datagrams", act_datagrams, 3}, {"ports", act_ports, 3}, {"capability", act_capability, 1},
    {"lay", act_lay, 2},
};

int main(int argc, char **argv)
{
    const char *from_outside = getenv("DAVY_DRILL_ACT"), *name = from_outside ? from_outside : argc > 1 ? argv[1] : "";
    const int first = from_outside ? 1 : 2;
    if (!strcmp(name, "--help"))
        return printf("Usage: davy-drill-act NAME [argument...]\nOne benign act of davy drill; see davy-drill(1).\n") < 0;
    for (size_t i = 0; i < sizeof(ACTS) / sizeof(ACTS[0]); i++)
        if (!strcmp(name, ACTS[i].name) && argc - first >= ACTS[i].args)
            return ACTS[i].act(argv + first);
    fprintf(stderr, "davy-drill-act: no such act, or too few arguments\n");
    return 2;
}
