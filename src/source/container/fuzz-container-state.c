// SPDX-License-Identifier: Apache-2.0
/*
 * The first byte chooses the kind of container; the rest is what every file of every store holds: one file with many names.
 * With its highest bit set, the rest is what CRI noted in containerd's database.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "context/container_codec.h"
#include "source/container/container.h"
#include "source/container/test-bolt.h"

#define ID "6d5a178d9851f1455917bb3c57f0e59db4754dc58239ca5b8ceb135854f8b692"
#define USER "/user.slice/user-1000.slice/user@1000.service/user.slice"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const FILES[] = {
    "/etc/docker/daemon.json",
    "/var/lib/docker/containers/" ID "/config.v2.json",
    "/var/lib/docker/containers/" ID "/hostconfig.json",
    "/var/lib/docker/image/overlay2/repositories.json",
    "/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
    "/run/containerd/io.containerd.runtime.v2.task/default/box/config.json",
    "/var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json",
    "/var/lib/containers/storage/overlay-containers/containers.json",
    "/var/lib/containers/storage/overlay-images/images.json",
    "/var/lib/containers/storage/db.sql",
    "/var/lib/cni/results/net-" ID "-eth0",
    "/run/runc/box/state.json",
    "/run/crun/cbox/status",
    "/run/crun/cbox/config.json",
    "/run/systemd/machines/web",
    "/etc/passwd",
    "/var/lib/containerd/io.containerd.metadata.v1.bolt/x", /* makes the folder */
};
static const char *const PATHS[] = {
    "/docker/" ID, "/default/" ID, "/kubepods/pod1/" ID, "/crio-" ID, "/libpod_parent/libpod-" ID, "/box", "/cbox",
    "/machine.slice/machine-web.scope", USER "/libpod-" ID ".scope", "/default/box",
};

#define DATABASE "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db"
#define ITEM(key, s, kind) (struct item){key, (s).p, (s).n, kind, 0}

static char root[64];

static void remove_tree(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", root);
    (void)!system(command);
}

static int tree(void)
{
    static int fd = -1;
    if (fd >= 0)
        return fd;
    (void)snprintf(root, sizeof(root), "/tmp/davy-fuzz-XXXXXX");
    if (!mkdtemp(root))
        abort();
    (void)atexit(remove_tree);
    fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int data = openat(fd, "data", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)close(data);
    for (size_t i = 0; i < ARRAY_SIZE(FILES); i++) {
        char full[PATH_MAX];
        (void)snprintf(full, sizeof(full), "%s%s", root, FILES[i]);
        for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
            *p = 0;
            if (mkdir(full, 0700) < 0 && errno != EEXIST)
                abort();
            *p = '/';
        }
        if (linkat(fd, "data", AT_FDCWD, full, 0) < 0)
            abort();
    }
    return fd;
}

static void write_file(int dir, const char *name, struct str bytes)
{
    int fd = openat(dir, name, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
    if (write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n)
        abort();
    (void)close(fd);
}

static void write_database(int dir, struct str note)
{
    struct strbuf b[5] = {}, file = {};
    struct str own = bucket_within(&b[0], (struct item[]){ITEM("io.cri-containerd.container.metadata", note, 0)}, 1);
    struct str container = bucket_within(&b[1], (struct item[]){ITEM("extensions", own, 1)}, 1);
    struct str containers = bucket_within(&b[2], (struct item[]){ITEM(ID, container, 1)}, 1);
    struct str ns = bucket_within(&b[3], (struct item[]){ITEM("containers", containers, 1)}, 1);
    struct str v1 = bucket_within(&b[4], (struct item[]){ITEM("default", ns, 1)}, 1);
    file_of(&file, (struct item[]){ITEM("v1", v1, 1)}, 1);
    write_file(dir, &DATABASE[1], strbuf_str(&file));
    for (size_t i = 0; i < ARRAY_SIZE(b); i++)
        strbuf_done(&b[i]);
    strbuf_done(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct container_stores s = {.root = tree(), .proc = -1};
    struct cgroup_container what;
    struct container_question q;
    _cleanup_(container_info_freep) struct container_info *c = NULL, *again = NULL;
    _cleanup_(strbuf_done) struct strbuf json = {};
    if (!size)
        return 0;
    struct str rest = str_n(data + 1, size - 1), path = str_from(PATHS[data[0] & 0x80 ? 1 : data[0] % ARRAY_SIZE(PATHS)]);
    (void)unlinkat(s.root, &DATABASE[1], 0);
    if (data[0] & 0x80)
        write_database(s.root, rest);
    write_file(s.root, "data", data[0] & 0x80 ? STR("{}") : rest);
    (void)cgroup_container_from_path(path, true, &what);
    container_question_init(&q, &what, path, 0);
    if (container_lookup(&s, &q, &c))
        return 0;
    container_encode(c, &json);
    if (container_decode(strbuf_str(&json), &again, NULL))
        abort();
    return 0;
}
