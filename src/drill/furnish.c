// SPDX-License-Identifier: Apache-2.0
/* The inside of a scratch. Everything is read-only before the first place in memory is mounted: what is forgotten cannot be written. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/io.h"
#include "base/str.h"
#include "drill/room.h"

#define STAGE "/tmp/.davy-drill"
enum {
    COPY_BYTES_MAX = 8 << 20, /* of a file of /etc: the loader's cache has under 1 MB */
    LOOPS = 64,               /* devices to look at for one that nobody uses */
};

static int fail(struct error *err, const char *what)
{
    return error_errno(err, -errno, "a scratch for drills cannot be built: %s", what);
}

/* Whether a machine may lack it. */
static bool is_absent(void)
{
    return errno == ENOENT || errno == ENOTDIR;
}

static int read_only(struct error *err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return fail(err, "/");
    if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
        return fail(err, "mount_setattr (Linux 5.12)");
    return 0;
}

static int memory(const char *path, const char *options, struct error *err)
{
    return mount("davy-drill", path, "tmpfs", 0, options) < 0 ? fail(err, path) : 0;
}

/* A file of the scratch's own; its folder is there. */
static int put(const char *path, const char *text, mode_t mode, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    const int r = fd < 0 ? -errno : io_write(fd, str_from(text));
    return r < 0 ? error_errno(err, r, "a scratch for drills cannot be built: %s", path) : 0;
}

static int copy_fd(int from, const char *to, mode_t mode, struct error *err)
{
    _cleanup_close_ int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    struct stat st;
    off_t at = 0;
    if (fd < 0 || fstat(from, &st) < 0 || fchmod(fd, mode) < 0)
        return fail(err, to);
    while (at < st.st_size)
        if (sendfile(fd, from, &at, (size_t)(st.st_size - at)) <= 0)
            return fail(err, to);
    return 0;
}

