// SPDX-License-Identifier: Apache-2.0
/*
 * DAVY TEST IMITATION. Tries every way out of the jail of davy detonate that is known, and says of each what came of it: "refused" with
 * the reason, or "OPEN". It refuses to start anywhere else, and none of what it tries would do more than show that a door is open:
 * it sends a word to places where the test listens, and looks for files and processes that are not its own.
 *
 *     escape TCP_PORT UDP_PORT ABSTRACT_NAME HOST_PID HOST_FILE ADDRESS…
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define WORD "DAVY TEST IMITATION: out\n"

static void tell(const char *what, bool is_open)
{
    if (is_open)
        (void)printf("%s: OPEN\n", what);
    else
        (void)printf("%s: refused (%s)\n", what, strerror(errno));
}

/* ---- network: the test hears whether a word arrives; here nothing is said of it ---- */

static void send_words(const char *address, int tcp_port, int udp_port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const bool is_v6 = strchr(address, ':');
    const struct timeval wait = {.tv_sec = 1};
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        const int fd = socket(is_v6 ? AF_INET6 : AF_INET, type, 0);
        v4.sin_port = v6.sin6_port = htons((uint16_t)(type == SOCK_STREAM ? tcp_port : udp_port));
        (void)inet_pton(AF_INET, address, &v4.sin_addr);
        (void)inet_pton(AF_INET6, address, &v6.sin6_addr);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
        if (!connect(fd, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4, is_v6 ? sizeof(v6) : sizeof(v4)))
            (void)!write(fd, WORD, sizeof(WORD) - 1);
        (void)close(fd);
    }
}

static void abstract_socket(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "%s", name);
    tell("abstract unix socket of the machine", !connect(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))));
    (void)close(fd);
}

static void one_socket(const char *what, int family, int type, int protocol)
{
    const int fd = socket(family, type, protocol);
    tell(what, fd >= 0);
    if (fd >= 0)
        (void)close(fd);
}

