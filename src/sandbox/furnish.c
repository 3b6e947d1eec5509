// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/io.h"
#include "base/strbuf.h"
#include "sandbox/furnish.h"
#include "sandbox/link.h"

enum { TRUST_MAX = 8 << 20, PATH_ROOM = 512 };

/* Below "sys": what an ordinary server would tell. The machine itself is not told of. */
static const struct {
    const char *path, *text;
} SYS[] = {
    {"class/dmi/id/sys_vendor", "Dell Inc.\n"},
    {"class/dmi/id/product_name", "PowerEdge R650\n"},
    {"class/dmi/id/product_version", "\n"},
    {"class/dmi/id/board_vendor", "Dell Inc.\n"},
    {"class/dmi/id/board_name", "0PYXKY\n"},
    {"class/dmi/id/bios_vendor", "Dell Inc.\n"},
    {"class/dmi/id/bios_version", "1.9.2\n"},
    {"class/dmi/id/chassis_vendor", "Dell Inc.\n"},
    {"class/dmi/id/chassis_asset_tag", "\n"},
    {"devices/system/cpu/online", "0-15\n"},
    {"devices/system/cpu/possible", "0-15\n"},
    {"devices/system/cpu/present", "0-15\n"},
    {"class/net/eth0/address", "02:42:ac:11:00:02\n"},
    {"class/net/eth0/operstate", "up\n"},
    {"class/net/lo/address", "00:00:00:00:00:00\n"},
    {"kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
    {"kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n"},
    {"fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids\n"},
};

/* Where distributions keep the authorities that they trust. */
static const char *const TRUST[] = {"etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                    "etc/ssl/ca-bundle.pem", "etc/ssl/cert.pem", "usr/lib/ssl/cert.pem"};

/* Makes the folders on the way to a file below `root`, where they are not there. */
static void make_way(const char *root, const char *path)
{
    char way[PATH_ROOM];
    for (const char *p = path; (p = strchr(p, '/')); p++) {
        (void)snprintf(way, sizeof(way), "%s/%.*s", root, (int)(p - path), path);
        (void)mkdir(way, 0755);
    }
}

static int put(const char *root, const char *path, struct str text, struct error *err)
{
    char whole[PATH_ROOM];
    make_way(root, path);
    (void)snprintf(whole, sizeof(whole), "%s/%s", root, path);
    _cleanup_close_ int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int r = fd < 0 || fchmod(fd, 0644) < 0 ? -errno : io_write(fd, text);
    return r < 0 ? error_errno(err, r, "%s", whole) : 0;
}

static void add_mount(const struct furnish_options *o, struct arena *a, const char *from, const char *to, struct bundle_mount *mounts, size_t *n)
{
    if (*n < FURNISH_MOUNTS_MAX)
        mounts[(*n)++] = (struct bundle_mount){arena_printf(a, "%s/%s", o->place, from).p, to};
}

static int put_sys(const char *root, struct error *err)
{
    int r = 0;
    (void)mkdir(root, 0755);
    for (size_t i = 0; !r && i < ARRAY_SIZE(SYS); i++)
        r = put(root, SYS[i].path, str_from(SYS[i].text), err);
    return r;
}

static int put_names(const struct furnish_options *o, struct arena *a, struct bundle_mount *mounts, size_t *n, struct error *err)
{
    const struct str hosts = arena_printf(a, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" LINK_JAIL "\t%s\n", o->hostname);
    int r = put(o->place, "resolv.conf", STR("nameserver " LINK_ROUTER "\noptions timeout:2\n"), err);
    if (!r)
        r = put(o->place, "hosts", hosts, err);
    if (!r)
        r = put(o->place, "hostname", arena_printf(a, "%s\n", o->hostname), err);
    add_mount(o, a, "resolv.conf", "/etc/resolv.conf", mounts, n);
    add_mount(o, a, "hosts", "/etc/hosts", mounts, n);
    add_mount(o, a, "hostname", "/etc/hostname", mounts, n);
    return r;
}

/* A file of the image with links followed as in the jail; false when it is not there. */
static bool read_lower(int lower, const char *path, struct strbuf *b)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    struct stat st;
    _cleanup_close_ int fd = (int)syscall(SYS_openat2, lower, path, &how, sizeof(how));
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > TRUST_MAX)
        return false;
    (void)io_read_up_to(fd, (size_t)st.st_size, b);
    return true;
}

/*
 * Mounted over what is there: links of the image lead runc within its root. The one that Debian and Alpine have is made when there is
 * none at all, because programs look there.
 */
static int put_trust(const struct furnish_options *o, struct arena *a, struct bundle_mount *mounts, size_t *n, struct error *err)
{
    bool is_there = false;
    for (size_t i = 0; i < ARRAY_SIZE(TRUST); i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        if (!read_lower(o->lower, TRUST[i], &b) && (is_there || i + 1 < ARRAY_SIZE(TRUST)))
            continue;
        is_there = true;
        const char *to = b.n ? TRUST[i] : TRUST[0];
        const char *name = arena_printf(a, "trust%zu", i).p;
        strbuf_addc(&b, '\n');
        strbuf_add(&b, o->authority);
        int r = put(o->place, name, strbuf_str(&b), err);
        if (r < 0)
            return r;
        add_mount(o, a, name, arena_printf(a, "/%s", to).p, mounts, n);
    }
    return 0;
}

int furnish(const struct furnish_options *o, struct arena *a, struct bundle_mount mounts[FURNISH_MOUNTS_MAX], size_t *n, struct error *err)
{
    const char *sys = arena_printf(a, "%s/sys", o->place).p;
    int r = put_sys(sys, err);
    add_mount(o, a, "sys", "/sys", mounts, n);
    if (!r)
        r = put_names(o, a, mounts, n, err);
    if (!r && o->authority.n)
        r = put_trust(o, a, mounts, n, err);
    if (!r && o->mark)
        r = put(o->place, "mark", str_from(o->mark), err);
    if (o->mark)
        add_mount(o, a, "mark", "/run/davy-jail", mounts, n);
    return r;
}