/* A file or link of the machine, if it is there and small. */
static int copy(const char *from, const char *to, struct error *err)
{
    struct stat st;
    char target[4096];
    if (lstat(from, &st) < 0)
        return is_absent() ? 0 : fail(err, from);
    if (S_ISLNK(st.st_mode)) {
        const ssize_t n = readlink(from, target, sizeof(target) - 1);
        if (n < 0)
            return fail(err, from);
        target[n] = 0;
        return symlink(target, to) < 0 ? fail(err, to) : 0;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > COPY_BYTES_MAX)
        return 0;
    _cleanup_close_ int fd = open(from, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? fail(err, from) : copy_fd(fd, to, 0644, err);
}

static int copy_folder(const char *from, const char *to, struct error *err)
{
    _cleanup_closedir_ DIR *d = opendir(from);
    if (!d)
        return is_absent() ? 0 : fail(err, from);
    for (struct dirent *e; (e = readdir(d));) {
        char source[512], target[512];
        if (e->d_name[0] == '.' || snprintf(source, sizeof(source), "%s/%s", from, e->d_name) >= (int)sizeof(source) ||
            snprintf(target, sizeof(target), "%s/%s", to, e->d_name) >= (int)sizeof(target))
            continue;
        int r = copy(source, target, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int folders(const char *const *paths, struct error *err)
{
    for (; *paths; paths++)
        if (mkdir(*paths, 0755) < 0 && errno != EEXIST)
            return fail(err, *paths);
    return 0;
}

/* Users, keys and settings that are nobody's, and what programs need to start. */
static int etc(struct error *err)
{
    static const char *const FOLDERS[] = {STAGE "/etc",           STAGE "/etc/sudoers.d",   STAGE "/etc/cron.d",
                                          STAGE "/etc/systemd",   STAGE "/etc/systemd/system", STAGE "/etc/pam.d",
                                          STAGE "/etc/ld.so.conf.d", STAGE "/etc/alternatives", NULL};
    static const char *const COPIES[] = {"ld.so.cache", "ld.so.conf", "nsswitch.conf", NULL};
    static const struct {
        const char *path, *text;
    } FILES[] = {
        {STAGE "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nDAVY-DRILL:x:4240:4240::/:/bin/false\n"},
        {STAGE "/etc/group", "root:x:0:\nDAVY-DRILL:x:4240:\n"},
        {STAGE "/etc/shadow", "root:*:19000:0:99999:7:::\nDAVY-DRILL:*:19000:0:99999:7:::\n"},
        {STAGE "/etc/hosts", "127.0.0.1 localhost\n"},
        {STAGE "/etc/resolv.conf", "nameserver 127.0.0.1\n"},
        {STAGE "/etc/hostname", "davy-drill\n"},
    };
    int r = folders((const char *const[]){STAGE "/etc", NULL}, err);
    if (r < 0 || (r = memory(STAGE "/etc", "mode=755", err)) < 0 || (r = folders(FOLDERS, err)) < 0)
        return r;
    for (const char *const *name = COPIES; *name; name++) {
        char from[256], to[256];
        (void)snprintf(from, sizeof(from), "/etc/%s", *name);
        (void)snprintf(to, sizeof(to), STAGE "/etc/%s", *name);
        if ((r = copy(from, to, err)) < 0)
            return r;
    }
    if ((r = copy_folder("/etc/ld.so.conf.d", STAGE "/etc/ld.so.conf.d", err)) < 0 ||
        (r = copy_folder("/etc/alternatives", STAGE "/etc/alternatives", err)) < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++)
        if ((r = put(FILES[i].path, FILES[i].text, 0644, err)) < 0)
            return r;
    return mount(STAGE "/etc", "/etc", NULL, MS_MOVE, NULL) < 0 ? fail(err, "/etc") : 0;
}

/* A loop device that nobody has bound to a file: to open it for writing and close it again changes nothing. 0: there is none. */
static dev_t free_disk(void)
{
    for (int i = 0; i < LOOPS; i++) {
        char path[32];
        struct loop_info64 info;
        struct stat st;
        (void)snprintf(path, sizeof(path), "/dev/loop%d", i);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && ioctl(fd, LOOP_GET_STATUS64, &info) < 0 && errno == ENXIO && fstat(fd, &st) == 0)
            return st.st_rdev;
    }
    return 0;
}

static int dev(struct error *err)
{
    static const struct {
        const char *name;
        unsigned major, minor;
    } NODES[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
    static const char *const FOLDERS[] = {STAGE "/dev/pts", STAGE "/dev/shm", STAGE "/dev/cpu", STAGE "/dev/cpu/0", NULL};
    const dev_t disk = free_disk();
    int r = folders((const char *const[]){STAGE "/dev", NULL}, err);
    if (r < 0 || (r = memory(STAGE "/dev", "mode=755", err)) < 0 || (r = folders(FOLDERS, err)) < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(NODES); i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), STAGE "/dev/%s", NODES[i].name);
        if (mknod(path, S_IFCHR | 0666, makedev(NODES[i].major, NODES[i].minor)) < 0)
            return fail(err, path);
    }
    if (disk && mknod(STAGE "/dev/sdz", S_IFBLK | 0600, disk) < 0)
        return fail(err, "/dev/sdz");
    if (symlink("/proc/self/fd", STAGE "/dev/fd") < 0 || mount("/dev/pts", STAGE "/dev/pts", NULL, MS_BIND, NULL) < 0)
        return fail(err, "/dev/pts");
    if ((r = put(STAGE "/dev/mem", "", 0600, err)) < 0 || (r = put(STAGE "/dev/cpu/0/msr", "", 0600, err)) < 0)
        return r;
    if (mount(STAGE "/dev", "/dev", NULL, MS_MOVE, NULL) < 0)
        return fail(err, "/dev");
    return memory("/dev/shm", "mode=1777", err);
}

/* Folders that are empty, in memory. A machine may lack some: acts that write there are refused then, as all else is read-only. */
static int places(struct error *err)
{
    static const struct {
        const char *path, *options;
    } PLACES[] = {{"/root", "mode=700"},      {"/var/tmp", "mode=1777"},    {"/var/spool", "mode=755"}, {"/var/log", "mode=755"},
                  {"/usr/local", "mode=755"}, {"/mnt", "mode=755"},         {"/boot", "mode=755"}};
    static const char *const FOLDERS[] = {DRILL_FOLDER, "/root/.ssh", "/root/.aws", "/var/spool/cron", "/usr/local/bin", NULL};
    static const struct {
        const char *path, *text;
    } FILES[] = {{"/root/.ssh/authorized_keys", "# DAVY-DRILL\n"},
                 {"/root/.ssh/known_hosts", "# DAVY-DRILL\n"},
                 {"/root/.aws/credentials", "# DAVY-DRILL\n"},
                 {"/root/.bash_history", "# DAVY-DRILL\n"},
                 {"/var/log/auth.log", "DAVY-DRILL\n"}};
    for (size_t i = 0; i < ARRAY_SIZE(PLACES); i++)
        if (mount("davy-drill", PLACES[i].path, "tmpfs", 0, PLACES[i].options) < 0 && !is_absent())
            return fail(err, PLACES[i].path);
    int r = folders(FOLDERS, err);
    for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(FILES); i++)
        r = put(FILES[i].path, FILES[i].text, 0600, err);
    return r;
}

/* Files of the kernel's that acts write to: empty ones lie over them. */
static int kernel_files(struct error *err)
{
    static const char *const FILES[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/vm/nr_hugepages", "/proc/sysrq-trigger"};
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++) {
        char own[64];
        (void)snprintf(own, sizeof(own), STAGE "/kernel-%zu", i);
        int r = put(own, "", 0644, err);
        if (r < 0)
            return r;
        if (mount(own, FILES[i], NULL, MS_BIND, NULL) < 0 && !is_absent())
            return fail(err, FILES[i]);
    }
    if (mount("davy-drill", "/sys/devices/system/cpu", "tmpfs", 0, "mode=755") < 0)
        return is_absent() ? 0 : fail(err, "/sys/devices/system/cpu");
    int r = folders((const char *const[]){"/sys/devices/system/cpu/cpu0", "/sys/devices/system/cpu/cpu0/cpufreq", NULL}, err);
    return r < 0 ? r : put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", 0644, err);
}

/* Folders whose files lie in an upper layer, as what is put into a container does; a kernel may lack overlays. */
static int layers(struct error *err)
{
    static const char *const AT[] = {"/mnt/layers", "/tmp/layers"};
    for (size_t i = 0; i < ARRAY_SIZE(AT); i++) {
        char lower[64], upper[64], work[64], options[256];
        (void)snprintf(lower, sizeof(lower), STAGE "/lower-%zu", i);
        (void)snprintf(upper, sizeof(upper), STAGE "/upper-%zu", i);
        (void)snprintf(work, sizeof(work), STAGE "/work-%zu", i);
        (void)snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
        int r = folders((const char *const[]){lower, upper, work, AT[i], NULL}, err);
        if (r < 0)
            return r;
        if (mount("davy-drill", AT[i], "overlay", 0, options) < 0 && errno != ENODEV)
            return fail(err, AT[i]);
    }
    return 0;
}

static int network(struct error *err)
{
    static const struct {
        const char *name, *address;
    } ADDRESSES[] = {{"lo", "127.0.0.1"}, {"lo:1", "203.0.113.7"}, {"lo:2", "169.254.169.254"}, {"lo:3", "128.31.0.39" /* of tor_directories */}};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(err, "socket");
    for (size_t i = 0; i < ARRAY_SIZE(ADDRESSES); i++) {
        struct ifreq req = {};
        struct sockaddr_in *a = (struct sockaddr_in *)&req.ifr_addr;
        (void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", ADDRESSES[i].name);
        a->sin_family = AF_INET;
        (void)inet_pton(AF_INET, ADDRESSES[i].address, &a->sin_addr);
        if (ioctl(fd, SIOCSIFADDR, &req) < 0)
            return fail(err, ADDRESSES[i].address);
        req.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
        if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
            return fail(err, ADDRESSES[i].name);
    }
    return 0;
}

int drill_furnish(int act_program, struct error *err)
{
    int r;
    (void)umask(022);
    if ((r = read_only(err)) < 0 || (r = memory("/tmp", "mode=1777", err)) < 0 ||
        (r = folders((const char *const[]){STAGE, NULL}, err)) < 0 || (r = etc(err)) < 0 || (r = dev(err)) < 0 ||
        (r = places(err)) < 0 || (r = kernel_files(err)) < 0 || (r = layers(err)) < 0 || (r = network(err)) < 0)
        return r;
    if (sethostname("davy-drill", strlen("davy-drill")) < 0)
        return fail(err, "sethostname");
    return copy_fd(act_program, DRILL_PROGRAM, 0755, err);
}