static void sockets(void)
{
    one_socket("raw socket", AF_INET, SOCK_RAW, IPPROTO_ICMP);
    one_socket("raw IPv6 socket", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    one_socket("raw socket with headers", AF_INET, SOCK_RAW, IPPROTO_RAW);
    one_socket("packet socket", AF_PACKET, SOCK_RAW, htons(3));
    one_socket("vsock", AF_VSOCK, SOCK_STREAM, 0);
    one_socket("netlink audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
    one_socket("netlink connector", AF_NETLINK, SOCK_RAW, NETLINK_CONNECTOR);
    one_socket("netlink netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    one_socket("netlink uevent", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
    one_socket("crypto socket", 38, SOCK_SEQPACKET, 0);
    one_socket("bluetooth socket", 31, SOCK_RAW, 1);
    one_socket("sctp socket", AF_INET, SOCK_STREAM, 132);
}

/* A device made in this namespace would be a way of its own. */
static void netlink_device(void)
{
    struct {
        struct nlmsghdr head;
        char body[32];
    } m = {.head = {.nlmsg_len = sizeof(m), .nlmsg_type = 16, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE}};
    char answer[256];
    const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    int code = fd < 0 ? -errno : 0;
    if (fd >= 0 && send(fd, &m, sizeof(m), 0) > 0 && recv(fd, answer, sizeof(answer), 0) > 20)
        memcpy(&code, answer + sizeof(struct nlmsghdr), sizeof(code));
    errno = -code;
    tell("netlink: new device", code >= 0);
}

/* ---- namespaces, mounts, devices ---- */

static void spaces(const char *pid)
{
    static const char *const NAMES[] = {"net", "mnt", "pid", "user", "uts", "ipc", "cgroup", "time"};
    char path[128];
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        (void)snprintf(path, sizeof(path), "/proc/1/ns/%s", NAMES[i]);
        const int fd = open(path, O_RDONLY);
        errno = 0;
        (void)snprintf(path, sizeof(path), "setns %s", NAMES[i]);
        tell(path, fd >= 0 && !setns(fd, 0));
    }
    tell("unshare user", !unshare(CLONE_NEWUSER));
    tell("unshare net", !unshare(CLONE_NEWNET));
    tell("clone with namespaces", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0);
    tell("clone3", syscall(SYS_clone3, NULL, 0) >= 0 || errno == EINVAL);
    (void)snprintf(path, sizeof(path), "/proc/%s/status", pid);
    tell("process of the machine in /proc", !access(path, F_OK));
    tell("signal to a process of the machine", !kill(atoi(pid), 0));
    tell("pidfd of a process of the machine", syscall(SYS_pidfd_open, atoi(pid), 0) >= 0);
}

static void mounts(const char *file)
{
    char path[512];
    tell("mount tmpfs", !mount("x", "/tmp", "tmpfs", 0, NULL));
    tell("mount proc", !mount("x", "/tmp", "proc", 0, NULL));
    tell("mount cgroup2", !mount("x", "/tmp", "cgroup2", 0, NULL));
    tell("remount root", !mount(NULL, "/", NULL, MS_REMOUNT, NULL));
    tell("fsopen", syscall(SYS_fsopen, "tmpfs", 0) >= 0);
    tell("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1) >= 0);
    tell("pivot_root", !syscall(SYS_pivot_root, "/", "/"));
    tell("chroot", !chroot("/tmp"));
    tell("umount of a masked file", !umount2("/proc/kcore", MNT_DETACH));
    tell("file of the machine", !access(file, F_OK));
    (void)snprintf(path, sizeof(path), "/proc/1/root%s", file);
    tell("file of the machine by /proc/1/root", !access(path, F_OK));
    (void)snprintf(path, sizeof(path), "/../../../../..%s", file);
    tell("file of the machine by ..", !access(path, F_OK));
    tell("file by handle", syscall(SYS_open_by_handle_at, AT_FDCWD, path, 0) >= 0);
}

static void devices(void)
{
    static const char *const FILES[] = {"/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/sda", "/dev/vda", "/dev/loop0", "/dev/loop-control", "/dev/fuse",
                                        "/dev/net/tun", "/dev/vsock", "/dev/vhost-net", "/proc/kcore", "/proc/sys/kernel/core_pattern",
                                        "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/release_agent"};
    char what[96];
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        struct stat st;
        const int fd = open(FILES[i], O_RDWR | O_CLOEXEC);
        (void)snprintf(what, sizeof(what), "open %s", FILES[i]);
        /* /dev/null lies over what is masked */
        tell(what, fd >= 0 && !(fstat(fd, &st) == 0 && st.st_rdev == 0x103));
        if (fd >= 0)
            (void)close(fd);
    }
    tell("mknod of a disk", !mknod("/tmp/disk", S_IFBLK | 0600, 0x800));
    tell("mknod of memory", !mknod("/tmp/mem", S_IFCHR | 0600, 0x101));
}

/* Whoever holds the end at which calls of the jail are answered could answer for others. */
static void seccomp_listener(void)
{
    enum { OPEN_FILES = 4096 };
    static const char *const FOLDERS[] = {"/proc/self/fd", "/proc/1/fd"};
    char path[64], to[128], answer[256];
    bool is_named = false, is_heard = false;
    for (int fd = 0; fd < OPEN_FILES; fd++) {
        for (int i = 0; i < 2; i++) {
            (void)snprintf(path, sizeof(path), "%s/%d", FOLDERS[i], fd);
            const ssize_t n = readlink(path, to, sizeof(to) - 1);
            to[n > 0 ? n : 0] = 0;
            is_named |= strstr(to, "seccomp") != NULL;
        }
        memset(answer, 0, sizeof(answer));
        is_heard |= ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, answer) == 0 || (errno != ENOTTY && errno != EBADF);
    }
    errno = ENOENT;
    tell("who answers calls, among descriptors", is_named);
    errno = ENOTTY;
    tell("calls of others to answer", is_heard);
}

static void calls(void)
{
    char room[256] = "";
    tell("io_uring", syscall(SYS_io_uring_setup, 1, room) >= 0);
    tell("bpf", syscall(SYS_bpf, 0, room, sizeof(room)) >= 0);
    tell("perf_event_open", syscall(SYS_perf_event_open, room, 0, -1, -1, 0) >= 0);
    tell("userfaultfd", syscall(SYS_userfaultfd, 0) >= 0);
    tell("init_module", !syscall(SYS_init_module, room, 0, ""));
    tell("kexec_load", !syscall(SYS_kexec_load, 0, 0, 0, 0));
    tell("add_key", syscall(SYS_add_key, "user", "x", "x", 1, -2) >= 0);
    tell("keyctl", syscall(SYS_keyctl, 0, -3, 0) >= 0);
    tell("clock_settime", !syscall(SYS_clock_settime, 0, &(long[2]){1, 1}));
    tell("sethostname", !sethostname("out", 3));
    tell("reboot", !syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0));
    tell("iopl", !syscall(SYS_iopl, 3));
    tell("syslog", syscall(SYS_syslog, 3, room, sizeof(room)) >= 0);
    tell("quotactl", !syscall(SYS_quotactl, 0, 0, 0, 0));
    tell("swapoff", !syscall(SYS_swapoff, "/x"));
    tell("fanotify", syscall(SYS_fanotify_init, 0, 0) >= 0);
    seccomp_listener();
    tell("ptrace of the first process's parent", !ptrace(PTRACE_ATTACH, getppid() ? getppid() : 0x7ffffffe, 0, 0));
}

int main(int argc, char **argv)
{
    char mark[16] = "";
    const int fd = open("/run/davy-jail", O_RDONLY);
    if (fd < 0 || read(fd, mark, 10) != 10 || memcmp(mark, "DAVY JAIL ", 10) || argc < 7) {
        (void)fprintf(stderr, "DAVY TEST IMITATION: it runs in the jail of davy detonate --mark only\n");
        return 3;
    }
    (void)alarm(30);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 6; i < argc; i++)
        send_words(argv[i], atoi(argv[1]), atoi(argv[2]));
    abstract_socket(argv[3]);
    sockets();
    netlink_device();
    spaces(argv[4]);
    mounts(argv[5]);
    devices();
    calls();
    (void)printf("all tried\n");
    return 0;
}
